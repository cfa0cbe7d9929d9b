"""One file to a document: its bytes, its kind, and its reader, here or in the process for what may hang, swell or crash.

The text of a plain file is its characters as they are: nothing replaced, nothing normalised. That of another format is what
its reader makes of it, the same every time.
"""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from ..config import Limits, limits_in_force
from ..errors import DocumentError
from ..types import Document
from .content import Content, Unreadable
from .kinds import is_isolated, kind_of
from .readers import read_content

READERS = "5"  # version, stored in an index: a change here makes the next build read every file anew


def abilities() -> str:
    """What decides, beside the file, whether it can be read: when this changes, files that could not be are tried again."""
    optical = "with" if find_spec("rapidocr") else "without"
    return f"{limits_in_force()} {optical} recognition of images"


def largest_file() -> int:
    """The size in bytes over which no file is read."""
    return limits_in_force().file_mb * 2**20


def read_document(file: str | os.PathLike[str], source: str | None = None) -> Document:
    """One file as a document that goes by the name `source`. Raises `DocumentError`, which names the file and the remedy."""
    path = Path(file)
    limits = limits_in_force()
    most = limits.file_mb * 2**20
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise DocumentError("documents.cannot_open", path, reason=error) from error
    if len(data) > most:
        raise DocumentError("documents.too_large", path, most=limits.file_mb)
    try:
        content = _content(kind_of(path.suffix, data, limits), data, limits)
    except Unreadable as error:
        raise error.of(path) from error
    digest = hashlib.sha256(data).hexdigest()
    return Document(source or path.name, str(path.absolute()), content.text, digest, content.encoding, content.marks)


def text_of_plain(path: str) -> str | None:
    """The text of a file of a kind that is quick to read, for someone who waits; None for another kind or an unreadable file."""
    limits = limits_in_force()
    try:
        with open(path, "rb") as stream:
            data = stream.read(limits.file_mb * 2**20)
        kind = kind_of(os.path.splitext(path)[1], data, limits)
        return None if is_isolated(kind, 0) else _content(kind, data, limits, waited_for=True).text
    except (OSError, Unreadable):
        return None


def _content(kind: str, data: bytes, limits: Limits, *, waited_for: bool = False) -> Content:
    if not is_isolated(kind, len(data)):
        return read_content(kind, data, limits)
    from .worker import DRAWER, WORKER

    return (DRAWER if waited_for else WORKER).read(kind, data, limits)
