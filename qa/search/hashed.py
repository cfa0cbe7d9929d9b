"""Small linear models of what a text is: logistic regressions over its runs of one to three characters and its words, hashed.

The weights of each are a file of some kilobytes, fitted by a script of `tests/bench`.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..text.normalise import normalise

BINS, MANY_BINS = 2**13, 2**16
_GRAM = 3
_EDGE = " .,:;!。，：；！、~…“”\"'"
Matrix = NDArray[np.float64]


def bins(sentence: str) -> list[int]:
    """The numbers, below `BINS`, of the runs of up to `_GRAM` characters and the words in a sentence; digits are one."""
    runs, words = _runs_and_words(sentence)
    return _hashed(runs | {f"w{word}" for word in words}, BINS)


def many_bins(sentence: str) -> list[int]:
    """The same below `MANY_BINS`, with pairs of words, whole and by their endings: "which regions" is "which ...s" too."""
    runs, words = _runs_and_words(sentence)
    pairs = {made for one, two in pairwise(words) for made in (f"v{one} {two}", f"s{one} {two[-2:]}", f"e{one} {two[-1]}")}
    return _hashed(runs | pairs | {made for word in words for made in (f"w{word}", f"x{word[-3:]}")}, MANY_BINS)


def _runs_and_words(sentence: str) -> tuple[set[str], list[str]]:
    folded = f"^{re.sub('[0-9]', '0', normalise(sentence).strip(_EDGE))}$"
    runs = {folded[at : at + size] for size in range(1, _GRAM + 1) for at in range(len(folded) - size + 1)}
    return runs, re.findall("[a-z']+", folded)


def _hashed(features: Iterable[str], count: int) -> list[int]:
    return sorted({zlib.crc32(feature.encode("utf-8", "surrogatepass")) % count for feature in features})


class HashedModel:
    """The model stored at `path`, read when it is first asked, which tells how likely each of `kinds` is.

    `features` gives the numbers that are weighed; with `averaged` their weights count less the more there are.
    """

    def __init__(
        self, path: Path, kinds: tuple[str, ...], features: Callable[[str], list[int]] = bins, averaged: bool = True
    ) -> None:
        self.path = path
        self.kinds = kinds
        self.features = features
        self.averaged = averaged

    @cached_property
    def _weights(self) -> tuple[NDArray[np.int8], float, Matrix]:
        with np.load(self.path, allow_pickle=False) as stored:
            return stored["weights"], float(stored["scale"]), stored["bias"].astype(np.float64)

    def probabilities(self, sentence: str) -> Matrix:
        """How likely `sentence` is of each of the kinds."""
        weights, scale, bias = self._weights
        found = self.features(sentence)
        logits = bias + scale * self.share(found) * weights[:, found].sum(axis=1, dtype=np.int64)
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum(), np.float64)

    def share(self, found: list[int]) -> float:
        """What each of the features `found` counts."""
        return 1 / math.sqrt(max(len(found), 1)) if self.averaged else 1.0

    def store(self, weights: Matrix, bias: Matrix) -> None:
        """Write the weights, of shape (kinds, features), in 8 bits each."""
        scale = float(np.abs(weights).max()) / 127
        np.savez_compressed(
            self.path, weights=np.round(weights / scale).astype(np.int8), scale=np.float32(scale), bias=bias.astype(np.float32)
        )
