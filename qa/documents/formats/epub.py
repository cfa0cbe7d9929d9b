"""Electronic books (EPUB 2 and 3): chapters in reading order."""

from __future__ import annotations

import posixpath

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..encodings import Undecodable
from .html import add_page, decode_page
from .zip_package import Package, resolve

_CONTAINER = "META-INF/container.xml"
_NO_PAGES = ("image/", "audio/", "video/", "font/")  # whatever else the spine names is text, under whatever type


def read_epub(data: bytes, limits: Limits) -> Content:
    """The chapters of an EPUB in the order of its spine, without the table of contents. Raises `Unreadable`."""
    package = Package(data, limits)
    if "META-INF/encryption.xml" in package and "META-INF/rights.xml" in package:
        raise Unreadable("documents.copy_protected")
    rootfile = next((element.get("full-path") for element in package.xml(_CONTAINER).iter("{*}rootfile")), None)
    if not rootfile:
        raise Unreadable("documents.no_book")
    book = package.xml(rootfile)
    folder = posixpath.dirname(rootfile)
    items = {
        item.get("id"): (resolve(folder, item.get("href") or ""), item.get("media-type"))
        for item in book.iter("{*}item")
        if "nav" not in (item.get("properties") or "").split()
    }
    builder = ContentBuilder(limits)
    number = 0
    # a spine names each of its items once (EPUB 3.3, 5.7.2), however often it says so
    for name, kind in dict.fromkeys(items.get(reference.get("idref"), ("", None)) for reference in book.iter("{*}itemref")):
        if name not in package or (kind or "").startswith(_NO_PAGES):
            continue
        number += 1
        builder.unit("chapter", number)
        try:
            text, _, problems = decode_page(package.read(name))
            for problem in problems:
                builder.part(name, problem)
            add_page(builder, text, limits)
        except (Undecodable, Unreadable) as error:
            builder.part(name, Unreadable(error.code, **error.values))
    return builder.content("epub")
