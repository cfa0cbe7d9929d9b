"""Tables of every format to lines that make sense one by one: merged cells filled in, each value after its column's name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..config import Limits
from .content import check_characters, collapsed

_PLACE = 10  # characters; about what a value and its column's name take


@dataclass(frozen=True, slots=True)
class SpanningCell:
    """A cell of a format that leaves out the places that a merged cell covers: its text, and how far it goes from there."""

    text: str
    rows: int = 1
    columns: int = 1


def table_rows(rows: Sequence[Sequence[str]], *, header: bool = True) -> list[str]:
    """The rows of a table as lines that make sense alone: each cell after its column's name, `列名：值；列名：值`.

    The first row names the columns when `header` says so and every one of its cells is a different text; otherwise a row's
    cells stand side by side. A row without a value is left out. Rows may be of different lengths.
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
    """Copy the text of cells that are merged over several rows into each of these rows, since each is quoted alone.

    A merged cell is given as its first row, its last row and its first column, from 0. What lies outside the table is passed
    over, a cell that has a text keeps it, and a row without a text of its own gets none. Over columns nothing is copied: the
    text stands in the row already. There are no more steps than cells in the table, which is as many as merged cells take
    that do not overlap; what is still to be filled after so many is left.
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
    """The rows of a table with each cell in its column and those merged over rows filled in, as in `fill_merged`.

    No cell goes on from one group of rows into the next (a table's head, its body). Raises `Unreadable` when the places of the
    table, each counted as `_PLACE` characters, are more than a document may have: cells of a few bytes can cover millions.
    """
    table: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    places = 0
    for group in groups:
        end = len(table) + len(group) - 1
        covered: dict[int, int] = {}  # column -> the last row in which a cell of a row above covers it
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
