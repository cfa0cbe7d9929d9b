"""The interface of an index for retrieval and answering: search by vectors and words, texts, spans and files.

An engine puts candidates forward, by vectors and by words, and fetches them; all finer evidence is computed from what was
fetched. A row is the number of a passage, from 0. Sentences have rows of their own; the sentences of a passage have consecutive
ones, and so have neighbouring passages of a document.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..models.encoder import Encoder
from ..text.translation import Alternatives
from ..text.user_words import UserDictionary
from ..types import Paragraph
from .language_means import LanguageMeans
from .rows import Floats, Ints, Mask
from .vectors import QuestionVector
from .words import Translation, WordScores


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


class Cosines(Protocol):
    """The cosines of passages or of sentences with a question."""

    def scores(self, question: QuestionVector, rows: Ints) -> Floats:
        """The cosines of `rows` with the question, shape (len(rows),)."""
        ...


class Vectors(Cosines, Protocol):
    """The vectors of passages: searched, and compared with a question."""

    def search(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> tuple[Ints, Floats]:
        """The `k` rows nearest to the question and their cosines, nearest first; `allowed` is the mask of rows, None for all."""
        ...


class Words(Protocol):
    """The words of passages: candidates by BM25, and the scores of candidates."""

    def idf(self, token: str) -> float:
        """The idf of `token` among the passages; the highest possible for a token that no passage contains."""
        ...

    def ideal(self, tokens: Sequence[str]) -> float:
        """The sum of the tokens' idf."""
        ...

    def translation(self, groups: Sequence[Alternatives]) -> Translation:
        """Look up the alternatives of each term of a translated question."""
        ...

    def candidates(self, tokens: Sequence[str], k: int, allowed: Mask | None = None) -> Ints:
        """Candidate rows, ascending, for the `k` best by BM25 for the distinct `tokens`; `allowed` is a mask of rows."""
        ...

    def translated_candidates(self, translation: Translation, k: int, allowed: Mask | None = None) -> Ints:
        """Candidate rows for a translated question; otherwise as `candidates`."""
        ...

    def scores(self, tokens: Sequence[str], rows: Ints, translation: Translation | None = None) -> WordScores:
        """The scores of the distinct `rows`, in their order, for the distinct `tokens` and for the translated question."""
        ...


class WordsOfSentences(Protocol):
    """The words of single sentences, given as ranges [first, last) of their rows."""

    def idf(self, token: str) -> float:
        """The idf of `token` among the sentences; the highest possible for a token that no sentence contains."""
        ...

    def holds(self, tokens: Sequence[str], first: int, last: int) -> Mask:
        """Which of the sentences contain each token, a mask of shape (len(tokens), last - first)."""
        ...

    def words(self, first: int, last: int) -> Ints:
        """The number of words of each of the sentences, shape (last - first,)."""
        ...

    def translated_scores(self, translation: Translation, first: int, last: int) -> Floats:
        """The scores of the sentences for a translated question: see `WordScores.translated`."""
        ...


class Engine(Protocol):
    """The interface of an index for retrieval and answering."""

    dense: Vectors  # of passages
    sentence_dense: Cosines
    lexical: Words
    sentence_lexical: WordsOfSentences
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

    def by_sentences(self, question: QuestionVector, k: int, allowed: Mask | None = None) -> Ints:
        """The passages of the `k` sentences nearest to the question, a passage as often as it has some of them.

        `allowed` is the mask of the passages to search; None is all.
        """
        ...

    @property
    def by_words(self) -> bool:
        """Whether vectors of some passages are still to be made, which are then found by their words alone."""
        ...

    def embed(self, rows: Ints, questions: Sequence[QuestionVector], encoder: Encoder) -> bool:
        """Make the vectors that passages lack, so that `dense` and `sentence_dense` know their cosines with `questions`; return
        whether there were such passages."""
        ...

    def fetch(self, rows: Ints) -> None:
        """Bring near what the other methods tell of these passages, in one step; nothing where it is near anyway."""
        ...

    def fetch_around(self, rows: Ints, reach: int) -> None:
        """Bring near what `title`, and `around` with this `reach`, tell of these passages, in one step."""
        ...

    def passage_language(self, row: int) -> int:
        """The language of a passage, as an index into `means.names`."""
        ...

    def passages_of(self, sources: Collection[str]) -> Mask:
        """The mask, shape (size,), of the rows in the documents or folders named. Raises `DocumentError` for other names."""
        ...

    def document_around(self, row: int) -> range:
        """The rows of the passages of the document that holds the passage `row`."""
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

    def sentence_span(self, row: int) -> tuple[int, int]:
        """The span [start, end) of a sentence in the text of its document."""
        ...

    def file(self, row: int) -> File:
        """The file of a passage."""
        ...
