"""Reads the sheets of Excel workbooks (Office Open XML) as they are shown: cell by cell, so that a stray one costs nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ...config import Limits
from ..content import ContentBuilder, check_characters, collapsed
from .number_format import BUILT_IN, general, shown_number
from .office import A, R, drawn_text, number_of, part_or_none
from .raised import raised
from .sheet_cells import column_of, read_cells
from .zip_package import Package

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})\Z")
_CELL_COST = 100  # bytes of memory that a cell counts as, against `limits.memory_mb`


def most_cells(limits: Limits) -> int:
    """How many cells with text are read of a workbook."""
    return limits.memory_mb * 2**20 // _CELL_COST // 4


@dataclass(slots=True)
class Sheet:
    """The cells of a sheet with text, by row and column from 0, and its merged cells: first row, last row, first column."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int]] = field(default_factory=list)

    def fill(self) -> None:
        """Put the text of each cell merged over several rows into those rows that have cells of their own."""
        numbers = sorted(self.rows)
        steps = sum(map(len, self.rows.values()))
        for first, last, column in self.merged:
            text = self.rows.get(first, {}).get(column, "")
            below = numbers[bisect_right(numbers, first) : bisect_right(numbers, last)] if text else []
            for number in below[:steps]:
                self.rows[number].setdefault(column, text)
            steps -= min(steps, len(below))

    def blocks(self) -> list[list[list[str]]]:
        """The tables of the sheet: rows without an empty one between them, each with the columns that any of them uses."""
        found: list[list[int]] = []
        for number in sorted(self.rows):
            if found and found[-1][-1] == number - 1:
                found[-1].append(number)
            else:
                found.append([number])
        tables = []
        for block in found:
            columns = sorted({column for number in block for column in self.rows[number]})
            tables.append([[self.rows[number].get(column, "") for column in columns] for number in block])
        return tables


class Workbook:
    """The parts of a workbook that its sheets refer to."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        self._left = limits.rows
        self._cells = most_cells(limits)
        main = next((name for kind, name in self._package.relations("").values() if kind == "officeDocument"), "xl/workbook.xml")
        self._relations = self._package.relations(main)
        root = self._package.xml(main)
        properties = root.find(f"{_S}workbookPr")
        self._from_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        self.sheets = [(sheet.get("name") or "", sheet.get(f"{R}id") or "") for sheet in root.iter(f"{_S}sheet")]
        parts = dict(self._relations.values())
        styles = part_or_none(self._package, parts.get("styles", ""))
        formats = _formats(styles) if styles is not None else []
        self._codes = {str(number): code for number, code in enumerate(formats) if code}  # formats by the style of a cell
        shared = part_or_none(self._package, parts.get("sharedStrings", ""))
        self._shared = [_string(item) for item in shared.iterfind(f"{_S}si")] if shared is not None else []

    def add_sheet(self, builder: ContentBuilder, relation: str, lines_of: Any) -> None:
        """Add the tables of a sheet, made lines by `lines_of`, its comments and text boxes. Raises `Unreadable`."""
        kind, name = self._relations.get(relation, ("", ""))
        if kind != "worksheet":
            return  # a sheet that is a chart, or code of old macros
        sheet = self._read(name)
        sheet.fill()
        for block in sheet.blocks():
            check_characters(sum(map(len, block)), self._limits)
            builder.block("\n".join(lines_of(block)))
        for kind, part in self._package.relations(name).values():
            root = part_or_none(self._package, part) if kind in ("comments", "drawing") else None
            if root is not None:
                builder.block("\n".join(_comments(root, sheet) if kind == "comments" else _drawn(root)))

    def _read(self, name: str) -> Sheet:
        cells = read_cells(self._package.office(name), self._shown, self._left, self._cells, self._limits.rows)
        self._left -= len(cells.rows)
        self._cells -= sum(map(len, cells.rows.values()))
        return Sheet(cells.rows, [merged for reference in cells.merged if (merged := _rows_merged(reference))])

    def _shown(self, kind: str, style: str, value: str) -> str:  # noqa: PLR0911 - one return for each kind of cell
        if kind == "n":
            code = self._codes.get(style, "") if style else ""
            if not code and value.isdigit():
                return value
            try:
                number = float(value)
            except ValueError:
                return value.strip()
            return shown_number(number, code, from_1904=self._from_1904) if code else _exact(value.strip(), number)
        if kind == "s":
            at = number_of(value.strip(), -1)
            return self._shared[at] if 0 <= at < len(self._shared) else ""
        if kind == "formula":
            return f"={value.strip()}" if value.strip() else ""
        if kind == "b":
            return "TRUE" if value.strip() in ("1", "true") else "FALSE"
        if kind == "d":
            return value.strip().removesuffix("T00:00:00").replace("T", " ")
        return "" if kind == "e" else value.strip()


def _exact(text: str, number: float) -> str:
    """A number of the general format: of up to 15 digits as stored, a longer fraction without the noise of its last digits."""
    return text if text.removeprefix("-").isdigit() else general(number)


def _formats(styles: Any) -> list[str]:
    """The codes of the cell formats, by the number that cells have; "" for the general one."""
    own = {number_of(entry.get("numFmtId"), -1): entry.get("formatCode") or "" for entry in styles.iter(f"{_S}numFmt")}
    formats = styles.find(f"{_S}cellXfs")
    if formats is None:
        return []
    numbers = [number_of(entry.get("numFmtId"), 0) for entry in formats.iterchildren(f"{_S}xf")]
    return [own.get(number, BUILT_IN.get(number, "")) for number in numbers]


def _string(item: Any) -> str:
    """A string with its superscripts raised and without the readings of its characters."""
    pieces: list[tuple[str, bool]] = []
    for part in item.iterchildren(f"{_S}t", f"{_S}r"):
        if part.tag == f"{_S}t":
            pieces.append((part.text or "", False))
        else:
            place = part.find(f"{_S}rPr/{_S}vertAlign")
            pieces.append((part.findtext(f"{_S}t") or "", place is not None and place.get("val") == "superscript"))
    return "".join(raised(text) if high else text for text, high in pieces).strip()


def _place(reference: str) -> tuple[int, int] | None:
    """The row and column, from 0, of a reference as B3."""
    found = _REFERENCE.match(reference)
    return (int(found.group(2)) - 1, column_of(found.group(1))) if found else None


def _rows_merged(reference: str) -> tuple[int, int, int] | None:
    """The first and last row and the first column of a merged cell, from 0; None for one row."""
    first, _, last = reference.partition(":")
    start, end = _place(first), _place(last)
    return (start[0], end[0], start[1]) if start and end and end[0] > start[0] else None


def _comments(root: Any, sheet: Sheet) -> list[str]:
    """The comments of a sheet, each with its cell, what that says, and who wrote it."""
    authors = [collapsed(author.text or "") for author in root.iter(f"{_S}author")]
    lines = []
    for comment in root.iter(f"{_S}comment"):
        text = comment.find(f"{_S}text")
        said = collapsed(_string(text)) if text is not None else ""
        at = number_of(comment.get("authorId"), -1)
        author = authors[at] if 0 <= at < len(authors) else ""
        said = said.removeprefix(f"{author}:").removeprefix(f"{author}：").strip() if author else said
        place = _place(comment.get("ref") or "")
        value = sheet.rows.get(place[0], {}).get(place[1], "") if place else ""
        where = " ".join(filter(None, (comment.get("ref"), collapsed(value))))
        lines += [f"{where} [{author}] {said}" if author else f"{where}: {said}"] if said else []
    return lines


def _drawn(root: Any) -> Sequence[str]:
    """The paragraphs of the text boxes that lie on a sheet."""
    return [text for paragraph in root.iter(f"{A}p") if (text := collapsed(drawn_text(paragraph)))]
