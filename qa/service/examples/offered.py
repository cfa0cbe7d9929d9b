"""The questions that are offered, found while nobody asks: an index is asked much for them, and who does ask comes first."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from ...answers.answer import Answer
from ...errors import Language
from ...progress import GivenUp
from ...types import Paragraph
from .questions import example_questions

MOST = 20  # collections, in a language each, whose examples are kept


class Beside:
    """An index that is asked beside the questions of users: `beside` runs a call, or raises `GivenUp` if one comes.

    Answers are kept, so that who begins once more goes on from where it was given up; `whole` is whether none was since.
    """

    def __init__(self, index: Any, beside: Callable[[Callable[[], Answer]], Answer], *, whole: bool = True) -> None:
        self.index = index
        self.manifest: Any = index.manifest
        self.whole = whole
        self._beside = beside
        self._known: dict[str, Answer] = {}

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


class Examples:
    """The example questions of collections, looked for once for each index. Several threads may use it."""

    def __init__(self, beside: Callable[[Callable[[], Answer]], Answer]) -> None:
        self._beside = beside
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, Language], tuple[Beside, tuple[str, ...]]] = {}

    def of(self, index: Any, collection: str, language: Language) -> tuple[str, ...]:
        """Those of a collection's `index`; those found so far where a question comes meanwhile, and the others the next time."""
        with self._lock:
            asked, found = self._kept.pop((collection, language), (None, ()))
            if asked is None or asked.index is not index:
                asked = Beside(index, self._beside, whole=False)
            if not asked.whole:
                asked.whole = True
                found = example_questions(asked, language)
            self._kept[collection, language] = (asked, found)
            if len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
            return found

    def found(self, index: Any, collection: str, language: Language) -> tuple[str, ...]:
        """Those that were found before, at once: none while they are looked for."""
        asked, found = self._kept.get((collection, language), (None, ()))
        return found if asked is not None and asked.index is index else ()
