"""Files to documents: which reader, and within which limits.

The text of a plain file is its characters as they are: nothing replaced, nothing normalised. That of another format is what
its reader makes of it, the same one every time.
"""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from ..config import Limits, limits_in_force
from ..errors import DocumentError, one_line
from ..types import Document
from .content import Content, Unreadable
from .kinds import ISOLATED, kind_of
from .parse import read_content

READERS = "4"  # version, stored in an index: a change here makes the next build read every file anew


def abilities() -> str:
    """What decides, beside the file, whether it can be read: when this changes, files that could not be are tried again."""
    optical = "with" if find_spec("rapidocr") else "without"
    return f"{limits_in_force()} {optical} recognition of images"


def largest_file() -> int:
    """The size in bytes over which no file is read."""
    return limits_in_force().file_mb * 2**20


def read_document(file: str | os.PathLike[str], source: str | None = None) -> Document:
    """One file as a document; `source` is the name it goes by. Raises `DocumentError`, naming the file and the remedy."""
    path = Path(file)
    limits = limits_in_force()
    try:
        with path.open("rb") as stream:
            data = stream.read(limits.file_mb * 2**20 + 1)
    except OSError as error:
        raise DocumentError(f"{one_line(path)}: {error.strerror or error}; check the file and its permissions") from error
    if len(data) > limits.file_mb * 2**20:
        raise DocumentError(f"{one_line(path)}: is over {limits.file_mb} MiB; split it or raise the limit file_mb")
    try:
        kind = kind_of(path.suffix, data)
        content = _isolated(kind, data, limits) if kind in ISOLATED else read_content(kind, data, limits)
    except Unreadable as error:
        raise DocumentError(f"{one_line(path)}: {one_line(str(error))}") from error
    digest = hashlib.sha256(data).hexdigest()
    return Document(source or path.name, str(path.absolute()), content.text, digest, content.encoding, content.marks)


def _isolated(kind: str, data: bytes, limits: Limits) -> Content:
    """A file read in a process of its own, so that what hangs or swells can be stopped."""
    from .worker import WORKER

    return WORKER.read(kind, data, limits)
