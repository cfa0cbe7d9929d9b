"""The vector index: which passages and sentences lie nearest to a question, and their cosines with it.

`DenseSegments` searches the `DenseIndex` of every segment for a `QuestionVector`. Up to 20,000 vectors are kept as they are and all
compared; beyond, rows are found by inverted lists (IVF, `lists.py`) and their cosines computed from codes (`codes.py`).
"""

from .index import DenseSegments
from .lists import Choice
from .query import QuestionVector
from .segment import DenseIndex

__all__ = ["Choice", "DenseIndex", "DenseSegments", "QuestionVector"]
