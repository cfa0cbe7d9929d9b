"""The passages of an index by row: which document each belongs to, its neighbours, title and file, wherever the texts lie."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import CodedError, DocumentError
from ..models.encoder import Encoder
from ..search.engine import Engine, File
from ..search.rows import Ints
from ..search.vectors import QuestionVector
from ..text.normalise import normalise
from ..types import Paragraph
from .location import Location
from .manifest import DocumentEntry, Manifest

T = TypeVar("T")

RECENT = 4096  # passages kept in memory, of a thousand characters each at most: a few megabytes

_TITLE = re.compile(r".{,60}(?<![。！？!?.…:;,])")  # a first line that is a title: short, and without a sentence's end


class Recent(Generic[T]):
    """A cache of up to `most` values by row, emptied when it is full. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[int, T] = {}

    def get(self, row: int, make: Callable[[int], T]) -> T:
        """The value of `row`; computed by `make(row)` if it is not in the cache."""
        value = self._values.get(row)
        if value is None:
            value = make(row)
            if len(self._values) >= self._most:
                self._values = {}
            self._values[row] = value
        return value


class Catalogue(Engine, ABC):
    """The passages of the documents of `manifest`, whose index is at `folder`. Safe for several threads."""

    unembedded = 0  # passages whose vectors are still to be made

    def __init__(self, folder: Location, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._paragraphs = Recent[Paragraph](RECENT)
        self._normal_texts = Recent[str](RECENT)
        self._starts = np.cumsum([0, *(entry.passages for entry in manifest.documents)])

    @abstractmethod
    def _read_paragraph(self, row: int) -> Paragraph:
        """The passage with this row, which is not in memory."""

    @property
    def note(self) -> CodedError | None:
        """What the user should know of what holds the index; None for nothing."""
        return None

    @property
    def by_words(self) -> bool:
        """Whether vectors of some passages are still to be made."""
        return self.unembedded > 0

    def embed(self, rows: Ints, questions: Sequence[QuestionVector], encoder: Encoder) -> bool:
        """Nothing: every passage has its vector."""
        return False

    @abstractmethod
    def is_current(self) -> bool:
        """Whether the index has not been changed since it was opened."""

    @abstractmethod
    def sentence_bounds(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The sentence rows [first, end) of each passage in `rows`, two arrays of shape (len(rows),); no passage is empty."""

    @property
    def size(self) -> int:
        """The number of passages."""
        return self.manifest.passages

    @cached_property
    def roots(self) -> tuple[Path, ...]:
        """The folders and files that were indexed: at their stored path, or where they lie relative to a moved index."""
        return self.manifest.moved_roots(self.folder)

    def paragraph(self, row: int) -> Paragraph:
        """The passage with this row, 0 <= row < size."""
        return self._paragraphs.get(row, self._read_paragraph)

    def normal_text(self, row: int) -> str:
        """The normalised text of the passage `row`."""
        return self._normal_texts.get(row, lambda row: normalise(self.paragraph(row).text))

    def around(self, row: int, reach: int) -> str:
        """The normalised texts of the passage `row` and of up to `reach` before and after it in its document, a line each."""
        own = self.document_number(row)
        first, end = int(self._starts[own]), int(self._starts[own + 1])
        return "\n".join(self.normal_text(other) for other in range(max(first, row - reach), min(end, row + reach + 1)))

    def title(self, row: int) -> str:
        """The normalised title lines of the passage `row`: its file's name, its headings, and the document's first line if that
        is a title."""
        mark = self.paragraph(row).mark
        line = self.normal_text(int(self._starts[self.document_number(row)])).split("\n", 1)[0]
        headings = mark.headings if mark else ()
        named = normalise("\n".join([PurePosixPath(self.document(row).source).stem, *headings]))
        return f"{named}\n{line}" if _TITLE.fullmatch(line) else named

    def document_number(self, row: int) -> int:
        """The position in `manifest.documents` of the document that holds the passage `row`."""
        return int(np.searchsorted(self._starts, row, "right")) - 1

    def document(self, row: int) -> DocumentEntry:
        """The manifest's entry of the document that holds the passage `row`."""
        return self.manifest.documents[self.document_number(row)]

    def document_rows(self, source: str) -> range:
        """The rows of the passages of the document named `source`, in order. Raises `DocumentError` when there is none."""
        for number, entry in enumerate(self.manifest.documents):
            if source in entry.sources:
                return range(int(self._starts[number]), int(self._starts[number + 1]))
        raise DocumentError("index.no_document", source)

    def document_around(self, row: int) -> range:
        """The rows of the passages of the document that holds the passage `row`."""
        number = self.document_number(row)
        return range(int(self._starts[number]), int(self._starts[number + 1]))

    def passages_of(self, sources: Collection[str]) -> NDArray[np.bool_]:
        """Which rows belong to the documents or folders named in `sources`, shape (size,).

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
                raise DocumentError("index.no_document_or_folder", name)
            wanted |= named
        return np.repeat(wanted, np.diff(self._starts))

    def document_path(self, entry: DocumentEntry) -> str:
        """The path of a document's file, or where it was when it was indexed."""
        return str(self.manifest.locate(entry.source, self.roots))

    def sentence_rows(self, row: int) -> range:
        """The sentence rows of the passage `row`."""
        first, last = self.sentence_bounds(np.array([row]))
        return range(int(first[0]), int(last[0]))

    def file(self, row: int) -> File:
        """The file of the document that holds the passage `row`."""
        entry = self.document(row)
        return File(entry.source, self.document_path(entry), entry.sha256, entry.also)
