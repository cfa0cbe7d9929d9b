"""What readers of a PDF have written into it: the values of its form's fields, and the notes on its pages."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

from .pdf_frame import PageText
from .pdf_lines import Line

_MOST = 2_000  # annotations of a page that are read
_LONGEST = 2**20  # bytes of a value
_TICKED, _OPEN = "☑", "☐"


class Notes:
    """Reads the values and notes of the pages of a document of pypdfium2."""

    def __init__(self, document: Any) -> None:
        self._form = document.formenv

    def read(self, page: Any, text: PageText) -> list[str]:
        """Add the values of the fields on a page to its lines, where they stand; its notes."""
        from pypdfium2 import raw

        notes: list[str] = []
        for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), _MOST)):
            annotation = raw.FPDFPage_GetAnnot(page.raw, number)
            if not annotation:
                continue
            try:
                kind = raw.FPDFAnnot_GetSubtype(annotation)
                hidden = raw.FPDFAnnot_GetFlags(annotation) & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW)
                if hidden or kind in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
                    continue
                if kind == raw.FPDF_ANNOT_WIDGET:
                    text.lines += self._field(annotation, text)
                else:
                    said = _string(partial(raw.FPDFAnnot_GetStringValue, annotation, b"Contents"))
                    if said.strip() and said not in notes:
                        notes.append(said.strip())
            finally:
                raw.FPDFPage_CloseAnnot(annotation)
        return notes

    def _field(self, annotation: Any, text: PageText) -> list[Line]:
        from pypdfium2 import raw

        if self._form is None:
            return []
        form = self._form.raw
        kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
        if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
            values = [_TICKED if raw.FPDFAnnot_IsChecked(form, annotation) else _OPEN]
        elif kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
            said = _string(partial(raw.FPDFAnnot_GetFormFieldValue, form, annotation))
            values = [line for line in said.splitlines() if line.strip()]
        else:
            return []
        rect = raw.FS_RECTF()
        if not values or not raw.FPDFAnnot_GetRect(annotation, rect):
            return []
        bottom, top = sorted((rect.bottom, rect.top))
        left, right = sorted((rect.left, rect.right))
        step = (top - bottom) / len(values)
        return [
            text.add(value, (left, top - (number + 1) * step, right, top - number * step)) for number, value in enumerate(values)
        ]


def _string(get: Callable[[Any, int], int]) -> str:
    """A string of pdfium's, UTF-16, which `get` writes into a buffer of a length, or says the length that it needs."""
    length = get(None, 0)
    if not 2 < length <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(length)
    get(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace").replace("\r\n", "\n").replace("\r", "\n")
