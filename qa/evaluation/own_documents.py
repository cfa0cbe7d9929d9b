"""The evaluation of questions about the user's own documents."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property

from ..answers.answer import Answer
from ..answers.citation import Citation
from ..collections.home import collection_of_index
from ..errors import DocumentError
from ..index.build import build
from ..index.index import Index
from ..index.open import open_index
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from .outcomes import Outcome
from .question_files import OwnQuestion, at_line, bare, plain, read_own_questions
from .run import CANDIDATES, Ask, Clock, Report, measure, outcome


def evaluate_own(
    file: str | os.PathLike[str],
    index: str | os.PathLike[str] | None = None,
    documents: str | os.PathLike[str] | None = None,
    model: str | None = None,
    progress: Progress = silent,
    encoder: Encoder | None = None,
    thresholds: Sequence[float] = (),
) -> Report:
    """Ask the questions of `file`, one JSON object a line, of the index in `index`, or of a temporary index of `documents`.

    `model` is a hub name or folder and `encoder` a loaded model, as for `qa.build` and `qa.open`; `thresholds` are as for
    `evaluate`. Questions that do not fit these documents are listed in `Report.unasked`. Raises `DocumentError` for a file of
    another form, naming the line, and when no question with a quote can be asked.
    """
    asked = read_own_questions(file)
    with tempfile.TemporaryDirectory(prefix="qa-eval-", ignore_cleanup_errors=True) as folder:
        clock = None
        if documents is not None:
            clock = Clock(encoder or load_encoder(model, progress))
            opened = build(documents, folder, progress=progress, encoder=clock)
        else:
            opened = open_index(index or "index", model, progress, encoder)
        report = measure_own(opened, asked.questions, file, clock, thresholds, progress)
        del opened  # its parts are mapped from the folder that is deleted here; Windows deletes no mapped file
    return replace(report, rated_down=asked.rated_down)


def measure_own(
    index: Index,
    questions: Sequence[OwnQuestion],
    file: str | os.PathLike[str],
    clock: Clock | None = None,
    thresholds: Sequence[float] = (),
    progress: Progress = silent,
) -> Report:
    """Ask `questions`, read from `file`, of the open `index`; `clock` is the encoder it was built with, None if not now."""
    collection = collection_of_index(str(index.folder))
    texts = _Texts(index, plain)
    asks, unasked, answerable = [], [], False
    for question in questions:
        try:
            if question.collection is not None and question.collection != collection:
                raise DocumentError("evaluation.other_collection", collection=question.collection or "default")
            asks.append(_ask_own(index, question, _expected(question, texts)))
            answerable |= bool(question.quotes)
        except DocumentError as error:
            unasked.append(DocumentError(error.code, at_line(file, question.line), **error.values))
    if not answerable:
        raise DocumentError("evaluation.nothing_to_ask", file, reason=unasked[0])
    return replace(measure(index, asks, clock, thresholds, progress), unasked=tuple(unasked))


class _Texts:
    """The texts of an index's passages and documents, put through `fold` once for all questions."""

    def __init__(self, index: Index, fold: Callable[[str], str]) -> None:
        passages = [index.paragraph(row) for row in range(index.size)]
        self.fold = fold
        self.source = [passage.source for passage in passages]  # by row
        self.passage = [fold(passage.text) for passage in passages]  # by row
        self._index = index
        self._names = {name: entry.source for entry in index.manifest.documents for name in entry.sources}

    @cached_property
    def document(self) -> dict[str, str]:
        """The folded text of each document (its passages joined), by its name."""
        parts: dict[str, list[str]] = {}
        for source, text in zip(self.source, self.passage, strict=True):
            parts.setdefault(source, []).append(text)
        return {source: "".join(texts) for source, texts in parts.items()}

    @cached_property
    def bare(self) -> _Texts:
        """The same texts without markup."""
        return _Texts(self._index, bare)

    def documents(self, sources: Sequence[str]) -> frozenset[str] | None:
        """The documents named by `sources`, in full or by the end of their names after a slash; None (all) for no sources.

        Raises `DocumentError` when none matches.
        """
        if not sources:
            return None
        found: set[str] = set()
        for name in sources:
            exact = self._names.get(name)
            found |= {exact} if exact else {source for known, source in self._names.items() if known.endswith(f"/{name}")}
        if not found:
            raise DocumentError("evaluation.no_such_document", source=sources[0])
        return frozenset(found)


def _expected(question: OwnQuestion, texts: _Texts) -> _Expected:
    """What answers `question`, compared without markup where it is not found otherwise.

    Raises `DocumentError` when the index lacks the question's documents, or when none of them holds a quote.
    """
    expected = _Expected(question, texts)
    if expected.rows or not question.quotes:
        return expected
    unmarked = _Expected(question, texts.bare)
    if unmarked.rows or unmarked.is_in_documents():
        return unmarked
    if not expected.is_in_documents():
        told = " or ".join(" + ".join(f"'{part}'" for part in quote) for quote in question.quotes)
        raise DocumentError("evaluation.quote_nowhere", quotes=told[:120])
    return expected


class _Expected:
    """What answers a question: its documents and quotes, and the `rows` of the passages that hold a quote."""

    def __init__(self, question: OwnQuestion, texts: _Texts) -> None:
        self._texts = texts
        self._documents = texts.documents(question.sources)
        quotes = [tuple(map(texts.fold, quote)) for quote in question.quotes]
        self._quotes = [quote for quote in quotes if all(quote)]  # a quote of markup alone folds to "" and would fit everywhere
        self._record = texts.fold(question.record)
        # ascending; a right passage holds a quote and the text of `question.record`
        self.rows = tuple(
            row
            for row, text in enumerate(texts.passage)
            if self._is_among(texts.source[row]) and self._record in text and self._is_held(text)
        )

    def is_cited(self, citation: Citation) -> bool:
        """Whether `citation` holds a quote, and the citation or its passage the text of `question.record`."""
        quote = self._texts.fold(citation.quote)
        return (
            self._is_among(citation.source)
            and self._is_held(quote)
            and (self._record in quote or self._record in self._texts.passage[citation.row])
        )

    def is_in_documents(self) -> bool:
        """Whether the documents hold every part of a quote, though no single passage does."""
        texts = [text for source, text in self._texts.document.items() if self._is_among(source)]
        return any(all(any(part in text for text in texts) for part in quote) for quote in self._quotes)

    def _is_among(self, source: str) -> bool:
        return self._documents is None or source in self._documents

    def _is_held(self, text: str) -> bool:
        return any(all(part in text for part in quote) for quote in self._quotes)


def _ask_own(index: Index, question: OwnQuestion, expected: _Expected) -> Ask:
    rows = frozenset(expected.rows)
    first = expected.rows[0] if rows else None

    def ask(threshold: float) -> Outcome:
        history: list[Answer | str] = []
        for earlier in question.history:
            history.append(index.ask(earlier, history=history))
        answer = index.ask(question.text, CANDIDATES, 0.0, history=history)
        rank = next((hit.rank for hit in answer.hits if hit.paragraph.row in rows), None)
        return outcome(
            answer, threshold, rank, [expected.is_cited(citation) for citation in answer.citations],
            id=question.id or f"line {question.line}", question=question.text, expected=question.quotes,
            passage="" if first is None else index.paragraph(first).text,
            # questions about one passage are not independent
            cluster=f"line {question.line}" if first is None else f"passage {first}",
            history=question.history, source=" | ".join(question.sources), labels=dict(question.labels),
        )  # fmt: skip

    return ask
