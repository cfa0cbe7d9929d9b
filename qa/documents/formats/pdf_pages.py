"""Renders a page of a PDF and locates a quotation on it.

The pages are laid out again, which gives each character of the text its place. As only some pages are, what runs over all of them
may differ. So a quotation is matched with their text ignoring white space and hyphens, in pieces as long as possible.
"""

from __future__ import annotations

import base64
import ctypes
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ..content import Unreadable
from .pdf import PageReading, opened, read_page, seen_page
from .pdf_fonts import use_own_font
from .pdf_frame import PageText
from .pdf_layout import lay_out
from .pdf_lines import NOWHERE
from .pdf_notes import Notes

_WIDTH, _HEIGHT, _SCALE = 1200, 2400, 4.0  # pixels at most; pixels per point at most
_PNG_BYTES = 400_000  # a larger PNG, of a page with photographs, is replaced by a JPEG
_ON = 3  # pages that a quotation is looked for on
_PIECE = 4  # characters; shorter pieces would match anywhere
_LINES = 2000  # lines of a page whose text can be selected
_LEFT_OUT = frozenset("-\u00ad\u2010\u2011\x02")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character on a page, numbered from 1, and its box in points from the lower left corner of the page."""

    char: str
    page: int
    left: float
    bottom: float
    right: float
    top: float


def draw_page(data: bytes, page: int, first: int, text: str, start: int, end: int) -> dict[str, Any]:
    """A page of the PDF `data` as an image, and the boxes of a quotation on it.

    `page` is the page to render, from 1; 0 for the first page that has the quotation, or else `first`. The quotation is
    `text[start:end]`, where `text` begins on the page `first`.

    Returns a JSON object: the number of the rendered `page`, the number of `pages`, the pages `on` which the quotation is, its
    `boxes` [left, top, right, bottom] as shares of the image from 0 to 1, the page's `lines` [text, *box], and
    the image as `picture` (base64), `mime`, `width`
    and `height` in pixels. Raises `Unreadable`.
    """
    use_own_font()  # as the text was read, so that the same letters are found in the same places
    try:
        document = opened(data)
    except Unreadable as error:
        raise Unreadable("documents.no_pdf_to_draw") from error
    try:
        count = len(document)
        first = min(max(first, 1), count)
        glyphs = _glyphs(document, data, first, min(first + _ON - 1, count), (first, page))
        found = [glyph for glyph in find_glyphs(glyphs, text, start, end) if glyph.page]
        on = sorted({glyph.page for glyph in found})
        shown = min(max(page, 1), count) if page else (on[0] if on else first)
        drawn = document[shown - 1]
        boxes = [_share(drawn, box) for box in line_boxes([glyph for glyph in found if glyph.page == shown])]
        lines = [[text, *_share(drawn, box)] for text, box in _text_lines(drawn)]
        drawn.close()
    finally:
        document.close()
    with seen_page(data, shown - 1) as seen:
        mime, picture, width, height = _picture(seen)
    return {
        "page": shown, "pages": count, "on": on, "boxes": boxes, "lines": lines, "mime": mime, "width": width, "height": height,
        "picture": base64.b64encode(picture).decode("ascii"),
    }  # fmt: skip


def _glyphs(document: Any, data: bytes, first: int, last: int, recognise: Collection[int]) -> list[Glyph]:
    """The characters of the pages `first` to `last`, in the order in which they are read, without white space and hyphens.

    They are laid out as the reader does it, with the page before them, which has what it leaves out of the next. Only the pages
    `recognise` are recognised if they are scans. A character that is not drawn, such as a column's name, is on page 0.
    """
    start = max(first - 1, 1)
    notes = Notes(document)
    numbers = range(start, last + 1)
    read = [read_page(document, data, number - 1, notes, recognise=number in recognise) for number in numbers]
    pages = [reading or PageReading(PageText.empty()) for reading in read]
    glyphs = []
    for paragraph in lay_out([reading.laid() for reading in pages], start):
        turns = iter([*paragraph.turns, (len(paragraph.text), 0)])
        page, (turn, following) = paragraph.page, next(turns)
        for i, (char, at) in enumerate(zip(paragraph.text, paragraph.at, strict=True)):
            if i == turn:
                page, (turn, following) = following, next(turns)
            if char.isspace() or char in _LEFT_OUT:
                continue
            if at == NOWHERE:
                glyphs.append(Glyph(char, 0, 0.0, 0.0, 0.0, 0.0))
            elif page >= first:
                glyphs.append(Glyph(char, page, *pages[page - start].text.box(at)))
    return glyphs


def _text_lines(page: Any) -> list[tuple[str, tuple[float, float, float, float]]]:
    """The lines of a page and their boxes in points (left, bottom, right, top)."""
    textpage = page.get_textpage()
    try:
        boxes = [textpage.get_rect(i) for i in range(min(textpage.count_rects(), _LINES))]
        lines = [("".join(filter(str.isprintable, textpage.get_text_bounded(*box))).strip(), box) for box in boxes]
        return [(text, box) for text, box in lines if text]
    finally:
        textpage.close()


def find_glyphs(glyphs: Sequence[Glyph], text: str, start: int, end: int) -> list[Glyph]:
    """The glyphs of text[start:end], as far as they are found.

    All of `text` is matched, so that the text around the quotation decides between several occurrences of it.
    """
    kept = [i for i, char in enumerate(text) if not (char.isspace() or char in _LEFT_OUT or char < " ")]
    needle, hay = "".join(text[i] for i in kept), "".join(glyph.char for glyph in glyphs)
    found: dict[int, int] = {}  # index in needle -> index in hay
    at = after = 0
    while at < len(needle):
        length = _longest(hay, needle, at)
        if length < min(_PIECE, len(needle)):
            at += 1
            continue
        piece = needle[at : at + length]
        place = hay.find(piece, after)
        if place < 0:
            place = hay.find(piece)
        found.update((at + k, place + k) for k in range(length))
        at, after = at + length, place + length
    return [glyphs[found[n]] for n, i in enumerate(kept) if start <= i < end and n in found]


def _longest(hay: str, needle: str, at: int) -> int:
    """The length of the longest piece of `needle` from `at` on that occurs in `hay`, by bisection: its prefixes occur too."""
    low, high = 0, len(needle) - at
    while low < high:
        middle = (low + high + 1) // 2
        if needle[at : at + middle] in hay:
            low = middle
        else:
            high = middle - 1
    return low


def line_boxes(glyphs: Sequence[Glyph]) -> list[tuple[float, float, float, float]]:
    """The boxes of glyphs of one page, with adjoining ones of a line merged: left, bottom, right, top in points."""
    boxes: list[tuple[float, float, float, float]] = []
    for glyph in glyphs:
        if boxes:
            left, bottom, right, top = boxes[-1]
            height = max(top - bottom, glyph.top - glyph.bottom, 1.0)
            shared = min(top, glyph.top) - max(bottom, glyph.bottom)
            if shared > 0.5 * min(top - bottom, glyph.top - glyph.bottom) and left - height < glyph.left < right + 2 * height:
                boxes[-1] = (min(left, glyph.left), min(bottom, glyph.bottom), max(right, glyph.right), max(top, glyph.top))
                continue
        boxes.append((glyph.left, glyph.bottom, glyph.right, glyph.top))
    return boxes


def _share(page: Any, box: tuple[float, float, float, float]) -> list[float]:
    """`box` in points as [left, top, right, bottom] in shares of the page's image, from 0 to 1, after rotation and crop."""
    from pypdfium2 import raw

    size = 100_000
    x, y = ctypes.c_int(), ctypes.c_int()
    across, down = [], []
    for point in ((box[0], box[1]), (box[2], box[3])):
        raw.FPDF_PageToDevice(page.raw, 0, 0, size, size, 0, *point, x, y)
        across.append(min(max(x.value / size, 0.0), 1.0))
        down.append(min(max(y.value / size, 0.0), 1.0))
    return [min(across), min(down), max(across), max(down)]


def _picture(page: Any) -> tuple[str, bytes, int, int]:
    """A page as an image, PNG or JPEG: MIME type, bytes, width and height in pixels."""
    width, height = max(page.get_width(), 1.0), max(page.get_height(), 1.0)
    scale = min(_WIDTH / width, _HEIGHT / height, _SCALE)
    image = page.render(scale=scale, rev_byteorder=True).to_pil().convert("RGB")
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=3)  # smaller and faster than the default 6 on images of text
    if file.tell() <= _PNG_BYTES:
        return "image/png", file.getvalue(), image.width, image.height
    file = io.BytesIO()
    image.save(file, "JPEG", quality=85)
    return "image/jpeg", file.getvalue(), image.width, image.height
