"""Reads presentations (Office Open XML): the title, texts, tables and speaker's notes of each slide."""

from __future__ import annotations

from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..tables import fill_merged, table_rows
from .zip_package import FALLBACK, Package

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MAIN = "ppt/presentation.xml"
_FURNITURE = ("sldNum", "dt", "ftr", "hdr", "sldImg")  # placeholders of slide numbers, dates, footers, headers, pictures


def read_slides(data: bytes, limits: Limits) -> Content:
    """The slides in the order of the presentation, hidden ones included; their titles are headings. Raises `Unreadable`."""
    package = Package(data, limits)
    main = next((name for kind, name in package.relations("").values() if kind == "officeDocument"), _MAIN)
    relations = package.relations(main)
    builder = ContentBuilder(limits)
    slides = list(package.xml(main).iter(f"{_P}sldId"))
    if len(slides) > limits.pages:
        raise Unreadable("documents.too_many_slides", most=limits.pages)
    for number, slide in enumerate(slides, 1):
        _, name = relations.get(slide.get(f"{_R}id"), ("", ""))
        builder.unit("slide", number)
        if name not in package.names:
            raise Unreadable("documents.missing_slide", number=number)
        _add(builder, package.xml(name))
        for kind, note in package.relations(name).values():
            if kind == "notesSlide" and note in package.names:
                _add(builder, package.xml(note))
    return builder.content("pptx")


def _add(builder: ContentBuilder, slide: Any) -> None:
    shapes: list[tuple[str, Any]] = []
    waiting = [slide]
    while waiting:
        element = waiting.pop()
        if element.tag in (f"{_P}sp", f"{_A}tbl"):
            kind = element.find(f".//{_P}nvPr/{_P}ph") if element.tag == f"{_P}sp" else None
            shapes.append(((kind.get("type") or "body") if kind is not None else "", element))
        elif element.tag != FALLBACK:
            waiting += reversed(element)
    shapes.sort(key=lambda shape: shape[0] not in ("title", "ctrTitle"))  # titles first, then the drawing order
    for kind, shape in shapes:
        if kind in _FURNITURE:
            continue
        if shape.tag == f"{_A}tbl":
            builder.block("\n".join(table_rows(_rows(shape))))
        elif kind in ("title", "ctrTitle"):
            builder.heading(1, _lines(shape, " "))
        else:
            builder.block(_lines(shape, "\n"))


def _rows(table: Any) -> list[list[str]]:
    """The rows of a table with merged cells filled in. In this format the covered positions have empty cells."""
    rows: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    for row in table.iter(f"{_A}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{_A}tc"):
            span = cell.get("rowSpan") or ""
            if span.isascii() and span.isdigit() and len(span) < 10:
                merged.append((len(rows), len(rows) + int(span) - 1, len(cells)))
            cells.append(_lines(cell, " "))
        rows.append(cells)
    fill_merged(rows, merged)
    return rows


def _lines(shape: Any, between: str) -> str:
    lines = []
    for paragraph in shape.iter(f"{_A}p"):
        pieces = []
        for piece in paragraph.iter(f"{_A}t", f"{_A}br"):
            pieces.append(piece.text or "" if piece.tag == f"{_A}t" else " ")
        lines.append("".join(pieces).strip())
    return between.join(filter(None, lines))
