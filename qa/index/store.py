"""The local engine over the files of a build: rows to passages, sentences and documents; search by vectors and by words.

It knows nothing of questions. `search.engine.Engine` is the protocol that retrieval and answering use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import DocumentError
from ..search.engine import File
from ..search.language_means import LanguageMeans
from ..search.rows import RowMap
from ..search.vectors import DenseIndex, DenseSegments
from ..search.words import Deleted, LexicalIndex, SentenceWords
from ..text.normalise import normalise
from ..text.user_words import NO_WORDS, read_user_dictionary
from ..text.words import tokenizer_name
from ..types import Paragraph
from . import layout
from .manifest import DocumentEntry, Manifest
from .segment import Segment

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


class Store:
    """An opened build: `folder` is the index, `parts` the build's folder and `manifest` its manifest. Safe for several threads.

    Raises OSError, ValueError, KeyError, IndexError or TypeError when the parts do not fit each other.
    """

    def __init__(self, folder: Path, manifest: Manifest, parts: Path) -> None:
        self.folder = folder
        self.manifest = manifest
        self.parts = parts
        self._paragraphs = Recent[Paragraph](RECENT)
        self._normal_texts = Recent[str](RECENT)
        self.dictionary = read_user_dictionary(parts / layout.USER_WORDS) if layout.USER_WORDS in manifest.files else NO_WORDS
        if tokenizer_name(self.dictionary) != manifest.tokenizer:
            raise ValueError("its user dictionary is not the one that it was built with")
        self._segments = [Segment(parts / f"{layout.SEGMENT}{number}") for number in manifest.segments]
        self._bases = np.cumsum([0, *(len(segment.passages) for segment in self._segments)])
        self._sentence_bases = np.cumsum([0, *(len(segment.sentences) for segment in self._segments)])
        self._starts = np.cumsum([0, *(entry.passages for entry in manifest.documents)])
        self._rows = self._row_map(layout.load_rows(parts / layout.DOCUMENTS, layout.DOCUMENT))
        first = [segment.first_sentence[:-1] + base for segment, base in zip(self._segments, self._sentence_bases, strict=False)]
        self._first_sentence = np.concatenate([*first, self._sentence_bases[-1:]]).astype(np.int64)
        if (np.diff(self._first_sentence) < 1).any():
            raise ValueError("a passage without a sentence")
        self.dense = DenseSegments([DenseIndex.open(each.folder / layout.PASSAGE_VECTORS) for each in self._segments], self._rows)
        self.sentence_dense = DenseSegments([DenseIndex.open(each.folder / layout.SENTENCE_VECTORS) for each in self._segments])
        deleted = [parts / f"{layout.DELETED}{number}" for number in manifest.segments]
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
            np.load(parts / layout.QUESTION_MEANS, allow_pickle=False),
            np.load(parts / layout.PASSAGE_MEANS, allow_pickle=False),
        )
        sizes = (self._rows.size, self.lexical.sentences, self.sentence_dense.size)
        if sizes != (manifest.passages, manifest.sentences, int(self._sentence_bases[-1])):
            raise ValueError(f"parts of different lengths: {sizes}")

    def _row_map(self, documents: NDArray[Any]) -> RowMap:
        """The map between rows (the manifest's order of documents) and stored rows (the segments' order, with deleted ones)."""
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
            mark=None if entry["mark"] == layout.NO_MARK else segment.marks[entry["mark"]],
        )

    def _place(self, row: int) -> tuple[Segment, int]:
        """The segment that holds the passage `row`, and the passage's row in it."""
        stored = int(self._rows.stored(np.array([row]))[0])
        number = int(np.searchsorted(self._bases, stored, "right")) - 1
        return self._segments[number], stored - int(self._bases[number])

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

    def sentence_bounds(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The sentence rows [first, end) of each passage in `rows`, two arrays of shape (len(rows),); no passage is empty."""
        stored = self._rows.stored(rows)
        return self._first_sentence[stored], self._first_sentence[stored + 1]

    def sentence_rows(self, row: int) -> range:
        """The sentence rows of the passage `row`."""
        first, last = self.sentence_bounds(np.array([row]))
        return range(int(first[0]), int(last[0]))

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The span [start, end), in its document's text, of the sentence `row`."""
        number = int(np.searchsorted(self._sentence_bases, row, "right")) - 1
        entry = self._segments[number].sentences[row - int(self._sentence_bases[number])]
        return int(entry["start"]), int(entry["end"])

    def sentence_passages(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The passage row of each sentence in `rows`, -1 for a sentence of a deleted document; shape (len(rows),)."""
        return self._rows.rows(np.searchsorted(self._first_sentence, rows, "right") - 1)

    @cached_property
    def passage_languages(self) -> frozenset[str]:
        """The names of the languages of the passages."""
        mask = self._rows.mask(None)
        spoken = self._languages if mask is None else self._languages[mask]
        return frozenset(self.means.names[number] for number in np.flatnonzero(np.bincount(spoken)))

    def passage_language(self, row: int) -> int:
        """The position in `means.names` of the language of the passage `row`."""
        return int(self._languages[self._rows.stored(np.array([row]))[0]])

    def file(self, row: int) -> File:
        """The file of the document that holds the passage `row`."""
        entry = self.document(row)
        return File(entry.source, self.document_path(entry), entry.sha256, entry.also)
