"""The fonts that pdfium takes for those that a PDF names and does not contain.

Where text is drawn depends on them, and pdfium leaves out words of which it has no letter. So while a PDF is read, one font of
our own stands for all in scripts that pdfium has no font for: each character is a square. What is read is then the same on a
machine with many fonts and on a server without any, and no large font is searched for outlines. Pages are drawn, for the eye and
to be recognised, with the fonts of the system. A document keeps the fonts that were in force when they were first looked for, so
it is opened again for that.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from typing import Any

_WESTERN = (0, 1, 2, 77, 255)  # charsets (of LOGFONT) that pdfium has fonts for: ANSI, unknown, symbols, those of a system
_EM, _BELOW = 1000, 120  # units of the font, and how far the square goes below the baseline
_FIRST_WIDE = 0x2E80  # the first character of those of Chinese
_WIDTHS = {280: " !'(),-./:;I[\\]`fijlrt{|}", 900: "%@MWmw", 560: "", _EM: ""}  # units of some characters, of others, of Chinese
_in_force = [False]  # whether our own font is, and not those of the system


def use_own_font() -> None:
    """From now on, pdfium uses no fonts of the system."""
    _use(own=True)


@contextmanager
def system_fonts() -> Iterator[None]:
    """Within, pdfium uses the fonts of the system, as it does when it is started."""
    own = _in_force[0]
    _use(own=False)
    try:
        yield
    finally:
        _use(own=own)


def _use(*, own: bool) -> None:
    if own != _in_force[0]:
        from pypdfium2 import raw

        raw.FPDF_SetSystemFontInfo(_own() if own else raw.FPDF_GetDefaultSystemFontInfo())
        _in_force[0] = own


@cache
def _own() -> Any:
    return table_of(squares(), b"squares\0")


def table_of(font: bytes, name: bytes) -> Any:
    """pdfium's table of functions that find fonts, of which these find the one font, or none if it is empty. By its name pdfium
    knows it from another that stands for the same in a document that is still open."""
    from pypdfium2 import raw

    def copied(_: Any, __: Any, table: int, target: Any, room: int) -> int:
        if table:
            return 0
        if room >= len(font):
            ctypes.memmove(target, font, len(font))
        return len(font)

    def named(_: Any, __: Any, target: Any, room: int) -> int:
        if room >= len(name):
            ctypes.memmove(target, name, len(name))
        return len(name)

    functions = {
        "Release": lambda *_: None, "EnumFonts": lambda *_: None, "DeleteFont": lambda *_: None,
        "MapFont": lambda _, __, ___, charset, *____: int(bool(font) and charset not in _WESTERN), "GetFont": lambda *_: 0,
        "GetFontData": copied, "GetFaceName": named, "GetFontCharset": lambda *_: 1,
    }  # fmt: skip
    kinds = dict(raw.FPDF_SYSFONTINFO._fields_)
    return raw.FPDF_SYSFONTINFO(version=1, **{part: kinds[part](function) for part, function in functions.items()})


def squares() -> bytes:
    """A TrueType font in which every character is a square of the size of the font, and those of other scripts than Chinese as
    much of it as they are about wide: pdfium takes two alike that overlap by half for one, drawn twice."""
    top = _EM - _BELOW
    glyphs = [
        struct.pack(">5h2H4B8h", 1, 0, -_BELOW, wide, top, 3, 0, 1, 1, 1, 1, 0, wide, 0, -wide, -_BELOW, 0, _EM, 0)
        for wide in (_EM, *_WIDTHS)  # the first is that of characters that are missing
    ]
    of = [next((n for n, few in enumerate(_WIDTHS.values(), 1) if chr(code) in few), 3) for code in range(_FIRST_WIDE)]
    starts = [code for code in range(_FIRST_WIDE) if not code or of[code] != of[code - 1]]
    groups = [(start, end - 1, of[start]) for start, end in pairwise((*starts, _FIRST_WIDE))] + [(_FIRST_WIDE, 0x10FFFF, 4)]
    cmap = b"".join(struct.pack(">3I", *group) for group in groups)
    long, box = len(glyphs[0]), (0, -_BELOW, _EM, top)
    tables = {
        b"cmap": struct.pack(">4HI2H3I", 0, 1, 3, 10, 12, 13, 0, 16 + len(cmap), 0, len(groups)) + cmap,  # many to one glyph
        b"glyf": b"".join(glyphs),
        b"head": struct.pack(">4I2H2q4h2H3h", 0x10000, 0, 0, 0x5F0F3CF5, 0, _EM, 0, 0, *box, 0, 8, 2, 0, 0),
        b"hhea": struct.pack(">I3hH11hH", 0x10000, top, -_BELOW, 0, _EM, 0, 0, _EM, 1, *7 * [0], 1),
        b"hmtx": struct.pack(f">H{len(glyphs)}h", _EM, *len(glyphs) * [0]),
        b"loca": struct.pack(f">{len(glyphs) + 1}H", *range(0, (len(glyphs) + 1) * long // 2, long // 2)),
        b"maxp": struct.pack(">I14H", 0x10000, len(glyphs), 4, 1, *11 * [0]),
    }
    made, content = struct.pack(">I4H", 0x10000, len(tables), 64, 2, 16 * len(tables) - 64), b""
    for name, data in tables.items():
        made += name + struct.pack(">3I", 0, 12 + 16 * len(tables) + len(content), len(data))
        content += data + bytes(-len(data) % 4)
    return made + content
