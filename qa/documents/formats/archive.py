"""Reads ZIP archives: each file inside by the reader of its own kind."""

from __future__ import annotations

import posixpath
from contextlib import suppress

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..encodings import Undecodable, decode
from .included import add_included
from .zip_package import Package

_LEFT_OUT = ("__MACOSX/", "Thumbs.db", "desktop.ini")  # what file managers put beside the files


def read_archive(data: bytes, limits: Limits) -> Content:
    """The files of a ZIP archive in its order, each a unit; those that cannot be read are named. Raises `Unreadable`."""
    package = Package(data, limits)
    builder = ContentBuilder(limits)
    number = 0
    for name in package.names:
        shown = _shown(name)
        base = posixpath.basename(shown)
        if not base or base.startswith(".") or shown.startswith(_LEFT_OUT) or base in _LEFT_OUT:
            continue
        number += 1
        builder.unit("file", number, shown)
        try:
            content = package.read(name)
        except Unreadable as error:
            builder.part(shown, error)
        else:
            add_included(builder, shown, content, limits)
    return builder.content("zip")


def _shown(name: str) -> str:
    """The name of a member, with / also where a program wrote \\. Where it is not said to be UTF-8, `zipfile` took its bytes as
    CP437; they are in any encoding, and the second byte of 表 in Shift-JIS is that of \\."""
    with suppress(UnicodeEncodeError, Undecodable):
        name = decode(name.encode("cp437"))[0]
    return name.replace("\\", "/")
