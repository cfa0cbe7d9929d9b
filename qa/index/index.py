"""An open index, to be searched and asked: the facade over its store, its encoder and the answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from threading import Thread

from ..answers.answer import Answer
from ..answers.answering import answer
from ..answers.confidence import THRESHOLD
from ..answers.follow_ups import choose
from ..config import cores
from ..conversation.understand import REACH
from ..errors import IndexCorrupt, QAError
from ..models.encoder import Encoder
from ..search.retrieval import Retriever, hits
from ..text.user_words import UserDictionary
from ..types import Hit, Paragraph, Verification
from .fair_gate import FairGate
from .manifest import DocumentEntry, Manifest, build_in_use, find_damage, forget_stamps, large_parts, rebuild_command
from .store import Store
from .verify import verify_document


class Index:
    """An index that is open. Make one with `build` or `open_index`; it is safe to search from several threads."""

    def __init__(self, store: Store, encoder: Encoder) -> None:
        self.store = store
        self.encoder = encoder
        self.retriever = Retriever(store, encoder)
        # More questions at once than cores would only wait for each other: sixteen threads got half as many answers without it.
        self._gate = FairGate(cores())
        self._damage: IndexCorrupt | None = None
        self._reader: Thread | None = None

    @property
    def folder(self) -> Path:
        """Where the index lies."""
        return self.store.folder

    @property
    def manifest(self) -> Manifest:
        """What the index says of itself: its documents, its model and the report of its build."""
        return self.store.manifest

    @property
    def size(self) -> int:
        """How many passages there are."""
        return self.store.size

    @property
    def dictionary(self) -> UserDictionary:
        """The user's words that it was built with."""
        return self.store.dictionary

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that the documents were read from: where each was, or where it is as seen from the index."""
        return self.store.roots

    def is_current(self) -> bool:
        """Whether this is still the newest build in its folder; if not, `qa.open` gives the newer one."""
        return build_in_use(self.folder) == self.store.parts.name.encode("ascii")

    def read_parts(self) -> None:
        """Begin to compare the parts that were not read yet with their SHA-256, beside what else is done.

        From damage on, every `search`, `ask` and `check` raises `IndexCorrupt`.
        """

        def read() -> None:
            small = self.manifest.files.keys() - large_parts(self.manifest)
            damage = find_damage(self.store.parts, self.manifest, small, beside=True)
            if damage and self.store.parts.exists():  # it is gone when a newer build has taken its place
                forget_stamps(self.store.parts)
                self._damage = IndexCorrupt(
                    "index.damaged", self.folder, problem=damage, command=rebuild_command(self.manifest, self.folder)
                )

        self._reader = Thread(target=read, name="reading parts", daemon=True)
        self._reader.start()

    def check(self, wait: bool = True) -> None:
        """Raise `IndexCorrupt` if a part is not what was written; with `wait`, when all have been read."""
        if wait and self._reader is not None:
            self._reader.join()
        if self._damage is not None:
            raise self._damage

    def search(
        self,
        question: str,
        k: int = 5,
        within: Collection[str] | None = None,
        history: Sequence[Answer | str] | Answer | str | None = (),
    ) -> list[Hit]:
        """The `k` passages nearest to `question`, best first; fewer when there are fewer.

        `within` names the documents to search, by source, or folders of them; None is all. `history` holds the earlier
        questions or answers of the conversation, the oldest first, from which a follow-up is completed. One text is one name,
        one text or answer one turn. Raises `QAError` for what is none of these.
        """
        question, within, turns = _question(question), _names(within), _turns(history)
        self.check(wait=False)
        with self._gate:
            chosen, evidence = choose(self.retriever, question, self._answered(turns, within), within)
            if evidence is None:
                evidence = self.retriever.gather(chosen, within)
        return [] if evidence is None else hits(self.store, evidence, k)

    def ask(
        self,
        question: str,
        k: int = 5,
        threshold: float = THRESHOLD,
        within: Collection[str] | None = None,
        history: Sequence[Answer | str] | Answer | str | None = (),
    ) -> Answer:
        """What the documents say to `question`, cited.

        `k` is how many passages to offer beside the answer; below a confidence of `threshold`, 0 to 1, there is none.
        `within` names the documents to search, by source, or folders of them; None is all. `history` holds the earlier
        answers or questions of the conversation, the oldest first, from which a follow-up ("为什么？") is completed: what was
        searched for is then `understood` in the answer. One text is one name, one text or answer one turn. Raises `QAError` for
        what is none of these.
        """
        question, within, turns = _question(question), _names(within), _turns(history)
        self.check(wait=False)
        with self._gate:
            return answer(self.retriever, question, k, threshold, within, self._answered(turns, within))

    def _answered(self, history: Sequence[Answer | str], within: Collection[str] | None) -> list[Answer]:
        """The turns that a question may follow, those given as texts asked: what a pronoun stands for is often in the answer."""
        turns: list[Answer] = []
        for turn in history[-REACH:]:
            turns.append(turn if isinstance(turn, Answer) else answer(self.retriever, turn, within=within, history=turns))
        return turns

    def warm_up(self) -> None:
        """Load model and dictionaries now, so that the first question does not wait for them."""
        for question in ("现在几点？", "What time is it?"):
            self.search(question, 1)

    def paragraph(self, row: int) -> Paragraph:
        """The passage of a row."""
        return self.store.paragraph(row)

    def document_number(self, row: int) -> int:
        """The number, in `manifest.documents`, of the document of a passage's row."""
        return self.store.document_number(row)

    def document(self, row: int) -> DocumentEntry:
        """The document of a passage's row."""
        return self.store.document(row)

    def document_rows(self, source: str) -> range:
        """The rows of the passages of the document that goes by this name, in their order. Raises `DocumentError`."""
        return self.store.document_rows(source)

    def document_path(self, entry: DocumentEntry) -> str:
        """Where a document's file is, or was when it was read."""
        return self.store.document_path(entry)

    def verify_document(self, source: str) -> Verification:
        """Whether the document `source` is as it was when it was indexed; its file is read only if size or times differ."""
        return verify_document(self.manifest, self.roots, source)


def _question(question: object) -> str:
    if not isinstance(question, str):
        raise QAError("index.no_question", _told(question))
    return question


def _names(within: object) -> tuple[str, ...] | None:
    """The names of documents and folders; None for all."""
    if within is None:
        return None
    names = (within,) if isinstance(within, str) else tuple(within) if isinstance(within, Iterable) else (within,)
    for name in names:
        if not isinstance(name, str):
            raise QAError("index.no_name", _told(name))
    return names


def _turns(history: object) -> tuple[Answer | str, ...]:
    """The turns of a conversation; None is none."""
    if history is None:
        return ()
    given = (history,) if isinstance(history, str | Answer) or not isinstance(history, Iterable) else tuple(history)
    turns: list[Answer | str] = []
    for turn in given:
        if not isinstance(turn, str | Answer):
            raise QAError("index.no_turn", _told(turn))
        turns.append(turn)
    return tuple(turns)


def _told(value: object) -> str:
    return repr(value)[:60]
