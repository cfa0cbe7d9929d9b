"""Statistics of an evaluation, with their uncertainty. Everything random is seeded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]

RESAMPLES = 1000
FLIPS = 10_000
SEED = 20


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of similar confidence: their number, mean confidence, share right and its 95 % Wilson interval [low, high]."""

    questions: int
    confidence: float
    right: float
    low: float
    high: float


def auroc(positives: Doubles, negatives: Doubles) -> float:
    """The probability that a positive scores above a negative, ties counting half (Mann-Whitney U divided by its maximum)."""
    ordered = np.sort(negatives)
    below = np.searchsorted(ordered, positives, "left")
    upto = np.searchsorted(ordered, positives, "right")
    return float((below + upto).mean() / 2 / len(negatives))


def cluster_weights(clusters: Sequence[str], resamples: int = RESAMPLES, seed: int = SEED) -> Doubles:
    """How often each question is in each bootstrap sample of whole clusters, shape (resamples, questions)."""
    _, member = np.unique(np.array(clusters), return_inverse=True)
    size = int(member.max()) + 1
    drawn = np.random.default_rng(seed).integers(size, size=(resamples, size))
    counts = np.zeros((resamples, size))
    np.add.at(counts, (np.arange(resamples)[:, None], drawn), 1)
    return np.asarray(counts[:, member])


def weighted_means(values: Doubles, weights: Doubles) -> Doubles:
    """The mean of `values`, shape (questions,), in each sample of `weights`; shape (resamples,)."""
    return np.asarray(weights @ values / weights.sum(1))


def weighted_aurocs(positives: Doubles, negatives: Doubles, of_positives: Doubles, of_negatives: Doubles) -> Doubles:
    """`auroc` in each sample, shape (resamples,); `of_positives` and `of_negatives` are the `cluster_weights` of each."""
    levels, level = np.unique(np.concatenate([positives, negatives]), return_inverse=True)
    good = np.zeros((len(of_positives), len(levels)))
    bad = np.zeros_like(good)
    for column, at in enumerate(level[: len(positives)]):
        good[:, at] += of_positives[:, column]
    for column, at in enumerate(level[len(positives) :]):
        bad[:, at] += of_negatives[:, column]
    below = np.cumsum(bad, 1) - bad / 2
    return np.asarray((good * below).sum(1) / good.sum(1) / bad.sum(1))


def interval(samples: Doubles) -> tuple[float, float]:
    """The 95 % percentile interval (low, high) of bootstrap `samples`."""
    low, high = np.quantile(samples, [0.025, 0.975])
    return round(float(low), 6), round(float(high), 6)


def mcnemar(before: Sequence[bool], after: Sequence[bool]) -> float:
    """The exact two-sided p value of McNemar's test: a binomial test on the questions where `before` and `after` differ."""
    gained = sum(not a and b for a, b in zip(before, after, strict=True))
    lost = sum(a and not b for a, b in zip(before, after, strict=True))
    changed = gained + lost
    return min(1.0, 2 * sum(math.comb(changed, i) for i in range(min(gained, lost) + 1)) / (1 << changed))


def sign_flip(differences: Doubles, clusters: Sequence[str], flips: int = FLIPS, seed: int = SEED) -> float:
    """The two-sided p value of a mean difference of 0, by flipping the signs of whole clusters at random `flips` times."""
    _, member = np.unique(np.array(clusters), return_inverse=True)
    sums = np.bincount(member, differences)
    signs = np.random.default_rng(seed).integers(2, size=(flips, len(sums)), dtype=np.int8)
    drawn = np.abs(2 * (signs @ sums) - sums.sum())
    return float((1 + (drawn >= abs(sums.sum()) - 1e-12).sum()) / (1 + flips))


def brier(confidence: Doubles, right: Doubles) -> float:
    """The Brier score: the mean squared difference of confidence and outcome (0 or 1); 0 is best."""
    return float(((confidence - right) ** 2).mean())


def reliability(confidence: Doubles, right: Doubles, bins: int = 10) -> tuple[Bin, ...]:
    """The questions sorted by confidence and cut into up to `bins` bins of equal numbers, lowest first."""
    order = np.argsort(confidence, kind="stable")
    made = []
    for rows in np.array_split(order, min(bins, len(order))):
        share = float(right[rows].mean())
        made.append(Bin(len(rows), float(confidence[rows].mean()), share, *wilson(share, len(rows))))
    return tuple(made)


def calibration_error(bins: Sequence[Bin]) -> float:
    """The expected calibration error: the mean distance of confidence and share right, bins weighted by their questions."""
    return float(np.average([abs(b.confidence - b.right) for b in bins], weights=[b.questions for b in bins]))


def wilson(share: float, questions: int, z: float = 1.959964) -> tuple[float, float]:
    """The Wilson interval (low, high) of a `share` of `questions`; `z` 1.96 is for 95 %."""
    middle = (share + z * z / (2 * questions)) / (1 + z * z / questions)
    half = z / (1 + z * z / questions) * math.sqrt(share * (1 - share) / questions + z * z / (4 * questions**2))
    return max(0.0, middle - half), min(1.0, middle + half)
