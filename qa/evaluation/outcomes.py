"""What became of each question of an evaluation, a row each, and what two sets of rows differ in."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DocumentError
from .result_files import write_text
from .statistics import (
    RESAMPLES,
    Floats,
    brier,
    calibration_error,
    cluster_weights,
    interval,
    mcnemar,
    reliability,
    sign_flip,
    weighted_aurocs,
    weighted_means,
)

DEPTH = 10
CURVE = 50
THRESHOLDS = tuple(i / 10 for i in range(1, 10))


@dataclass(frozen=True, slots=True)
class Row:
    """One question asked.

    `expected` are the texts of which an answer must hold one, none for a question the documents do not answer; `passage` is
    the right passage. `rank` is that of the first right passage, None when it is not among the candidates. `first_quote`
    to `scores` are of the first citation and its passage, whether or not it would be shown; `first_right` and `any_right`
    say whether it, or any citation, holds what was expected. `found` says whether there is an answer at the threshold.
    `cluster` names what questions share that are resampled together. `understood` is the question as it was completed from
    those before it, "" where it was taken as it stands. `threshold` is the least confidence of an answer, `history` and `source`
    are those of the question file; all three are None in rows of before they were kept.
    """

    id: str
    question: str
    expected: tuple[str, ...]
    passage: str
    cluster: str
    found: bool
    confidence: float
    rank: int | None
    first_right: bool
    any_right: bool
    first_quote: str
    first_source: str
    first_place: str
    scores: dict[str, float]
    understood: str = ""
    threshold: float | None = None
    history: tuple[str, ...] | None = None
    source: str | None = None

    @property
    def answerable(self) -> bool:
        """Whether the documents answer it."""
        return bool(self.expected)

    @property
    def right(self) -> bool:
        """Whether its owner would be content: answered by the first citation, or refused when there is no answer."""
        return (self.found and self.first_right) if self.answerable else not self.found

    @property
    def failure(self) -> str:
        """What went wrong, the first thing of several; "" when nothing did."""
        if not self.answerable:
            return "answered though unanswerable" if self.found else ""
        if self.rank is None or self.rank > DEPTH:
            return f"not found in the first {DEPTH}"
        if not self.first_right:
            return "right passage, other sentence" if self.rank == 1 else "other passage first"
        return "" if self.found else "refused"

    def as_json(self) -> dict[str, Any]:
        """The row as it is written, with `right` and `failure` for the reader."""
        return {**asdict(self), "right": self.right, "failure": self.failure}


def write_rows(rows: Sequence[Row], file: str | os.PathLike[str]) -> None:
    """A JSON object a line."""
    write_text(file, "".join(json.dumps(row.as_json(), ensure_ascii=False) + "\n" for row in rows))


def read_rows(file: str | os.PathLike[str]) -> tuple[Row, ...]:
    """Rows that `write_rows` wrote. Raises `DocumentError`."""
    number = 0
    try:
        rows = []
        for number, line in enumerate(Path(file).read_text("utf-8").split("\n"), 1):  # noqa: B007
            if line.strip():
                rows.append(_row_of(line))
    except OSError as error:
        raise DocumentError(f"{file}: {error.strerror or error}; name a file that --rows wrote") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: is not UTF-8 ({error.reason}); name a file that --rows wrote") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentError(f"{file}, line {number}: is no row of an evaluation; name a file that --rows wrote") from error
    return tuple(rows)


def begins_with_row(beginning: bytes) -> bool:
    """Whether a file that begins so is one that `write_rows` wrote."""
    try:
        _row_of(beginning.split(b"\n", 1)[0].decode("utf-8"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return True


def _row_of(line: str) -> Row:
    """The row on a line. Raises ValueError, KeyError or TypeError when there is none."""
    stored = json.loads(line)
    values = {"understood": "", "threshold": None, "history": None, "source": None, **stored}  # of before these were kept
    values = {field.name: values[field.name] for field in fields(Row)}
    history = None if values["history"] is None else tuple(values["history"])
    return Row(**{**values, "expected": tuple(values["expected"]), "history": history})


def values_of(rows: Sequence[Row]) -> dict[str, Floats]:
    """The values whose means are the figures: of answerable questions, `false_answers` of the others."""
    good = [row for row in rows if row.answerable]
    rank = np.array([row.rank or np.inf for row in good])
    values = {f"recall@{k}": (rank <= k).astype(float) for k in (1, 3, 5, 10)}
    values["mrr@10"] = np.where(rank <= DEPTH, 1 / rank, 0)
    values["sentence@1"] = np.array([row.first_right for row in good], float)
    values["any_citation"] = np.array([row.any_right for row in good], float)
    values["answered"] = np.array([row.found for row in good], float)
    values["right_answer"] = np.array([row.right for row in good], float)
    if len(good) < len(rows):
        values["false_answers"] = np.array([row.found for row in rows if not row.answerable], float)
    return values


def intervals(rows: Sequence[Row], resamples: int = RESAMPLES) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of every figure; whole clusters are drawn, answerable and other questions apart."""
    good = cluster_weights([row.cluster for row in rows if row.answerable], resamples)
    others = [row.cluster for row in rows if not row.answerable]
    bad = cluster_weights(others, resamples, seed=21) if others else good
    made = {
        name: interval(weighted_means(values, bad if name == "false_answers" else good))
        for name, values in values_of(rows).items()
    }
    if others:
        made["auroc"] = interval(weighted_aurocs(*_confidences(rows), good, bad))
    return made


def details(rows: Sequence[Row], thresholds: Sequence[float]) -> dict[str, Any]:
    """What a report holds beside its old figures: more shares, intervals, calibration, thresholds, kinds of failure."""
    confidence = np.array([row.confidence for row in rows])
    right = np.array([row.answerable and row.first_right for row in rows], float)
    bins = reliability(confidence, right)
    means = {name: round(float(values.mean()), 6) for name, values in values_of(rows).items()}
    kinds = [row.failure for row in rows if row.failure]
    return {
        **{name: means[name] for name in ("recall@3", "any_citation", "answered", "right_answer")},
        "brier": round(brier(confidence, right), 6),
        "calibration_error": round(calibration_error(bins), 6),
        "clusters": len({row.cluster for row in rows}),
        "intervals": {name: list(ends) for name, ends in intervals(rows).items()},
        "reliability": [{name: round(value, 6) for name, value in asdict(entry).items()} for entry in bins],
        "thresholds": [at_threshold(rows, p) for p in sorted({*THRESHOLDS, *thresholds})],
        "failures": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
    }


def at_threshold(rows: Sequence[Row], threshold: float) -> dict[str, float | None]:
    """Shares at another threshold: of good questions answered, wrong among all answers, of the others answered."""
    shown = [row for row in rows if row.confidence >= threshold]
    good = sum(row.answerable for row in rows)
    wrong = sum(not (row.answerable and row.first_right) for row in shown)
    others = len(rows) - good
    return {
        "threshold": threshold,
        "answered": round(sum(row.answerable for row in shown) / good, 6),
        "wrong_among_answers": round(wrong / len(shown), 6) if shown else None,
        "unanswerable_answered": round(sum(not row.answerable for row in shown) / others, 6) if others else None,
    }


def recall_curve(rows: Sequence[Row]) -> list[float]:
    """recall@k for k of 1 to 50."""
    ranks = [row.rank for row in rows if row.answerable]
    return [sum(rank is not None and rank <= k for rank in ranks) / len(ranks) for k in range(1, CURVE + 1)]


def thresholds_of(before: Sequence[Row], after: Sequence[Row]) -> dict[str, float | None]:
    """The thresholds at which the rows of two evaluations are judged; None where the rows do not say."""
    return {
        name: (found.pop() if len(found := {row.threshold for row in rows}) == 1 else None)
        for name, rows in (("before", before), ("after", after))
    }


def compare(before: Sequence[Row], after: Sequence[Row], file: str = "the rows to compare with") -> list[dict[str, Any]]:
    """Figures of two evaluations of the same questions: difference, its paired bootstrap interval and p value.

    Questions are the same when their text, history and source are; ids tell apart those that are asked more than once. `p` is of
    McNemar's exact test where each question is right or wrong, and of a sign-flip test for `mrr@10`. Raises `DocumentError`,
    naming `file`, which holds the rows of before, when the questions are not the same.
    """
    before = _paired(before, after, file)
    if any(a.answerable != b.answerable for a, b in zip(before, after, strict=True)):
        raise DocumentError(f"{file}: its rows expect other answers; measure both with one file of questions")
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


def _paired(before: Sequence[Row], after: Sequence[Row], file: str) -> list[Row]:
    """The rows of `before` in the order of those of `after`."""
    whole = all(row.history is not None and row.source is not None for row in (*before, *after))

    def groups(rows: Sequence[Row]) -> dict[tuple[object, ...], list[int]]:
        found: dict[tuple[object, ...], list[int]] = {}
        for number, row in enumerate(rows):
            found.setdefault((row.question, row.history, row.source) if whole else (row.question,), []).append(number)
        return found

    old, new = groups(before), groups(after)
    for key in (*new, *old):
        there, now = len(old.get(key, ())), len(new.get(key, ()))
        if there != now:
            raise DocumentError(
                f"{file}: its rows are of other questions: {str(key[0])[:60]!r} is asked {there} times there, {now} times now; "
                "measure both with one file of questions"
            )
    pairs: dict[int, Row] = {}
    for key, numbers in new.items():
        by_id = {before[number].id: number for number in old[key]}
        if by_id.keys() == {after[number].id for number in numbers} and len(by_id) == len(numbers):
            pairs.update((number, before[by_id[after[number].id]]) for number in numbers)
        else:  # numbers of lines, which a line put in above has moved: the order is the same
            pairs.update((number, before[other]) for number, other in zip(numbers, old[key], strict=True))
    return [pairs[number] for number in range(len(after))]


def _confidences(rows: Sequence[Row]) -> tuple[Floats, Floats]:
    good = np.array([row.confidence for row in rows if row.answerable])
    return good, np.array([row.confidence for row in rows if not row.answerable])
