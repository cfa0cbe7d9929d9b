"""Web pages to text: what a reader reads, in blocks, without scripts, styles and the furniture of a site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable, collapsed
from ..encodings import decode
from ..tables import table_rows

_SKIPPED = frozenset(
    "head script style noscript template nav footer button select option textarea input iframe object embed svg canvas"
    " audio video map datalist dialog del rp rt".split()
)
_SKIPPED_ROLES = frozenset(("navigation", "search", "menu", "menubar", "toolbar", "contentinfo"))
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure header hgroup html"
    " hr legend li main ol p pre section summary table tbody td tfoot th thead tr ul h1 h2 h3 h4 h5 h6".split()
)
_HEADING = re.compile(r"h[1-6]$")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,500}?charset\s*+=\s*+[\"']?+\s*+([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*+=\s*+[\"']([\w.:-]+)", re.IGNORECASE)
_SPACES = re.compile("[ \t\r\n\f]+")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BAD = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def read_html(data: bytes, limits: Limits) -> Content:
    """One saved page."""
    text, encoding = decode_page(data)
    builder = ContentBuilder(limits)
    builder.unit("text", 0)
    add_page(builder, text, limits)
    return builder.content(encoding)


def read_mhtml(data: bytes, limits: Limits) -> Content:
    """A page saved with its parts (RFC 2557): the first part that is a page or a text."""
    import email
    import email.policy

    message = email.message_from_bytes(data, policy=email.policy.compat32)
    for part in message.walk():
        kind = part.get_content_type()
        if kind not in ("text/html", "application/xhtml+xml", "text/plain"):
            continue
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes) or not payload.strip():
            continue
        builder = ContentBuilder(limits)
        builder.unit("text", 0)
        text, encoding = decode_page(payload, part.get_content_charset())
        if kind == "text/plain":
            builder.block(text)
        else:
            add_page(builder, text, limits)
        return builder.content(encoding)
    raise Unreadable("documents.no_page")


def decode_page(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """A page's text and encoding: by mark and evidence, and what the page declares."""
    found = _XML.search(data[:1024]) or _META.search(data[:4096])
    return decode(data, declared or (found.group(1).decode("ascii", "replace") if found else None))


def add_page(builder: ContentBuilder, page: str, limits: Limits) -> None:
    """Put a page's headings, paragraphs, lists and tables into `builder`."""
    from lxml import html

    cleaned = _BAD.sub("", _XML_DECLARATION.sub("", page))
    if not cleaned.strip():
        return
    parser = html.HTMLParser(huge_tree=True, no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    root = html.document_fromstring(cleaned.encode("utf-8"), parser=parser, ensure_head_body=True)
    _Page(builder, limits).read(root)


class _Page:
    """Walks a page's tree without recursion: pages may be nested deeper than Python's stack."""

    def __init__(self, builder: ContentBuilder, limits: Limits) -> None:
        self._builder = builder
        self._limits = limits
        self._pending: list[str] = []
        self._items: list[str] = []
        self._preserved = 0

    def read(self, root: Any) -> None:
        skip_until: Any = None
        depth = 0
        tables: list[_Table] = []
        for event, element in _events(root):
            tag = element.tag if isinstance(element.tag, str) else ""
            if event == "start":
                depth += 1
                if depth > self._limits.depth:
                    raise Unreadable("documents.page_too_deep", most=self._limits.depth)
            else:
                depth -= 1
            if skip_until is not None:
                if event == "end" and element is skip_until:
                    skip_until = None
                    self._text(element.tail, tables)
                continue
            if event == "start" and _skipped(element, tag):
                skip_until = element
                continue
            if event == "start":
                self._start(element, tag, tables)
                self._text(element.text, tables)
            else:
                self._end(element, tag, tables)
                self._text(element.tail, tables)
        self._flush()
        self._flush_items()

    def _start(self, element: Any, tag: str, tables: list[_Table]) -> None:
        if tag == "table":
            if not tables:
                self._flush()
                self._flush_items()
            tables.append(_Table())
        elif tables:
            tables[-1].start(tag)
        elif tag in _BLOCKS:
            if tag in ("ul", "ol") and element.getparent() is not None and element.getparent().tag == "li":
                self._item()  # what the item says before the list inside it
            self._flush()
            if tag not in ("li", "ul", "ol", "p", "div"):
                self._flush_items()
        if tag == "pre":
            self._preserved += 1
        if tag == "br":
            self._pending.append("\n") if not tables else tables[-1].text(" ")
        if tag == "img" and (element.get("alt") or "").strip():
            self._text(f" {element.get('alt')} ", tables)

    def _end(self, element: Any, tag: str, tables: list[_Table]) -> None:  # noqa: PLR0912 - one branch a kind of element
        if tag == "pre":
            self._flush()
            self._preserved -= 1
        if tag == "table" and tables:
            table = tables.pop()
            caption = table.caption()
            if tables:  # one inside another: its rows are part of the cell
                tables[-1].text(" ".join([caption, *("；".join(filter(None, row)) for row in table.finished())]))
                return
            self._builder.block(caption)
            if table.layout:
                for row in table.finished():
                    for cell in row:
                        self._builder.block(cell)
            else:
                self._builder.block("\n".join(table_rows(table.finished())))
        elif tables:
            tables[-1].end(tag)
        elif _HEADING.match(tag):
            title = "".join(self._pending)
            self._pending = []
            self._flush_items()
            self._builder.heading(int(tag[1]), title)
        elif tag == "li":
            self._item()
        elif tag in ("ul", "ol"):
            if not any(parent.tag in ("ul", "ol") for parent in element.iterancestors()):
                self._flush_items()
        elif tag in _BLOCKS:
            self._flush()

    def _text(self, text: str | None, tables: list[_Table]) -> None:
        if not text:
            return
        if tables:
            tables[-1].text(text)
        else:
            self._pending.append(text if self._preserved else _SPACES.sub(" ", text))

    def _taken(self) -> str:
        text = "".join(self._pending)
        self._pending = []
        if self._preserved:
            return text.strip("\n")
        return "\n".join(filter(None, (_SPACES.sub(" ", line).strip(" ") for line in text.split("\n"))))

    def _item(self) -> None:
        if item := self._taken():
            self._items.append(f"- {item}")

    def _flush(self) -> None:
        text = self._taken()
        if not text.strip():
            return
        if self._items:
            self._items.append(text)  # a paragraph inside a list
        else:
            self._builder.block(text)

    def _flush_items(self) -> None:
        self._builder.block("\n".join(self._items))
        self._items = []


class _Table:
    """The cells of a table, row by row."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []
        self._cell: list[str] | None = None
        self._caption: list[str] = []
        self.layout = False  # a table that lays out a page rather than data

    def start(self, tag: str) -> None:
        if tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            self._cell = []
            if not self._rows:
                self._rows.append([])
        elif tag in ("h1", "h2", "h3", "h4", "article", "section"):
            self.layout = True
        if tag in _BLOCKS:
            self.text(" ")

    def text(self, text: str) -> None:
        (self._caption if self._cell is None else self._cell).append(text)

    def end(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self._rows[-1].append(collapsed("".join(self._cell)))
            self._cell = None
        elif tag in _BLOCKS:
            self.text(" ")

    def finished(self) -> list[list[str]]:
        return [row for row in self._rows if any(row)]

    def caption(self) -> str:
        return collapsed("".join(self._caption))


def _events(root: Any) -> Iterator[tuple[str, Any]]:
    from lxml import etree

    yield from etree.iterwalk(root, events=("start", "end"))


def _skipped(element: Any, tag: str) -> bool:
    if tag in _SKIPPED or element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    return (element.get("role") or "").lower() in _SKIPPED_ROLES or bool(_HIDDEN.search(element.get("style") or ""))
