"""Joins the lines of pages, given with their coordinates, into paragraphs in reading order.

Finds columns, removes running headers, footers and page numbers, and joins paragraphs over columns and pages.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

_EDGE = 0.12  # share of a page's height at the top and at the bottom that may hold headers and footers
_ENDS = re.compile(r"[。！？!?.…:：；;][”’」』）)】》\"']*$")
_NUMBER = re.compile(  # a page number; possessive quantifiers, for linear time
    r"\W*+(?:(?:page|seite|第)\s*+)?\d{1,4}(?:\s*+(?:页|頁|/|of|von|共)\s*+(?:\d{1,4}\s*+(?:页|頁)?)?)?\W*+$", re.IGNORECASE
)
_ITEM = re.compile(r"[•●○◦▪■□–*·‣]\s*\S|[(（]?(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[.)）、．]\s*\S")
_HYPHENS = "-\u00ad\u2010\x02"  # pdfium gives U+0002 for a hyphen at the end of a line
_SAME_SIZE = 0.02  # relative difference up to which font sizes count as equal
_BOLD = re.compile(r"bold|black|heavy|CMBX|黑体|simhei", re.IGNORECASE)  # in a font's name
_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f]")
_WIDE_GAP = re.compile(r"(?<=[⺀-\U0003ffff]) (?=[⺀-\U0003ffff])")
WIDE = "⺀"  # the first wide character (Chinese, Japanese, Korean)


Face = tuple[str, float]  # the name of a font and its size in points


@dataclass(slots=True)
class Line:
    """A run of text on one line. Coordinates are in points from the lower left corner of the page.

    `size` is the font size in points. `faces` are the faces of its wide and of its narrow letters; None where there are no such
    letters, or where they have several faces or an unknown one.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    faces: tuple[Face | None, Face | None] = (None, None)

    @property
    def middle(self) -> float:
        """The height of the middle of the line, in points."""
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class PageParagraph:
    """A paragraph with the page that it starts on, from 1, and its last line; `turns` are the page breaks inside it."""

    text: str
    page: int
    last: Line
    turns: list[tuple[int, int]]  # (offset in the text, number of the page that starts there)


def lay_out(pages: Sequence[list[Line]], heights: Sequence[float]) -> list[PageParagraph]:
    """The paragraphs of `pages` in reading order; `heights` are the heights of the pages in points."""
    return _paragraphs(_without_furniture(pages, heights))


def _without_furniture(pages: Sequence[list[Line]], heights: Sequence[float]) -> list[list[Line]]:
    """`pages` without page numbers and without the lines that at least half of the pages have at the same edge.

    Lines that differ only in digits or spaces count as the same.
    """
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


def _outermost(lines: Sequence[Line]) -> list[Line]:
    return [max(lines, key=lambda line: line.top), min(lines, key=lambda line: line.bottom)] if lines else []


def _edge(line: Line, height: float) -> str:
    if line.bottom > (1 - _EDGE) * height:
        return "top"
    return "bottom" if line.top < _EDGE * height else ""


def _folded(text: str) -> str:
    return _DIGITS.sub("#", "".join(text.split()))


def _paragraphs(pages: Sequence[list[Line]]) -> list[PageParagraph]:
    found: list[PageParagraph] = []
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
            before: Line | None = None
            for row in rows:
                if before is None:
                    joins = bool(found) and _runs_on(found[-1], row, left)
                else:
                    joins = not _begins(before, row, usual, left, right)
                if joins and found:
                    _join(found[-1], row.text, number, turns=first)
                    found[-1].last = row
                else:
                    found.append(PageParagraph(_cleaned(row.text), number, row, []))
                first = False
                before = row
    return found


def _columns(lines: list[Line]) -> list[list[Line]]:
    """The lines of a page as columns, in reading order.

    There are at most two columns side by side, on both sides of a gutter; a line across it ends the pair above it.
    """
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
        # lines of text fill their column, cells of a table do not
        if min(_fullness(before, x - left), _fullness(after, right - x)) < 0.6:
            continue
        if best is None or len(crossing) < best[0]:
            best = (len(crossing), x)
    ordered = sorted(lines, key=lambda line: (-line.middle, line.left))
    if best is None:
        return [ordered]
    x = best[1]
    columns: list[list[Line]] = []
    one: list[Line] = []
    two: list[Line] = []
    across: list[Line] = []
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


def _fullness(lines: Sequence[Line], width: float) -> float:
    return statistics.median(line.right - line.left for line in lines) / max(width, 1.0)


def _rows(lines: Sequence[Line]) -> list[Line]:
    """`lines` of one column, with those at the same height joined from left to right."""
    rows: list[list[Line]] = []
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
            Line(
                " ".join(line.text.strip() for line in row),
                row[0].left,
                min(line.bottom for line in row),
                max(line.right for line in row),
                max(line.top for line in row),
                statistics.median(line.size for line in row),
                (_same(line.faces[0] for line in row), _same(line.faces[1] for line in row)),
            )
        )
    return merged


def _same(faces: Iterable[Face | None]) -> Face | None:
    """The only face among `faces`, Nones aside; None if there are several or none."""
    found = set(filter(None, faces))
    return found.pop() if len(found) == 1 else None


def _in_other_type(before: Line, row: Line) -> bool:
    """Whether the line `before` and the line `row` below it differ in font or size, so that a new paragraph starts.

    Wide letters are compared with wide ones and narrow with narrow, as a Chinese paragraph has another font for Latin letters. A
    phrase in another font may fill a line of its paragraph, so a different font alone counts only after the end of a sentence,
    or if one of the two is bold.
    """
    pairs = [(a, b) for a, b in zip(before.faces, row.faces, strict=True) if a and b]
    if not pairs or any(a[0] == b[0] and _are_close(a[1], b[1]) for a, b in pairs):
        return False
    if not all(_are_close(a[1], b[1]) for a, b in pairs) or _ENDS.search(before.text.strip()):
        return True
    return all(bool(_BOLD.search(a[0])) != bool(_BOLD.search(b[0])) for a, b in pairs) and not row.text.strip()[:1].islower()


def _are_close(size: float, other: float) -> bool:
    return abs(size - other) <= _SAME_SIZE * other


def _begins(before: Line, row: Line, usual: float, left: float, right: float) -> bool:
    """Whether the line `row` starts a new paragraph after the line `before`.

    `usual` is the usual gap between lines of the column, `left` and `right` are the column's edges, all in points.
    """
    size = max(before.size, row.size)
    if _in_other_type(before, row) or abs(before.size - row.size) > 0.12 * size or before.bottom - row.top > usual + 0.6 * size:
        return True
    if row.left - before.left > 0.8 * size:
        return True  # indented
    if _ITEM.match(row.text.strip()) and (row.left <= before.left + 0.5 or _ENDS.search(before.text.strip())):
        return True
    short = right - before.right
    if short > 0.25 * (right - left):
        return True
    return short > 1.5 * size and bool(_ENDS.search(before.text.strip()))


def _runs_on(paragraph: PageParagraph, row: Line, left: float) -> bool:
    """Whether `paragraph` continues in `row`, the first line of the next column or page, whose left edge is `left`."""
    text, first = paragraph.text, row.text.strip()
    if _in_other_type(paragraph.last, row) or abs(paragraph.last.size - row.size) > 0.12 * row.size or not text or not first:
        return False
    if _ENDS.search(text) or _ITEM.match(first) or row.left - left > 0.8 * row.size or len(text) < 20:
        return False
    return first[:1].islower() or (text[-1] >= WIDE and first[:1] >= WIDE)


def _join(paragraph: PageParagraph, text: str, page: int, *, turns: bool) -> None:
    text = _cleaned(text)
    held = paragraph.text
    if held and held[-1] in _HYPHENS and len(held) > 1 and held[-2].isalpha() and text[:1].islower():
        held = held[:-1]
    elif held and text and not (held[-1] >= WIDE and text[0] >= WIDE) and held[-1] != "-":
        held += " "
    if turns and page != paragraph.page:
        paragraph.turns.append((len(held), page))
    paragraph.text = held + text


def _cleaned(text: str) -> str:
    text = _SPACES.sub(" ", text.replace("\ufffe", "")).strip()
    if text.endswith("\x02"):
        text = text[:-1] + "-"
    text = _CONTROL.sub("", text)
    return _WIDE_GAP.sub("", text) if text.count(" ") > 0.4 * len(text) else text
