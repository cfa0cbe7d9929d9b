"""The cells of a sheet of an Excel workbook, from its XML, one after another: a stray cell in the last row costs nothing.

It is the busiest part of reading a workbook; a tree of elements takes twice as long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from xml.parsers import expat

from ..content import Unreadable

MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576
_DIGITS = "0123456789"
_PRINTED = frozenset(f"{pages}{place}" for pages in ("odd", "even", "first") for place in ("Header", "Footer"))

# The text of a cell, by its kind, its style, its value, and whether that is a formula's without a value.
Shown = Callable[[str, str, str], str]


@dataclass(slots=True)
class Cells:
    """The cells with text, by row and column from 0, the references of merged cells, and the headers and footers."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


def read_cells(data: bytes, shown: Shown, most_rows: int, most_cells: int, limit: int) -> Cells:
    """The cells of the sheet `data`.

    `shown` gives the text of a cell of a kind (`n`, `s`, `formula`, ...), style and value. Raises `Unreadable` beyond
    `most_rows` rows with text, what is left of `limit`, or `most_cells` cells, and for what is no XML.
    """
    found = Cells()
    sheet = _Sheet(found, shown, most_rows, most_cells, limit)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Unreadable("documents.no_xml", reason=error) from error
    return found


def _refuse(*_: object) -> None:
    raise Unreadable("documents.no_xml", reason="DOCTYPE")


class _Sheet:
    def __init__(self, found: Cells, shown: Shown, most_rows: int, most_cells: int, limit: int) -> None:
        self._rows, self._merged, self._printed = found.rows, found.merged, found.printed
        self._shown = shown
        self._rows_left, self._cells_left, self._limit = most_rows, most_cells, limit
        self._prefix = ""
        self._row, self._column = -1, -1
        self._own: dict[int, str] = {}  # cells of the open row
        self._kind = self._style = ""
        self._pieces: list[str] = []
        self._formula = ""
        self._reading = ""  # what the text belongs to: v, f or t
        self._skipped = 0  # open elements of readings of characters

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._prefix:
            name = name.removeprefix(self._prefix)
        if name == "c":
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else column_of(reference.rstrip(_DIGITS))
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._pieces = []
            self._formula = ""
        elif name in ("v", "f", "t"):
            self._reading = name
        elif name in _PRINTED:
            self._reading, self._pieces = name, []
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) - 1 if number.isascii() and number.isdigit() and len(number) < 8 else self._row + 1
            self._own, self._column = {}, -1
        elif name == "mergeCell":
            self._merged.append(attributes.get("ref", ""))
        elif name == "rPh":
            self._skipped += 1
        elif name.endswith(":worksheet"):
            self._prefix = name.removesuffix("worksheet")

    def text(self, text: str) -> None:
        if self._reading == "f":
            self._formula += text
        elif self._reading and not self._skipped:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if self._prefix:
            name = name.removeprefix(self._prefix)
        if name == "c":
            value = "".join(self._pieces)
            if value:
                text = self._shown(self._kind, self._style, value)
            else:
                text = self._shown("formula", "", self._formula) if self._formula and self._kind != "str" else ""
            if text and self._column < MOST_COLUMNS:
                self._own[self._column] = text
        elif name in ("v", "f", "t"):
            self._reading = ""
        elif name in _PRINTED:
            self._reading = ""
            self._printed.append("".join(self._pieces))
        elif name == "rPh":
            self._skipped -= 1
        elif name == "row" and self._own:
            if self._row not in self._rows:
                self._rows_left -= 1
            self._rows.setdefault(min(self._row, MOST_ROWS), {}).update(self._own)
            self._cells_left -= len(self._own)
            if self._rows_left < 0:
                raise Unreadable("documents.too_many_rows", most=self._limit)
            if self._cells_left < 0:
                raise Unreadable("documents.too_much_memory")


@cache
def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return column - 1


def column_of(letters: str) -> int:
    """The number of the column `letters`, A being 0; beyond the last one for what is no column."""
    return _column(letters) if 0 < len(letters) < 4 and letters.isascii() and letters.isupper() else MOST_COLUMNS


def reference_of(row: int, column: int) -> str:
    """The name of a cell, whose row and column count from 0: B3."""
    letters, column = "", column + 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"
