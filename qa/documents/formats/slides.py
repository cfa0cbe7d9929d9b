"""Reads presentations (Office Open XML): title, texts, tables, diagrams, charts, notes and comments of each slide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable, collapsed
from ..tables import fill_merged, table_rows
from .office import GRAPHIC, A, R, drawn_text, graphic_lines, number_of
from .zip_package import FALLBACK, Package

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_MAIN = "ppt/presentation.xml"
_FURNITURE = ("sldNum", "dt", "ftr", "hdr", "sldImg")  # placeholders of slide numbers, dates, footers, headers, pictures
_RUNNING = ("dt", "ftr")  # those of them whose text is read once
_SHAPE = f"{_P}sp"
_TITLES = ("title", "ctrTitle")
_DEEPEST = 40  # areas of a slide in areas


@dataclass(frozen=True, slots=True)
class _Shape:
    """A shape with text: its placeholder ("" for none), its element, and left, top, right and bottom on the slide."""

    kind: str
    element: Any
    box: tuple[float, float, float, float]


def read_slides(data: bytes, limits: Limits) -> Content:
    """The slides in the order of the presentation, hidden ones included; their titles are headings. Raises `Unreadable`."""
    package = Package(data, limits)
    main = next((name for kind, name in package.relations("").values() if kind == "officeDocument"), _MAIN)
    relations = package.relations(main)
    builder = ContentBuilder(limits)
    slides = list(package.xml(main).iter(f"{_P}sldId"))
    if len(slides) > limits.pages:
        raise Unreadable("documents.too_many_slides", most=limits.pages)
    authors: dict[str, str] = {}
    for kind, part in relations.values():
        if kind in ("commentAuthors", "authors") and part in package.names:
            authors |= {author.get("id") or "": author.get("name") or "" for author in package.xml(part).iter()}
    said: set[str] = set()  # what runs over the slides
    for number, slide in enumerate(slides, 1):
        _, name = relations.get(slide.get(f"{R}id"), ("", ""))
        builder.unit("slide", number)
        try:
            if name not in package.names:
                raise Unreadable("documents.missing_slide", number=number)
            _add(builder, package, name, authors, said)
        except Unreadable as error:
            builder.part(name or str(number), error)
    builder.problems(package.problems)
    return builder.content("pptx")


def _add(builder: ContentBuilder, package: Package, name: str, authors: dict[str, str], said: set[str]) -> None:
    relations = package.relations(name)
    layout = next((part for kind, part in relations.values() if kind == "slideLayout" and part in package.names), None)
    root = package.mended(name)
    shapes = _shapes(root, _places(package.xml(layout)) if layout else {})
    for shape in shapes:
        if shape.kind in _TITLES:
            builder.heading(1, _lines(shape.element, " "))
    for shape in _in_reading_order([shape for shape in shapes if shape.kind not in (*_TITLES, *_FURNITURE)]):
        if shape.element.tag == f"{A}tbl":
            builder.block("\n".join(table_rows(_rows(shape.element))))
        elif shape.element.tag == GRAPHIC:
            builder.block("\n".join(graphic_lines(shape.element, relations, package)))
        else:
            builder.block(_lines(shape.element, "\n"))
    running = _running(package, root, layout, shapes)
    builder.block("\n".join(line for line in running if line not in said))
    said.update(running)
    for kind, part in relations.values():
        if kind == "notesSlide" and part in package.names:
            for shape in _shapes(package.xml(part), {}):
                if shape.kind not in _FURNITURE:
                    builder.block(_lines(shape.element, "\n"))
    for kind, part in relations.values():
        if kind == "comments" and part in package.names:
            builder.block("\n".join(_comments(package.xml(part), authors)))


def _running(package: Package, slide: Any, layout: str | None, shapes: list[_Shape]) -> list[str]:
    """What stands on every slide: the footer, a date that stays, and the texts of the layout and the master."""
    found = [_lines(shape.element, " ") for shape in shapes if shape.kind in _RUNNING and not _is_today(shape.element)]
    if layout and slide.get("showMasterSp") != "0":
        masters = [part for kind, part in package.relations(layout).values() if kind == "slideMaster" and part in package.names]
        for part in (layout, *masters):
            behind = _shapes(package.xml(part), {})
            found += [_lines(shape.element, " ") for shape in behind if not shape.kind and shape.element.tag == _SHAPE]
    return list(dict.fromkeys(found))


def _is_today(shape: Any) -> bool:
    """Whether a placeholder shows the date of the day on which one looks at it, or a number that counts."""
    return next(shape.iter(f"{A}fld"), None) is not None


def _comments(root: Any, authors: dict[str, str]) -> list[str]:
    """The comments of a slide, old ones and those in threads, each after its author."""
    lines = []
    for comment in root.iter("{*}cm", "{*}reply"):
        author = collapsed(authors.get(comment.get("authorId") or "", ""))
        old = comment.find(f"{_P}text")
        body = comment.find("{*}txBody")
        text = collapsed((old.text or "") if old is not None else _lines(body, " ") if body is not None else "")
        lines += [f"[{author}] {text}" if author else text] if text else []
    return lines


def _shapes(slide: Any, places: dict[tuple[str, str], tuple[float, ...]]) -> list[_Shape]:
    """The shapes with text in the order of the file; `places` are those of the placeholders of the slide's layout."""
    found: list[_Shape] = []
    waiting: list[tuple[Any, tuple[float, ...]]] = [(slide, (1.0, 1.0, 0.0, 0.0))]  # with the scale and shift of its group
    while waiting:
        element, frame = waiting.pop()
        if element.tag == FALLBACK:
            continue
        if element.tag == f"{_P}sp":
            holder = element.find(f".//{_P}nvPr/{_P}ph")
            kind = (holder.get("type") or "body") if holder is not None else ""
            box = _box(element.find(f"{_P}spPr/{A}xfrm"), frame)
            if box is None and holder is not None:
                index = holder.get("idx") or "0"
                box = places.get((kind, index)) or places.get(("", index)) or places.get((kind, ""))
            found.append(_Shape(kind, element, _four(box)))
        elif element.tag == f"{_P}graphicFrame":
            box = _box(element.find(f"{_P}xfrm"), frame)
            inner = next(element.iter(f"{A}tbl"), None)
            inner = inner if inner is not None else next(element.iter(GRAPHIC), None)
            if inner is not None:
                found.append(_Shape("", inner, _four(box)))
        else:
            if element.tag == f"{_P}grpSp":
                frame = _inside(element.find(f"{_P}grpSpPr/{A}xfrm"), frame)
            waiting += [(child, frame) for child in reversed(element)]
    return found


def _places(layout: Any) -> dict[tuple[str, str], tuple[float, ...]]:
    """Where the placeholders of a layout are, by kind and index, by index alone and by kind alone."""
    places: dict[tuple[str, str], tuple[float, ...]] = {}
    for shape in layout.iter(f"{_P}sp"):
        holder = shape.find(f".//{_P}nvPr/{_P}ph")
        box = _box(shape.find(f"{_P}spPr/{A}xfrm"), (1.0, 1.0, 0.0, 0.0))
        if holder is not None and box is not None:
            kind, index = holder.get("type") or "body", holder.get("idx") or "0"
            for key in ((kind, index), ("", index), (kind, "")):
                places.setdefault(key, box)
    return places


def _pair(element: Any, name: str, first: str, second: str) -> tuple[float, float] | None:
    part = element.find(f"{A}{name}") if element is not None else None
    return (float(number_of(part.get(first), 0)), float(number_of(part.get(second), 0))) if part is not None else None


def _box(place: Any, frame: tuple[float, ...]) -> tuple[float, ...] | None:
    """The box that `a:xfrm` says, on the slide; None without one."""
    offset, size = _pair(place, "off", "x", "y"), _pair(place, "ext", "cx", "cy")
    if offset is None:
        return None
    across, down = size or (0.0, 0.0)
    left, top = frame[0] * offset[0] + frame[2], frame[1] * offset[1] + frame[3]
    return left, top, left + frame[0] * across, top + frame[1] * down


def _inside(place: Any, frame: tuple[float, ...]) -> tuple[float, ...]:
    """The scale and shift of what is inside a group."""
    outer, size = _pair(place, "off", "x", "y"), _pair(place, "ext", "cx", "cy")
    inner, own = _pair(place, "chOff", "x", "y"), _pair(place, "chExt", "cx", "cy")
    if outer is None or size is None or inner is None or own is None or not own[0] or not own[1]:
        return frame
    across, down = size[0] / own[0], size[1] / own[1]
    return (
        frame[0] * across, frame[1] * down,
        frame[0] * (outer[0] - inner[0] * across) + frame[2], frame[1] * (outer[1] - inner[1] * down) + frame[3],
    )  # fmt: skip


def _four(box: tuple[float, ...] | None) -> tuple[float, float, float, float]:
    return (box[0], box[1], box[2], box[3]) if box else (0.0, 0.0, 0.0, 0.0)


def _in_reading_order(shapes: list[_Shape], depth: int = 0) -> list[_Shape]:
    """The shapes as they are read: areas one above another from the top, areas side by side from the left, in each the same."""
    if len(shapes) < 2 or depth > _DEEPEST:
        return shapes
    for first, last in ((1, 3), (0, 2)):
        parts = _parted(shapes, first, last)
        if len(parts) > 1:
            return [shape for part in parts for shape in _in_reading_order(part, depth + 1)]
    return sorted(shapes, key=lambda shape: (shape.box[1], shape.box[0]))


def _parted(shapes: list[_Shape], first: int, last: int) -> list[list[_Shape]]:
    """The shapes in groups between which a line can be drawn that none crosses by more than a tenth."""
    ordered = sorted(shapes, key=lambda shape: shape.box[first])
    parts = [[ordered[0]]]
    end = ordered[0].box[last]
    for shape in ordered[1:]:
        margin = 0.1 * min(shape.box[last] - shape.box[first], end - parts[-1][0].box[first])
        if shape.box[first] >= end - margin and shape.box[first] > parts[-1][-1].box[first]:
            parts.append([])
        parts[-1].append(shape)
        end = max(end, shape.box[last])
    return parts


def _rows(table: Any) -> list[list[str]]:
    """The rows of a table with merged cells filled in. In this format the covered positions have empty cells."""
    rows: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    for row in table.iter(f"{A}tr"):
        cells: list[str] = []
        for cell in row.iter(f"{A}tc"):
            span = number_of(cell.get("rowSpan"), 1)
            if span > 1:
                merged.append((len(rows), len(rows) + span - 1, len(cells)))
            cells.append(_lines(cell, " "))
        rows.append(cells)
    fill_merged(rows, merged)
    return rows


def _lines(shape: Any, between: str) -> str:
    return between.join(filter(None, (drawn_text(paragraph) for paragraph in shape.iter(f"{A}p"))))
