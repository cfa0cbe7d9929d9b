"""An index that is open: its parts in memory or mapped, rows to passages, and citations; opening and verifying one.

On disk an index folder holds one sub-folder per build and a file `CURRENT` with the name of the one in use. What an open
index has mapped stays readable when a newer build takes its place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..answers import answering as answers
from ..answers.answer import Answer
from ..answers.citation import Citation
from ..answers.confidence import THRESHOLD
from ..answers.refusals import not_found
from ..config import cores
from ..conversation.understand import Turn
from ..disk import Stamp, sha256_of
from ..errors import DocumentError, IndexCorrupt, IndexMismatch, QAError, one_line
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from ..search import retrieval
from ..search.language_means import LanguageMeans
from ..search.question_rules import is_noise, is_small_talk
from ..search.rows import RowMap
from ..search.vectors import DenseIndex, DenseSegments
from ..search.words import Deleted, LexicalIndex, SentenceWords
from ..text.normalise import normalise
from ..text.user_words import NO_WORDS, read_user_dictionary
from ..text.words import tokenizer_name
from ..types import Hit, Paragraph, Verification
from . import layout as names
from .fair_gate import FairGate
from .manifest import (
    DocumentEntry,
    Manifest,
    build_in_use,
    check_versions,
    find_damage,
    forget_stamps,
    large_parts,
    read_manifest,
    read_pointer,
    rebuild,
)
from .recent import Recent
from .segments import Segment

T = TypeVar("T")

RECENT = 4096  # passages whose texts are kept in memory, of a thousand characters at most: a few megabytes


_TITLE = re.compile(r".{,60}(?<![。！？!?.…:;,])")  # what a first line may be: it ends no sentence


class Index:
    """An index that is open. Make one with `build` or `open_index`; it is safe to search from several threads."""

    def __init__(self, folder: Path, manifest: Manifest, encoder: Encoder, parts: Path) -> None:
        self.folder = folder
        self.manifest = manifest
        self.encoder = encoder
        # More questions at once than cores would only wait for each other: sixteen threads got half as many answers without it.
        self._gate = FairGate(cores())
        self._beside = ThreadPoolExecutor(cores(), "words of questions")
        self._paragraphs = Recent[Paragraph](RECENT)
        self._normal_texts = Recent[str](RECENT)
        self._parts = parts
        self._damage: IndexCorrupt | None = None
        self._reader: Thread | None = None
        self.dictionary = read_user_dictionary(parts / names.USER_WORDS) if names.USER_WORDS in manifest.files else NO_WORDS
        if tokenizer_name(self.dictionary) != manifest.tokenizer:
            raise ValueError("its user dictionary is not the one that it was built with")
        self._segments = [Segment(parts / f"{names.SEGMENT}{number}") for number in manifest.segments]
        self._bases = np.cumsum([0, *(len(segment.passages) for segment in self._segments)])
        self._sentence_bases = np.cumsum([0, *(len(segment.sentences) for segment in self._segments)])
        self._starts = np.cumsum([0, *(entry.passages for entry in manifest.documents)])
        self._rows = self._row_map(names.load_rows(parts / names.DOCUMENTS, names.DOCUMENT))
        first = [segment.first_sentence[:-1] + base for segment, base in zip(self._segments, self._sentence_bases, strict=False)]
        self._first_sentence = np.concatenate([*first, self._sentence_bases[-1:]]).astype(np.int64)
        if (np.diff(self._first_sentence) < 1).any():
            raise ValueError("a passage without a sentence")
        self.dense = DenseSegments([DenseIndex.open(each.folder / names.PASSAGE_VECTORS) for each in self._segments], self._rows)
        self.sentence_dense = DenseSegments([DenseIndex.open(each.folder / names.SENTENCE_VECTORS) for each in self._segments])
        deleted = [parts / f"{names.DELETED}{number}" for number in manifest.segments]
        self.lexical = LexicalIndex(
            [segment.words for segment in self._segments],
            self._first_sentence,
            self._rows,
            [Deleted.open(each) if each.exists() else None for each in deleted],
        )
        self.sentence_lexical = SentenceWords(self.lexical)
        self._languages = np.concatenate([np.empty(0, np.uint8), *(segment.languages for segment in self._segments)])
        self.means = LanguageMeans(
            manifest.languages,
            np.load(parts / names.QUESTION_MEANS, allow_pickle=False),
            np.load(parts / names.PASSAGE_MEANS, allow_pickle=False),
        )
        sizes = (self._rows.size, self.lexical.sentences, self.sentence_dense.size)
        if sizes != (manifest.passages, manifest.sentences, int(self._sentence_bases[-1])):
            raise ValueError(f"parts of different lengths: {sizes}")

    def _row_map(self, documents: NDArray[Any]) -> RowMap:
        """Where the passages of each document are stored, one document after the other."""
        total = int(self._bases[-1])
        sizes = np.diff(self._starts)
        numbers = {number: place for place, number in enumerate(self.manifest.segments)}
        if len(documents) != len(sizes):
            raise ValueError(f"places of {len(documents)} documents, not {len(sizes)}")
        bases = np.array([self._bases[numbers[number]] for number in documents["segment"].tolist()], np.int64)
        begin = bases + documents["passage"]
        stored = np.repeat(begin - self._starts[:-1], sizes) + np.arange(int(sizes.sum()))
        if len(stored) and not 0 <= stored.min() <= stored.max() < total:
            raise ValueError("documents beyond the passages there are")
        if len(stored) == total and (stored == np.arange(total)).all():
            return RowMap(total)
        return RowMap(total, stored)

    @property
    def size(self) -> int:
        """How many passages there are."""
        return self.manifest.passages

    @cached_property
    def roots(self) -> tuple[Path, ...]:
        """Where the documents were read from: where that was, or where it is as seen from the index."""
        return self.manifest.moved_roots(self.folder)

    def is_current(self) -> bool:
        """Whether this is still the newest build in its folder; if not, `qa.open` gives the newer one."""
        return build_in_use(self.folder) == self._parts.name.encode("ascii")

    def read_parts(self) -> None:
        """Begin to compare the parts that were not read yet with their SHA-256, beside what else is done.

        From damage on, every `search`, `ask` and `check` raises `IndexCorrupt`.
        """

        def read() -> None:
            small = self.manifest.files.keys() - large_parts(self.manifest)
            damage = find_damage(self._parts, self.manifest, small, beside=True)
            if damage and self._parts.exists():  # it is gone when a newer build has taken its place
                forget_stamps(self._parts)
                self._damage = IndexCorrupt(f"{self.folder}: {damage}; {rebuild(self.manifest, self.folder)}")

        self._reader = Thread(target=read, name="reading parts", daemon=True)
        self._reader.start()

    def check(self, wait: bool = True) -> None:
        """Raise `IndexCorrupt` if a part is not what was written; with `wait`, when all have been read."""
        if wait and self._reader is not None:
            self._reader.join()
        if self._damage is not None:
            raise self._damage

    def search(
        self, question: str, k: int = 5, within: Collection[str] | None = None, history: Sequence[Turn] | Turn | None = ()
    ) -> list[Hit]:
        """The `k` passages nearest to `question`, best first; fewer when there are fewer.

        `within` names the documents to search, by source, or folders of them; None is all. `history` holds the earlier
        questions or answers of the conversation, the oldest first, from which a follow-up is completed. One text is one name,
        one text or answer one turn. Raises `QAError` for what is none of these.
        """
        question, within, turns = _question(question), _names(within), _turns(history)
        self.check(wait=False)
        with self._gate:
            return retrieval.search(self, answers.understood_by(self, question, turns, within), k, within)

    def ask(
        self,
        question: str,
        k: int = 5,
        threshold: float = THRESHOLD,
        within: Collection[str] | None = None,
        history: Sequence[Turn] | Turn | None = (),
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
            answer = answers.answer(self, question, k, threshold, within, turns)
        return answer if self.size else self._answer_without_documents(answer)

    def _answer_without_documents(self, answer: Answer) -> Answer:
        """An answer that says that there is none, where it would say that nothing was asked."""
        question = answer.question
        if is_small_talk(question) or is_noise(question):
            return answer
        language = self.means.question_language(self.encoder.encode_queries([question])[0])
        return replace(answer, text=not_found(question, self.means.names[language]))

    def beside(self, work: Callable[[], T]) -> Future[T]:
        """What `work` gives, in a thread of its own, which runs while the encoder does."""
        return self._beside.submit(work)

    def warm_up(self) -> None:
        """Load model and dictionaries now, so that the first question does not wait for them."""
        for question in ("现在几点？", "What time is it?"):
            self.search(question, 1)

    def paragraph(self, row: int) -> Paragraph:
        """The passage of a row."""
        return self._paragraphs.get(row, self._read_paragraph)

    def normal_text(self, row: int) -> str:
        """The text of a passage's row as `tokens.normalise` gives it."""
        return self._normal_texts.get(row, lambda row: normalise(self.paragraph(row).text))

    def _read_paragraph(self, row: int) -> Paragraph:
        segment, at = self._place(row)
        entry = segment.passages[at]
        return Paragraph(
            row=int(row),
            source=self.document(row).source,
            start=int(entry["start"]),
            end=int(entry["end"]),
            number=int(entry["number"]),
            line=int(entry["line"]),
            text=segment.text(at),
            part=int(entry["part"]),
            mark=None if entry["mark"] == names.NO_MARK else segment.marks[entry["mark"]],
        )

    def _place(self, row: int) -> tuple[Segment, int]:
        """The segment that holds a passage's row, and its number there."""
        stored = int(self._rows.stored(np.array([row]))[0])
        number = int(np.searchsorted(self._bases, stored, "right")) - 1
        return self._segments[number], stored - int(self._bases[number])

    def document_number(self, row: int) -> int:
        """The number, in `manifest.documents`, of the document of a passage's row."""
        return int(np.searchsorted(self._starts, row, "right")) - 1

    def document(self, row: int) -> DocumentEntry:
        """The document of a passage's row."""
        return self.manifest.documents[self.document_number(row)]

    def document_rows(self, source: str) -> range:
        """The rows of the passages of the document that goes by this name, in their order. Raises `DocumentError`."""
        for number, entry in enumerate(self.manifest.documents):
            if source in entry.sources:
                return range(int(self._starts[number]), int(self._starts[number + 1]))
        raise DocumentError(f"{one_line(source)}: no document of this index; python -m qa info lists them")

    def passages_of(self, sources: Collection[str]) -> NDArray[np.bool_]:
        """Which rows are of the documents of these sources or in these folders, shape (size,).

        Raises `DocumentError` for a name that is neither.
        """
        wanted = np.zeros(len(self.manifest.documents), np.bool_)
        for name in sources:
            folder = name.rstrip("/") + "/"
            named = np.array(
                [
                    any(source == name or source.startswith(folder) for source in entry.sources)
                    for entry in self.manifest.documents
                ],
                np.bool_,
            )
            if not named.any():
                raise DocumentError(f"{one_line(name)}: no document and no folder of this index; python -m qa info lists them")
            wanted |= named
        return np.repeat(wanted, np.diff(self._starts))

    def document_path(self, entry: DocumentEntry) -> str:
        """Where a document's file is, or was when it was read."""
        return str(self.manifest.locate(entry.source, self.roots))

    def verify_document(self, source: str) -> Verification:
        """Whether the document `source` is as it was when it was indexed; its file is read only if size or times differ."""
        entry = next((entry for entry in self.manifest.documents if source in entry.sources), None)
        if entry is None:
            return Verification(False, f"{one_line(source)}: is not in this index")
        return self._verify(entry, source)

    def verify_documents(self) -> dict[str, Verification]:
        """`verify_document` for every document, by source."""
        return {entry.source: self._verify(entry, entry.source) for entry in self.manifest.documents}

    def _verify(self, entry: DocumentEntry, source: str) -> Verification:
        path = str(self.manifest.locate(source, self.roots))
        stamp = self.manifest.stamps.get(source)
        try:
            if stamp is not None and Stamp.of(os.stat(path)) == stamp:
                return Verification(True, f"{one_line(path)}: unchanged")
        except (OSError, ValueError):
            pass  # said where the file is read
        return _verify_digest(entry, path)

    def sentence_bounds(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first sentence row of each passage row, and the one after its last; every passage has one at least."""
        stored = self._rows.stored(rows)
        return self._first_sentence[stored], self._first_sentence[stored + 1]

    def sentence_rows(self, row: int) -> range:
        """The sentence rows of a passage's row."""
        first, last = self.sentence_bounds(np.array([row]))
        return range(int(first[0]), int(last[0]))

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The characters [start, end) of a sentence's row in its document's text."""
        number = int(np.searchsorted(self._sentence_bases, row, "right")) - 1
        entry = self._segments[number].sentences[row - int(self._sentence_bases[number])]
        return int(entry["start"]), int(entry["end"])

    @cached_property
    def passage_languages(self) -> frozenset[str]:
        """The names of the languages that passages are in."""
        mask = self._rows.mask(None)
        spoken = self._languages if mask is None else self._languages[mask]
        return frozenset(self.means.names[number] for number in np.flatnonzero(np.bincount(spoken)))

    def passage_language(self, row: int) -> int:
        """The number, in `means.names`, of the language a passage is in."""
        return int(self._languages[self._rows.stored(np.array([row]))[0]])

    def cite(self, number: int, row: int, start: int, end: int) -> Citation:
        """A citation of the characters [start, end) of the document that holds passage `row`, which holds them."""
        paragraph = self.paragraph(row)
        entry = self.document(row)
        return Citation(
            number=number,
            source=entry.source,
            path=self.document_path(entry),
            place=paragraph.place,
            start=start,
            end=end,
            quote=paragraph.text[start - paragraph.start : end - paragraph.start],
            sha256=entry.sha256,
            row=row,
            also=entry.also,
        )

    def around(self, row: int, reach: int) -> str:
        """The texts of a passage and of up to `reach` before and after it in its document, normalised, a line each."""
        own = self.document_number(row)
        first, end = int(self._starts[own]), int(self._starts[own + 1])
        return "\n".join(self.normal_text(other) for other in range(max(first, row - reach), min(end, row + reach + 1)))

    def title(self, row: int) -> str:
        """What a passage's document is called, normalised: its file's name, its first line where that is a title, and the
        headings that the passage is under."""
        mark = self.paragraph(row).mark
        line = self.normal_text(int(self._starts[self.document_number(row)])).split("\n", 1)[0]
        headings = mark.headings if mark else ()
        named = normalise("\n".join([PurePosixPath(self.document(row).source).stem, *headings]))
        return f"{named}\n{line}" if _TITLE.fullmatch(line) else named

    def sentence_passages(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The passage rows that sentence rows belong to, -1 for those of a document that was deleted."""
        return self._rows.rows(np.searchsorted(self._first_sentence, rows, "right") - 1)


def _question(question: object) -> str:
    if not isinstance(question, str):
        raise QAError(f"{_told(question)}: is no question; give it as text")
    return question


def _names(within: object) -> tuple[str, ...] | None:
    """The names of documents and folders; None for all."""
    if within is None:
        return None
    names = (within,) if isinstance(within, str) else tuple(within) if isinstance(within, Iterable) else (within,)
    for name in names:
        if not isinstance(name, str):
            raise QAError(f"{_told(name)}: is no document's name; give names as python -m qa info lists them")
    return names


def _turns(history: object) -> tuple[Turn, ...]:
    """The turns of a conversation; None is none."""
    if history is None:
        return ()
    given = (history,) if isinstance(history, str | Answer) or not isinstance(history, Iterable) else tuple(history)
    turns: list[Turn] = []
    for turn in given:
        if not isinstance(turn, str | Answer):
            raise QAError(f"{_told(turn)}: is no earlier question or answer; give texts, or answers as `ask` gives them")
        turns.append(turn)
    return tuple(turns)


def _told(value: object) -> str:
    return one_line(repr(value)[:60])


def open_index(
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
) -> Index:
    """Open the index in `folder` with the model that built it, or with `model` or `encoder` if that is the same.

    Every part is read and compared with its SHA-256 first; those of an index over 256 MiB that have over 1 MiB are while it is
    in use (`Index.check`). Raises `IndexNotFound`, `IndexMismatch` or `IndexCorrupt`, each
    with the command that mends it.
    """
    target = Path(folder)
    while True:
        pointer = read_pointer(target)
        try:
            return _open(target, model, progress, encoder)
        except IndexCorrupt:
            if read_pointer(target) == pointer:
                raise
            # another build took its place meanwhile, and what was being opened is gone


def _open(target: Path, model: str | None, progress: Progress, encoder: Encoder | None) -> Index:
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    if encoder is None:
        if model is not None and model != manifest.model:
            raise IndexMismatch(
                f"{target}: was built with the model {one_line(manifest.model)}, not {model}; {rebuild(manifest, target, model)}"
            )
        encoder = load_encoder(manifest.model, progress)
    if (encoder.fingerprint, encoder.dimension) != (manifest.fingerprint, manifest.dimension):
        raise IndexMismatch(
            f"{target}: was built with another version of the model {one_line(manifest.model)} "
            f"({one_line(manifest.fingerprint[:12])}, not {encoder.fingerprint[:12]}); {rebuild(manifest, target)}"
        )
    later = large_parts(manifest)
    problem = find_damage(parts, manifest, later)
    if problem:
        raise IndexCorrupt(f"{target}: {problem}; {rebuild(manifest, target)}")
    try:
        index = Index(target, manifest, encoder, parts)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise IndexCorrupt(f"{target}: {str(error).splitlines()[0]}; {rebuild(manifest, target)}") from error
    if later:
        index.read_parts()
    return index


def verify_index(folder: str | os.PathLike[str] = "index") -> list[str]:
    """Read every part of the index, and every document it was built from; what is wrong, a line each."""
    target = Path(folder)
    parts, manifest = read_manifest(target)
    check_versions(target, manifest)
    problems = []
    damage = find_damage(parts, manifest)
    if damage:
        forget_stamps(parts)
        problems.append(f"{target}: {damage}; {rebuild(manifest, target)}")
    roots = manifest.moved_roots(target)
    for entry in manifest.documents:
        for source in entry.sources:
            verified = _verify_digest(entry, str(manifest.locate(source, roots)))
            if not verified:
                remedy = "" if "cannot be checked" in verified.reason else f"; {rebuild(manifest, target)}"
                problems.append(verified.reason + remedy)
    return problems


def _verify_digest(entry: DocumentEntry, path: str) -> Verification:
    try:
        same = sha256_of(path) == entry.sha256
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        return Verification(False, f"{one_line(path)}: {reason}; its citations cannot be checked")
    return Verification(same, f"{one_line(path)}: {'unchanged' if same else 'has changed since it was indexed'}")
