"""Reads the sheets of Excel workbooks (Office Open XML) as they are shown: cell by cell, so that a stray one costs nothing."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any

from ...config import Limits
from ..content import ContentBuilder, check_characters, collapsed
from ..tables import COVERED
from .included import add_embedded
from .number_format import BUILT_IN, general, shown_number
from .office import GRAPHIC, R, chart_titles, drawn_lines, graphic_lines, number_of, numbers_pages_only, part_or_none
from .raised import raised
from .sheet_cells import column_of, read_cells
from .zip_package import FALLBACK, Package

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})\Z")
_CHART_SHEET = "chartsheet"
_SHAPE = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}sp"
_THREADED = "{http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments}"
# What a header or footer has besides text: where its parts begin; fonts, sizes, colours; the page, the date, names.
_PARTS = re.compile("&[LCR]")
_HEADER_CODE = re.compile(r'&(?:"[^"]*"|\d{1,3}|K[0-9A-F]{6}|K\d\d[+-]\d{3}|[BIUESXYGOHPNDTAFZ]|\[\w{1,10}\])')
_COUNTS = re.compile(r"&(?:[PNA]|\[\w{1,10}\])")
_WIDEST_MARKED = 50  # columns that a merged cell covers and that are marked as such: more than a form has
_LARGEST_FIELD, _STREWN = 1_000_000, 100  # places of a table, and times its cells, beyond which it is none
_WIDE = "\u2e80"  # Chinese, Japanese and Korean characters come from here on
_CELL_COST = 100  # bytes of memory that a cell counts as, against `limits.memory_mb`


def most_cells(limits: Limits) -> int:
    """How many cells with text are read of a workbook."""
    return limits.memory_mb * 2**20 // _CELL_COST // 4


@dataclass(slots=True)
class Sheet:
    """The cells of a sheet with text, by row and column from 0, and its merged cells: first and last row, and column."""

    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)

    def fill(self) -> None:
        """Put the text of each merged cell into its rows that have cells of their own, and mark the columns it covers."""
        numbers = sorted(self.rows)
        steps = sum(map(len, self.rows.values()))
        for first, last, column, end in self.merged:
            text = self.rows.get(first, {}).get(column, "")
            own = numbers[bisect_left(numbers, first) : bisect_right(numbers, last)][: steps + 1]
            for number in own:
                if text:
                    self.rows[number].setdefault(column, text)
                for covered in range(column + 1, min(end, column + _WIDEST_MARKED) + 1):
                    self.rows[number].setdefault(covered, COVERED)
            steps -= min(steps, max(len(own) - 1, 0))

    def blocks(self) -> list[list[list[str]]]:
        """The tables of the sheet: rows without an empty one between them, each with the columns that any of them uses. Rows
        that all cells above them are merged over are not empty: names of columns in all columns of the row below.

        Cells strewn over a large field are no table: each row stands by itself, and they take no more time than there are cells.
        """
        found: list[list[int]] = []
        numbers = sorted(self.rows)
        reached: dict[tuple[int, int], set[int]] = {}  # a row, and the one before the next -> its columns merged down to there
        for first, last, column, end in self.merged:
            at = bisect_right(numbers, last) - 1
            if at >= 0 and first <= numbers[at] < last:
                reached.setdefault((numbers[at], last), set()).update(range(column, min(end, column + _WIDEST_MARKED) + 1))
        for number in numbers:
            above = found[-1][-1] if found else number
            below = reached.get((above, number - 1))
            names = {column for column, text in self.rows[above].items() if text is not COVERED} if below else set()
            if found and (above == number - 1 or (below and below >= names >= self.rows[number].keys())):
                found[-1].append(number)
            else:
                found.append([number])
        tables = []
        for block in found:
            columns = sorted({column for number in block for column in self.rows[number]})
            places = len(block) * len(columns)
            if places > _LARGEST_FIELD and places > _STREWN * sum(len(self.rows[number]) for number in block):
                tables += [[[text for _, text in sorted(self.rows[number].items())]] for number in block]
                continue
            tables.append([[self.rows[number].get(column, "") for column in columns] for number in block])
        return tables


class Workbook:
    """The parts of a workbook that its sheets refer to."""

    def __init__(self, package: Package, limits: Limits) -> None:
        self._package = package
        self._limits = limits
        self._left = limits.rows
        self._cells = most_cells(limits)
        self._said: set[str] = set()  # headers and footers that stood on a sheet before
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
        if kind == _CHART_SHEET:
            self._add_drawings(builder, name, figures=True)
        if kind != "worksheet":
            return  # code of old macros
        sheet, printed = self._read(name)
        sheet.fill()
        for block in sheet.blocks():
            check_characters(sum(map(len, block)), self._limits)
            builder.block("\n".join(lines_of(block)))
        parts = [
            (kind, root)
            for kind, part in self._package.relations(name).values()
            if (root := self._remark(kind, part)) is not None
        ]
        threads = [line for kind, root in parts if kind == "threadedComment" for line in _threads(root, sheet, self._persons())]
        notes = [line for kind, root in parts if kind == "comments" for line in _comments(root, sheet)]
        builder.block("\n".join(notes + threads))
        self._add_drawings(builder, name)
        add_embedded(builder, self._package, self._package.relations(name), self._limits)
        running = [line for line in map(printed_text, printed) if line and line not in self._said]
        builder.block("\n".join(dict.fromkeys(running)))
        self._said.update(running)

    def _remark(self, kind: str, part: str) -> Any | None:
        return part_or_none(self._package, part) if kind in ("comments", "threadedComment") else None

    def _persons(self) -> dict[str, str]:
        """Who wrote comments in threads, by the identifiers that these have."""
        roots = (part_or_none(self._package, part) for kind, part in self._relations.values() if kind == "person")
        return {
            person.get("id") or "": collapsed(person.get("displayName") or "")
            for root in roots
            if root is not None
            for person in root.iter(f"{_THREADED}person")
        }

    def _add_drawings(self, builder: ContentBuilder, sheet: str, *, figures: bool = False) -> None:
        """Add what lies on a sheet: texts, diagrams, and charts, whose figures are in the cells."""
        for kind, name in self._package.relations(sheet).values():
            root = part_or_none(self._package, name) if kind == "drawing" else None
            if root is None:
                continue
            relations = self._package.relations(name)
            waiting = [root]
            while waiting:
                element = waiting.pop()
                if element.tag == _SHAPE:
                    builder.block("\n".join(map(collapsed, drawn_lines(element))))
                elif element.tag == GRAPHIC:
                    builder.block("\n".join(self._graphic(element, relations, figures)))
                elif element.tag != FALLBACK:
                    waiting += reversed(element)

    def _graphic(self, graphic: Any, relations: dict[str, tuple[str, str]], figures: bool) -> list[str]:
        charts = [relations[name][1] for part in graphic if (name := part.get(f"{R}id")) in relations]
        if figures or not charts:
            return graphic_lines(graphic, relations, self._package)
        roots = (part_or_none(self._package, name) for name in charts)
        return [title for root in roots if root is not None for title in chart_titles(root)]

    def _read(self, name: str) -> tuple[Sheet, list[str]]:
        """The cells of a sheet, and its headers and footers."""
        cells = read_cells(self._package.office(name), self._shown, self._left, self._cells, self._limits.rows)
        self._left -= len(cells.rows)
        self._cells -= sum(map(len, cells.rows.values()))
        merged = [merged for reference in cells.merged if (merged := _merged(reference))]
        return Sheet(cells.rows, merged), cells.printed

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


def _merged(reference: str) -> tuple[int, int, int, int] | None:
    """The first and last row and the first and last column of a merged cell, from 0; None for no such reference."""
    first, _, last = reference.partition(":")
    start, end = _place(first), _place(last)
    return (start[0], end[0], start[1], end[1]) if start and end else None


def _comments(root: Any, sheet: Sheet) -> list[str]:
    """The comments of a sheet, each with its cell, what that says, and who wrote it."""
    authors = [collapsed(author.text or "") for author in root.iter(f"{_S}author")]
    lines = []
    for comment in root.iter(f"{_S}comment"):
        text = comment.find(f"{_S}text")
        said = collapsed(_string(text)) if text is not None else ""
        at = number_of(comment.get("authorId"), -1)
        author = authors[at] if 0 <= at < len(authors) else ""
        if author.startswith("tc="):
            continue  # what older programs show of a thread
        said = said.removeprefix(f"{author}:").removeprefix(f"{author}：").strip() if author else said
        where = _where(comment.get("ref") or "", sheet)
        lines += [f"{where} [{author}] {said}" if author else f"{where}: {said}"] if said else []
    return lines


def _threads(root: Any, sheet: Sheet, persons: dict[str, str]) -> list[str]:
    """The comments in threads of a sheet, as `_comments`."""
    lines = []
    for comment in root.iter(f"{_THREADED}threadedComment"):
        said = collapsed(comment.findtext(f"{_THREADED}text") or "")
        reference, author = comment.get("ref") or "", persons.get(comment.get("personId") or "", "")
        lines += (
            [f"{_where(reference, sheet)} [{author}] {said}" if author else f"{_where(reference, sheet)}: {said}"] if said else []
        )
    return lines


def _where(reference: str, sheet: Sheet) -> str:
    """The name of a cell and what it says."""
    place = _place(reference)
    value = sheet.rows.get(place[0], {}).get(place[1], "") if place else ""
    return " ".join(filter(None, (reference, collapsed(value))))


def printed_text(code: str) -> str:
    """A header or footer without the codes in it; of its parts those that say more than a number of a page."""
    parts = _PARTS.split(code.replace("&&", "\0"))  # which stands for the sign itself
    texts = ((part, collapsed(_HEADER_CODE.sub("", part).replace("\0", "&"))) for part in parts)
    return " ".join(text for part, text in texts if not (numbers_pages_only(text) or (_COUNTS.search(part) and _is_label(text))))


def _is_label(text: str) -> bool:
    """Whether a text may be the label of a number, such as "Sheet", "Страница" or "Side av": up to two words of letters."""
    return len(text.split()) < 3 and not any(char >= _WIDE for char in text)
