"""BM25 (Robertson and Zaragoza, 2009): a term adds idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average length)).

idf = ln(1 + (N - df + 0.5) / (df + 0.5)), where df of N texts hold the term; the "1 +" keeps it positive, as in Lucene.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..rows import Floats, Ints

# Anserini's defaults for passages. Against (1.2, 0.75) and (1.5, 0.75) on cmrc2018_trial and drcd_dev: recall@1 is 0.1 to 0.8
# points higher.
K1, B = 0.9, 0.4


def idf(size: int, frequency: float) -> float:
    """The idf of a term that `frequency` of `size` texts hold."""
    return math.log(1 + (size - frequency + 0.5) / (frequency + 0.5))


def any_idf(size: int, frequencies: Sequence[int]) -> float:
    """The idf of "any of these terms", as if they were independent of each other; 0 for no term."""
    return idf(size, size - size * math.prod(1 - each / size for each in frequencies)) if frequencies else 0.0


def norms(lengths: NDArray[np.int32] | NDArray[np.uint16], average: float) -> Floats:
    """k1 * (1 - b + b * length / average) of texts, by their lengths in tokens."""
    return np.asarray(lengths.astype(np.float32) * np.float32(K1 * B / average) + np.float32(K1 * (1 - B)), np.float32)


def weights(tf: Ints, norms: Floats) -> Floats:
    """What is multiplied by the idf, for a term that stands `tf` times in texts of these `norms`."""
    count = tf.astype(np.float32)
    return np.asarray(count * np.float32(K1 + 1) / (count + norms), np.float32)


def highest_weight(most: int | None, average: float) -> float:
    """The highest weight of a term that stands at most `most` times in a text (None: any number): a text has no other tokens."""
    return K1 + 1 if most is None else most * (K1 + 1) / (most + K1 * (1 - B + B * most / average))
