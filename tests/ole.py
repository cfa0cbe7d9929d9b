"""Writes OLE containers (MS-CFB), which old Office files and Outlook messages are, of streams up to 4 MiB in all."""

from __future__ import annotations

import struct

SECTOR, MINI = 512, 64
FREE, END, FAT_SECTOR, NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_SMALL = 4096  # bytes below which a stream lies in the small sectors


def ole(streams: dict[str, bytes]) -> bytes:
    """A container with `streams`; a name with slashes lies in folders (storages)."""
    names = [""]
    for path in sorted(streams):
        parts = path.split("/")
        names += [folder for i in range(1, len(parts)) if (folder := "/".join(parts[:i])) not in names]
        names.append(path)
    sectors: list[bytes] = []
    fat: list[int] = []
    small, small_fat = b"", list[int]()
    places: dict[str, tuple[int, int]] = {}

    def put(data: bytes) -> int:
        start = len(sectors)
        pieces = [data[at : at + SECTOR].ljust(SECTOR, b"\0") for at in range(0, len(data), SECTOR)]
        sectors.extend(pieces)
        fat.extend([*range(start + 1, start + len(pieces)), END] if pieces else [])
        return start if pieces else END

    for path, data in streams.items():
        if len(data) >= _SMALL:
            places[path] = (put(data), len(data))
        elif data:
            start, count = len(small_fat), -(-len(data) // MINI)
            small += data.ljust(count * MINI, b"\0")
            small_fat += [*range(start + 1, start + count), END]
            places[path] = (start, len(data))
        else:
            places[path] = (END, 0)
    places[""] = (put(small), len(small))
    small_table = struct.pack(f"<{len(small_fat)}I", *small_fat)
    first_small_fat = put(small_table.ljust(-(-len(small_table) // SECTOR) * SECTOR, b"\xff"))
    directory = put(b"".join(_entry(name, names, streams, places) for name in names))
    count = 1
    while (len(fat) + count) * 4 > count * SECTOR:
        count += 1
    first_fat = len(fat)
    fat += [FAT_SECTOR] * count
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(count * SECTOR, b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, 0, count, directory, 0, _SMALL,
        first_small_fat if small_fat else END, -(-len(small_fat) * 4 // SECTOR), END, 0,
    )  # fmt: skip
    header += struct.pack("<109I", *[*range(first_fat, first_fat + count), *[FREE] * (109 - count)])
    return header + b"".join(sectors) + table


def _entry(name: str, names: list[str], streams: dict[str, bytes], places: dict[str, tuple[int, int]]) -> bytes:
    """A directory entry; the entries of a folder are a list along their right siblings, in the order of the format."""

    def order(path: str) -> tuple[int, str]:
        own = path.rpartition("/")[2]
        return len(own), own.upper()

    def inside(folder: str) -> list[str]:
        return sorted((path for path in names if path and path.rpartition("/")[0] == folder), key=order)

    own = (name.rpartition("/")[2] if name else "Root Entry").encode("utf-16-le")
    beside = inside(name.rpartition("/")[0]) if name else [name]
    after = beside[beside.index(name) + 1 :]
    below = [] if name in streams else inside(name)
    kind = 2 if name in streams else 1 if name else 5
    start, size = places.get(name, (0, 0))
    return struct.pack(
        "<64sHBBIII16sIQQIQ", own, len(own) + 2, kind, 1, NONE, names.index(after[0]) if after else NONE,
        names.index(below[0]) if below else NONE, b"", 0, 0, 0, start, size,
    )  # fmt: skip
