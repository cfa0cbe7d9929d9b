"""Turns the rows of a table into self-contained lines: merged cells filled in, each value after its column's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, repeat

from ..config import Limits
from .content import check_characters, collapsed

_CELL = re.compile(r"(?<!\\)\|")
_LEAD = re.compile(r"[> \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++[> \t]*+)?")  # before a table in a quotation or an item of a list
_RULE = re.compile(r":?-+:?(?:\s*+[|+]\s*+:?-+:?)*+\Z")
_MARKUP = re.compile(r"<[^<>]{1,200}>|\*\*|~~")
_NUMBER = re.compile(r"[-+(]?[$€£¥￥]?\d[\d,]*(?:\.\d+)?%?\)?\Z")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日")
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_LABELLED = re.compile(r"[^\W\d]++[:：]\s*+\S")
_SHORT_NUMBER = re.compile(r"\d{1,3}\Z")
_DIGIT, _DIGITS = re.compile(r"\d"), re.compile(r"\d+")
_ABSENT = frozenset(("无", "無", "なし", "없음", "none", "nil", "n/a", "na"))  # what a cell without a value says
_LOOKED_AT = 50  # rows under the first that are looked at to tell whether it has the names of the columns
_COLON, _COLONS = (":", "："), ":： "
_MOST_HEADS = 4  # rows that have the names of columns, at most
_WIDEST_FORM, _LONGEST_NAME = 8, 12  # columns of a form and characters of a name in it, at most
_WIDEST_LIST = 8  # columns of a list that goes on beside itself, at most
_LONGEST_COLUMN = 100  # characters of the name of a column; every row repeats it, so that a longer one is none
PLACE = 10  # characters that a grid position counts as: about a value with its column's name


class _Covered(str):
    """A position that a cell covers which is merged over several columns: it has no text."""

    __slots__ = ()


COVERED = _Covered()


@dataclass(frozen=True, slots=True)
class SpanningCell:
    """A cell of a format, such as HTML, that omits the positions a merged cell covers: its text, its rows and columns."""

    text: str
    rows: int = 1
    columns: int = 1


def is_rule(line: str) -> bool:
    """Whether a line is the rule under the header of a Markdown table: |---|:--:|."""
    return "-" in line and "|" in line and _RULE.match(line.strip("| \t>\r\n")) is not None


def is_row(line: str) -> bool:
    """Whether a trimmed line is a row of a Markdown table."""
    return "|" in line and line.startswith("|", _lead(line)) and line.count("|") > 1


def cells(line: str) -> list[str]:
    """The cells of a row of a Markdown table, without their markup."""
    inner = line[_lead(line) :].strip()
    inner = inner[1:] if inner.startswith("|") else inner
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [" ".join(_MARKUP.sub(" ", cell).replace("\\|", "|").split()) for cell in _CELL.split(inner)]


def piped(line: str) -> str:
    """A row of a Markdown table, or the rule in it, with the pipes at its ends that may be left out."""
    at, inner = _lead(line), line.rstrip()
    inner = inner if inner.endswith("|") and not inner.endswith("\\|") else f"{inner} |"
    return inner if inner.startswith("|", at) else f"{inner[:at]}| {inner[at:]}"


def has_cells(line: str) -> bool:
    """Whether a line may be a row of a Markdown table, whose ends need no pipes."""
    return "|" in line and _CELL.search(line) is not None


def _lead(line: str) -> int:
    found = _LEAD.match(line)
    return found.end() if found else 0


def named(columns: Sequence[str], values: Sequence[str]) -> str:
    """A row as `列名：值；列名：值`; values that are empty are left out."""
    pairs = zip(chain(columns, repeat("")), values, strict=False)
    return "；".join(f"{name}：{value}" if name else value for name, value in pairs if value)


def table_rows(rows: Sequence[Sequence[str]], *, header: bool = True) -> list[str]:
    """The rows of a table as self-contained lines: each value after its column's name, `列名：值；列名：值`.

    With `header`, the first row has the names of the columns if its cells are distinct and none but the first is empty; or the
    first rows have them, where cells are merged over several columns. A list that goes on beside itself, under the same names,
    is read as one. A form, whose cells are names and values in turn, has a line `名：值` for each value; `COVERED` says where
    cells are merged, which tells a form; a column that merged cells cover in every row is none. Otherwise the cells of a row
    are joined without names. Rows above the header that have only one cell, or notes such as the unit, are titles; a cell that
    takes a whole row stands alone. Rows without text are left out. Rows may differ in length.
    """
    cells = [[cell if cell is COVERED else collapsed(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return []
    own = {at for row in cells for at, cell in enumerate(row) if cell is not COVERED}
    if len(own) < max(map(len, cells)):  # every row has a merged cell there
        cells = [[cell for at, cell in enumerate(row) if at in own] for row in cells]
    titles = 0
    while header and titles < len(cells) - 1 and (_is_title(cells[titles]) or _is_note(cells[titles : titles + _LOOKED_AT])):
        titles += 1
    if titles:
        return [*map(_joined, cells[:titles]), *table_rows(cells[titles:])]
    if header and (form := _merged_form(cells)):
        return form
    if header and _is_form(cells):
        pairs = (pair for row in cells for pair in zip(row[::2], row[1::2], strict=False) if any(pair))
        return ["：".join(filter(None, (name.rstrip(_COLONS), value))) for name, value in pairs]
    cells = _under_another(cells) if header else cells
    names, above = _column_names(cells) if header else ([], 0)
    if max(map(len, names), default=0) > _LONGEST_COLUMN:
        names = []
    if not names or any(any(row[len(names) :]) for row in cells):
        return [_joined(row) for row in cells]
    return ["；".join(filter(None, names)), *(row[0] if _is_band(row) else named(names, row) for row in cells[above:])]


def _joined(row: Sequence[str]) -> str:
    """The cells of a row without names; one that ends with a colon is the name of the cell beside it."""
    texts: list[str] = []
    for before, cell in pairwise(["", *row]):
        if before.endswith(_COLON) and cell and not cell.endswith(_COLON):
            texts[-1] = f"{before.rstrip(_COLONS)}：{cell}"
        elif cell:
            texts.append(cell)
    return "；".join(texts)


def _is_title(row: Sequence[str]) -> bool:
    """Whether a row has one cell only; the second of two with nothing before it is the name of a column, though."""
    return len(row) > 1 and sum(map(bool, row)) == 1 and (bool(row[0]) or len(row) > 2)


def _is_band(row: Sequence[str]) -> bool:
    """Whether one cell takes a whole row: it is about the rows below it, and no value of the first column."""
    return len(row) > 1 and bool(row[0]) and all(cell is COVERED for cell in row[1:])


def _is_note(cells: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is a note above the names of the columns, as the unit and the date: names with their values in half
    of its cells at most, over a row that has all the names, or several rows that have them together."""
    first, below = cells[0], cells[1]
    return (
        len(cells) > 2
        and bool(first[0])
        and 2 * sum(map(bool, first)) <= len(below)
        and all(_LABELLED.match(cell) for cell in first if cell)
        and _column_names(cells[1:])[1] > (0 if all(below) else 1)
    )


def _under_another(cells: list[list[str]]) -> list[list[str]]:
    """The rows of a list that goes on beside itself, under the same names again, one under the other."""
    first = cells[0]
    widths = range(2, min(_WIDEST_LIST, len(first) // 2) + 1)
    wide = next((wide for wide in widths if first[wide] == first[0] and first == first[:wide] * (len(first) // wide)), 0)
    if not wide or not all(first) or len(set(first[:wide])) < wide or any(len(row) > len(first) for row in cells):
        return cells
    parts = [row[at : at + wide] for row in cells[1:] for at in range(0, len(row), wide)]
    parts = [part for part in parts if any(part)]
    return [first[:wide], *parts] if _is_one_list(parts, len(cells) - 1, len(first) // wide) else cells


def _is_one_list(parts: Sequence[Sequence[str]], rows: int, beside: int) -> bool:
    """Whether the parts of rows stand beside one another for want of room, and not as two teams and their goals do: no two begin
    alike, and the last of several rows is not full, or no value is a short number or comes twice in its column."""
    names = [part[0] for part in parts]
    if rows < 2 or not all(names) or len(set(names)) < len(names):
        return False
    if (rows - 1) * beside < len(parts) < rows * beside:
        return True
    columns = [[part[at] for part in parts if at < len(part)] for at in range(1, len(parts[0]))]
    return all(len(set(column)) == len(column) and not any(_SHORT_NUMBER.match(cell) for cell in column) for column in columns)


def _column_names(cells: Sequence[Sequence[str]]) -> tuple[list[str], int]:
    """The names of the columns of a table and how many rows they take; no names when it has none. Of three rows some may be the
    same, apart from one another: 住宅, 面积, 公建, 面积."""
    first = list(cells[0])
    if len(cells) < 2 or len(first) < 2 or _holds_values(first, cells[1 : 1 + _LOOKED_AT]):
        return [], 0
    below = [row[0] for row in cells[1 : 1 + _LOOKED_AT] if row[0]]
    if first[0].endswith(_COLON) and 2 * sum(name.endswith(_COLON) for name in below) > len(below):  # names in a column
        return [], 0
    if all(first[1:]):
        return (first, 1) if len(set(first)) == len(first) else ([], 0)
    for above in range(2, min(_MOST_HEADS, len(cells) - 1) + 1):
        row, last = cells[above - 2], cells[above - 1]
        if all(row[1:]) or len(last) != len(first) or not _goes_on(row, last, cells[above : above + _LOOKED_AT], above > 2):
            break
        names = _composed(cells[:above])
        told_apart = len(set(names)) == len(names) or (above > 2 and all(name != after for name, after in pairwise(names)))
        if names and told_apart and not _holds_values(last, cells[above : above + _LOOKED_AT]):
            return names, above
    return [], 0


def _goes_on(row: Sequence[str], below: Sequence[str], rows: Sequence[Sequence[str]], further: bool) -> bool:
    """Whether the names of the columns in a row go on in the row `below` it, over the other `rows`.

    A cell is then merged over both: the first one, or, in the first two rows, any that says the same in both. Else the names
    below stand over numbers, or they come again under each cell of a row whose cells are all over several columns.
    """
    if below[0] in ("", row[0]):
        return any(cell and under in (cell, "") for cell, under in zip(row, below, strict=True))
    if further or any(cell and cell == under for cell, under in zip(row, below, strict=True)):
        return not further
    if row[0]:
        if all(under or not cell for cell, under in zip(row, below, strict=True)):
            return False
    elif any(cell and after for cell, after in pairwise([*row, "end"])):
        return False
    else:
        starts = [at for at, cell in enumerate(row) if cell]
        groups = [list(below[start:end]) for start, end in pairwise([*starts, len(row)])]
        if len(groups) > 1 and all(groups[0]) and all(group == groups[0] for group in groups):
            return len(set(groups[0])) == len(groups[0])
    columns = [[other[at] for other in rows if at < len(other) and other[at]] for at in range(len(below))]
    return all(_names_numbers(below[at], columns[at]) for at in range(1, len(below)) if below[at])


def _composed(heads: Sequence[Sequence[str]]) -> list[str]:
    """The names that the columns have from rows of names: over columns a merged cell is empty after the first; over rows it is
    the same above and below, or empty below. There are none where the last row leaves columns without a name of their own."""
    parts: list[list[str]] = [[] for _ in heads[-1]]
    for row in heads[:-1]:
        left: tuple[list[str], str] = ([], "")  # the names of the column before, down to the row above, and in the row
        for own, cell in zip(parts, row, strict=True):
            above = list(own)
            name = cell or (left[1] if left[0] == above else "")
            own.append(name)
            left = above, name
    for own, cell in zip(parts, heads[-1], strict=True):
        own.append(cell)
    if any(not own[-1] and not cell for own, cell in zip(parts[1:], heads[-2][1:], strict=True)):
        return []
    return [" ".join(dict.fromkeys(filter(None, own))) for own in parts]


def _holds_values(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row holds values, as the `rows` below it do: it is like the one below it, numbered before it, or has a
    date over a date, or numbers over numbers that are no names: they are where another column has a word over numbers, or where
    the corner is empty."""
    below = rows[0]
    pairs = list(zip(first, below, strict=False))
    alike = [_DIGITS.sub("0", cell) for cell in first] == [_DIGITS.sub("0", cell) for cell in below]
    counted = _SHORT_NUMBER.match(first[0]) and _SHORT_NUMBER.match(below[0]) and int(below[0]) == int(first[0]) + 1
    if alike or counted or any(_DATE.match(cell) and _DATE.match(other) for cell, other in pairs):
        return True
    over = [number for number, (cell, other) in enumerate(pairs) if _NUMBER.match(cell) and _NUMBER.match(other)]
    columns = [[row[number] for row in rows if number < len(row) and row[number]] for number in range(len(first))]
    if not over or (not first[0] and all(row[0] for row in rows)):
        return False
    if any(_names_numbers(cell, column) for cell, column in zip(first, columns, strict=True)):
        return False
    return not _are_names([first[number] for number in over], [columns[number] for number in over])


def _are_names(numbers: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether numbers over those of their columns are names: years over other numbers, numbers that ascend, or descend in equal
    steps as sizes do; a single one if no number below is written like it."""
    if all(_YEAR.match(number) for number in numbers):
        return not all(len(column) > 1 and all(_YEAR.match(value) for value in column) for column in columns)
    try:
        values = [float(cell.removesuffix("%").replace(",", "")) for cell in numbers]
    except ValueError:  # an amount of money
        return False
    if len(values) < 2:
        return _is_written_otherwise(numbers[0], columns[0])
    steps = [after - before for before, after in pairwise(values)]
    return min(steps) > 0 or (len(steps) > 1 and max(steps) == min(steps) < 0)


def _names_numbers(cell: str, column: Sequence[str]) -> bool:
    """Whether a cell with a word, and not one that says that there is no value, stands over numbers or dates alone."""
    return (
        len(column) > 0
        and any(map(str.isalpha, cell))
        and not _DIGIT.search(cell)
        and cell.casefold() not in _ABSENT
        and all(_NUMBER.match(value) or _DATE.match(value) for value in column)
    )


def _is_written_otherwise(cell: str, column: Sequence[str]) -> bool:
    """Whether all numbers of a column, of two or more, have a sign that the number above them lacks: a point, a comma, a %."""
    return len(column) > 1 and any(sign not in cell and all(sign in value for value in column) for sign in ".%")


def _is_form(cells: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of each row are names and values in turn: the names short, without digits, none twice, and all of them
    end with a colon, or a value of the first row has a digit, as names of columns seldom have."""
    if len(cells) < 2 or any(len(row) % 2 for row in cells) or len(cells[0]) > _WIDEST_FORM:
        return False
    names = [name for row in cells for name, value in zip(row[::2], row[1::2], strict=True) if name or value]
    return (
        len(set(names)) == len(names)
        and all(0 < len(name) <= _LONGEST_NAME and not _DIGIT.search(name) for name in names)
        and (any(_DIGIT.search(value) for value in cells[0][1::2]) or all(name.endswith(_COLON) for name in names))
    )


def _merged_form(cells: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a form whose cells are merged over the columns that they do not need: names and values in turn, the names
    short, without digits, none twice. A row may be a title; the place of a picture ends the first rows and is none of them.

    A list has merged cells too, so that there are lines only where all names end with a colon, or the first row is none of
    names: it has a picture, or a merged value, as most rows then have, and no half of them has the same columns; or one of its
    values has a digit, or no other row its columns and most have merged names."""
    columns = [tuple(at for at, cell in enumerate(row) if cell is not COVERED) for row in cells]
    rows = [[row[at] for at in own] for row, own in zip(cells, columns, strict=True)]
    beside = [row.pop() if len(row) % 2 and len(row) > 2 else "" for row in rows]
    picture = beside[0] if len(cells) > 1 and beside[0] == beside[1] else ""
    if any(part not in ("", picture) for part in beside) or max(map(len, rows)) > _WIDEST_FORM:
        return []
    full = [number for number, row in enumerate(rows) if len(row) > 1]
    names = [name for number in full for name in rows[number][::2]]
    if len(set(names)) < len(names) or any(not 0 < len(name) <= _LONGEST_NAME or _DIGIT.search(name) for name in names):
        return []
    ends = [(*own, len(row)) for row, own in zip(cells, columns, strict=True)]
    named, merged = ([n for n in full if any(b - a > 1 for a, b in [*pairwise(ends[n])][at::2])] for at in (0, 1))
    alike = Counter(columns[number] for number in full)
    told = False
    if merged and picture:
        told = len(merged) > 1 or merged[0] < len(cells) - 1
    elif merged[:1] == full[:1]:
        told = 2 * len(merged) > len(full) > 1 and 2 * max(alike.values()) <= len(full)
    elif named and named[0] != full[0]:
        alone = alike[columns[full[0]]] == 1 and 2 * len(named) >= len(full) > 2
        told = alone or any(map(_DIGIT.search, rows[full[0]][1::2]))
    if not (named or merged) or not (told or all(name.endswith(_COLON) for name in names)):
        return []
    lines: list[str] = []
    for number, row in enumerate(rows):
        pairs = zip(row[::2], row[1::2], strict=True) if len(row) > 1 else [(row[0], "")]
        lines += ["：".join(filter(None, (name.rstrip(_COLONS), value))) for name, value in pairs]
        lines += [picture] if picture and number == 0 else []
    return lines


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
    grid, each counted as `PLACE` characters, exceed `limits.characters`: a cell of a few bytes can span millions of them.
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
                row += [cell.text, *[COVERED] * (cell.columns - 1)]
                check_characters(PLACE * (places + len(row)), limits)
            covered = {column: last for column, last in covered.items() if last >= here}
            row += [""] * (max(covered, default=-1) + 1 - len(row))
            places += len(row) + 1
            check_characters(PLACE * places, limits)
            table.append(row)
    fill_merged(table, merged)
    return table
