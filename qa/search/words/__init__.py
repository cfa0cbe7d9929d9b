"""The word index: BM25 over passages and sentences.

`LexicalIndex` finds candidate passages for a question and scores them, `SentenceWords` scores single sentences. Both read the
posting lists (`Postings`) that `PostingsWriter` writes, one set for each segment of the index.
"""

from .deleted import Deleted
from .index import LexicalIndex, WordScores
from .postings import ARRAYS, Postings
from .sentences import SentenceWords
from .terms import Translation
from .writer import PostingsWriter

__all__ = [
    "ARRAYS",
    "Deleted",
    "LexicalIndex",
    "Postings",
    "PostingsWriter",
    "SentenceWords",
    "Translation",
    "WordScores",
]
