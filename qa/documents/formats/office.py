"""What Word and PowerPoint files have in common: names, values, and the texts of diagrams and charts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ..content import Unreadable, collapsed
from ..tables import table_rows
from .numerals import numeral
from .office_math import EQUATION, equation
from .raised import raised
from .symbols import is_symbol, unprivate
from .zip_package import FALLBACK, Package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_D = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_CX = "{http://schemas.microsoft.com/office/drawing/2014/chartex}"
GRAPHIC = f"{A}graphicData"
# How DrawingML numbers paragraphs (ST_TextAutonumberScheme): by numerals of ST_NumberFormat, with signs around them.
_SCHEME = re.compile(
    r"(arabicDb|arabic|alphaLc|alphaUc|romanLc|romanUc|circleNum|ea1Chs|ea1Cht|ea1Jpn)\w*?(Period|Both|R|Minus|Plain)\Z"
)
_NUMERALS = {
    "arabicDb": "decimalFullWidth", "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter",
    "romanLc": "lowerRoman", "romanUc": "upperRoman", "circleNum": "decimalEnclosedCircle", "ea1Chs": "chineseCounting",
    "ea1Cht": "taiwaneseCounting", "ea1Jpn": "japaneseCounting",
}  # fmt: skip
_SIGNS = {"Period": ("", ". "), "Both": ("(", ") "), "R": ("", ") "), "Minus": ("- ", " - "), "Plain": ("", " ")}
_ONLY_PAGES = re.compile(r"[\W\d_]*(?:(?:第|页|頁|共|总|總|of|page|seite|von|sur)[\W\d_]*)*\Z", re.IGNORECASE)
_LOWEST_LEVEL = 8  # of the nine that lists have
_MOST_POINTS = 10_000  # of a series of a chart; more are no figures for readers


def value_of(element: Any) -> str:
    """The attribute `w:val` of `element`, "" without one."""
    return (element.get(f"{W}val") or "") if element is not None else ""


def number_of(text: str | None, otherwise: int) -> int:
    """The whole number `text`; `otherwise` if it is none, or has more than nine digits."""
    digits = (text or "").removeprefix("-")
    return int(text or "") if digits.isascii() and digits.isdigit() and len(digits) < 10 else otherwise


def numbers_pages_only(line: str) -> bool:
    """Whether a line of a header or footer says nothing, or only the number of a page."""
    return _ONLY_PAGES.match(line) is not None


def graphic_lines(graphic: Any, relations: dict[str, tuple[str, str]], package: Package) -> list[str]:
    """The texts of a diagram (SmartArt) or chart, `graphic` being its `a:graphicData`; a diagram is a list, a chart a table."""
    for element in graphic.iter(f"{_D}relIds", f"{_C}chart", f"{_CX}chart"):
        diagram = element.tag == f"{_D}relIds"
        _, name = relations.get(element.get(f"{R}dm" if diagram else f"{R}id") or "", ("", ""))
        if name in package:
            root = package.xml(name)
            return _diagram(root) if diagram else _new_chart(root) if root.tag.startswith(_CX) else _chart(root)
    return []


def drawn_lines(shape: Any, styles: Sequence[Any] = ()) -> list[str]:
    """The paragraphs of a shape, each with its number if it has one; `styles` are those of lists that it may inherit."""
    counted: dict[int, tuple[str, int]] = {}  # level -> how the paragraph above is numbered, and its number
    own = next(shape.iter(f"{A}lstStyle"), None)
    lines = []
    for paragraph in shape.iter(f"{A}p"):
        text = drawn_text(paragraph)
        if not text:
            continue
        properties = paragraph.find(f"{A}pPr")
        level = min(max(number_of(properties.get("lvl"), 0), 0), _LOWEST_LEVEL) if properties is not None else 0
        scheme, start = _numbering(properties, level, [own, *styles])
        counted = {at: number for at, number in counted.items() if at < level or (at == level and number[0] == scheme)}
        if scheme:
            counted[level] = scheme, (counted[level][1] + 1 if level in counted else start)
            text = _number(counted[level][1], scheme) + text
        lines.append(text)
    return lines


def _numbering(properties: Any, level: int, styles: Sequence[Any]) -> tuple[str, int]:
    """How a paragraph is numbered and with what number its list starts; "" for one with another sign or none."""
    inherited = (style.find(f"{A}lvl{level + 1}pPr") for style in styles if style is not None)
    for said in (properties, *inherited):
        for sign in said.iterchildren(f"{A}buNone", f"{A}buChar", f"{A}buBlip", f"{A}buAutoNum") if said is not None else ():
            return sign.get("type") or "", number_of(sign.get("startAt"), 1)
    return "", 1


def _number(number: int, scheme: str) -> str:
    found = _SCHEME.match(scheme)
    name, signs = (found.group(1), found.group(2)) if found else ("arabic", "Period")
    before, after = _SIGNS[signs]
    return f"{before}{numeral(number, _NUMERALS[name])}{after}"


def drawn_text(paragraph: Any) -> str:
    """The text of a DrawingML paragraph, with its equations; superscripts as `raised` shows them."""
    pieces: list[tuple[str, bool]] = []  # and whether it is a superscript
    waiting = [iter(paragraph)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag == FALLBACK:
            continue
        elif child.tag == f"{A}t":
            properties = child.getparent().find(f"{A}rPr")
            high = number_of(properties.get("baseline") if properties is not None else None, 0) > 0
            fonts = [properties.find(f"{A}{name}") for name in ("sym", "latin")] if properties is not None else []
            named = (font.get("typeface") or "" for font in fonts if font is not None)
            text = unprivate(child.text or "", next(filter(is_symbol, named), ""))
            if pieces and high and pieces[-1][1]:
                pieces[-1] = (pieces[-1][0] + text, True)
            else:
                pieces.append((text, high))
        elif child.tag == f"{A}br":
            pieces.append((" ", False))
        elif child.tag == EQUATION:
            pieces.append((equation(child), False))
        else:
            waiting.append(iter(child))
    return "".join(raised(text) if high else text for text, high in pieces).strip()


def _diagram(root: Any) -> list[str]:
    """The points of a diagram as a list in the order of its tree."""
    points = {point.get("modelId"): point for point in root.iter(f"{_D}pt")}
    below: dict[str, list[tuple[int, str]]] = {}
    for link in root.iter(f"{_D}cxn"):
        if link.get("type", "parOf") == "parOf":
            below.setdefault(link.get("srcId") or "", []).append((number_of(link.get("srcOrd"), 0), link.get("destId") or ""))
    waiting = [name for name, point in reversed(points.items()) if point.get("type") == "doc"]
    waiting = [*[name for name in points if name not in waiting][::-1], *waiting]  # what no tree holds comes last
    lines, seen = [], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in points:
            continue
        seen.add(name)
        if points[name].get("type", "node") in ("node", "asst"):
            text = collapsed(" ".join(drawn_text(paragraph) for paragraph in points[name].iter(f"{A}p")))
            lines += [f"- {text}"] if text else []
        waiting += [destination for _, destination in sorted(below.get(name, ()), reverse=True)]
    return lines


def chart_titles(root: Any) -> list[str]:
    """The titles of a chart and of its axes."""
    titles = [*root.iter(f"{_C}title"), *root.iter(f"{_CX}title")]
    return list(filter(None, (collapsed(" ".join(drawn_text(part) for part in title.iter(f"{A}p"))) for title in titles)))


def _new_chart(root: Any) -> list[str]:
    """A chart of the newer kinds (waterfall, funnel, tree), as `_chart`."""
    columns = [dict(_stored(data)) for data in root.iter(f"{_CX}strDim", f"{_CX}numDim")]
    places = sorted({at for column in columns for at in column})[:_MOST_POINTS]
    rows = [[column.get(at, "") for column in columns] for at in places]
    return [*chart_titles(root), *table_rows(rows, header=False)]


def _chart(root: Any) -> list[str]:
    """The title of a chart, and its figures as a table with a row for each category."""
    names, columns = [""], []
    categories: dict[int, str] = {}
    for series in root.iter(f"{_C}ser"):
        names.append(" ".join(_points(series.find(f"{_C}tx")).values()))
        categories = categories or _points(series.find(f"{_C}cat")) or _points(series.find(f"{_C}xVal"))
        values = series.find(f"{_C}val")
        column = _points(values if values is not None else series.find(f"{_C}yVal"))
        for at, label in _labels(series):
            if at in column and column[at] != label:
                column[at] = label if column[at] in label.split() else f"{column[at]} {label}"
        columns.append(column)
    places = sorted({at for column in (categories, *columns) for at in column})[:_MOST_POINTS]
    rows = [[categories.get(at, ""), *(column.get(at, "") for column in columns)] for at in places]
    return [*chart_titles(root), *(table_rows([names, *rows]) if rows else [])]


def _labels(series: Any) -> Iterator[tuple[int, str]]:
    """What is written at points of a series, by their place; not what a program fills in, which the file has as `[VALUE]`."""
    for label in series.iterfind(f"{_C}dLbls/{_C}dLbl"):
        place, written = label.find(f"{_C}idx"), label.find(f"{_C}tx")
        if place is not None and written is not None and next(written.iter(f"{A}fld"), None) is None:
            text = collapsed(" ".join(drawn_text(paragraph) for paragraph in written.iter(f"{A}p")))
            if text:
                yield number_of(place.get("val"), -1), text


def _points(reference: Any) -> dict[int, str]:
    """The values stored with a reference to cells, by their place; levels of categories are put before each other."""
    if reference is None:
        return {}
    found: dict[int, str] = {}
    for at, text in _stored(reference):
        found[at] = f"{text} {found[at]}" if at in found else text
    literal = collapsed("".join(value.text or "" for value in reference.iter(f"{_C}v")))
    return found or ({0: literal} if literal else {})


def _stored(reference: Any) -> Iterator[tuple[int, str]]:
    for point in reference.iter(f"{_C}pt", f"{_CX}pt"):
        text = collapsed("".join(value.text or "" for value in point.iter(f"{_C}v")) or point.text or "")
        if text:
            yield number_of(point.get("idx"), 0), _short(text)


def _short(text: str) -> str:
    """A number without the noise of binary fractions: 0.30000000000000004 is 0.3."""
    try:
        return f"{float(text):.15g}" if "." in text else text
    except ValueError:
        return text


def part_or_none(package: Package, name: str) -> Any | None:
    """The root of the part `name`; None when the container has none, or it cannot be read."""
    try:
        return package.xml(name) if name in package else None
    except Unreadable:
        return None
