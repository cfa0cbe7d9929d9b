"""What took long to read (scans above all), kept until the build that reads it has come to its end.

A killed build leaves the texts here and the next one takes them up. When a build is whole they are removed: this is the one
place beside an index where text is kept, and it holds none of a finished build.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from ..disk import remove, write_whole
from ..types import Document, Mark
from .layout import decoded, encoded

SLOW = 1.0  # seconds; what is read faster is read again


class ReadingCache:
    """Texts by the SHA-256 of their file, its suffix and `readers`, which names what read it."""

    def __init__(self, folder: Path, readers: str) -> None:
        self._folder, self._readers = folder, readers

    def read(self, source: str, path: str, sha256: str, reader: Callable[[], Document]) -> Document:
        """The document of a file with this SHA-256: from here, or from `reader`, kept if that took long."""
        key = "\0".join((self._readers, sha256, os.path.splitext(source)[1].lower()))
        file = self._folder / f"{hashlib.sha256(encoded(key)).hexdigest()}.json"
        with suppress(OSError, ValueError, TypeError):
            digest, data = file.read_bytes().split(b"\n", 1)
            if hashlib.sha256(data).hexdigest().encode("ascii") == digest:
                text, encoding, marks = json.loads(decoded(data))
                found = tuple(Mark(start, unit, number, name, tuple(headings)) for start, unit, number, name, headings in marks)
                return Document(source, path, text, sha256, encoding, found)
        began = time.monotonic()
        document = reader()
        if time.monotonic() - began > SLOW and document.sha256 == sha256:
            self._keep(file, document)
        return document

    def clear(self) -> None:
        """Remove all texts."""
        remove(self._folder)

    def _keep(self, file: Path, document: Document) -> None:
        data = encoded(json.dumps([document.text, document.encoding, [astuple(mark) for mark in document.marks]]))
        with suppress(OSError):  # nothing is lost without it but time
            write_whole(file, hashlib.sha256(data).hexdigest().encode("ascii") + b"\n" + data)
