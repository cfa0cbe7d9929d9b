"""PDF pages to text: lines in reading order, put together to paragraphs; furniture at the pages' edges left out."""

from __future__ import annotations

import ctypes
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..limits import Limits
from .content import Content, ContentBuilder, Unreadable

_EDGE = 0.12  # share of a page's height at its top and bottom where running headers and footers stand
_ENDS = re.compile(r"[。！？!?.…:：；;][”’」』）)】》\"']*$")
_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|第)\s*)?\d{1,4}(?:\s*(?:页|頁|/|of|von|共)\s*(?:\d{1,4}\s*(?:页|頁)?)?)?\W*$", re.IGNORECASE
)
_ITEM = re.compile(r"[•●○◦▪■□–*·‣]\s*\S|[(（]?(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[.)）、．]\s*\S")
_HYPHENS = "-\u00ad\u2010\x02"  # pdfium gives U+0002 for a hyphen at a line's end
_WIDE = "⺀"  # the first of the characters that are written without spaces between them
_SCALE = 200 / 72  # pixels a point when a page is drawn for recognition


@dataclass(slots=True)
class _Line:
    """A run of text on one line; coordinates in points from the page's lower left corner."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class _Paragraph:
    text: str
    page: int
    size: float
    turns: list[tuple[int, int]]  # offset in the text -> page that starts there


def read_pdf(data: bytes, limits: Limits) -> Content:
    """The document's pages as they are read, with a mark for each page that a paragraph starts or goes on at."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("is encrypted; save it without a password") from error
        raise Unreadable("is a damaged PDF; save or print it to PDF again") from error
    try:
        count = len(document)
        if count > limits.pages:
            raise Unreadable(f"has over {limits.pages} pages; split it or raise the limit pages")
        pages: list[list[_Line]] = []
        heights: list[float] = []
        without: list[int] = []
        recognised = False
        for number in range(count):
            page = _page(document, number)
            heights.append(page.get_height())
            lines = list(_lines(page))
            if not any(char.isalnum() for line in lines for char in line.text):
                lines = _drawn_lines(page)
                recognised = recognised or bool(lines)
                if not lines and next(iter(page.get_objects(max_depth=2)), None) is not None:
                    without.append(number + 1)
            pages.append(lines)
            page.close()
    finally:
        document.close()
    if without and not any(pages):
        from .ocr import has_ocr

        if has_ocr():
            raise Unreadable("has no text, and none is recognised in its images; describe it in a text file")
        raise Unreadable("has no text, only images; pip install -r requirements-ocr.txt reads such files")
    kept = _without_furniture(pages, heights)
    builder = ContentBuilder(limits)
    for paragraph in _paragraphs(kept):
        builder.pages(paragraph.text, [(0, paragraph.page), *paragraph.turns])
    notes = f"; pages without text: {_ranges(without)}" if without else ""
    return builder.content(("pdf, ocr" if recognised else "pdf") + notes)


def _page(document: Any, number: int) -> Any:
    import pypdfium2

    try:
        return document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"has a damaged page {number + 1}; save or print it to PDF again") from error


def _ranges(numbers: Sequence[int]) -> str:
    """`1-3, 7`"""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)


def _drawn_lines(page: Any) -> list[_Line]:
    """The lines recognised in a page's image."""
    from .ocr import has_ocr, lines_in

    if next(iter(page.get_objects(max_depth=2)), None) is None or not has_ocr():
        return []
    scale = min(_SCALE, 5000 / max(page.get_width(), page.get_height(), 1))
    pixels = page.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3]
    height = page.get_height()
    # recognised lines come from top to bottom; they stand one under the other, evenly
    return [
        _Line(text, 0.0, height * 0.85 - 14.0 * number, 100.0, height * 0.85 - 14.0 * number + 10, 10.0)
        for number, text in enumerate(lines_in(pixels))
    ]


def _lines(page: Any) -> Iterator[_Line]:
    """The lines of a page in the order in which its file draws them, parted where a wide gap is."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        handle = textpage.raw
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        current: _Line | None = None
        for i in range(raw.FPDFText_CountChars(handle)):
            code = raw.FPDFText_GetUnicode(handle, i)
            char = _character(code)
            if char in "\r\n":
                if current is not None:
                    yield current
                    current = None
                continue
            if raw.FPDFText_IsGenerated(handle, i) == 1 or char.isspace():
                if current is not None:
                    current.text += " "
                continue
            if not raw.FPDFText_GetCharBox(handle, i, left, right, bottom, top):
                continue
            size = max(raw.FPDFText_GetFontSize(handle, i), 1.0)
            height = top.value - bottom.value
            if size < 2:  # scaled by the page's matrix, which the size leaves out
                size = max(height, 1.0)
            if current is not None and (
                left.value - current.right > 2.2 * size or left.value < current.left - size
                or abs((top.value + bottom.value) / 2 - current.middle) > 1.2 * max(size, current.size)
            ):  # fmt: skip
                yield current
                current = None
            if current is None:
                current = _Line(char, left.value, bottom.value, right.value, top.value, size)
            else:
                current.text += char
                current.left, current.right = min(current.left, left.value), max(current.right, right.value)
                current.bottom, current.top = min(current.bottom, bottom.value), max(current.top, top.value)
        if current is not None:
            yield current
    finally:
        textpage.close()


def _character(code: int) -> str:
    """pdfium gives UTF-16 units one by one for what it stores so; a lone half is no character."""
    return "" if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 else chr(code)


def _without_furniture(pages: Sequence[list[_Line]], heights: Sequence[float]) -> list[list[_Line]]:
    """The pages without page numbers and without lines that most pages have at the same edge, digits aside."""
    edges: list[set[tuple[str, str]]] = []
    for lines, height in zip(pages, heights, strict=True):
        edges.append({(edge, _folded(line.text)) for line in lines if (edge := _edge(line, height))})
    seen = Counter(key for keys in edges for key in keys)
    least = max(2, 0.5 * sum(bool(lines) for lines in pages))
    kept = []
    for lines, height in zip(pages, heights, strict=True):
        outer = _outermost(lines)
        page = []
        for line in lines:
            edge = _edge(line, height)
            running = edge and seen[edge, _folded(line.text)] >= least
            numbered = edge and len(pages) > 1 and line in outer and _NUMBER.match(line.text.strip())
            if line.text.strip() and not running and not numbered:
                page.append(line)
        kept.append(page)
    return kept


def _outermost(lines: Sequence[_Line]) -> list[_Line]:
    return [max(lines, key=lambda line: line.top), min(lines, key=lambda line: line.bottom)] if lines else []


def _edge(line: _Line, height: float) -> str:
    if line.bottom > (1 - _EDGE) * height:
        return "top"
    return "bottom" if line.top < _EDGE * height else ""


def _folded(text: str) -> str:
    return re.sub(r"\d+", "#", "".join(text.split()))


def _paragraphs(pages: Sequence[list[_Line]]) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    for number, lines in enumerate(pages, 1):
        if not lines:
            continue
        size = statistics.median(line.size for line in lines)
        first = True
        for column in _columns(lines):
            rows = _rows(column)
            gaps = [a.bottom - b.top for a, b in pairwise(rows) if a.bottom >= b.top - size]
            usual = statistics.median_low(gaps) if gaps else 0.0
            left, right = min(row.left for row in rows), max(row.right for row in rows)
            before: _Line | None = None
            for row in rows:
                if before is None:
                    joins = bool(found) and _runs_on(found[-1], row, left)
                else:
                    joins = not _begins(before, row, usual, left, right)
                if joins and found:
                    _join(found[-1], row.text, number, turns=first)
                else:
                    found.append(_Paragraph(_cleaned(row.text), number, row.size, []))
                first = False
                before = row
    return found


def _columns(lines: list[_Line]) -> list[list[_Line]]:
    """The lines in columns, in reading order: a gutter parts those beside each other, a line across both ends a pair."""
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    width = right - left
    best: tuple[int, float] | None = None
    for step in range(30, 71):
        x = left + width * step / 100
        crossing = [line for line in lines if line.left < x - 1 and line.right > x + 1]
        before = [line for line in lines if line.right <= x + 1]
        after = [line for line in lines if line.left >= x - 1]
        if min(len(before), len(after)) < 4 or len(crossing) > 0.3 * len(lines):
            continue
        # text fills its column; the cells of a table do not
        if min(_fullness(before, x - left), _fullness(after, right - x)) < 0.6:
            continue
        if best is None or len(crossing) < best[0]:
            best = (len(crossing), x)
    ordered = sorted(lines, key=lambda line: (-line.middle, line.left))
    if best is None:
        return [ordered]
    x = best[1]
    columns: list[list[_Line]] = []
    one: list[_Line] = []
    two: list[_Line] = []
    across: list[_Line] = []
    for line in ordered:
        if line.left < x - 1 and line.right > x + 1:
            columns += [one, two]
            one, two = [], []
            across.append(line)
            continue
        columns.append(across)
        across = []
        (one if line.right <= x + 1 else two).append(line)
    columns += [across, one, two]
    return [column for column in columns if column]


def _fullness(lines: Sequence[_Line], width: float) -> float:
    return statistics.median(line.right - line.left for line in lines) / max(width, 1.0)


def _rows(lines: Sequence[_Line]) -> list[_Line]:
    """Pieces that stand on one line put together, from left to right."""
    rows: list[list[_Line]] = []
    for line in lines:
        last = rows[-1][-1] if rows else None
        if last is not None and abs(line.middle - last.middle) < 0.4 * max(line.size, last.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    merged = []
    for row in rows:
        row.sort(key=lambda line: line.left)
        merged.append(
            _Line(
                " ".join(line.text.strip() for line in row),
                row[0].left,
                min(line.bottom for line in row),
                max(line.right for line in row),
                max(line.top for line in row),
                statistics.median(line.size for line in row),
            )
        )
    return merged


def _begins(before: _Line, row: _Line, usual: float, left: float, right: float) -> bool:
    """Whether `row` begins a paragraph after the line `before` it, in a column from `left` to `right`."""
    size = max(before.size, row.size)
    if abs(before.size - row.size) > 0.12 * size or before.bottom - row.top > usual + 0.6 * size:
        return True
    if row.left - left > 0.8 * size and row.left - before.left > 0.8 * size:
        return True  # indented
    if _ITEM.match(row.text.strip()) and (row.left <= before.left + 0.5 or _ENDS.search(before.text.strip())):
        return True
    short = right - before.right
    if short > 0.25 * (right - left):
        return True
    return short > 1.5 * size and bool(_ENDS.search(before.text.strip()))


def _runs_on(paragraph: _Paragraph, row: _Line, left: float) -> bool:
    """Whether a paragraph goes on in the first line of the next column or page."""
    text, first = paragraph.text, row.text.strip()
    if abs(paragraph.size - row.size) > 0.12 * row.size or not text or not first:
        return False
    if _ENDS.search(text) or _ITEM.match(first) or row.left - left > 0.8 * row.size or len(text) < 20:
        return False
    return first[:1].islower() or (text[-1] >= _WIDE and first[:1] >= _WIDE)


def _join(paragraph: _Paragraph, text: str, page: int, *, turns: bool) -> None:
    text = _cleaned(text)
    held = paragraph.text
    if held and held[-1] in _HYPHENS and len(held) > 1 and held[-2].isalpha() and text[:1].islower():
        held = held[:-1]
    elif held and text and not (held[-1] >= _WIDE and text[0] >= _WIDE) and held[-1] != "-":
        held += " "
    if turns and page != paragraph.page:
        paragraph.turns.append((len(held), page))
    paragraph.text = held + text


def _cleaned(text: str) -> str:
    text = re.sub(r"\s+", " ", text.replace("\ufffe", "")).strip()
    if text.endswith("\x02"):
        text = text[:-1] + "-"
    text = re.sub("[\x00-\x08\x0b-\x1f]", "", text)
    return re.sub(r"(?<=[⺀-\U0003ffff]) (?=[⺀-\U0003ffff])", "", text) if text.count(" ") > 0.4 * len(text) else text
