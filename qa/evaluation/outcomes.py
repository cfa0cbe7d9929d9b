"""What became of each question of an evaluation, and the figures of all of them."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DocumentError
from .question_files import Quote, at_line
from .result_files import write_text
from .statistics import (
    RESAMPLES,
    Floats,
    brier,
    calibration_error,
    cluster_weights,
    interval,
    reliability,
    weighted_aurocs,
    weighted_means,
)

DEPTH = 10
CURVE = 50
THRESHOLDS = tuple(i / 10 for i in range(1, 10))
MOST_VALUES = 50  # of a key that is reported by
# The shares that are told of the questions with one value of a key.
BY_LABEL = ("recall@1", "recall@3", "recall@10", "sentence@1", "any_citation", "answered", "right_answer", "false_answers")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question: a line of the file that `--rows` names.

    `expected` are the alternatives of which an answer must hold one, none for a question the documents do not answer; `passage`
    is the right passage, "" where no single one holds what is expected. `rank` is that of the first right passage, None when it is
    not among the candidates. `first_quote` to `scores` are of the first citation and its passage, whether or not it would be
    shown; `first_right` and `any_right` say whether it, or any citation, holds what was expected. `found` says whether there
    is an answer at the threshold. `cluster` names what questions share that are resampled together. `understood` is the question
    as it was completed from those before it, "" where it was taken as it stands. `threshold` is the least confidence of an
    answer, `history` and `source` are those of the question file; these three are None in rows of versions that did not keep
    them. `labels` are the other keys of the question's line.
    """

    id: str
    question: str
    expected: tuple[Quote, ...]
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
    labels: Mapping[str, Any] = field(default_factory=dict)

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
        if not self.passage:
            return "no single passage holds it"
        if self.rank is None or self.rank > DEPTH:
            return f"not found in the first {DEPTH}"
        if not self.first_right:
            return "right passage, other sentence" if self.rank == 1 else "other passage first"
        return "" if self.found else "refused"

    def as_json(self) -> dict[str, Any]:
        """The outcome as it is written: a quote of one part as its text, and `right` and `failure` for the reader."""
        expected = [quote[0] if len(quote) == 1 else {"all": list(quote)} for quote in self.expected]
        return {**asdict(self), "expected": expected, "right": self.right, "failure": self.failure}


def write_outcomes(outcomes: Sequence[Outcome], file: str | os.PathLike[str]) -> None:
    """A JSON object a line. Raises `QAError` when the file cannot be written; then it is as it was."""
    write_text(file, "".join(json.dumps(outcome.as_json(), ensure_ascii=False) + "\n" for outcome in outcomes))


def read_outcomes(file: str | os.PathLike[str]) -> tuple[Outcome, ...]:
    """Outcomes that `write_outcomes` wrote. Raises `DocumentError`."""
    number = 0
    try:
        outcomes = []
        for number, line in enumerate(Path(file).read_text("utf-8").split("\n"), 1):  # noqa: B007
            if line.strip():
                outcomes.append(_outcome_of(line))
    except OSError as error:
        raise DocumentError("evaluation.rows_unreadable", file, reason=error) from error
    except UnicodeDecodeError as error:
        raise DocumentError("evaluation.rows_not_utf8", file, reason=error.reason) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DocumentError("evaluation.rows_no_row", at_line(file, number)) from error
    return tuple(outcomes)


def begins_with_outcome(beginning: bytes) -> bool:
    """Whether a file that begins so is one that `write_outcomes` wrote."""
    try:
        _outcome_of(beginning.split(b"\n", 1)[0].decode("utf-8"))
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    return True


def _outcome_of(line: str) -> Outcome:
    """The outcome on a line. Raises ValueError, KeyError or TypeError when there is none."""
    stored = json.loads(line)
    # of versions that did not keep these
    values = {"understood": "", "threshold": None, "history": None, "source": None, "labels": {}, **stored}
    values = {field.name: values[field.name] for field in fields(Outcome)}
    history = None if values["history"] is None else tuple(values["history"])
    expected = tuple(tuple(quote["all"]) if isinstance(quote, dict) else (quote,) for quote in values["expected"])
    return Outcome(**{**values, "expected": expected, "history": history})


def values_of(outcomes: Sequence[Outcome]) -> dict[str, Floats]:
    """The values whose means are the figures: of answerable questions, `false_answers` of the others."""
    good = [outcome for outcome in outcomes if outcome.answerable]
    rank = np.array([outcome.rank or np.inf for outcome in good])
    values = {f"recall@{k}": (rank <= k).astype(float) for k in (1, 3, 5, 10)}
    values["mrr@10"] = np.where(rank <= DEPTH, 1 / rank, 0)
    values["sentence@1"] = np.array([outcome.first_right for outcome in good], float)
    values["any_citation"] = np.array([outcome.any_right for outcome in good], float)
    values["answered"] = np.array([outcome.found for outcome in good], float)
    values["right_answer"] = np.array([outcome.right for outcome in good], float)
    if len(good) < len(outcomes):
        values["false_answers"] = np.array([outcome.found for outcome in outcomes if not outcome.answerable], float)
    return values


def intervals(outcomes: Sequence[Outcome], resamples: int = RESAMPLES) -> dict[str, tuple[float, float]]:
    """The 95 % bootstrap interval of every figure; whole clusters are drawn, answerable and other questions apart."""
    good = cluster_weights([outcome.cluster for outcome in outcomes if outcome.answerable], resamples)
    others = [outcome.cluster for outcome in outcomes if not outcome.answerable]
    bad = cluster_weights(others, resamples, seed=21) if others else good
    made = {
        name: interval(weighted_means(values, bad if name == "false_answers" else good))
        for name, values in values_of(outcomes).items()
    }
    if others:
        made["auroc"] = interval(weighted_aurocs(*_confidences(outcomes), good, bad))
    return made


def details(outcomes: Sequence[Outcome], thresholds: Sequence[float]) -> dict[str, Any]:
    """What a report holds beside its old figures: more shares, intervals, calibration, thresholds, kinds of failure."""
    confidence = np.array([outcome.confidence for outcome in outcomes])
    right = np.array([outcome.answerable and outcome.first_right for outcome in outcomes], float)
    bins = reliability(confidence, right)
    means = {name: round(float(values.mean()), 6) for name, values in values_of(outcomes).items()}
    kinds = [outcome.failure for outcome in outcomes if outcome.failure]
    return {
        **{name: means[name] for name in ("recall@3", "any_citation", "answered", "right_answer")},
        "brier": round(brier(confidence, right), 6),
        "calibration_error": round(calibration_error(bins), 6),
        "clusters": len({outcome.cluster for outcome in outcomes}),
        "intervals": {name: list(ends) for name, ends in intervals(outcomes).items()},
        "reliability": [{name: round(value, 6) for name, value in asdict(entry).items()} for entry in bins],
        "thresholds": [at_threshold(outcomes, p) for p in sorted({*THRESHOLDS, *thresholds})],
        "failures": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        "by": by_labels(outcomes),
    }


def by_labels(outcomes: Sequence[Outcome]) -> dict[str, list[dict[str, Any]]]:
    """For each key of the question file whose values repeat, the shares of the questions with each value.

    `value` is the value as text, "" where a question has none; `questions` are the answerable ones with it and `unanswerable` the
    others. A share of no questions is left out. Keys of lists and objects, and of over 50 values, are passed over.
    """
    tables = {}
    for key in dict.fromkeys(key for outcome in outcomes for key in outcome.labels):
        given = [outcome.labels.get(key, "") for outcome in outcomes]
        counts = Counter(str(value) for value in given if value != "" and not isinstance(value, list | dict))
        if counts and max(counts.values()) > 1 and len(counts) <= MOST_VALUES and len({*map(str, given)}) > 1:
            tables[key] = [
                _shares(value, [outcome for outcome, own in zip(outcomes, given, strict=True) if str(own) == value])
                for value in sorted({*map(str, given)}, key=lambda value: (-counts[value], value))
            ]
    return tables


def _shares(value: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    good = sum(outcome.answerable for outcome in outcomes)
    means = {name: round(float(values.mean()), 6) for name, values in values_of(outcomes).items() if len(values)}
    return {
        "value": value,
        "questions": good,
        "unanswerable": len(outcomes) - good,
        **{name: share for name, share in means.items() if name in BY_LABEL},
    }


def at_threshold(outcomes: Sequence[Outcome], threshold: float) -> dict[str, float | None]:
    """Shares at another threshold: of good questions answered, wrong among all answers, of the others answered."""
    shown = [outcome for outcome in outcomes if outcome.confidence >= threshold]
    good = sum(outcome.answerable for outcome in outcomes)
    wrong = sum(not (outcome.answerable and outcome.first_right) for outcome in shown)
    others = len(outcomes) - good
    return {
        "threshold": threshold,
        "answered": round(sum(outcome.answerable for outcome in shown) / good, 6),
        "wrong_among_answers": round(wrong / len(shown), 6) if shown else None,
        "unanswerable_answered": round(sum(not outcome.answerable for outcome in shown) / others, 6) if others else None,
    }


def recall_curve(outcomes: Sequence[Outcome]) -> list[float]:
    """recall@k for k of 1 to 50."""
    ranks = [outcome.rank for outcome in outcomes if outcome.answerable]
    return [sum(rank is not None and rank <= k for rank in ranks) / len(ranks) for k in range(1, CURVE + 1)]


def _confidences(outcomes: Sequence[Outcome]) -> tuple[Floats, Floats]:
    good = np.array([outcome.confidence for outcome in outcomes if outcome.answerable])
    return good, np.array([outcome.confidence for outcome in outcomes if not outcome.answerable])
