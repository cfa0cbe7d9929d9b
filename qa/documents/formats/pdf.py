"""Extracts the text of PDF files: lines from pdfium, or by OCR where a page is a picture, laid out in paragraphs and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable, is_time_left, ranges
from . import ocr
from .pdf_fonts import system_fonts, use_own_font
from .pdf_frame import Box, PageText
from .pdf_layout import Page, lay_out
from .pdf_notes import Notes
from .pdf_rules import drawn
from .pdf_runs import page_text

_SCALE = 200 / 72  # pixels per point when a page is rendered for OCR: 200 dpi
_PICTURED, _STAMPED, _STAMP = 0.5, 150, 30  # share of a page, letters: see `_is_scan` and `_says_enough`
# Objects and characters that the pages may draw together, for the file and for each of its bytes. Pages may share what they draw,
# so that a few kilobytes say very much many times over. Of 387 real files the fullest draws 0.6 for a byte.
_DRAWN, _DRAWN_FOR_A_BYTE = 200_000, 20


@dataclass(slots=True)
class PageReading:
    """What was read of a page: its text and notes; how many objects and characters it draws; whether it is a picture, whether
    that was recognised, and whether that was tried."""

    text: PageText
    drawn: int = 0
    notes: list[str] = field(default_factory=list)
    scanned: bool = False
    recognised: bool = False
    reached: bool = True

    def laid(self) -> Page:
        """The page as it is laid out."""
        return Page(self.text.lines, self.text.frame.size[1], self.text.apart, self.text.level, self.text.upright, self.notes)


def read_pdf(data: bytes, limits: Limits) -> Content:
    """The text of a PDF in reading order, with a mark where each page starts. Raises `Unreadable`.

    Pages that cannot be read, or have no text, are problems of the content, and the others are read. So are those after pages
    that draw far more than a file of this size has to say. A page that is listed again is read where it is listed first.
    """
    use_own_font()
    document = opened(data)
    try:
        count = len(document)
        if count > limits.pages:
            raise Unreadable("documents.too_many_pages", most=limits.pages)
        readings = list(_pages(document, data, limits, _DRAWN + _DRAWN_FOR_A_BYTE * len(data)))
    finally:
        document.close()
    damaged = [number for number, reading in enumerate(readings, 1) if reading is None]
    read = [reading or PageReading(PageText.empty()) for reading in readings]
    missed = [number for number, reading in enumerate(read, 1) if not reading.reached]
    without = [number for number, reading in enumerate(read, 1) if reading.scanned and not reading.recognised]
    if damaged and len(damaged) == count:
        raise Unreadable("documents.damaged_pages", pages=ranges(damaged))
    recognises = bool(without) and ocr.has_ocr()
    if without and not _says_enough(read):
        if missed and recognises:
            raise Unreadable("documents.pages_not_reached", pages=ranges(missed), seconds=limits.seconds)
        raise Unreadable("documents.images_without_text" if recognises else "documents.only_images")
    builder = ContentBuilder(limits)
    for paragraph in lay_out([reading.laid() for reading in read]):
        builder.pages(paragraph.text, [(0, paragraph.page), *paragraph.turns])
    if missed and recognises:
        builder.problem(Unreadable("documents.pages_not_reached", pages=ranges(missed), seconds=limits.seconds))
    if empty := [number for number in without if not (recognises and number in missed)]:
        code = "documents.pages_unrecognised" if recognises else "documents.pages_without_text"
        builder.problem(Unreadable(code, pages=ranges(empty)))
    if damaged:
        builder.problem(Unreadable("documents.damaged_pages", pages=ranges(damaged)))
    if len(read) < count:
        builder.problem(Unreadable("documents.pages_too_full", pages=ranges(range(len(read) + 1, count + 1))))
    told = f"; pages without text: {ranges(without)}" if without else ""
    return builder.content(("pdf, ocr" if any(reading.recognised for reading in read) else "pdf") + told)


def _pages(document: Any, data: bytes, limits: Limits, most: int) -> Iterator[PageReading | None]:
    """What is on each page, as `read_page` has it, until they have drawn over `most`; nothing for a page that was read before."""
    notes = Notes(document)
    sizes = [_size(document, number) for number in range(len(document))]
    drawn = 0
    for number, size in enumerate(sizes):
        if drawn > most:
            return
        if _size(document, number) != size:  # it was marked
            yield PageReading(PageText.empty())
            continue
        reading = read_page(document, data, number, notes, recognise=is_time_left(limits), marked=True)
        drawn += reading.drawn if reading else 0
        yield reading


def _size(document: Any, number: int) -> tuple[float, float] | None:
    """The size of a page, known without reading what it draws; None for a page that is damaged."""
    import pypdfium2

    try:
        width, height = document.get_page_size(number)
    except pypdfium2.PdfiumError:
        return None
    return width, height


def _mark(page: Any) -> None:
    """Give a page another size, in memory alone, so that it is known when the same page is listed again: nothing else in pdfium
    tells whether two pages are one object."""
    side = 1 if page.get_size() != (1, 1) else 2
    page.set_mediabox(0, 0, side, side)
    page.set_cropbox(0, 0, side, side)


def opened(data: bytes) -> Any:
    """The document of pypdfium2, with its form. Raises `Unreadable`."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("documents.encrypted") from error
        raise Unreadable("documents.damaged_pdf") from error
    return document


@contextmanager
def seen_page(data: bytes, number: int) -> Iterator[Any]:
    """The page `number`, from 0, of the PDF `data` as it is drawn: with the fonts of the system."""
    with system_fonts():
        document = opened(data)
        try:
            yield document[number]
        finally:
            document.close()


def read_page(
    document: Any, data: bytes, number: int, notes: Notes, *, recognise: bool = True, marked: bool = False
) -> PageReading | None:
    """What is on the page `number`, from 0, of the PDF `data` that was opened as `document`; None for a page that is damaged.
    With `recognise`, also in pictures; with `marked`, the page is marked as read."""
    import pypdfium2
    from pypdfium2 import raw

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    try:
        written = notes.read(page)
        if written.signed and raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
            page.close()  # what a signature shows is drawn on the page itself now, which must be loaded again
            page = document[number]
        level, upright, pictured, objects = drawn(page)
        found = PageReading(page_text(page, upright, level))
        found.drawn = objects + len(found.text.drawn)
        found.notes = written.put(found.text)
        if _is_scan(found.text, pictured, objects):
            found.scanned = True
            found.reached = recognise
            found.recognised = recognise and _recognise(page, data, number, found.text)
        if marked:
            _mark(page)
    finally:
        page.close()
    return found


def _is_scan(text: PageText, pictured: float, objects: int) -> bool:
    """Whether a page is a picture of a text, though a stamp may be written on it: so few letters, over so much of a picture, or
    none at all on a page that is not empty. So is one most of whose characters nothing names."""
    if not objects or (text.lines and pictured < _PICTURED and not text.nameless):
        return False
    letters = text.letters()
    return letters <= text.nameless or (pictured >= _PICTURED and letters < _STAMPED)


def _says_enough(readings: Iterable[PageReading]) -> bool:
    """Whether pages have more text than the stamps of a program that scans: some letters a page."""
    pages = [reading for reading in readings if reading.text.lines or reading.text.apart or reading.scanned or reading.notes]
    letters = sum(reading.text.letters() for reading in pages)
    return any(reading.recognised or not reading.scanned for reading in pages) or letters >= _STAMP * len(pages)


def _recognise(page: Any, data: bytes, number: int, text: PageText) -> bool:
    """Add the lines that are recognised on a rendered page, if text is recognised here; whether there are any.

    It is rendered with the fonts of the system: the squares of our own, as of a stamp, would cover what is to be recognised."""
    if not ocr.has_ocr():
        return False
    width, height = page.get_size()
    scale = min(_SCALE, 5000 / max(width, height, 1))
    with seen_page(data, number) as seen:
        pixels = seen.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3]
    found = ocr.recognised(pixels)

    def shown(box: Sequence[float]) -> Box:
        left, top, right, bottom = found.back((box[0], box[1], box[2], box[3]))
        return left / scale, height - bottom / scale, right / scale, height - top / scale

    stamps = text.shown(page)
    frame = text.frame
    text.turn(frame.way - found.quarters)
    across, up = ((own - turned / scale) / 2 for own, turned in zip(text.frame.size, found.level, strict=True))
    added = False
    for said, box, high in found.lines:
        if any(_covers(stamp, shown(box)) for stamp in stamps):
            continue
        left, top, right, bottom = box
        step = (right - left) / len(said)
        places = [frame.back(shown((left + i * step, top, left + (i + 1) * step, bottom))) for i in range(len(said))]
        level = (left / scale + across, (found.level[1] - bottom) / scale + up, right / scale + across,
                 (found.level[1] - top) / scale + up)  # fmt: skip
        text.lines.append(text.put(said, places, level, 0.8 * high / scale))
        added = True
    return added


def _covers(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether two boxes share more than half of the smaller one."""
    shared = max(min(one[2], other[2]) - max(one[0], other[0]), 0) * max(min(one[3], other[3]) - max(one[1], other[1]), 0)
    areas = ((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return shared > 0.5 * min(areas)
