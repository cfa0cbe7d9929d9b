"""Lists the members of a ZIP container from its central directory, in time and memory bounded by a limit.

`zipfile` makes an object of every entry before it can be asked how many there are; a file of 64 MB can have a million entries.
"""

from __future__ import annotations

import struct

from ..config import Limits
from .content import Unreadable

# Signatures and sizes in bytes of records (PKWARE APPNOTE 4.3): end of central directory, ZIP64 locator, ZIP64 end of central
# directory, and directory entry.
_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_END_64, _END_64_SIZE = b"PK\x06\x06", 56
_ENTRY, _ENTRY_SIZE = b"PK\x01\x02", 46
_LONGEST_COMMENT = 0xFFFF


def member_names(data: bytes, limits: Limits) -> list[str]:
    """The names of the members of the container `data`, in its order.

    Raises `Unreadable` for more than `limits.members` and for a damaged directory.
    """
    at, end = _directory(data)
    names: list[str] = []
    while at < end:
        if data[at : at + 4] != _ENTRY or at + _ENTRY_SIZE > end:
            raise Unreadable("documents.damaged_container")
        if len(names) == limits.members:
            raise Unreadable("documents.too_many_members", most=limits.members)
        flags, name_size, extra_size, comment_size = struct.unpack_from("<8xH18xHHH", data, at)
        name = data[at + _ENTRY_SIZE : at + _ENTRY_SIZE + name_size]
        names.append(name.decode("utf-8" if flags & 0x800 else "cp437", "replace"))
        at += _ENTRY_SIZE + name_size + extra_size + comment_size
    return names


def folded(name: str) -> str:
    """What the names of a part have in common: they are the same in any case (ISO 29500-2), and programs write \\ for /."""
    return name.replace("\\", "/").lower()


def _directory(data: bytes) -> tuple[int, int]:
    """The byte offsets [start, end) of the central directory, found as `zipfile` does: it ends where its end record starts."""
    end = data.rfind(_END, max(len(data) - _END_SIZE - _LONGEST_COMMENT, 0))
    if end < 0 or end + _END_SIZE > len(data):
        raise Unreadable("documents.damaged_container")
    (size,) = struct.unpack_from("<12xI", data, end)
    if end >= _LOCATOR_SIZE + _END_64_SIZE and data.startswith(_LOCATOR, end - _LOCATOR_SIZE):
        end -= _LOCATOR_SIZE + _END_64_SIZE
        if not data.startswith(_END_64, end):
            raise Unreadable("documents.damaged_container")
        (size,) = struct.unpack_from("<40xQ", data, end)
    if size > end:
        raise Unreadable("documents.damaged_container")
    return end - size, end
