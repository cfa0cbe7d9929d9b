"""The paired comparison of two evaluations of the same questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import DocumentError
from .outcomes import Outcome, values_of
from .statistics import cluster_weights, interval, mcnemar, sign_flip, weighted_means


def thresholds_of(before: Sequence[Outcome], after: Sequence[Outcome]) -> dict[str, float | None]:
    """The thresholds at which the rows `before` and `after` were judged, by these names; None where the rows do not agree."""
    return {
        name: (found.pop() if len(found := {row.threshold for row in rows}) == 1 else None)
        for name, rows in (("before", before), ("after", after))
    }


def compare(before: Sequence[Outcome], after: Sequence[Outcome], file: str = "the rows to compare with") -> list[dict[str, Any]]:
    """Each figure of the evaluations `before` and `after`, with their difference, its 95 % paired bootstrap interval and p value.

    Two questions are the same when text, history and source are equal; ids tell apart questions asked more than once. `p` is that
    of McNemar's exact test for figures of right or wrong, and of a sign-flip test for `mrr@10`. Raises `DocumentError` about
    `file`, the file of `before`, when the questions are not the same.
    """
    before = _paired(before, after, file)
    if any(a.answerable != b.answerable for a, b in zip(before, after, strict=True)):
        raise DocumentError("evaluation.rows_other_answers", file)
    old, new = values_of(before), values_of(after)
    made = []
    for name, values in new.items():
        clusters = [row.cluster for row in after if row.answerable != (name == "false_answers")]
        difference = values - old[name]
        p = (
            sign_flip(difference, clusters)
            if name.startswith("mrr")
            else mcnemar([bool(v) for v in old[name]], [bool(v) for v in values])
        )
        low, high = interval(weighted_means(difference, cluster_weights(clusters)))
        made.append(
            {
                "figure": name,
                "before": round(float(old[name].mean()), 6),
                "after": round(float(values.mean()), 6),
                "difference": round(float(difference.mean()), 6),
                "low": low,
                "high": high,
                "p": round(p, 6),
            }
        )
    return made


def _paired(before: Sequence[Outcome], after: Sequence[Outcome], file: str) -> list[Outcome]:
    """The rows of `before` in the order of `after`. Raises `DocumentError` about `file` when the questions are not the same."""
    whole = all(row.history is not None and row.source is not None for row in (*before, *after))

    def groups(rows: Sequence[Outcome]) -> dict[tuple[object, ...], list[int]]:
        found: dict[tuple[object, ...], list[int]] = {}
        for number, row in enumerate(rows):
            found.setdefault((row.question, row.history, row.source) if whole else (row.question,), []).append(number)
        return found

    old, new = groups(before), groups(after)
    for key in (*new, *old):
        there, now = len(old.get(key, ())), len(new.get(key, ()))
        if there != now:
            raise DocumentError("evaluation.rows_other_questions", file, question=str(key[0])[:60], there=there, here=now)
    pairs: dict[int, Outcome] = {}
    for key, numbers in new.items():
        by_id = {before[number].id: number for number in old[key]}
        if by_id.keys() == {after[number].id for number in numbers} and len(by_id) == len(numbers):
            pairs.update((number, before[by_id[after[number].id]]) for number in numbers)
        else:  # the ids are line numbers, which an inserted line has shifted: pair them in order
            pairs.update((number, before[other]) for number, other in zip(numbers, old[key], strict=True))
    return [pairs[number] for number in range(len(after))]
