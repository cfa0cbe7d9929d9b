"""What became of each question, and the figures that are made of it, against those counted by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qa.evaluation import outcomes
from qa.evaluation.outcomes import Outcome, at_threshold, by_labels, details, intervals, recall_curve, values_of
from qa.evaluation.statistics import calibration_error, interval, reliability, sign_flip


def row(number: int = 0, *, answerable: bool = True, found: bool = True, first: bool = True, **others: Any) -> Outcome:
    """A question that is answered rightly, unless it is told otherwise."""
    values: dict[str, Any] = {"confidence": 0.8, "rank": 1, "any_right": first, "passage": "p", "cluster": f"{number}"}
    return Outcome(
        id=f"{number}", question=f"question {number}", expected=(("a",),) if answerable else (), found=found, first_right=first,
        first_quote="a", first_source="a.txt", first_place="paragraph 1", scores={}, **{**values, **others},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "right", "failure"),
    [
        (row(), True, ""),
        (row(found=False), False, "refused"),
        (row(first=False), False, "right passage, other sentence"),
        (row(first=False, any_right=True), False, "right passage, other sentence"),  # another citation than the first
        (row(first=False, rank=2), False, "other passage first"),
        (row(first=False, rank=10), False, "other passage first"),
        (row(first=False, rank=11), False, "not found in the first 10"),
        (row(first=False, rank=None), False, "not found in the first 10"),
        (row(first=False, rank=None, passage=""), False, "no single passage holds it"),
        (row(answerable=False, first=False), False, "answered though unanswerable"),
        (row(answerable=False, first=False, found=False), True, ""),
    ],
)
def test_what_went_wrong(outcome: Outcome, right: bool, failure: str) -> None:
    assert (outcome.right, outcome.failure) == (right, failure)


def test_shares_by_rank() -> None:
    rows = [row(n, rank=rank) for n, rank in enumerate((1, 3, 4, 10, 11, None))]
    means = {name: float(values.mean()) for name, values in values_of(rows).items()}
    assert [means[f"recall@{k}"] for k in (1, 3, 5, 10)] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6])
    assert means["mrr@10"] == pytest.approx((1 + 1 / 3 + 1 / 4 + 1 / 10) / 6)
    curve = recall_curve([*rows, row(answerable=False, rank=50), row(7, rank=50)])
    assert len(curve) == 50
    assert [curve[k - 1] for k in (1, 2, 10, 11, 49, 50)] == pytest.approx([1 / 7, 1 / 7, 4 / 7, 5 / 7, 5 / 7, 6 / 7])


def test_shares_at_a_threshold_count_what_reaches_it() -> None:
    rows = [
        row(0, confidence=0.5), row(1, confidence=0.5, first=False), row(2, confidence=0.49), row(3, confidence=0.9),
        *(row(n, confidence=confidence, answerable=False) for n, confidence in ((4, 0.5), (5, 0.1), (6, 0.2))),
    ]  # fmt: skip
    assert at_threshold(rows, 0.5) == {
        "threshold": 0.5, "answered": 0.75, "wrong_among_answers": 0.5, "unanswerable_answered": round(1 / 3, 6)
    }  # fmt: skip
    assert at_threshold(rows, 0.95) == {
        "threshold": 0.95, "answered": 0, "wrong_among_answers": None, "unanswerable_answered": 0
    }  # fmt: skip
    assert at_threshold(rows[:4], 0.5)["unanswerable_answered"] is None
    told = details(rows, [0.25, 0.5])
    assert [entry["threshold"] for entry in told["thresholds"]] == [0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    assert told["failures"] == {"answered though unanswerable": 3, "right passage, other sentence": 1}


def test_questions_with_an_answer_and_without_are_drawn_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn alike, where there are as many of both, their figures would rise and fall together."""
    rows = [row(n, found=n % 2 == 0) for n in range(20)] + [row(n, found=n % 2 == 0, answerable=False) for n in range(20)]
    samples: list[Any] = []
    monkeypatch.setattr(outcomes, "interval", lambda values: samples.append(values) or (0.0, 1.0))
    named = dict(zip(intervals(rows), samples, strict=True))
    assert np.corrcoef(named["answered"], named["false_answers"])[0, 1] == pytest.approx(0, abs=0.1)
    assert np.corrcoef(named["answered"], named["right_answer"])[0, 1] == pytest.approx(1)


@pytest.mark.parametrize(("count", "told"), [(50, True), (51, False)])
def test_a_key_of_over_fifty_values_has_no_table(count: int, told: bool) -> None:
    rows = [row(n, labels={"key": f"{n % count}"}) for n in range(count + 1)]
    for among in (rows, [*rows, row(99)]):  # all have it, one does not
        assert (list(by_labels(among)) == ["key"]) == told


def test_bins_weigh_as_many_questions_as_they_hold() -> None:
    bins = reliability(np.array([0.2, 0.3, 0.4, 0.8, 0.9]), np.array([0.0, 0.0, 0.0, 1.0, 1.0]), 2)
    assert [entry.questions for entry in bins] == [3, 2]
    assert calibration_error(bins) == pytest.approx((3 * 0.3 + 2 * 0.15) / 5)


def test_an_interval_holds_nineteen_samples_in_twenty() -> None:
    assert interval(np.arange(1001) / 1000) == (0.025, 0.975)


def test_no_difference_is_surer_than_one_of_ten_thousand_draws() -> None:
    assert sign_flip(np.ones(60), [f"{n}" for n in range(60)]) == pytest.approx(1 / 10_001)
