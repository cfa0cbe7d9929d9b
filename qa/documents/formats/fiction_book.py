"""Reads FictionBook (.fb2): the title, the chapters with their headings, verses, tables and notes."""

from __future__ import annotations

from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable, collapsed
from ..tables import table_rows
from .raised import raised
from .zip_package import parse_xml

_F = "{http://www.gribuser.ru/xml/fictionbook/2.0}"
_DEEPEST = 6  # level of a heading


def read_fiction_book(data: bytes, limits: Limits) -> Content:
    """The bodies of a book, that of the notes last. Raises `Unreadable`."""
    problems = []
    try:
        root = parse_xml(data, limits)
    except Unreadable as error:
        if error.code != "documents.no_xml":
            raise
        problems.append(Unreadable("documents.part_damaged", name="FictionBook", reason=error))
        root = parse_xml(data, limits, mend=True)
    if root.tag != f"{_F}FictionBook":
        raise Unreadable("documents.no_book")
    builder = ContentBuilder(limits, problems)
    builder.unit("text", 0)
    info = root.find(f"{_F}description/{_F}title-info")
    if info is not None:
        builder.heading(1, info.findtext(f"{_F}book-title") or "")
        names = [" ".join(name.itertext()) for name in info.iterfind(f"{_F}author")]
        builder.block(", ".join(collapsed(name) for name in names))
        for paragraph in info.iterfind(f"{_F}annotation/{_F}p"):
            builder.block(_text(paragraph))
    for body in root.iterfind(f"{_F}body"):
        waiting = [(element, 1) for element in reversed(body)]
        while waiting:
            element, depth = waiting.pop()
            if element.tag == f"{_F}title":
                builder.heading(min(depth + 1, _DEEPEST), " ".join(_text(line) for line in element))
            elif element.tag == f"{_F}table":
                rows = [[_text(cell) for cell in row] for row in element.iterfind(f"{_F}tr")]
                builder.block("\n".join(table_rows(rows)))
            elif element.tag == f"{_F}stanza":
                builder.block("\n".join(_text(line) for line in element))
            elif element.tag in (f"{_F}p", f"{_F}subtitle", f"{_F}text-author", f"{_F}date"):
                builder.block(_text(element))
            else:
                inside = depth + (element.tag == f"{_F}section")
                waiting += [(child, inside) for child in reversed(element)]
    return builder.content("fb2")


def _text(element: Any) -> str:
    pieces = [element.text or ""]
    for child in element.iterchildren():
        inner = "".join(child.itertext())
        pieces += [raised(inner) if child.tag == f"{_F}sup" else inner, child.tail or ""]
    return collapsed("".join(pieces))
