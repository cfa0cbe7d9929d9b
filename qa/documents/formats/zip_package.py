"""Files that are ZIP containers (docx, pptx, xlsx, epub): their parts, within limits, and XML that can do no harm."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib
from typing import Any
from urllib.parse import unquote

from ...config import Limits
from ..content import Unreadable

_CHUNK = 1 << 20


class Package:
    """The members of a ZIP container. What is unpacked, over all members, is counted while it is unpacked."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unpacked_mb * 2**20
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, struct_error()) as error:
            raise Unreadable(f"is a damaged container ({error}); save it again with the program that made it") from error
        members = self._archive.infolist()
        if len(members) > limits.members:
            raise Unreadable(f"has over {limits.members} members; raise the limit members if it is what it seems")
        self._names = {member.filename: member for member in members}

    @property
    def names(self) -> list[str]:
        """The names of the members, in the container's order."""
        return list(self._names)

    def read(self, name: str) -> bytes:
        """A member's bytes; `Unreadable` when it is missing, damaged, encrypted or too large."""
        member = self._names.get(name)
        if member is None:
            raise Unreadable(f"lacks its part {name}; save it again with the program that made it")
        if member.flag_bits & 1:
            raise Unreadable("is encrypted; save it without a password")
        pieces = []
        try:
            with self._archive.open(member) as stream:
                while piece := stream.read(_CHUNK):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise Unreadable(
                            f"unpacks to over {self._limits.unpacked_mb} MiB; raise the limit unpacked_mb if it is what it seems"
                        )
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise Unreadable(f"has a damaged part {name} ({error}); save it again with the program that made it") from error
        return b"".join(pieces)

    def unpack_all(self) -> None:
        """Unpack every member once, to know that they keep to the limit before a library unpacks them itself."""
        for name in self._names:
            self.read(name)

    def xml(self, name: str) -> Any:
        """A member parsed as XML."""
        return parse_xml(self.read(name), self._limits)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """The relations of an Office part: id -> (kind, the part's name), those to outside left out."""
        folder, file = posixpath.split(name)
        part = posixpath.join(folder, "_rels", f"{file}.rels")
        if part not in self._names:
            return {}
        found = {}
        for relation in self.xml(part):
            target = relation.get("Target") or ""
            if relation.get("TargetMode") != "External" and relation.get("Id"):
                kind = (relation.get("Type") or "").rpartition("/")[2]
                found[relation.get("Id")] = (kind, resolve(folder, target))
        return found


def struct_error() -> type[Exception]:
    """What a damaged directory raises in `zipfile` beside its own errors."""
    import struct

    return struct.error


def resolve(folder: str, target: str) -> str:
    """The member that `target`, a relative reference found in `folder`, names."""
    target = unquote(target.partition("#")[0])
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def parse_xml(data: bytes, limits: Limits) -> Any:
    """The root element; no entity is expanded, nothing is fetched, and depth is limited."""
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        reason = str(error).splitlines()[0] if str(error) else "no XML"
        raise Unreadable(f"has a part that is no XML ({reason}); save it again with the program that made it") from error
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limits.depth:
            raise Unreadable(f"is nested over {limits.depth} elements deep; it is no document for readers")
    return root
