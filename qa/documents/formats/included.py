"""A file inside a file, read by the reader of its own kind: a chunk of a Word document, an attachment, a member of an archive."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..kinds import kind_of


def content_of(name: str, data: bytes, limits: Limits) -> Content:
    """The content of the file named `name` with the bytes `data`. Raises `Unreadable`, also for files nested too deep."""
    from ..readers import read_content

    if limits.nested < 1:
        raise Unreadable("documents.nested_too_deep")
    within = replace(limits, nested=limits.nested - 1)
    return read_content(kind_of(posixpath.splitext(name)[1], data, within), data, within)


def add_included(builder: ContentBuilder, name: str, data: bytes, limits: Limits) -> None:
    """Add the content of the file to `builder`, in its present unit; if it cannot be read, that is noted with the reason."""
    try:
        builder.add(content_of(name, data, limits))
    except Unreadable as error:
        builder.part(name, error)
