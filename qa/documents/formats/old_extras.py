"""What the sheets of an Excel 97-2003 workbook have besides cells: texts in boxes, headers and footers (MS-XLS, 2.4).

The library that reads the cells leaves them out.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_BEGIN, _END, _SHEET, _HEADER, _FOOTER, _OBJECT, _TEXT, _MORE = 0x809, 0x0A, 0x85, 0x14, 0x15, 0x5D, 0x1B6, 0x3C
_NOTE = 0x19  # kind of an object: the box of a comment, which is read with its cell
_MOST_BOXES = 10_000  # of a sheet


@dataclass(slots=True)
class Extra:
    """The texts of the boxes on a sheet, and its header and footer with their codes."""

    boxes: list[str] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)


def old_extras(data: bytes) -> list[Extra]:
    """What the sheets with cells have besides them, in their order; nothing for a file that is damaged or older."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            stream = ole.openstream("Workbook").read()
        places = [struct.unpack_from("<IBB", body) for kind, body in _records(stream, 0) if kind == _SHEET]
        return [_extra(stream, place) for place, _, kind in places if kind == 0]
    except (OSError, struct.error):
        return []


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records from `at` to the end of what begins there, without those of charts inside it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth == 1:
            yield kind, stream[at + 4 : at + 4 + size]
        if depth < 1:
            return
        at += 4 + size


def _extra(stream: bytes, at: int) -> Extra:
    found = Extra()
    object_kind, missing, text = 0, 0, ""
    for kind, body in _records(stream, at):
        if kind in (_HEADER, _FOOTER) and len(body) > 3:
            found.printed.append(_string(body[2:]))
        elif kind == _OBJECT and len(body) > 5:
            (object_kind,) = struct.unpack_from("<H", body, 4)
        elif kind == _TEXT and len(body) > 11:
            (missing,), text = struct.unpack_from("<H", body, 10), ""
        elif kind == _MORE and missing and body:
            piece = _string(body)[:missing]
            missing, text = missing - len(piece), text + piece
            if not missing and object_kind != _NOTE and len(found.boxes) < _MOST_BOXES:
                found.boxes.append("\n".join(filter(None, map(str.strip, text.splitlines()))))
    return found


def _string(body: bytes) -> str:
    """Characters of one byte or two, as the first byte says."""
    return body[1:].decode("utf-16-le", "replace") if body[0] & 1 else body[1:].decode("latin-1")
