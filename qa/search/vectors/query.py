"""A question's vector with a cache of its cosines, and scalar products that do not depend on the position of a row."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from ..rows import Floats


@dataclass(frozen=True, slots=True, eq=False)
class QuestionVector:
    """A question's vector of length 1, shape (dimension,).

    `cosines` is a cache: a small segment -> the cosines of all its vectors. Search, scoring and the choice of the answering
    sentence need the same ones; sharing this object computes them once.
    """

    values: Floats
    cosines: dict[Hashable, Floats] = field(default_factory=dict)


def products(vectors: Floats, vector: Floats) -> Floats:
    """The scalar product of each row of `vectors` with `vector`, shape (len(vectors),); equal rows give equal products.

    A matrix product does not guarantee this, as its last bits depend on the position of a row; equal texts would then not tie.
    """
    return np.asarray(np.einsum("ij,j->i", vectors, np.ascontiguousarray(vector, np.float32)), np.float32)
