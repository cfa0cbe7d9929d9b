"""Tables to lines that make sense one by one, whatever format they come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .content import collapsed


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
    """Copy the text of cells that are merged over several rows to each of the rows, since each row is quoted alone.

    A merged cell is given as its first row, its last row and its first column, from 0. What lies outside the table is passed
    over and a cell that has a text keeps it. A cell that is merged over columns keeps its text in the first of them alone: it
    stands in the row then. Takes at most as many steps as the table has cells: real merged cells do not overlap, so what would
    take more is the work of someone who wants it to take long, and is left as it is.
    """
    steps = sum(map(len, rows))
    for first, last, column in merged:
        if not 0 <= first < len(rows) or not 0 <= column < len(rows[first]):
            continue
        text = rows[first][column]
        for row in rows[first + 1 : min(last + 1, len(rows), first + 1 + max(steps, 0))]:
            steps -= 1
            if column < len(row) and not row[column].strip():
                row[column] = text
