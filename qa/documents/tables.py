"""Turns the rows of a table into self-contained lines: merged cells filled in, each value after its column's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..config import Limits
from .content import check_characters, collapsed

_PLACE = 10  # characters that a grid position counts as: about a value with its column's name


@dataclass(frozen=True, slots=True)
class SpanningCell:
    """A cell of a format, such as HTML, that omits the positions a merged cell covers: its text, its rows and columns."""

    text: str
    rows: int = 1
    columns: int = 1


def table_rows(rows: Sequence[Sequence[str]], *, header: bool = True) -> list[str]:
    """The rows of a table as self-contained lines: each value after its column's name, `列名：值；列名：值`.

    With `header`, the first row has the names of the columns if its cells are distinct and none is empty; otherwise the cells of
    a row are joined without names. Rows without text are left out. Rows may differ in length.
    """
    cells = [[collapsed(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return []
    names = cells[0]
    named = header and len(cells) > 1 and len(names) > 1 and all(names) and len(set(names)) == len(names)
    if not named or any(any(row[len(names) :]) for row in cells):
        return ["；".join(cell for cell in row if cell) for row in cells]
    return [
        "；".join(names),
        *("；".join(f"{name}：{cell}" for name, cell in zip(names, row, strict=False) if cell) for row in cells[1:]),
    ]


def fill_merged(rows: Sequence[list[str]], merged: Iterable[tuple[int, int, int]]) -> None:
    """Copy the text of each cell that is merged over several rows into all of them, in place: each row is cited by itself.

    A merged cell in `merged` is (first row, last row, first column), from 0. Positions outside the table are ignored, a cell
    with text keeps it, and rows that are entirely empty stay so. Nothing is copied over columns, as the row has the text
    already. No more cells are visited than `rows` has, which suffices for merged cells that do not overlap.
    """
    own = [any(cell.strip() for cell in row) for row in rows]
    steps = sum(map(len, rows))
    for first, last, column in merged:
        if not 0 <= first < len(rows) or not 0 <= column < len(rows[first]):
            continue
        text = rows[first][column]
        below = range(first + 1, min(last + 1, len(rows), first + 1 + steps))
        steps -= len(below)
        for i in below:
            if own[i] and column < len(rows[i]) and not rows[i][column].strip():
                rows[i][column] = text


def fill_spanned(groups: Iterable[Sequence[Sequence[SpanningCell]]], limits: Limits) -> list[list[str]]:
    """The rows of a table with every cell in its column, and merged cells filled in as by `fill_merged`.

    `groups` are its groups of rows (head, body, foot), which no cell crosses. Raises `Unreadable` when the positions of the
    grid, each counted as `_PLACE` characters, exceed `limits.characters`: a cell of a few bytes can span millions of them.
    """
    table: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    places = 0
    for group in groups:
        end = len(table) + len(group) - 1
        covered: dict[int, int] = {}  # column -> the last row that a merged cell from a row above covers there
        for cells in group:
            here, row = len(table), list[str]()
            for cell in cells:
                while covered.get(len(row), -1) >= here:
                    row.append("")
                if cell.rows > 1:
                    merged.append((here, min(here + cell.rows - 1, end), len(row)))
                    covered.update(dict.fromkeys(range(len(row), len(row) + cell.columns), here + cell.rows - 1))
                row += [cell.text, *[""] * (cell.columns - 1)]
                check_characters(_PLACE * (places + len(row)), limits)
            covered = {column: last for column, last in covered.items() if last >= here}
            row += [""] * (max(covered, default=-1) + 1 - len(row))
            places += len(row) + 1
            check_characters(_PLACE * places, limits)
            table.append(row)
    fill_merged(table, merged)
    return table
