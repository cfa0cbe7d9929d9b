"""Reads the letters in drawn pictures, Windows metafiles (MS-WMF, MS-EMF): pasted diagrams, objects of other programs."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..content import Unreadable
from .pdf_layout import Page, PageParagraph, lay_out
from .pdf_lines import Line
from .symbols import shown
from .zip_package import Package

SUFFIXES = (".emf", ".wmf")
# The programs of objects that are read themselves, or as equations, or that show nothing but an icon.
READ_OTHERWISE = ("Equation", "Word.", "Excel.", "PowerPoint.", "Package", "AcroExch", "Acrobat", "Outlook")
_MOST_TEXTS = 5000  # of a picture; more is no diagram
_SHADOW = 0.3  # of the height of a text: so far from it its shadow is
_PLACEABLE = b"\xd7\xcd\xc6\x9a"
_CODECS = {
    128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5hkscs", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
_RIGHT, _CENTRE, _BOTTOM, _BASELINE, _FROM_PEN = 2, 6, 8, 24, 1  # how a text stands at its point
_GLYPHS, _SMALL, _NO_FRAME = 0x10, 0x200, 0x100  # options of a text: numbers of glyphs, one byte a letter, without a frame
_PLAIN = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class _Font:
    height: float = 12.0
    slant: int = 0  # in tenths of a degree
    charset: int = 0
    face: str = ""


@dataclass(slots=True)
class _State:
    """What a record may save and another restore."""

    font: _Font = field(default_factory=_Font)
    align: int = 0
    pen: tuple[float, float] = (0.0, 0.0)
    world: tuple[float, ...] = _PLAIN
    window: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)  # origin and size
    view: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)

    def copy(self) -> _State:
        return _State(self.font, self.align, self.pen, self.world, self.window, self.view)


def metafile_text(data: bytes) -> str:
    """The texts of a metafile as they are read, in paragraphs and tables; "" for one without any, or that is damaged."""
    drawing = _Drawing()
    try:
        if data[40:44] == b" EMF":
            _read_enhanced(data, drawing)
        else:
            _read_old(data, drawing)
    except struct.error:
        pass  # the end is missing; what was drawn before is there
    if not drawing.lines and not drawing.apart:
        return ""
    lines = [*drawing.lines, *(line for lines in drawing.apart for line in lines)]
    lowest = min(line.bottom for line in lines)
    for line in lines:
        line.bottom, line.top, line.base = line.bottom - lowest, line.top - lowest, line.base - lowest
    paragraphs = lay_out([Page(drawing.lines, max(line.top for line in lines), drawing.apart)])
    return "\n".join(filter(None, map(_said, paragraphs)))


def _said(paragraph: PageParagraph) -> str:
    """A paragraph, or the rows of what looks like a table: whether its first row has names no rule says here."""
    if paragraph.table is None:
        return paragraph.text.strip()
    return "\n".join("；".join(cell.text for cell in row if cell.text) for row in paragraph.table.cells)


class _Drawing:
    """What was drawn so far, and with what."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.apart: list[list[Line]] = []  # texts that run aslant or upwards
        self.state = _State()
        self.saved: list[_State] = []
        self._last: dict[str, tuple[float, float]] = {}  # where a text was drawn last

    def save(self) -> None:
        if len(self.saved) < 1000:
            self.saved.append(self.state.copy())

    def restore(self, number: int) -> None:
        keep = len(self.saved) + number if number < 0 else number - 1
        if 0 <= keep < len(self.saved):
            self.state = self.saved[keep]
            del self.saved[keep:]

    def text(self, said: str, x: float, y: float, widths: float) -> None:
        """Draw `said`, which is `widths` wide in the picture's own measure; 0 for what the font gives."""
        state = self.state
        said = shown(said, state.font.face)  # first, as a code of white space may be a sign in the fonts of signs
        said = "".join(" " if char.isspace() else char for char in said if char.isprintable() or char.isspace())
        if not said.strip() or len(self.lines) + len(self.apart) >= _MOST_TEXTS:
            return
        if state.align & _FROM_PEN:
            x, y = state.pen
        left, top, across, down = self._placed(x, y)
        high = abs(state.font.height) * down or 12.0
        wide = widths * across or high * sum(1.0 if char >= "⺀" else 0.5 for char in said)
        sideways = state.align & _CENTRE
        left -= wide / 2 if sideways == _CENTRE else wide if sideways == _RIGHT else 0.0
        upright = state.align & _BASELINE
        top -= 0.8 * high if upright == _BASELINE else high if upright == _BOTTOM else 0.0
        before = self._last.get(said)
        self._last[said] = left, top
        if before is not None and abs(before[0] - left) < _SHADOW * high and abs(before[1] - top) < _SHADOW * high:
            return
        line = Line(said, left, -top - high, left + wide, -top, high, base=-top - 0.8 * high)
        if state.font.slant % 3600 or not all(abs(value) < 1e9 for value in (left, top, wide, high)):
            self.apart.append([Line(said, 0.0, 0.0, wide, high, high)])
        else:
            self.lines.append(line)

    def _placed(self, x: float, y: float) -> tuple[float, float, float, float]:
        """A point in pixels, and how many of them one unit is, across and down."""
        state = self.state
        one, two, three, four, right, below = state.world
        x, y = one * x + three * y + right, two * x + four * y + below
        across, down = abs(one) or abs(two), abs(four) or abs(three)
        if state.window[2] and state.window[3] and state.view[2] and state.view[3]:
            wide, high = state.view[2] / state.window[2], state.view[3] / state.window[3]
            x, y = (x - state.window[0]) * wide + state.view[0], (y - state.window[1]) * high + state.view[1]
            across, down = across * abs(wide), down * abs(high)
        elif state.window[2] < 0 or state.window[3] < 0:
            x, y = (-x if state.window[2] < 0 else x), (-y if state.window[3] < 0 else y)
        return x, y, across, down


def picture_text(package: Package, name: str) -> str:
    """The text of the part `name` if it is a metafile that can be read and is not too large; "" otherwise."""
    try:
        return metafile_text(package.picture(name)) if name.lower().endswith(SUFFIXES) and name in package else ""
    except Unreadable:
        return ""


def _decoded(data: bytes, charset: int) -> str:
    return data.split(b"\0", 1)[0].decode(_CODECS.get(charset, "cp1252"), "replace")


def _wide(data: bytes) -> str:
    return data.decode("utf-16-le", "replace").split("\0", 1)[0]


def _read_enhanced(data: bytes, drawing: _Drawing) -> None:
    fonts: dict[int, _Font] = {}
    at = 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if size < 8 or kind == 14:
            return
        body = data[at + 8 : at + size]
        at += size
        if kind in _ENHANCED_STATE:
            _set_enhanced(drawing, kind, body)
        elif kind == 82:
            number, height, _, slant = struct.unpack_from("<Iiii", body)
            fonts[number] = _Font(float(height), slant, struct.unpack_from("<B", body, 27)[0], _wide(body[32:96]))
        elif kind == 37:
            drawing.state.font = fonts.get(struct.unpack_from("<I", body)[0], drawing.state.font)
        elif kind in (83, 84):
            x, y, count, offset, options = struct.unpack_from("<iiIII", body, 28)
            (widths,) = struct.unpack_from("<I", body, 64)
            size = count if kind == 83 else 2 * count
            letters = body[offset - 8 : offset - 8 + size] if offset >= 8 else b""
            said = _decoded(letters, drawing.state.font.charset) if kind == 83 else _wide(letters)
            given = body[widths - 8 : widths - 8 + 4 * count] if widths >= 8 else b""
            advance = sum(struct.unpack(f"<{len(given) // 4}I", given[: len(given) // 4 * 4]))
            if not options & _GLYPHS:
                drawing.text(said, x, y, float(advance))
        elif kind == 108:
            x, y, count, options = struct.unpack_from("<iiII", body)
            start = 28 if options & _NO_FRAME else 44
            letters = body[start : start + (count if options & _SMALL else 2 * count)]
            if not options & _GLYPHS:
                drawing.text(letters.decode("latin-1") if options & _SMALL else _wide(letters), x, y, 0.0)


_ENHANCED_STATE = frozenset((9, 10, 11, 12, 22, 27, 33, 34, 35, 36))


def _set_enhanced(drawing: _Drawing, kind: int, body: bytes) -> None:
    state = drawing.state
    if kind in (9, 10, 11, 12):
        one, two = map(float, struct.unpack_from("<ii", body))
        given = state.window if kind < 11 else state.view
        now = (*given[:2], one, two) if kind in (9, 11) else (one, two, *given[2:])
        if kind < 11:
            state.window = now
        else:
            state.view = now
    elif kind == 22:
        (state.align,) = struct.unpack_from("<I", body)
    elif kind == 27:
        x, y = struct.unpack_from("<ii", body)
        state.pen = float(x), float(y)
    elif kind == 33:
        drawing.save()
    elif kind == 34:
        drawing.restore(struct.unpack_from("<i", body)[0])
    elif kind == 35:
        state.world = struct.unpack_from("<6f", body)
    else:
        given, (how,) = struct.unpack_from("<6f", body), struct.unpack_from("<I", body, 24)
        state.world = {1: _PLAIN, 2: _after(given, state.world), 3: _after(state.world, given)}.get(how, given)


def _after(first: tuple[float, ...], then: tuple[float, ...]) -> tuple[float, ...]:
    """Two transformations as one."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


_MAKES = frozenset((0x02FA, 0x02FB, 0x02FC, 0x00F7, 0x01F9, 0x0142, 0x06FF))  # records that make an object


def _read_old(data: bytes, drawing: _Drawing) -> None:
    at = (22 if data[:4] == _PLACEABLE else 0) + 18
    if data[at - 18 : at - 16] not in (b"\x01\0", b"\x02\0"):
        return
    objects: list[_Font | bool | None] = []  # a font, None for another object, False for a free place
    for kind, body in _old_records(data, at):
        state = drawing.state
        if kind in _MAKES:
            font = _old_font(body) if kind == 0x02FB else None
            if False in objects:
                objects[objects.index(False)] = font
            elif len(objects) < 1000:
                objects.append(font)
        elif kind in (0x01F0, 0x012D):
            (number,) = struct.unpack_from("<H", body)
            one = objects[number] if number < len(objects) else None
            if kind == 0x01F0 and number < len(objects):
                objects[number] = False
            elif isinstance(one, _Font):
                state.font = one
        elif kind in _OLD_STATE:
            _set_old(drawing, kind, body)
        elif kind == 0x0521:
            (count,) = struct.unpack_from("<H", body)
            y, x = struct.unpack_from("<hh", body, 2 + count + count % 2)
            drawing.text(_decoded(body[2 : 2 + count], state.font.charset), x, y, 0.0)
        elif kind == 0x0A32:
            y, x, count, options = struct.unpack_from("<hhHH", body)
            start = 16 if options & 6 else 8
            given = body[start + count + count % 2 :][: 2 * count]
            widths = float(sum(struct.unpack(f"<{len(given) // 2}h", given[: len(given) // 2 * 2])))
            drawing.text(_decoded(body[start : start + count], state.font.charset), x, y, widths)


def _old_font(body: bytes) -> _Font:
    height, _, slant = struct.unpack_from("<hhh", body)
    charset = struct.unpack_from("<B", body, 13)[0]
    return _Font(float(height), slant, charset, _decoded(body[18:50], charset))


_OLD_STATE = frozenset((0x020B, 0x020C, 0x0214, 0x012E, 0x001E, 0x0127))


def _set_old(drawing: _Drawing, kind: int, body: bytes) -> None:
    state = drawing.state
    if kind in (0x020B, 0x020C):
        y, x = map(float, struct.unpack_from("<hh", body))
        state.window = (x, y, *state.window[2:]) if kind == 0x020B else (*state.window[:2], x, y)
    elif kind == 0x0214:
        y, x = map(float, struct.unpack_from("<hh", body))
        state.pen = x, y
    elif kind == 0x012E:
        (state.align,) = struct.unpack_from("<H", body)
    elif kind == 0x001E:
        drawing.save()
    else:
        drawing.restore(struct.unpack_from("<h", body)[0])


def _old_records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    while at + 6 <= len(data):
        size, kind = struct.unpack_from("<IH", data, at)
        if size < 3 or not kind:
            return
        yield kind, data[at + 6 : at + 2 * size]
        at += 2 * size
