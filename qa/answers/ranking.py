"""Rows of a table for a question about several: 哪个地区二季度销售额最高, 一季度一共多少, 研发部都有哪些人, which is cheapest.

Nothing is computed. The rows that the question is about are quoted, the highest first where it asks for the highest and the
column is one of numbers, so that the reader sees what there is to compare or to add; or all that have a value which it names, or
one of two that it compares (PT-11和PT-12哪个更准).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..documents.tables import is_row
from ..passages.context import in_context
from ..passages.structure import NAMED_ROW, says_nothing
from ..search.asks_for import asks_for
from ..search.engine import Engine
from ..search.question import Question
from ..text.normalise import normalise
from ..text.words import tokenize
from .lists import Shown
from .span import AnsweringSpan

MOST_ROWS = 5  # that are compared or added and quoted
MOST_LISTED = 10  # that are listed
_MOST_PASSAGES = 40  # of one table
_ORDERS = {"highest": 1, "lowest": -1, "total": 0}  # of the rows, by what is asked for
_TOTAL = re.compile(r"合计|总计|小计|共计|\btotal\b")
_NUMBER = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-+]?\d+(?:\.\d+)?")
_AND = re.compile(r"(?<!\d)[/、,，]|[/、,，](?!\d)")  # between the values of a cell, not within a number or a date
_FIELD = re.compile(r"[；\n]")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its passage, its sentence, and its cells by the names of their columns."""

    passage: int
    sentence: int
    cells: dict[str, str]


def ranking(engine: Engine, question: Question, span: AnsweringSpan, sentence: int) -> list[AnsweringSpan]:
    """The rows that `question` compares, adds or lists, of the table in which `sentence` of the answering `span` is a row; none
    for another question, for no table, and where a row has the total that is asked for."""
    asked = asks_for(question.normal)
    own = next((row for row in _rows_in(engine, span.passage) if row.sentence == sentence), None)
    if own is None or (asked not in ("several", *_ORDERS) and not _is_named(own, question.normal)):
        return []
    rows = [row for row in table_rows(engine, span.passage) if not _TOTAL.search(" ".join(row.cells.values()))]
    named = _named(rows, own, question.normal)
    if asked == "several":
        return _listed(rows, named, span.score)
    compared = _listed(rows, named, span.score) if _compares(rows, named) else []
    compared.sort(key=lambda each: not each.first <= sentence <= each.last)  # the row that was found first
    if asked not in _ORDERS:
        return compared
    sign = _ORDERS[asked]
    if sign == 0 and _TOTAL.search(" ".join(own.cells.values())):
        return []
    rows = _meant(rows, named)
    column = _column(rows, question)
    rows = [row for row in rows if column in row.cells]
    if len(rows) < 2:
        return compared
    if sign:
        rows.sort(key=lambda row: -sign * (_number(row.cells.get(column, "")) or 0.0))
    shown = Shown(1, min(len(rows), MOST_ROWS), len(rows), rows=True)
    return [AnsweringSpan(row.passage, row.sentence, row.sentence, span.score, shown=shown) for row in rows[:MOST_ROWS]]


def _listed(rows: Sequence[Row], named: dict[str, set[str]], score: float) -> list[AnsweringSpan]:
    """The rows that have one of the values `named` in each of their columns, those next to each other as one span; none where
    nothing is named, or what no second row has."""
    meant = _meant(rows, named)
    if not named or len(meant) < 2:
        return []
    shown = Shown(1, MOST_LISTED, len(meant)) if len(meant) > MOST_LISTED else None
    spans: list[AnsweringSpan] = []
    for row in meant[:MOST_LISTED]:
        before = spans[-1] if spans else None
        if before and (before.passage, before.last + 1) == (row.passage, row.sentence):
            spans[-1] = replace(before, last=row.sentence)
        else:
            spans.append(AnsweringSpan(row.passage, row.sentence, row.sentence, score, shown=shown))
    return spans


def _is_named(row: Row, question: str) -> bool:
    """Whether a normalised question names a value of a row."""
    return any(_stands(normalise(part), question) for cell in row.cells.values() for part in _parts(cell))


def _compares(rows: Sequence[Row], named: dict[str, set[str]]) -> bool:
    """Whether several values of one column are named, each of rows of its own and of no other column: two trains, and not where
    a train comes from and goes to, or somebody and who is above them."""
    several = [column for column, values in named.items() if len(values) > 1]
    if len(several) != 1:
        return False
    values = named[several[0]]
    for row in rows:
        for column, cell in row.cells.items():
            shared = values.intersection(_parts(cell))
            if shared and (column != several[0] or len(shared) > 1):
                return False
    return True


def table_rows(engine: Engine, passage: int) -> list[Row]:
    """The rows of the table that `passage` holds a part of, over its passages, in order; none of a table of too many passages,
    whose highest row might not be among them."""
    own = _rows_in(engine, passage)
    if not own:
        return []
    engine.fetch_around(np.array([passage]), _MOST_PASSAGES)
    names, source = set(max(own, key=lambda row: len(row.cells)).cells), engine.paragraph(passage).source
    found = [row for row in own if names.issuperset(row.cells)]  # an empty cell has no name in a row
    for step in (-1, 1):
        at = passage + step
        while 0 <= at < engine.size and engine.paragraph(at).source == source:
            more = [row for row in _rows_in(engine, at) if names.issuperset(row.cells)]
            if not more:
                break
            if abs(at - passage) > _MOST_PASSAGES:
                return []
            found = more + found if step < 0 else found + more
            at += step
    return found


def _rows_in(engine: Engine, passage: int) -> list[Row]:
    paragraph = engine.paragraph(passage)
    columns = paragraph.mark.columns if paragraph.mark else ()
    found = []
    for sentence in engine.sentence_rows(passage):
        start, end = (at - paragraph.start for at in engine.sentence_span(sentence))
        text = paragraph.text[start:end]
        if "\n" in text or says_nothing(paragraph.text, start, end) or not (is_row(text) or NAMED_ROW.match(text)):
            continue
        said = in_context(paragraph.text, start, end, columns) if is_row(text) else text
        parts = (part.partition("：") for part in _FIELD.split(said))
        cells = {name.strip(): value.strip() for name, colon, value in parts if colon}
        if len(cells) > 1:
            found.append(Row(passage, sentence, cells))
    return found


def _named(rows: Sequence[Row], own: Row, question: str) -> dict[str, set[str]]:
    """The values that a normalised question names, by their columns, of those where `own` has one: whole cells, or parts of one
    that holds several, and of those that stand within each other (完成, 未完成) the longest."""
    found = {}
    for column, cell in own.cells.items():
        values = {part for row in rows for part in _parts(row.cells.get(column, "")) if _stands(normalise(part), question)}
        longest = {value for value in values if not any(value != other and value in other for other in values)}
        if longest.intersection(_parts(cell)):
            found[column] = longest
    return found


def _parts(cell: str) -> list[str]:
    return [part for part in (cell.strip(), *map(str.strip, _AND.split(cell))) if len(part) > 1]


def _stands(value: str, question: str) -> bool:
    """Whether a value stands in a question, both normalised: whole, where it begins or ends with a Latin letter or a digit."""
    start = question.find(value) if value else -1
    while start >= 0:
        before, after = question[:start][-1:], question[start + len(value) :][:2]
        in_number = (before in (".", ",") and value[0].isdigit()) or (after[:1] in (".", ",") and after[1:].isdigit())
        if not (in_number or _joined(before, value[0]) or _joined(after[:1], value[-1])):
            return True
        start = question.find(value, start + 1)
    return False


def _joined(beside: str, end: str) -> bool:
    """Whether the character beside a value makes another word or number of it."""
    return end.isascii() and end.isalnum() and beside.isascii() and beside.isalnum()


def _meant(rows: Sequence[Row], named: dict[str, set[str]]) -> list[Row]:
    """The rows that have one of the values `named` in each of their columns."""
    return [row for row in rows if all(values.intersection(_parts(row.cells.get(name, ""))) for name, values in named.items())]


def _column(rows: Sequence[Row], question: Question) -> str:
    """The column of numbers whose name has most of the question's words; "" where there is none, or two and neither is named."""
    names = list(dict.fromkeys(name for row in rows for name in row.cells))
    names = [name for name in names if all(_number(row.cells[name]) is not None for row in rows if name in row.cells)]
    asked = set(question.terms)
    shared = {name: len(asked.intersection(tokenize(name, question.dictionary))) for name in names}
    best = max(names, key=lambda name: shared[name], default="")
    return best if best and (shared[best] or len(names) == 1) else ""


def _number(cell: str) -> float | None:
    """The number that a cell begins with, after a sign of money; None for a cell without one or with a date."""
    found = _NUMBER.match(cell.lstrip("¥￥$€£≤≥<>约 "))
    return float(found.group().replace(",", "")) if found and not re.match(r"\d{4}[-/年]", cell) else None
