"""Texts that took long to read (scans above all), kept until the build that reads them has come to its end.

A killed build leaves the texts here and the next one takes them up. When a build is whole they are removed: this is the one
place beside an index where text is kept, and it holds none of a finished build.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from ..types import Document, Mark
from .cache_file import CacheFile
from .layout import decoded, encoded

SLOW = 1.0  # seconds; what is read faster is read again


class ReadingCache:
    """Texts by the SHA-256 of their file and its suffix, in `file`; `readers` names what read them and with which limits."""

    def __init__(self, file: Path, readers: str) -> None:
        self._file = CacheFile(file, readers)

    def read(self, source: str, path: str, sha256: str, reader: Callable[[], Document]) -> Document:
        """The document of a file with this SHA-256: from here, or from `reader`, kept if that took long."""
        key = encoded(f"{sha256} {os.path.splitext(source)[1].lower()}")
        with suppress(KeyError, ValueError, TypeError):
            text, encoding, marks = json.loads(decoded(self._file.get([key])[key]))
            found = tuple(Mark(start, unit, number, name, tuple(headings)) for start, unit, number, name, headings in marks)
            return Document(source, path, text, sha256, encoding, found)
        began = time.monotonic()
        document = reader()
        if time.monotonic() - began > SLOW and document.sha256 == sha256:
            kept = [document.text, document.encoding, [astuple(mark) for mark in document.marks]]
            self._file.put([(key, encoded(json.dumps(kept)))])
        return document

    def clear(self) -> None:
        """Remove all texts."""
        self._file.remove()
