"""A cache of texts that took long to read (scans above all), so that a killed build does not read them again.

A finished build removes them: outside an index text is kept nowhere else, and here only while a build is unfinished.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..documents.content import packed, unpacked
from ..errors import DocumentError, from_record, record
from ..types import Document
from .cache_file import CacheFile
from .layout import decoded, encoded

SLOW = 1.0  # seconds; a text that was read faster is not kept


class ReadingCache:
    """Texts by their file's SHA-256 and suffix, in the cache `file`; `readers` names the versions and limits they depend on."""

    def __init__(self, file: Path, readers: str) -> None:
        self._file = CacheFile(file, readers)

    def read(self, source: str, path: str, sha256: str, reader: Callable[[], Document]) -> Document:
        """The document of the file `path`, named `source`, with this SHA-256: from the cache, else from `reader()`.

        It is kept if `reader` took over SLOW seconds. Raises what `reader` raises.
        """
        key = encoded(f"{sha256} {os.path.splitext(source)[1].lower()}")
        with suppress(LookupError, ValueError, TypeError):
            text, encoding, marks, problems = json.loads(decoded(self._file.get([key])[key]))
            partly = tuple(from_record(problem, DocumentError) for problem in problems)
            return Document(source, path, text, sha256, encoding, unpacked(marks), partly)
        began = time.monotonic()
        document = reader()
        if time.monotonic() - began > SLOW and document.sha256 == sha256:
            problems = [record(problem) for problem in document.problems]
            kept = [document.text, document.encoding, packed(document.marks), problems]
            self._file.put([(key, encoded(json.dumps(kept)))])
        return document

    def clear(self) -> None:
        """Delete the cache."""
        self._file.remove()
