"""The rules and pictures drawn on a page: what parts the cells of tables, and how much of the page is a picture."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from functools import cache
from itertools import repeat
from typing import Any

from .pdf_frame import Box, Rule

_MOST = 20_000  # objects of a page that are looked at; a page with more is a drawing
_PATHS, _STEPS = 3_000, 300  # paths of a page, steps of a path, likewise
_THIN = 3.0  # points that a rule is thick at most
_SHORT = 6.0  # points: a shorter line is no rule


@cache
def _calls() -> Any:
    from pypdfium2 import raw

    def plain(function: Any, result: Any, *arguments: Any) -> Any:
        return ctypes.CFUNCTYPE(result, *arguments)(ctypes.cast(function, ctypes.c_void_p).value or 0)

    return (
        plain(raw.FPDFPage_GetObject, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int),
        plain(raw.FPDFPageObj_GetType, ctypes.c_int, ctypes.c_void_p),
        raw,
    )


def drawn(page: Any) -> tuple[list[Rule], list[Rule], float, int]:
    """The level rules (y, left, right), the upright ones (x, bottom, top), the share of the page that its largest picture
    covers, and the number of objects on it."""
    get_object, kind_of, raw = _calls()
    handle = ctypes.cast(page.raw, ctypes.c_void_p).value
    count = raw.FPDFPage_CountObjects(page.raw)
    objects = list(map(get_object, repeat(handle), range(min(count, _MOST))))
    kinds = list(map(kind_of, objects))
    level: list[Rule] = []
    upright: list[Rule] = []
    left, bottom, right, top = page.get_bbox()
    area = max((right - left) * (top - bottom), 1.0)
    pictured = 0.0
    paths = 0
    for address, kind in zip(objects, kinds, strict=True):
        if kind == raw.FPDF_PAGEOBJ_PATH:
            paths += 1
            if paths <= _PATHS and count <= _MOST:
                _note(_handle(address), level, upright)
        elif kind == raw.FPDF_PAGEOBJ_IMAGE or (kind == raw.FPDF_PAGEOBJ_FORM and _has_picture(_handle(address))):
            x0, y0, x1, y1 = _bounds(_handle(address))
            seen = max(min(x1, right) - max(x0, left), 0.0) * max(min(y1, top) - max(y0, bottom), 0.0)
            pictured = max(pictured, seen / area)
    return level, upright, pictured, count


def _handle(address: int) -> Any:
    from pypdfium2 import raw

    return ctypes.cast(address, raw.FPDF_PAGEOBJECT)


def _has_picture(form: Any) -> bool:
    from pypdfium2 import raw

    count = min(raw.FPDFFormObj_CountObjects(form), 100)
    return any(
        raw.FPDFPageObj_GetType(raw.FPDFFormObj_GetObject(form, number)) == raw.FPDF_PAGEOBJ_IMAGE for number in range(count)
    )


def _bounds(item: Any) -> Box:
    from pypdfium2 import raw

    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return (0.0, 0.0, 0.0, 0.0)
    return (left.value, bottom.value, right.value, top.value)


def _note(path: Any, level: list[Rule], upright: list[Rule]) -> None:
    """Add the rules that a path draws: a thin one is one, others draw them with their straight steps."""
    left, bottom, right, top = _bounds(path)
    wide, high = right - left, top - bottom
    if max(wide, high) < _SHORT:
        return
    if min(wide, high) <= _THIN:
        (level if wide > high else upright).append(
            ((bottom + top) / 2, left, right) if wide > high else ((left + right) / 2, bottom, top)
        )
        return
    for (x0, y0), (x1, y1) in _steps(path):
        if abs(y1 - y0) <= 0.5 and abs(x1 - x0) >= _SHORT:
            level.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= 0.5 and abs(y1 - y0) >= _SHORT:
            upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))


def _steps(path: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The straight steps of a path, as they are drawn."""
    from pypdfium2 import raw

    count = raw.FPDFPath_CountSegments(path)
    if not 0 < count <= _STEPS:
        return
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(path, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    begin = here = (0.0, 0.0)
    for number in range(count):
        segment = raw.FPDFPath_GetPathSegment(path, number)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = (matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            begin = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield here, point
        here = point
        if raw.FPDFPathSegment_GetClose(segment):
            yield here, begin
