"""The word index: which passages hold the words of a question, and how much each of their sentences says of it.

`LexicalIndex` puts forward candidates and scores them by BM25, `SentenceWords` says what single sentences hold; both read the
`Postings` that a `PostingsWriter` wrote for each segment of the index.
"""

from .deleted import Deleted
from .index import LexicalIndex, WordScores
from .postings import ARRAYS, Postings
from .sentences import SentenceWords
from .terms import Alternatives, Translation
from .writer import PostingsWriter

__all__ = [
    "ARRAYS",
    "Alternatives",
    "Deleted",
    "LexicalIndex",
    "Postings",
    "PostingsWriter",
    "SentenceWords",
    "Translation",
    "WordScores",
]
