"""The parts of a Word 97-2003 document (MS-DOC): its characters, and what is said of its paragraphs and runs of characters."""

from __future__ import annotations

import io
import struct
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...config import Limits
from ..content import Unreadable, check_characters

_FIRST_97 = 0xC1  # nFib of Word 97; lower ones are of Word 6 and 95, whose files are built otherwise
_PAGE = 512
# Places in the file information block: of lengths of parts, and of (offset, size) pairs in the table stream.
_LENGTHS, _PAIRS = 0x4C, 0x9A
_CHARACTERS, _PARAGRAPHS, _PIECES, _STYLES, _LISTS, _OVERRIDES, _FONTS = 12, 13, 33, 1, 73, 74, 15
_OPERAND = (1, 1, 2, 4, 2, 2, 0, 3)  # bytes, by the top three bits of a property; 0 where the first byte says it
_TABLE_DEFINITION, _TABS = 0xD608, 0xC615
_FONT_NAME = 40  # bytes of a font before its name
_HUGE = (0x6645, 0x6646)  # the properties lie in the data stream
# The parts of the text in their order.
PARTS = ("text", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header_boxes")

Properties = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Run:
    """Characters [start, end) of the file with the same properties."""

    start: int
    end: int
    properties: Properties


@dataclass(slots=True)
class OldWordFile:
    """`text` is that of all parts, `parts` the span of each; runs of characters and paragraphs are over the same offsets."""

    text: str = ""
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    characters: list[Run] = field(default_factory=list)
    paragraphs: list[tuple[Run, int]] = field(default_factory=list)  # and the number of the style
    styles: bytes = b""
    lists: bytes = b""
    overrides: bytes = b""
    fonts: list[str] = field(default_factory=list)  # their names, by number


def open_old_word(data: bytes, limits: Limits) -> OldWordFile:
    """The parts of the document. Raises `Unreadable`."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            main = ole.openstream("WordDocument").read()
            head, version, flags = struct.unpack_from("<HH6xH", main)
            if flags & 0x100:
                raise Unreadable("documents.encrypted")
            if version < _FIRST_97:
                raise Unreadable("documents.word_95")
            if head != 0xA5EC:
                raise Unreadable("documents.damaged_container")
            table = ole.openstream("1Table" if flags & 0x200 else "0Table").read()
            more = ole.openstream("Data").read() if ole.exists("Data") else b""
        return _opened(main, table, more, limits)
    except (struct.error, IndexError, OSError, ValueError) as error:
        raise Unreadable("documents.damaged_container") from error


def _opened(main: bytes, table: bytes, more: bytes, limits: Limits) -> OldWordFile:
    def part(number: int) -> bytes:
        offset, size = struct.unpack_from("<II", main, _PAIRS + 8 * number)
        return table[offset : offset + size]

    lengths = struct.unpack_from("<8i", main, _LENGTHS)
    found = OldWordFile(styles=part(_STYLES), lists=_from(table, main, _LISTS), overrides=part(_OVERRIDES))
    found.fonts = list(_fonts(part(_FONTS)))
    at = 0
    for name, length in zip(PARTS, lengths, strict=True):
        found.parts[name] = (at, at + max(length, 0))
        at += max(length, 0)
    pieces = list(_pieces(part(_PIECES), at + 1, limits))
    found.text = "".join(_text(main, piece) for piece in pieces)
    offsets = _Offsets(pieces)
    for number, into in ((_CHARACTERS, found.characters), (_PARAGRAPHS, None)):
        plc = part(number)
        count = max(0, (len(plc) - 4) // 8)
        for page in struct.unpack_from(f"<{count}I", plc, 4 * (count + 1)):
            block = main[(page & 0x3FFFFF) * _PAGE :][:_PAGE]
            if len(block) < _PAGE:
                continue
            for start, end, style, properties in _described(block, paragraphs=into is None):
                for first, last in offsets.of(start, end):
                    run = Run(first, last, _huge(properties, more))
                    if into is None:
                        found.paragraphs.append((run, style))
                    else:
                        into.append(run)
    found.characters.sort(key=lambda run: run.start)
    found.paragraphs.sort(key=lambda entry: entry[0].start)
    return found


def _fonts(table: bytes) -> Iterator[str]:
    at = 4  # after their number and the size of more data, of which there is none
    while at < len(table) and table[at]:
        name = table[at + _FONT_NAME : at + 1 + table[at]].decode("utf-16-le", "replace")
        yield name.partition("\0")[0]
        at += 1 + table[at]


def _from(table: bytes, main: bytes, number: int) -> bytes:
    """The table stream from a part on; the descriptions of lists follow after its end."""
    offset, size = struct.unpack_from("<II", main, _PAIRS + 8 * number)
    return table[offset:] if size else b""


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int  # of its characters
    end: int
    offset: int  # of its bytes
    width: int  # bytes of a character


def _pieces(table: bytes, most: int, limits: Limits) -> Iterator[_Piece]:
    """The pieces that the text is made of."""
    at = 0
    while at < len(table) and table[at] == 1:  # properties of pieces, which fast saves wrote
        at += 3 + struct.unpack_from("<H", table, at + 1)[0]
    if at + 5 > len(table) or table[at] != 2:
        raise Unreadable("documents.damaged_container")
    plc = table[at + 5 : at + 5 + struct.unpack_from("<I", table, at + 1)[0]]
    count = max(0, (len(plc) - 4) // 12)
    places = struct.unpack_from(f"<{count + 1}i", plc)
    for number in range(count):
        start, end = places[number], places[number + 1]
        if not 0 <= start <= end:
            raise Unreadable("documents.damaged_container")
        check_characters(end, limits)
        (offset,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * number + 2)
        narrow = bool(offset & 0x40000000)
        offset &= 0x3FFFFFFF
        yield _Piece(start, end, offset // 2 if narrow else offset, 1 if narrow else 2)


def _text(main: bytes, piece: _Piece) -> str:
    size = piece.end - piece.start
    data = main[piece.offset : piece.offset + size * piece.width]
    text = data.decode("cp1252", "replace") if piece.width == 1 else data.decode("utf-16-le", "surrogatepass")
    return text.ljust(size, "\0")


class _Offsets:
    """Finds the characters for bytes of the main stream."""

    def __init__(self, pieces: list[_Piece]) -> None:
        self._pieces = sorted(pieces, key=lambda piece: piece.offset)
        self._starts = [piece.offset for piece in self._pieces]

    def of(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The spans of characters whose bytes are in [start, end)."""
        for piece in self._pieces[max(0, bisect_right(self._starts, start) - 1) :]:
            if piece.offset >= end:
                break
            last = piece.offset + (piece.end - piece.start) * piece.width
            first, until = max(start, piece.offset), min(end, last)
            if first < until:
                yield (
                    piece.start + (first - piece.offset) // piece.width,
                    piece.start + -(-(until - piece.offset) // piece.width),
                )


def _described(block: bytes, *, paragraphs: bool) -> Iterator[tuple[int, int, int, Properties]]:
    """The runs that a page of properties describes: bytes [start, end), number of the style, properties."""
    count = block[-1]
    size = 13 if paragraphs else 1
    if 4 * (count + 1) + count * size > _PAGE:
        return
    places = struct.unpack_from(f"<{count + 1}I", block)
    for number in range(count):
        at = 2 * block[4 * (count + 1) + number * size]
        style, properties = 0, Properties()
        if at and at < _PAGE - 1:
            length = block[at]
            if paragraphs:
                start, length = (at + 2, 2 * block[at + 1]) if not length else (at + 1, 2 * length - 1)
                data = block[start : start + length]
                if len(data) >= 2:
                    style = data[0] | data[1] << 8
                    properties = properties_of(data[2:])
            else:
                properties = properties_of(block[at + 1 : at + 1 + length])
        yield places[number], places[number + 1], style, properties


def properties_of(data: bytes) -> Properties:
    """The properties in `data`: code -> operand. What comes after a damaged one is left out."""
    found: Properties = {}
    at = 0
    while at + 2 <= len(data):
        code = data[at] | data[at + 1] << 8
        at += 2
        size = _OPERAND[code >> 13]
        if not size:
            if at >= len(data):
                break
            if code == _TABLE_DEFINITION:
                size = 1 + (data[at] | (data[at + 1] if at + 1 < len(data) else 0) << 8)
            else:
                size = 1 + data[at]
                if code == _TABS and data[at] == 255:
                    break
        found[code] = data[at : at + size]
        at += size
    return found


def _huge(properties: Properties, more: bytes) -> Properties:
    for code in _HUGE:
        if code in properties and len(properties[code]) == 4:
            (at,) = struct.unpack("<I", properties[code])
            if at + 2 <= len(more):
                return properties | properties_of(more[at + 2 : at + 2 + (more[at] | more[at + 1] << 8)])
    return properties
