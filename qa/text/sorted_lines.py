"""A dictionary in a file of sorted lines, looked up by bisection: open at once, however large it is.

A line is a key, a tab and a value; the first line is the SHA-256 of the rest. Lines are in the order of the UTF-8 bytes
of key and tab.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from ..disk import write_whole

_DIGEST = 64  # characters


class SortedLines:
    """Keys and values, neither with a line break, keys without a tab."""

    def __init__(self, lines: bytes) -> None:
        self._lines = lines

    @classmethod
    def of(cls, values: Mapping[str, str]) -> SortedLines:
        """The dictionary that holds `values`."""
        pairs = sorted((key.encode("utf-8") + b"\t", value.encode("utf-8")) for key, value in values.items())
        return cls(b"".join(b"%b%b\n" % pair for pair in pairs))

    @classmethod
    def read(cls, file: Path) -> SortedLines | None:
        """What `write` wrote, or None if it is not there or not byte for byte that."""
        try:
            data = file.read_bytes()
        except OSError:
            return None
        lines = data[_DIGEST + 1 :]
        return cls(lines) if data[: _DIGEST + 1] == hashlib.sha256(lines).hexdigest().encode("ascii") + b"\n" else None

    def write(self, file: Path) -> None:
        """Write to `file`, whole or not at all. Raises OSError."""
        write_whole(file, hashlib.sha256(self._lines).hexdigest().encode("ascii") + b"\n" + self._lines)

    def get(self, key: str) -> str | None:
        """The value of `key`, or None."""
        wanted = key.encode("utf-8") + b"\t"
        lines = self._lines
        low, high = 0, len(lines)  # both where a line begins
        while low < high:
            begin = lines.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = lines.index(b"\n", begin)
            found = lines[begin : lines.index(b"\t", begin) + 1]
            if found == wanted:
                return lines[begin + len(found) : end].decode("utf-8")
            if found < wanted:
                low = end + 1
            else:
                high = begin
        return None
