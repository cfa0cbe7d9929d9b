"""A file inside a file, read by the reader of its own kind: a chunk of a Word document, an attachment, a member of an archive."""

from __future__ import annotations

import io
import posixpath
import struct
from collections.abc import Mapping
from dataclasses import replace

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..kinds import kind_of
from .zip_package import Package

_OFFICE = (".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".pptm")


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


def add_embedded(
    builder: ContentBuilder, package: Package, relations: Mapping[str, tuple[str, str]], limits: Limits, *, attached: bool = False
) -> None:
    """Add the files that a part shows as objects or icons, such as a table in a letter; `relations` are those of the part. With
    `attached`, each is a unit."""
    number = 0
    for kind, part in dict.fromkeys(relations.values()):  # each part once, however often it is referred to
        if kind not in ("package", "oleObject") or part not in package:
            continue
        name, data = posixpath.basename(part), package.read(part)
        if kind == "oleObject":
            name, data = _inside(name, data)
        elif not name.lower().endswith(_OFFICE):
            continue
        if data:
            number += 1
            if attached:
                builder.unit("attachment", number, name)
            add_included(builder, name, data, limits)


def _inside(name: str, data: bytes) -> tuple[str, bytes]:
    """The name and the bytes of the file in an OLE object; no bytes for an object that is none, such as an equation."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            if any(ole.exists(stream) for stream in ("WordDocument", "Workbook", "Book", "PowerPoint Document")):
                return name, data
            if ole.exists("Package"):
                return f"{posixpath.splitext(name)[0]}.docx", ole.openstream("Package").read()
            if ole.exists("\x01Ole10Native"):
                return _native(ole.openstream("\x01Ole10Native").read())
    except Exception:  # whatever the library raises for a damaged object
        return name, b""
    return name, b""


def _native(stream: bytes) -> tuple[str, bytes]:
    """The name and the bytes of a file that was put into a document as an icon (MS-OLEDS, OLE1.0 native data of Packager)."""
    label, _, rest = stream[6:].partition(b"\0")
    _, _, rest = rest.partition(b"\0")  # the path that it had
    (length,) = struct.unpack_from("<I", rest, 4)
    at = 8 + length  # behind a path for the time being
    (size,) = struct.unpack_from("<I", rest, at)
    name = label.decode("utf-8") if _is_utf_8(label) else label.decode("gb18030", "replace")
    return posixpath.basename(name.replace("\\", "/")), rest[at + 4 : at + 4 + size]


def _is_utf_8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
