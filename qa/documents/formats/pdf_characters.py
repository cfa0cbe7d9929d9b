"""The characters of a PDF's page, from pdfium: what each is, and where and how it is drawn.

The calls that are made for every character go through `map` with plain addresses, and what follows is arithmetic on arrays, so
that a page of 2,000 characters takes some milliseconds.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections import deque
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pdf_frame import Box, Numbers
from .pdf_lines import Face

_NAME_BYTES = 200  # longest name of a font; fonts with a longer one are not compared
GIVEN = 1000  # what a space counts that the file has; one that pdfium puts in counts one
_SAME_PLACE = 0.15  # multiples of the size that two drawings of one character are apart at most
_SUBSET = re.compile(r"^[A-Z]{6}\+")  # prefix of the name of a subset font (ISO 32000-1, 9.6.4)


@dataclass(slots=True)
class Characters:
    """The drawn characters of a page in drawing order: what each is, how much white space stands before it, its box, where its
    baseline begins, size, direction in radians, and the number of its face in `faces`. `nameless` counts those no font names.
    """

    codes: NDArray[np.int64]
    spaced: NDArray[np.int64]
    boxes: Numbers
    origin: Numbers
    size: Numbers
    angle: Numbers
    face: NDArray[np.int64]
    faces: list[Face | None]
    nameless: int


@cache
def _calls() -> Any:
    """pdfium's functions for characters, with addresses as plain numbers."""
    from pypdfium2 import raw

    def plain(function: Any, result: Any, *more: Any) -> Any:
        made = ctypes.CFUNCTYPE(result, ctypes.c_void_p, ctypes.c_int, *more)
        return made(ctypes.cast(function, ctypes.c_void_p).value or 0)

    return (
        plain(raw.FPDFText_GetUnicode, ctypes.c_uint),
        plain(raw.FPDFText_GetTextObject, ctypes.c_size_t),
        plain(raw.FPDFText_GetLooseCharBox, ctypes.c_int, ctypes.c_void_p),
    )


def characters(textpage: Any, box: Box) -> Characters | None:
    """The characters of a page inside `box`, what is seen of it; None if there are none."""
    from pypdfium2 import raw

    unicode_of, object_of, loose_box_of = _calls()
    handle = ctypes.cast(textpage, ctypes.c_void_p).value
    count = raw.FPDFText_CountChars(textpage)
    if count <= 0:
        return None
    codes = np.fromiter(map(unicode_of, repeat(handle), range(count)), np.int64, count)
    objects = np.fromiter(map(object_of, repeat(handle), range(count)), np.uint64, count)
    buffer = np.zeros((count, 4), np.float32)
    address = buffer.ctypes.data
    deque(map(loose_box_of, repeat(handle), range(count), range(address, address + 16 * count, 16)), maxlen=0)
    codes = _whole(codes)
    white = ((codes >= 9) & (codes <= 13)) | (codes == 32) | (codes == 0xA0) | (codes == 0x3000)
    white |= ((codes >= 0x2000) & (codes <= 0x200B)) | (codes == 0x85)
    drawn = ~white & (codes > 0) & (objects != 0)
    nameless = int(((codes == 0) & (objects != 0)).sum())
    drawn |= codes == 2  # a hyphen at the end of a line
    drawn &= (codes != 0xFFFE) & ((codes >= 32) | (codes == 2)) & (codes != 0xAD)
    if not drawn.any():
        return None
    kept = np.flatnonzero(drawn)
    boxes = buffer[kept][:, (0, 3, 2, 1)].astype(np.float64)  # pdfium: left, top, right, bottom
    size, angle, origin, face, faces = _typeset(textpage, kept, objects[kept], codes[kept])
    _tight(textpage, kept, boxes, angle)
    middle_x, middle_y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    inside = (middle_x >= box[0] - 1) & (middle_x <= box[2] + 1) & (middle_y >= box[1] - 1) & (middle_y <= box[3] + 1)
    inside &= np.isfinite(boxes).all(axis=1) & (size > 0.1)
    inside &= _first_drawn(codes[kept], objects[kept], np.where(inside, middle_x / size, 0), np.where(inside, middle_y / size, 0))
    spaces = np.cumsum(np.where(objects != 0, GIVEN, 1) * white)[kept]
    kept = kept[inside]
    if not kept.size:
        return None
    spaces = spaces[inside]
    spaced = np.diff(spaces, prepend=spaces[0])
    size = _measured(size, boxes, face)
    kept_boxes, kept_origin = boxes[inside], origin[inside]
    return Characters(codes[kept], spaced, kept_boxes, kept_origin, size[inside], angle[inside], face[inside], faces, nameless)


def _first_drawn(codes: NDArray[np.int64], objects: NDArray[np.uint64], x: Numbers, y: Numbers) -> NDArray[np.bool_]:
    """Which characters, at places in multiples of their sizes, are not drawn again on the same place, to make them bold.

    The letters of a ligature, which one operation draws, stand on the same place too.
    """
    again = np.zeros(len(codes), np.bool_)
    for shift in (0.0, 0.5):
        across, down = (np.floor(place / _SAME_PLACE + shift).astype(np.int64) & 0xFFFFF for place in (x, y))
        own = np.ones(len(codes), np.bool_)
        own[np.unique((codes << 40) | (across << 20) | down, return_index=True)[1]] = False
        again |= own
    again[1:] &= (codes[1:] != codes[:-1]) | (objects[1:] != objects[:-1])
    return ~again


def _whole(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Codes without those that are no character, which are 0; of a pair of surrogates the first has the character."""
    high = (codes >= 0xD800) & (codes < 0xDC00)
    low = (codes >= 0xDC00) & (codes < 0xE000)
    pair = np.flatnonzero(high[:-1] & low[1:])
    codes = codes.copy()
    codes[pair] = 0x10000 + ((codes[pair] - 0xD800) << 10) + (codes[pair + 1] - 0xDC00)
    codes[((codes >= 0xD800) & (codes < 0xE000)) | (codes > 0x10FFFF) | (codes < 0) | (codes == 0xFFFF)] = 0
    return codes


def _typeset(
    textpage: Any, kept: NDArray[np.int64], objects: NDArray[np.uint64], codes: NDArray[np.int64]
) -> tuple[Numbers, Numbers, Numbers, NDArray[np.int64], list[Face | None]]:
    """Size, direction, origin and face of characters: asked once for those that are drawn by one operation."""
    from pypdfium2 import raw

    matrix, name, flags = raw.FS_MATRIX(), ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_int()
    new = np.flatnonzero(np.append([True], objects[1:] != objects[:-1]))
    numbers: dict[Face | None, int] = {}
    rows: list[tuple[float, float, float, float, int]] = []
    for i in kept[new].tolist():
        own = raw.FPDFText_GetFontSize(textpage, i)
        raw.FPDFText_GetMatrix(textpage, i, matrix)
        a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
        along = math.hypot(a, b)
        size = abs(own * (a * d - b * c)) / along if along else abs(own)
        sign = -1 if own < 0 else 1
        length = raw.FPDFText_GetFontInfo(textpage, i, name, _NAME_BYTES, flags)
        named = _SUBSET.sub("", name.value.decode("utf-8", "replace")) if 1 < length <= _NAME_BYTES else ""
        face = (named, round(size, 1)) if named else None
        rows.append((size, math.atan2(sign * b, sign * a), matrix.e, matrix.f, numbers.setdefault(face, len(numbers))))
    table = np.array(rows, np.float64)[np.repeat(np.arange(len(new)), np.diff(np.append(new, len(kept))))]
    origin = table[:, 2:4].copy()
    x, y = ctypes.c_double(), ctypes.c_double()
    for k in np.flatnonzero(np.abs(table[:, 1]) > 0.005).tolist():  # level characters need the height of the baseline alone
        if raw.FPDFText_GetCharOrigin(textpage, int(kept[k]), x, y):
            origin[k] = x.value, y.value
    return table[:, 0], table[:, 1], origin, table[:, 4].astype(np.int64), list(numbers)


def _tight(textpage: Any, kept: NDArray[np.int64], boxes: Numbers, angle: Numbers) -> None:
    """Replace the boxes of turned characters and those that are empty, in place, by what the glyphs cover: pdfium gives boxes of
    whole characters for level text alone."""
    from pypdfium2 import raw

    empty = (boxes[:, 2] - boxes[:, 0] <= 0) | (boxes[:, 3] - boxes[:, 1] <= 0)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for k in np.flatnonzero((np.abs(angle) > 0.005) | empty).tolist():
        if raw.FPDFText_GetCharBox(textpage, int(kept[k]), left, right, bottom, top):
            boxes[k] = left.value, bottom.value, right.value, top.value


def _measured(size: Numbers, boxes: Numbers, face: NDArray[np.int64]) -> Numbers:
    """Sizes, for faces whose size says nothing (Type 3 fonts may have any scale) those of their boxes."""
    size = size.copy()
    high = boxes[:, 3] - boxes[:, 1]
    wide = boxes[:, 2] - boxes[:, 0]
    for number in range(int(face.max()) + 1):
        own = face == number
        if own.any():
            tall = float(np.percentile(np.maximum(high[own], wide[own]), 80))
            if tall > 2.5 * size[own][0] or tall < 0.2 * size[own][0]:
                size[own] = max(tall, 0.5)
    return size
