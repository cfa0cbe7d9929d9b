"""Extracts the text of PDF files: lines from pdfium, or by OCR on a page without text, joined into paragraphs."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from .pdf_layout import WIDE, Face, Line, lay_out

_NAME_BYTES = 200  # longest name of a font; fonts with a longer one are not compared
_NEARLY_ALL = 0.9  # share of a line's letters that must have a face for the line to have it
_SUBSET = re.compile(r"^[A-Z]{6}\+")  # prefix of the name of a subset font (ISO 32000-1, 9.6.4)
_SCALE = 200 / 72  # pixels per point when a page is rendered for OCR: 200 dpi


def read_pdf(data: bytes, limits: Limits) -> Content:
    """The text of a PDF in reading order, with a mark where each page starts. Raises `Unreadable`."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Unreadable("documents.encrypted") from error
        raise Unreadable("documents.damaged_pdf") from error
    try:
        count = len(document)
        if count > limits.pages:
            raise Unreadable("documents.too_many_pages", most=limits.pages)
        pages: list[list[Line]] = []
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

        raise Unreadable("documents.images_without_text" if has_ocr() else "documents.only_images")
    builder = ContentBuilder(limits)
    for paragraph in lay_out(pages, heights):
        builder.pages(paragraph.text, [(0, paragraph.page), *paragraph.turns])
    notes = f"; pages without text: {_ranges(without)}" if without else ""
    return builder.content(("pdf, ocr" if recognised else "pdf") + notes)


def _page(document: Any, number: int) -> Any:
    import pypdfium2

    try:
        return document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable("documents.damaged_page", number=number + 1) from error


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending `numbers` as text: `1-3, 7`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)


def _drawn_lines(page: Any) -> list[Line]:
    """The lines that OCR finds on a rendered page; none for an empty page or without `rapidocr`."""
    from .ocr import has_ocr, lines_in

    if next(iter(page.get_objects(max_depth=2)), None) is None or not has_ocr():
        return []
    scale = min(_SCALE, 5000 / max(page.get_width(), page.get_height(), 1))
    pixels = page.render(scale=scale, rev_byteorder=True).to_numpy()[:, :, :3]
    height = page.get_height()
    return [
        Line(text, left / scale, height - bottom / scale, right / scale, height - top / scale, (bottom - top) / scale)
        for text, left, top, right, bottom in lines_in(pixels)
    ]


def _lines(page: Any) -> Iterator[Line]:
    """The lines of a page in drawing order, each split at wide gaps."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    faces = _Faces(textpage.raw)
    try:
        handle = textpage.raw
        left, right, bottom, top = (ctypes.c_double() for _ in range(4))
        current: Line | None = None
        for i in range(raw.FPDFText_CountChars(handle)):
            code = raw.FPDFText_GetUnicode(handle, i)
            char = character(code)
            if char in "\r\n":
                if current is not None:
                    current.faces = faces.taken()
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
            if size < 2:  # the text is scaled by a matrix that the font size does not include
                size = max(height, 1.0)
            if current is not None and (
                left.value - current.right > 2.2 * size or left.value < current.left - size
                or abs((top.value + bottom.value) / 2 - current.middle) > 1.2 * max(size, current.size)
            ):  # fmt: skip
                current.faces = faces.taken()
                yield current
                current = None
            if current is None:
                current = Line(char, left.value, bottom.value, right.value, top.value, size)
            else:
                current.text += char
                current.left, current.right = min(current.left, left.value), max(current.right, right.value)
                current.bottom, current.top = min(current.bottom, bottom.value), max(current.top, top.value)
            faces.note(i, char, size)
        if current is not None:
            current.faces = faces.taken()
            yield current
    finally:
        textpage.close()


class _Faces:
    """Counts the faces (font and size) of a line's letters, of wide (Chinese and the like) and narrow ones separately."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._name = ctypes.create_string_buffer(_NAME_BYTES)
        self._flags = ctypes.c_int()
        self._wide: Counter[Face] = Counter()
        self._narrow: Counter[Face] = Counter()

    def note(self, i: int, char: str, size: float) -> None:
        """Count the face of `char`, the page's character number `i`, of `size` points, if it is a letter or digit."""
        from pypdfium2 import raw

        if not char.isalnum():
            return
        length = raw.FPDFText_GetFontInfo(self._handle, i, self._name, _NAME_BYTES, self._flags)
        if 1 < length <= _NAME_BYTES:
            name = _SUBSET.sub("", self._name.value.decode("utf-8", "replace"))
            (self._wide if char >= WIDE else self._narrow)[name, round(size, 1)] += 1

    def taken(self) -> tuple[Face | None, Face | None]:
        """The faces of nearly all wide and of nearly all narrow letters, each None if there is none; resets the counts."""
        found = _most(self._wide), _most(self._narrow)
        self._wide.clear()
        self._narrow.clear()
        return found


def _most(faces: Counter[Face]) -> Face | None:
    if not faces:
        return None
    ((face, count),) = faces.most_common(1)
    return face if count >= _NEARLY_ALL * faces.total() else None


def character(code: int) -> str:
    """The character of a code from pdfium; "" for surrogates, of which pdfium gives each half alone, and for no character."""
    return "" if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 else chr(code)
