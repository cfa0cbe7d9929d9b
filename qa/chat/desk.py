"""The index that is asked, its model loading in the background."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import Any, Protocol

from ..types import Answer, Hit, Paragraph, QAError, Verification


class Answering(Protocol):
    """What the chat needs of an index."""

    manifest: Any

    def ask(self, question: str, k: int = 5) -> Answer: ...

    def search(self, question: str, k: int = 5) -> list[Hit]: ...

    def paragraph(self, row: int) -> Paragraph: ...

    def verify_document(self, source: str) -> Verification: ...

    def warm_up(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """A collection, for a list of them."""

    name: str
    slug: str
    documents: int
    passages: int
    state: str


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

    def ask(self, question: str, k: int = 5, **settings: Any) -> Answer:
        """The index's answer, once the model is there."""
        self._wait()
        return self.index.ask(question, k, **settings)

    def search(self, question: str, k: int = 5, **settings: Any) -> list[Hit]:
        """The index's passages, once the model is there."""
        self._wait()
        return self.index.search(question, k, **settings)

    def collections(self) -> tuple[CollectionInfo, ...]:
        documents = self.index.manifest.documents
        return (CollectionInfo("documents", "documents", len(documents), sum(d.passages for d in documents), "ready"),)

    def manifest(self, collection: str | None = None) -> Any:
        return self.index.manifest

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
