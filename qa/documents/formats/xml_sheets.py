"""Reads workbooks that are one piece of XML (SpreadsheetML of Excel 2002 and 2003), as many programs write under `.xls`."""

from __future__ import annotations

import datetime
import re
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable, check_characters, collapsed
from .number_format import shown_number
from .office import number_of
from .sheet_cells import MOST_COLUMNS, MOST_ROWS, reference_of
from .workbook import Sheet, most_cells
from .zip_package import parse_xml

_S = "{urn:schemas-microsoft-com:office:spreadsheet}"
# Formats that are named. Dates differ from country to country: ISO dates are everybody's.
_NAMED = {
    "Percent": "0.00%", "Fixed": "0.00", "Standard": "#,##0.00", "Currency": "#,##0.00", "Euro Currency": "#,##0.00",
    "Scientific": "0.00E+00", "General Date": "yyyy-mm-dd h:mm", "Short Time": "h:mm", "Medium Time": "h:mm AM/PM",
    "Long Time": "h:mm:ss AM/PM", **dict.fromkeys(("Short Date", "Medium Date", "Long Date"), "yyyy-mm-dd"), "General": "",
}  # fmt: skip
_NAMED |= {"General Number": "", "Yes/No": '"Yes";"Yes";"No"', "True/False": '"True";"True";"False"', "On/Off": '"On";"On";"Off"'}
_GB2312 = re.compile(rb"\A(<\?xml[^>]{0,100}?encoding=[\"'])gb(?:2312|k)", re.IGNORECASE)  # written for what has more characters
_MOST_ABOVE = 20  # styles above a style; more than any has
_FIRST_DAY, _LEAP_DAY = datetime.datetime(1899, 12, 30), datetime.datetime(1900, 3, 1)  # of serial numbers; of one that never was


def read_xml_sheets(data: bytes, limits: Limits, lines_of: Any) -> Content:
    """The tables of every sheet, made lines by `lines_of`, and its comments. Raises `Unreadable`."""
    data = _GB2312.sub(rb"\1gb18030", data.lstrip(), count=1)
    builder = ContentBuilder(limits)
    try:
        root = parse_xml(data, limits)
    except Unreadable as damage:
        if damage.code != "documents.no_xml":
            raise
        root = parse_xml(data, limits, mend=True)
        builder.problem(Unreadable("documents.part_damaged", name="Workbook", reason=damage))
    if root.tag != f"{_S}Workbook":
        raise Unreadable("documents.office_xml")
    formats = _formats(root)
    rows_left, cells_left = limits.rows, most_cells(limits)
    for number, worksheet in enumerate(root.iterfind(f"{_S}Worksheet"), 1):
        builder.unit("sheet", number, worksheet.get(f"{_S}Name") or "")
        sheet, comments = _read(worksheet, formats)
        rows_left -= len(sheet.rows)
        cells_left -= sum(map(len, sheet.rows.values()))
        if rows_left < 0:
            raise Unreadable("documents.too_many_rows", most=limits.rows)
        if cells_left < 0:
            raise Unreadable("documents.too_much_memory")
        sheet.fill()
        for block in sheet.blocks():
            check_characters(sum(map(len, block)), limits)
            builder.block("\n".join(lines_of(block)))
        builder.block("\n".join(comments))
    return builder.content("xml")


def _formats(root: Any) -> dict[str, str]:
    """The format of each style, its own or that of the nearest style above it that has one."""
    own: dict[str, str] = {}
    above: dict[str, str] = {}
    for style in root.iterfind(f"{_S}Styles/{_S}Style"):
        name, form = style.get(f"{_S}ID") or "", style.find(f"{_S}NumberFormat")
        above[name] = style.get(f"{_S}Parent") or "Default"
        if form is not None and (code := form.get(f"{_S}Format")) is not None:
            own[name] = _NAMED.get(code, code)
    formats = {}
    for name in above:
        at = name
        for _ in range(_MOST_ABOVE):
            if at in own or at not in above:
                break
            at = above[at]
        formats[name] = own.get(at, "")
    return formats


def _columns(worksheet: Any) -> tuple[list[tuple[int, int, str]], str]:
    """The first and last of columns with a style and it, and the style of the whole table."""
    found, at = list[tuple[int, int, str]](), -1
    for column in worksheet.iterfind(f"{_S}Table/{_S}Column"):
        first = _place(column, at)
        at = first + max(0, number_of(column.get(f"{_S}Span"), 0))
        if style := column.get(f"{_S}StyleID"):
            found.append((first, at, style))
    table = worksheet.find(f"{_S}Table")
    return found[:MOST_COLUMNS], "" if table is None else table.get(f"{_S}StyleID") or ""


def _read(worksheet: Any, formats: dict[str, str]) -> tuple[Sheet, list[str]]:
    """The cells of a sheet and its comments. Rows and cells stand after each other where they do not say their place."""
    sheet, comments = Sheet(), list[str]()
    columns, of_table = _columns(worksheet)
    of_column = {column: style for first, last, style in columns for column in range(first, min(last + 1, MOST_COLUMNS))}
    at = -1
    for row in worksheet.iterfind(f"{_S}Table/{_S}Row"):
        at = _place(row, at)
        column = -1
        for cell in row.iterfind(f"{_S}Cell"):
            column = _place(cell, column)
            if at >= MOST_ROWS or column >= MOST_COLUMNS:
                break
            said_at = (cell.get(f"{_S}StyleID"), row.get(f"{_S}StyleID"), of_column.get(column), of_table, "Default")
            style = next(filter(None, said_at))
            text = _shown(cell.find(f"{_S}Data"), formats.get(style, ""))
            across, down = (max(0, number_of(cell.get(f"{_S}Merge{way}"), 0)) for way in ("Across", "Down"))
            if text:
                sheet.rows.setdefault(at, {})[column] = text
                if across or down:
                    sheet.merged.append((at, at + down, column, column + across))
            for note in cell.iterfind(f"{_S}Comment"):
                where, author = f"{reference_of(at, column)} {text}".strip(), note.get(f"{_S}Author")
                if said := collapsed("".join(note.itertext())).removeprefix(f"{author}:").strip():
                    comments.append(f"{where} [{author}] {said}" if author else f"{where}: {said}")
            column += across
        at += max(0, number_of(row.get(f"{_S}Span"), 0))
    return sheet, comments


def _place(element: Any, before: int) -> int:
    return max(before + 1, number_of(element.get(f"{_S}Index"), 0) - 1)


def _shown(data: Any, code: str) -> str:
    """What a cell shows; nothing for an error."""
    if data is None:
        return ""
    text, kind = "".join(data.itertext()).strip(), data.get(f"{_S}Type")
    try:
        if kind == "Number":
            return shown_number(float(text), code)
        if kind == "DateTime":
            moment = datetime.datetime.fromisoformat(text)
            days = (moment - _FIRST_DAY) / datetime.timedelta(days=1)
            return shown_number(
                days - (moment < _LEAP_DAY), code or _NAMED["General Date" if moment.time() != datetime.time() else "Short Date"]
            )
    except (ValueError, TypeError, OverflowError):
        return text
    if kind == "Boolean":
        return "FALSE" if text.lower() in ("0", "false") else "TRUE" if text else ""
    return "" if kind == "Error" else text
