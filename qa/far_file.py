"""Large files of which questions read a little here and there: read part by part instead of being mapped.

What is read from a mapped file counts as the process's memory as long as the file is open, and with it the 64 KiB around
it: over a million passages that is everything after some hundred questions.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

# Files of so many bytes are read; smaller ones are mapped, which is faster.
FAR = 2**28


class FarFile:
    """A file's bytes from `offset` on; several threads may read."""

    def __init__(self, file: Path, offset: int = 0) -> None:
        self._file, self._offset = file, offset
        self._number = os.open(file, os.O_RDONLY)
        weakref.finalize(self, os.close, self._number)

    @classmethod
    def of(cls, file: Path, size: int) -> FarFile | None:
        """The last `size` bytes of a file; None if they are few enough to be mapped, or the system can only map them."""
        if size < FAR or not hasattr(os, "preadv"):
            return None
        return cls(file, file.stat().st_size - size)

    def read(self, into: NDArray[Any], at: int) -> None:
        """Fill an array with the bytes from `at` on. Raises OSError when there are fewer."""
        if os.preadv(self._number, [into.data], self._offset + at) != into.nbytes:
            raise OSError(f"{self._file}: ends too soon")
