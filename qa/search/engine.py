"""The interface of an index for retrieval and answering: search by vectors and words, texts, spans and files.

A row is the number of a passage, from 0. Sentences have rows of their own; the sentences of a passage have consecutive ones.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from ..text.user_words import UserDictionary
from ..types import Paragraph
from .language_means import LanguageMeans
from .rows import Ints, Mask
from .vectors import DenseSegments
from .words import LexicalIndex, SentenceWords


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was when it was indexed.

    `source` is the name of its document, `path` its absolute path, `sha256` the hash of its bytes, and `also` the names of other
    documents with the same bytes.
    """

    source: str
    path: str
    sha256: str
    also: tuple[str, ...] = ()


class Engine(Protocol):
    """The interface of an index for retrieval and answering."""

    dense: DenseSegments  # of passages
    sentence_dense: DenseSegments
    lexical: LexicalIndex
    sentence_lexical: SentenceWords
    means: LanguageMeans
    dictionary: UserDictionary  # the passages were tokenized with it

    @property
    def size(self) -> int:
        """The number of passages."""
        ...

    @property
    def passage_languages(self) -> frozenset[str]:
        """The names of the languages that occur among the passages."""
        ...

    def passage_language(self, row: int) -> int:
        """The language of a passage, as an index into `means.names`."""
        ...

    def passages_of(self, sources: Collection[str]) -> Mask:
        """The mask, shape (size,), of the rows in the documents or folders named. Raises `DocumentError` for other names."""
        ...

    def paragraph(self, row: int) -> Paragraph:
        """The passage with this row."""
        ...

    def normal_text(self, row: int) -> str:
        """The normalised text of a passage."""
        ...

    def around(self, row: int, reach: int) -> str:
        """The normalised texts of a passage and of up to `reach` passages before and after it in its document, one per line."""
        ...

    def title(self, row: int) -> str:
        """The name of the passage's document and the headings above the passage, normalised."""
        ...

    def sentence_bounds(self, rows: Ints) -> tuple[Ints, Ints]:
        """The sentences of each passage in `rows`: arrays of the first sentence row and of the one after the last.

        Every passage has at least one sentence.
        """
        ...

    def sentence_rows(self, row: int) -> range:
        """The rows of the sentences of a passage."""
        ...

    def sentence_passages(self, rows: Ints) -> Ints:
        """The passage row of each sentence row in `rows`; -1 if its document was deleted."""
        ...

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The span [start, end) of a sentence in the text of its document."""
        ...

    def file(self, row: int) -> File:
        """The file of a passage."""
        ...
