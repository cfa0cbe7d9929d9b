"""Reads Office files that are one piece of XML: all parts in one (Flat OPC, of Word and PowerPoint from 2007), Word 2003."""

from __future__ import annotations

import base64
import io
import zipfile
from contextlib import suppress
from typing import Any

from ...config import Limits
from ..content import Content, Unreadable
from .office import W, value_of
from .slides import read_slides
from .word import read_word
from .zip_package import parse_xml

_P = "{http://schemas.microsoft.com/office/2006/xmlPackage}"
_OF_2003 = b"http://schemas.microsoft.com/office/word/2003/wordml"
_ANNOTATION, _AUTHOR = (f"{{http://schemas.microsoft.com/aml/2001/core}}{name}" for name in ("annotation", "author"))
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LONGEST_NAME = 1000  # characters of a part's name
# How the numbers of a list look, by the codes of Word 2003.
_FORMS = {
    "0": "decimal", "1": "upperRoman", "2": "lowerRoman", "3": "upperLetter", "4": "lowerLetter", "23": "bullet",
    "11": "japaneseCounting", "37": "chineseCounting", "38": "chineseLegalSimplified", "39": "chineseCountingThousand",
}  # fmt: skip


def read_flat_office(data: bytes, limits: Limits) -> Content:
    """The content of the file that the parts make. Raises `Unreadable`."""
    root = parse_xml(data.lstrip(), limits)
    parts = _parts(root) if root.tag == f"{_P}package" else _parts_of_2003(data, limits)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    if any(name.startswith("word/") for name in parts):
        return read_word(packed.getvalue(), limits)
    if any(name.startswith("ppt/") for name in parts):
        return read_slides(packed.getvalue(), limits)
    raise Unreadable("documents.office_xml")


def _written(element: Any) -> bytes:
    from lxml import etree

    return bytes(etree.tostring(element, encoding="utf-8", with_tail=False))


def _parts(root: Any) -> dict[str, bytes]:
    parts = {}
    for part in root.iterfind(f"{_P}part"):
        name = (part.get(f"{_P}name") or "").lstrip("/")
        if not 0 < len(name) < _LONGEST_NAME:
            continue
        held = part.find(f"{_P}xmlData")
        if held is not None and len(held):
            parts[name] = _written(held[0])
        elif (coded := part.find(f"{_P}binaryData")) is not None:
            with suppress(ValueError):  # a damaged picture
                parts[name] = base64.b64decode(coded.text or "")
    return parts


def _parts_of_2003(data: bytes, limits: Limits) -> dict[str, bytes]:
    """The parts that Word 2007 would make: text, styles, lists, notes, headers and footers."""
    root = parse_xml(_written(parse_xml(data.lstrip(), limits)).replace(_OF_2003, W[1:-1].encode()), limits)
    body, styles, lists = (root.find(f"{W}{name}") for name in ("body", "styles", "lists"))
    if root.tag != f"{W}wordDocument" or body is None:
        raise Unreadable("documents.office_xml")
    parts: dict[str, bytes] = {}
    named = [("officeDocument", "word/document.xml")]
    for kind in ("footnote", "endnote"):
        notes = root.makeelement(f"{W}{kind}s", nsmap=root.nsmap)
        for number, note in enumerate([one for one in body.iter(f"{W}{kind}") if len(one)], 1):
            note.addprevious(note.makeelement(f"{W}{kind}Reference", {f"{W}id": str(number)}))
            note.set(f"{W}id", str(number))
            notes.append(note)
        parts[f"word/{kind}s.xml"] = _written(notes)
        named.append((f"{kind}s", f"word/{kind}s.xml"))
    for kind, old in (("header", "hdr"), ("footer", "ftr")):
        for number, edge in enumerate(list(body.iter(f"{W}{old}")), 1):
            name = f"{kind}{number}"
            said = {"odd": "default"}.get(edge.get(f"{W}type") or "odd", edge.get(f"{W}type") or "")
            edge.addprevious(edge.makeelement(f"{W}{kind}Reference", {f"{W}type": said, f"{{{_RELATIONS}}}id": name}))
            edge.getparent().remove(edge)
            parts[f"word/{name}.xml"] = _written(edge)
            named.append((name, f"word/{name}.xml"))
    comments = root.makeelement(f"{W}comments", nsmap=root.nsmap)
    for number, comment in enumerate([one for one in body.iter(_ANNOTATION) if one.get(f"{W}type") == "Word.Comment"], 1):
        comment.addprevious(comment.makeelement(f"{W}commentReference", {f"{W}id": str(number)}))
        comment.tag = f"{W}comment"
        comment.set(f"{W}id", str(number))
        comment.set(f"{W}author", comment.get(_AUTHOR) or "")
        comment.attrib.pop(f"{W}type")
        comments.append(comment)
    parts["word/comments.xml"] = _written(comments)
    named.append(("comments", "word/comments.xml"))
    for merged in body.iter(f"{W}vmerge"):
        merged.tag = f"{W}vMerge"
    for properties in body.iter(f"{W}listPr"):
        properties.tag = f"{W}numPr"
        for used in properties.iterfind(f"{W}ilfo"):
            used.tag = f"{W}numId"
    if styles is not None:
        parts["word/styles.xml"] = _written(styles)
        named.append(("styles", "word/styles.xml"))
    if lists is not None:
        parts["word/numbering.xml"] = _written(_numbering(lists))
        named.append(("numbering", "word/numbering.xml"))
    parts["word/document.xml"] = _written(root)
    parts["_rels/.rels"] = _relations(named[:1])
    parts["word/_rels/document.xml.rels"] = _relations(named[1:])
    return parts


def _numbering(lists: Any) -> Any:
    for definition in lists.iterfind(f"{W}listDef"):
        definition.tag = f"{W}abstractNum"
        definition.set(f"{W}abstractNumId", definition.get(f"{W}listDefId") or "")
        for form in definition.iterfind(f"{W}lvl/{W}nfc"):
            form.tag = f"{W}numFmt"
            form.set(f"{W}val", _FORMS.get(value_of(form), "decimal"))
    for used in lists.iterfind(f"{W}list"):
        used.tag = f"{W}num"
        used.set(f"{W}numId", used.get(f"{W}ilfo") or "")
        for definition in used.iterfind(f"{W}ilst"):
            definition.tag = f"{W}abstractNumId"
    return lists


def _relations(named: list[tuple[str, str]]) -> bytes:
    lines = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{name.rstrip("0123456789")}" Target="/{target}"/>'
        for name, target in named
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'.encode()
