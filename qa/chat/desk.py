"""The index that is asked, its model loading in the background."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from ..confidence import THRESHOLD
from ..types import Answer, Hit, Paragraph, QAError, Verification


class Answering(Protocol):
    """What the chat needs of an index."""

    manifest: Any

    def ask(
        self,
        question: str,
        k: int = 5,
        threshold: float = THRESHOLD,
        within: Collection[str] | None = None,
        history: Sequence[Answer] = (),
    ) -> Answer: ...

    def search(self, question: str, k: int = 5) -> list[Hit]: ...

    def paragraph(self, row: int) -> Paragraph: ...

    def verify_document(self, source: str) -> Verification: ...

    def warm_up(self) -> None: ...


class Desk:
    """An index whose model is loaded in the background; questions that come before wait for it."""

    def __init__(self, index: Answering) -> None:
        self.index = index
        self._loaded = threading.Event()
        self._trouble: QAError | None = None

    def open(self) -> Desk:
        """Start to load the model. No daemon: to end the process inside the model's native code would abort it."""
        threading.Thread(target=self._load, name="warm-up").start()
        return self

    @property
    def loaded(self) -> bool:
        """Whether a question is answered at once."""
        return self._loaded.is_set()

    def ask(
        self,
        question: str,
        k: int = 5,
        *,
        threshold: float | None = None,
        within: Collection[str] | None = None,
        history: Sequence[Answer] = (),
    ) -> Answer:
        """The index's answer, once the model is there."""
        self._wait()
        return self.index.ask(question, k, THRESHOLD if threshold is None else threshold, within, history)

    def search(self, question: str, k: int = 5) -> list[Hit]:
        """The index's passages, once the model is there."""
        self._wait()
        return self.index.search(question, k)

    def paragraph(self, row: int) -> Paragraph:
        """The passage of a row."""
        return self.index.paragraph(row)

    def around(self, row: int, reach: int) -> tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]:
        """Up to `reach` passages before and after a row in its document."""
        source, last = self.index.paragraph(row).source, sum(entry.passages for entry in self.index.manifest.documents)
        before = [self.index.paragraph(other) for other in range(max(0, row - reach), row)]
        after = [self.index.paragraph(other) for other in range(row + 1, min(last, row + reach + 1))]
        return tuple(p for p in before if p.source == source), tuple(p for p in after if p.source == source)

    def verify_document(self, source: str) -> Verification:
        """Whether a document is as it was when it was indexed."""
        return self.index.verify_document(source)

    def _load(self) -> None:
        try:
            self.index.warm_up()
        except QAError as error:
            self._trouble = error
            print(error, file=sys.stderr)
        finally:
            self._loaded.set()

    def _wait(self) -> None:
        self._loaded.wait()
        if self._trouble is not None:
            raise self._trouble
