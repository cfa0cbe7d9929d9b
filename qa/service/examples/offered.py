"""The questions that are offered, found while nobody asks: an index is asked much for them, and who does ask comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from weakref import ref

from ...answers.answer import Answer
from ...errors import Language
from ...progress import GivenUp
from ...types import Paragraph
from .questions import example_questions

MOST = 20  # collections, in a language each, whose examples are kept


class Beside:
    """An index that is asked beside the questions of users: `beside` runs a call, or raises `GivenUp` if one comes.

    Answers are kept in `known`, so that who begins once more goes on from where it was given up; `whole` is whether none was.
    """

    def __init__(
        self, index: Any, beside: Callable[[Callable[[], Answer]], Answer], known: dict[str, Answer] | None = None
    ) -> None:
        self.index = index
        self.manifest: Any = index.manifest
        self.whole = True
        self._beside = beside
        self._known = {} if known is None else known

    def ask(self, question: str, k: int = 5) -> Answer:
        """As the index answers. Raises `GivenUp`."""
        if question not in self._known:
            try:
                self._known[question] = self._beside(lambda: self.index.ask(question, k))
            except GivenUp:
                self.whole = False
                raise
        return self._known[question]

    def document_rows(self, source: str) -> range:
        rows: range = self.index.document_rows(source)
        return rows

    def paragraph(self, row: int) -> Paragraph:
        passage: Paragraph = self.index.paragraph(row)
        return passage


@dataclass(frozen=True, slots=True)
class _Kept:
    """The examples `found` of an index; while there may be more, what is `known` of it. The index itself may go."""

    index: ref[Any]
    known: dict[str, Answer] | None
    found: tuple[str, ...]


class Examples:
    """The example questions of collections, looked for once for each index. Several threads may use it."""

    def __init__(self, beside: Callable[[Callable[[], Answer]], Answer]) -> None:
        self._beside = beside
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Language], _Kept] = {}

    def of(self, index: Any, collection: str, language: Language) -> tuple[str, ...]:
        """Those of a collection's `index`; those found so far where a question comes meanwhile, and the others the next time."""
        with self._lock:
            key = collection, language
            kept = self._kept.pop(key, None)
            if kept is None or kept.index() is not index:
                kept = _Kept(ref(index, lambda gone: self._forget(key, gone)), {}, ())
            if kept.known is not None:
                asked = Beside(index, self._beside, kept.known)
                found = example_questions(asked, language)
                kept = replace(kept, found=found, known=None if asked.whole else kept.known)
            self._kept[key] = kept
            if len(self._kept) > MOST:
                self._kept.pop(next(iter(self._kept)), None)
            return kept.found

    def found(self, index: Any, collection: str, language: Language) -> tuple[str, ...]:
        """Those that were found before, at once: none while they are looked for."""
        kept = self._kept.get((collection, language))
        return kept.found if kept is not None and kept.index() is index else ()

    def _forget(self, key: tuple[str, Language], gone: ref[Any]) -> None:
        """Forget a collection that was deleted; without the lock, which the thread that frees its index may hold."""
        kept = self._kept.get(key)
        if kept is not None and kept.index is gone:
            self._kept.pop(key, None)
