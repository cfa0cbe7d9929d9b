"""Files that are ZIP containers (docx, pptx, xlsx, epub): their parts, within limits, and XML that can do no harm."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote

from ...config import Limits
from ..content import Unreadable
from ..zip_directory import member_names

_CHUNK = 1 << 20


class Package:
    """The members of a ZIP container. What is unpacked, over all members, is counted while it is unpacked."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.unpacked_mb * 2**20
        member_names(data, limits)  # `zipfile` has no limit
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError, struct.error) as error:
            raise Unreadable("documents.damaged_container") from error
        self._members = {member.filename: member for member in self._archive.infolist()}

    @property
    def names(self) -> Collection[str]:
        """The names of the members, in the container's order."""
        return self._members.keys()

    def read(self, name: str) -> bytes:
        """A member's bytes; `Unreadable` when it is missing, damaged, encrypted or too large."""
        member = self._members.get(name)
        if member is None:
            raise Unreadable("documents.missing_part", name=name)
        if member.flag_bits & 1:
            raise Unreadable("documents.encrypted")
        pieces = []
        try:
            with self._archive.open(member) as stream:
                while piece := stream.read(_CHUNK):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise Unreadable("documents.too_much_unpacked", most=self._limits.unpacked_mb)
                    pieces.append(piece)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
            raise Unreadable("documents.damaged_part", name=name, reason=error) from error
        return b"".join(pieces)

    def unpack_all(self) -> None:
        """Unpack every member once, to know that they keep to the limit before a library unpacks them itself."""
        for name in self._members:
            self.read(name)

    def xml(self, name: str) -> Any:
        """A member parsed as XML."""
        return parse_xml(self.read(name), self._limits)

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """The relations of an Office part: id -> (kind, the part's name), those to outside left out."""
        folder, file = posixpath.split(name)
        part = posixpath.join(folder, "_rels", f"{file}.rels")
        if part not in self._members:
            return {}
        found = {}
        for relation in self.xml(part):
            target = relation.get("Target") or ""
            if relation.get("TargetMode") != "External" and relation.get("Id"):
                kind = (relation.get("Type") or "").rpartition("/")[2]
                found[relation.get("Id")] = (kind, resolve(folder, target))
        return found


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
        raise Unreadable("documents.no_xml", reason=error) from error
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > limits.depth:
            raise Unreadable("documents.part_too_deep", most=limits.depth)
    return root
