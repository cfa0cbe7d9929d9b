"""What readers of a PDF have written into it: the values of its form's fields, and the notes on its pages."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .pdf_frame import Box, PageText

_MOST = 2_000  # annotations of a page that are read
_LONGEST = 2**20  # bytes of a value
_TICKED, _OPEN = "☑", "☐"


@dataclass(slots=True)
class Written:
    """What was written on a page: values of fields, each with its box and that of its field; notes with theirs; whether a
    signature is shown."""

    values: list[tuple[str, Box, Box]] = field(default_factory=list)
    notes: dict[str, Box] = field(default_factory=dict)
    signed: bool = False

    def put(self, text: PageText) -> list[str]:
        """Add the values to the lines of a page, where they stand; the notes. A signed page shows them in their boxes, mostly."""
        drawn = text.places() if self.signed else []
        for value, box, whole in self.values:
            if not _is_shown(value, drawn, whole):
                text.lines.append(text.add(value, box))
        return [note for note, box in self.notes.items() if not _is_shown(note, drawn, box)]


def _is_shown(value: str, drawn: Sequence[tuple[str, float, float]], box: Box) -> bool:
    """Whether the letters and digits of a value, if it has any, are drawn inside `box`."""
    inside = "".join(char for char, x, y in drawn if box[0] <= x <= box[2] and box[1] <= y <= box[3] and char.isalnum())
    said = "".join(filter(str.isalnum, value))
    return bool(said) and said in inside


class Notes:
    """Reads the values and notes of the pages of a document of pypdfium2."""

    def __init__(self, document: Any) -> None:
        self._form = document.formenv

    def read(self, page: Any) -> Written:
        """The values of the fields on a page, where they stand, and its notes."""
        from pypdfium2 import raw

        found = Written()
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
                    self._field(annotation, found)
                else:
                    said = _string(partial(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")).strip()
                    rect = raw.FS_RECTF()
                    if said and raw.FPDFAnnot_GetRect(annotation, rect):
                        found.notes.setdefault(said, _sorted(rect))
            finally:
                raw.FPDFPage_CloseAnnot(annotation)
        return found

    def _field(self, annotation: Any, found: Written) -> None:
        from pypdfium2 import raw

        if self._form is None:
            return
        form = self._form.raw
        kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
        if kind == raw.FPDF_FORMFIELD_SIGNATURE:
            found.signed = True
            return
        if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
            values = [_TICKED if raw.FPDFAnnot_IsChecked(form, annotation) else _OPEN]
        elif kind in (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
            said = _string(partial(raw.FPDFAnnot_GetFormFieldValue, form, annotation))
            values = [line for line in said.splitlines() if line.strip()]
        else:
            return
        rect = raw.FS_RECTF()
        if not values or not raw.FPDFAnnot_GetRect(annotation, rect):
            return
        left, bottom, right, top = whole = _sorted(rect)
        step = (top - bottom) / len(values)
        found.values += [
            (value, (left, top - (number + 1) * step, right, top - number * step), whole) for number, value in enumerate(values)
        ]


def _sorted(rect: Any) -> Box:
    bottom, top = sorted((rect.bottom, rect.top))
    left, right = sorted((rect.left, rect.right))
    return left, bottom, right, top


def _string(get: Callable[[Any, int], int]) -> str:
    """A string of pdfium's, UTF-16, which `get` writes into a buffer of a length, or says the length that it needs."""
    length = get(None, 0)
    if not 2 < length <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(length)
    get(ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return buffer.raw[: length - 2].decode("utf-16-le", "replace").replace("\r\n", "\n").replace("\r", "\n")
