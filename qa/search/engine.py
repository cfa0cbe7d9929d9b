"""What retrieval and answering ask of an index: candidates by vector and by words, then the texts and spans of those.

Rows number the passages from 0. Sentences have rows of their own; those of one passage follow each other.
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
    """A file as it was when it was indexed: its name, where it was, the SHA-256 of its bytes, and the names of its copies."""

    source: str
    path: str
    sha256: str
    also: tuple[str, ...] = ()


class Engine(Protocol):
    """The parts of an index that know nothing of questions."""

    dense: DenseSegments  # of passages
    sentence_dense: DenseSegments
    lexical: LexicalIndex
    sentence_lexical: SentenceWords
    means: LanguageMeans
    dictionary: UserDictionary  # with which the passages were parted into words

    @property
    def size(self) -> int:
        """How many passages there are."""
        ...

    @property
    def passage_languages(self) -> frozenset[str]:
        """The names of the languages that passages are in."""
        ...

    def passage_language(self, row: int) -> int:
        """The number, in `means.names`, of the language a passage is in."""
        ...

    def passages_of(self, sources: Collection[str]) -> Mask:
        """Which rows are of these documents or folders, shape (size,). Raises `DocumentError` for a name that is neither."""
        ...

    def paragraph(self, row: int) -> Paragraph:
        """The passage of a row."""
        ...

    def normal_text(self, row: int) -> str:
        """The text of a passage, normalised."""
        ...

    def around(self, row: int, reach: int) -> str:
        """The texts of a passage and of up to `reach` before and after it in its document, normalised, a line each."""
        ...

    def title(self, row: int) -> str:
        """What a passage's document is called and the headings that the passage is under, normalised."""
        ...

    def sentence_bounds(self, rows: Ints) -> tuple[Ints, Ints]:
        """The first sentence row of each passage row, and the one after its last; every passage has one at least."""
        ...

    def sentence_rows(self, row: int) -> range:
        """The sentence rows of a passage."""
        ...

    def sentence_passages(self, rows: Ints) -> Ints:
        """The passage rows that sentence rows belong to, -1 for those of a document that was deleted."""
        ...

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The characters [start, end) of a sentence in its document's text."""
        ...

    def file(self, row: int) -> File:
        """The file that a passage is from."""
        ...
