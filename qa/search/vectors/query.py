"""A question's vector, prepared for search, and its products with stored vectors."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from ..rows import Floats


@dataclass(frozen=True, slots=True, eq=False)
class QuestionVector:
    """A question's unit vector, shape (dimension,), and its cosines with all vectors of a small segment, by that segment.

    Search, scores of candidates and the choice of the answering sentence ask for cosines with the same vectors; who passes one
    object on has them computed once.
    """

    values: Floats
    cosines: dict[Hashable, Floats] = field(default_factory=dict)


def products(vectors: Floats, vector: Floats) -> Floats:
    """The scalar product of each row of `vectors` with `vector`; equal rows have the same, to the last bit.

    A matrix product does not warrant that: its last bits depend on a row's place, and equal texts would not tie.
    """
    return np.asarray(np.einsum("ij,j->i", vectors, np.ascontiguousarray(vector, np.float32)), np.float32)
