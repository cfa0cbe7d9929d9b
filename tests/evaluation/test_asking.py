"""How a question of an evaluation is asked and its answer taken down, with an index that gives what it is told to."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from qa.answers.answer import Answer
from qa.answers.citation import Citation
from qa.evaluation.question_files import SquadQuestion
from qa.evaluation.run import Clock, _ask_squad, measure
from qa.types import Hit, Paragraph


def cited(number: int, quote: str) -> Citation:
    return Citation(number, "a.txt", "/a.txt", "paragraph 1", 0, len(quote), quote, "0" * 64, row=number)


class StandIn:
    """An index whose passage i is of document `i // 2`; it answers every question with the passages `rows`."""

    def __init__(self, rows: list[int], confidence: float = 0.6, quotes: tuple[str, ...] = ("六次。",)) -> None:
        self.size, self.manifest = 100, SimpleNamespace(model="stand-in")
        self.asked: list[tuple[Any, ...]] = []
        hits = tuple(Hit(n, 1.0, Paragraph(row, "a", 0, 1, 1, 1, "a"), {"dense": 1 / 3}) for n, row in enumerate(rows, 1))
        citations = tuple(cited(n, quote) for n, quote in enumerate(quotes, 1))
        self.answer = Answer("q", True, confidence, "", citations, hits)

    def ask(self, *arguments: Any) -> Answer:
        self.asked.append(arguments)
        return self.answer

    def document_number(self, row: int) -> int:
        return row // 2


def asked(
    index: Any, threshold: float = 0.25, answers: tuple[str, ...] = ("六次",), answerable: bool = True, context: int = 3
) -> Any:
    return _ask_squad(index, SquadQuestion("q", context, answers), "1", "c", answerable)(threshold)


def test_two_hundred_passages_are_asked_for_at_any_confidence() -> None:
    index = StandIn([6])
    asked(index)
    assert index.asked == [("q", 200, 0.0)]


@pytest.mark.parametrize(("rows", "rank"), [([6], 1), ([0, 1, 2, 7], 3), ([0, 6, 1, 7], 2), ([0, 1], None), ([], None)])
def test_a_context_has_the_rank_of_its_first_passage_among_contexts(rows: list[int], rank: int | None) -> None:
    assert asked(StandIn(rows)).rank == rank
    assert asked(StandIn(rows), answerable=False).rank is None


@pytest.mark.parametrize(
    ("quotes", "answers", "first", "any_right"),
    [
        (("六次。",), ("六次",), True, True),
        (("七次。", "六次。"), ("六次",), False, True),
        (("六次。", "七次。"), ("八次", "六次"), True, True),
        (("七次。",), ("六次",), False, False),
        ((), ("六次",), False, False),
        (("六次。",), (), False, False),
    ],
)
def test_an_answer_is_right_by_its_first_citation(
    quotes: tuple[str, ...], answers: tuple[str, ...], first: bool, any_right: bool
) -> None:
    outcome = asked(StandIn([6], quotes=quotes), answers=answers)
    assert (outcome.first_right, outcome.any_right, outcome.answerable) == (first, any_right, True)
    other = asked(StandIn([6], quotes=quotes), answers=answers, answerable=False)
    assert (other.first_right, other.any_right, other.answerable) == (False, False, False)


def test_an_answer_is_there_from_the_threshold_on() -> None:
    assert [asked(StandIn([6], 0.6), threshold).found for threshold in (0.0, 0.6, 0.61)] == [True, True, False]
    index = StandIn([6], 0.6)
    index.answer = replace(index.answer, found=False)  # nothing is asked: no confidence is enough
    assert not asked(index, 0.0).found


def test_the_figures_of_a_report_are_those_of_its_rows() -> None:
    good = [
        asked(StandIn(rows, confidence)) for rows, confidence in (([6], 0.9), ([0, 2, 4, 8, 10, 6], 0.7), ([0], 0.1), ([6], 0.5))
    ]
    bad = [asked(StandIn([0], confidence), answerable=False) for confidence in (0.2, 0.5, 0.8)]
    told: list[tuple[int, int]] = []
    index: Any = StandIn([])
    report = measure(
        index, [lambda threshold, row=row: row for row in [*good, *bad] * 3], None, (0.5, 0.9), lambda step, *at: told.append(at)
    )
    assert told == [(20, 21), (21, 21)]
    assert (report.questions, report.threshold, report.thresholds) == (12, 0.5, (0.5, 0.9))
    assert report.recall == {1: 0.5, 5: 0.5, 10: 0.75}
    assert report.mrr == pytest.approx((1 + 1 / 6 + 0 + 1) / 4, abs=1e-6)
    assert (report.sentence, report.embed_passages_per_s) == (1.0, None)
    assert report.fpr_at_95 == 1.0  # the least sure of the good ones is less sure than all of the others
    assert (report.false_answers, report.false_refusals) == (round(2 / 3, 6), 0.25)


def test_a_rank_beyond_ten_counts_nothing() -> None:
    rows = [asked(StandIn([*range(20, 20 + 2 * before, 2), 6])) for before in (9, 10)]
    assert [row.rank for row in rows] == [10, 11]
    index: Any = StandIn([])
    report = measure(index, [lambda threshold, row=row: row for row in rows], None, (), lambda *_: None)
    assert (report.recall[10], report.mrr) == (0.5, 0.05)


def test_the_clock_counts_the_passages_of_the_index_alone(tiny: Any) -> None:
    clock = Clock(tiny)
    clock.encode_passages(["洪水"] * 7)  # as when languages are measured
    clock.encode_queries(["洪水"])
    assert (clock.texts, clock.seconds) == (0, 0.0)
    clock.encode_passages(["洪水", "汽车"], lambda done: None)
    assert clock.texts == 2
    assert clock.seconds > 0
