"""Finds the drawn pictures on the slides of a PowerPoint 97-2003 presentation (MS-PPT, MS-ODRAW) and reads their letters."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from ...config import Limits
from .metafile import metafile_text

_ENTRY, _OPTIONS = 0xF007, 0xF00B
_DRAWN = {0xF01A: (0x3D5,), 0xF01B: (0x217,)}  # EMF and WMF, and the instances that have two hashes
_CONTAINER, _DEEPEST = 0xF, 60
_PICTURE = 0x104  # the property of a shape that names its picture
_MOST = 64 * 2**20  # bytes of a picture
_HEADER, _HASH = 34, 16  # bytes before the data of a picture


class OldPictures:
    """The pictures of a presentation: `stream` has the slides and the list of pictures, in the document between `start` and
    `end`, `pictures` what they are."""

    def __init__(self, stream: bytes, pictures: bytes, start: int, end: int, limits: Limits) -> None:
        self._stream = stream
        self._pictures = pictures
        self._most = min(_MOST, limits.unpacked_mb * 2**20)
        self._places = [
            struct.unpack_from("<I", stream, at + 28)[0]
            for kind, at, size in _records(stream, start, end)
            if kind == _ENTRY and size >= 36
        ]
        self._shown: set[int] = set()

    def texts(self, start: int, end: int) -> Iterator[str]:
        """The texts of the pictures on the slide between `start` and `end`, each where it is shown first."""
        for kind, at, size in _records(self._stream, start, end):
            if kind != _OPTIONS:
                continue
            for place in range(at, at + size - 5, 6):
                name, value = struct.unpack_from("<HI", self._stream, place)
                if name & 0x3FFF == _PICTURE and 0 < value <= len(self._places) and value not in self._shown:
                    self._shown.add(value)
                    yield self._text(self._places[value - 1])

    def _text(self, at: int) -> str:
        try:
            head, kind, size = struct.unpack_from("<HHI", self._pictures, at)
            at += 8
            if kind not in _DRAWN:
                return ""
            body = self._pictures[at + (2 if head >> 4 in _DRAWN[kind] else 1) * _HASH : at + size]
            whole = zlib.decompressobj().decompress(body[_HEADER:], self._most) if body[32] == 0 else body[_HEADER:]
        except (struct.error, IndexError, zlib.error):
            return ""
        return metafile_text(whole)


def _records(stream: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """All records between `start` and `end`, those in others too: kind, where what it holds begins, and its size."""
    waiting = [(start, min(end, len(stream)))]
    while waiting:
        at, end = waiting.pop()
        while at + 8 <= end:
            head, kind, size = struct.unpack_from("<HHI", stream, at)
            at += 8
            size = min(size, end - at)
            yield kind, at, size
            if head & 15 == _CONTAINER and len(waiting) < _DEEPEST:
                waiting.append((at + size, end))
                end = at + size
            else:
                at += size
