"""The vector index: finds the passages and sentences nearest to a question, and their cosines with it.

`DenseSegments` searches the `DenseIndex` of every segment for a `QuestionVector`. A segment of up to 20,000 vectors is searched
exhaustively; in a larger one, candidates come from inverted lists (IVF, `lists.py`) and their cosines from codes (`codes.py`).
"""

from .index import DenseSegments
from .lists import Choice
from .query import QuestionVector
from .segment import DenseIndex, NoVectors

__all__ = ["Choice", "DenseIndex", "DenseSegments", "NoVectors", "QuestionVector"]
