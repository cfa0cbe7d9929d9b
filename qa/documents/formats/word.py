"""Reads Word documents (Office Open XML): headings, paragraphs, lists, tables, notes and text boxes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, collapsed
from ..tables import fill_merged, table_rows
from .zip_package import FALLBACK, Package

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAIN = "word/document.xml"
_MOST_COLUMNS = 63  # columns of a table at most, Word's own limit
_GONE = frozenset(f"{_W}{name}" for name in ("del", "moveFrom", "instrText", "delText", "rPr", "pPr", "sectPr", "fldData"))
_HEADING_NAME = re.compile(r"(?:heading|标题|標題|titre|überschrift)\s*(\d)$", re.IGNORECASE)


def read_word(data: bytes, limits: Limits) -> Content:
    """The text with all revisions accepted; notes come after the paragraph that refers to them. Raises `Unreadable`."""
    package = Package(data, limits)
    main = next((name for kind, name in package.relations("").values() if kind == "officeDocument"), _MAIN)
    relations = package.relations(main)
    parts = {kind: name for kind, name in relations.values() if name in package.names}
    levels = _heading_levels(package.xml(parts["styles"])) if "styles" in parts else {}
    notes: dict[str, str] = {}
    for kind in ("footnotes", "endnotes"):
        if kind in parts:
            notes |= _notes(package.xml(parts[kind]), kind[:-1])
    builder = ContentBuilder(limits)
    builder.unit("text", 0)
    body = package.xml(main).find(f"{_W}body")
    if body is not None:
        _Body(builder, levels, notes).read(body)
    return builder.content("docx")


def _heading_levels(styles: Any) -> dict[str, int]:
    """Style id -> level of heading, 1 being the outermost, by the outline level or name of the style or of its base styles."""
    own: dict[str, int] = {}
    based: dict[str, str] = {}
    for style in styles.iter(f"{_W}style"):
        name = style.get(f"{_W}styleId") or ""
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        label = _value(style.find(f"{_W}name"))
        level = _level(outline)
        if level is not None:
            own[name] = level
        elif found := _HEADING_NAME.match(label):
            own[name] = int(found.group(1))
        elif label.lower() == "title":
            own[name] = 1
        based[name] = _value(style.find(f"{_W}basedOn"))
    levels = {}
    for name in based:
        seen: set[str] = set()
        at = name
        while at and at not in seen and at not in own:
            seen.add(at)
            at = based.get(at, "")
        if at in own:
            levels[name] = own[at]
    return levels


def _level(outline: Any) -> int | None:
    value = _value(outline)
    return int(value) + 1 if value.isascii() and value.isdigit() and int(value) < 9 else None


def _value(element: Any) -> str:
    return (element.get(f"{_W}val") or "") if element is not None else ""


def _notes(root: Any, kind: str) -> dict[str, str]:
    found = {}
    for note in root.iter(f"{_W}{kind}"):
        if note.get(f"{_W}type") in (None, "normal"):
            text = " ".join(filter(None, (collapsed(_text(paragraph, {})[0]) for paragraph in note.iter(f"{_W}p"))))
            found[f"{kind} {note.get(f'{_W}id')}"] = text
    return found


class _Body:
    def __init__(self, builder: ContentBuilder, levels: dict[str, int], notes: dict[str, str]) -> None:
        self._builder = builder
        self._levels = levels
        self._notes = notes
        self._list: list[str] = []

    def read(self, body: Any) -> None:
        for block in _blocks(body):
            if block.tag == f"{_W}tbl":
                self._flush()
                rows, after = _rows(block, self._notes)
                for line in ["\n".join(table_rows(rows)), *after]:
                    self._builder.block(line)
            else:
                self._paragraph(block)
        self._flush()

    def _paragraph(self, paragraph: Any) -> None:
        text, after = _text(paragraph, self._notes)
        properties = paragraph.find(f"{_W}pPr")
        style = level = None
        numbered = False
        if properties is not None:
            style = _value(properties.find(f"{_W}pStyle"))
            level = _level(properties.find(f"{_W}outlineLvl")) or self._levels.get(style)
            numbered = properties.find(f"{_W}numPr") is not None or "list" in style.lower()
        if level is not None and text.strip():
            self._flush()
            self._builder.heading(level, text)
        elif numbered and text.strip():
            self._list.append(f"- {collapsed(text)}")
        elif text.strip():
            self._flush()
            self._builder.block(text.strip())
        if after:
            self._flush()
        for note in after:
            self._builder.block(note)

    def _flush(self) -> None:
        self._builder.block("\n".join(self._list))
        self._list = []


def _blocks(parent: Any) -> Iterator[Any]:
    """The paragraphs and tables below `parent` in order, also those inside content controls and insertions."""
    waiting = [iter(parent)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag not in _GONE and child.tag != FALLBACK:
            waiting.append(iter(child))


def _rows(table: Any, notes: dict[str, str]) -> tuple[list[list[str]], list[str]]:
    """The rows of a table with merged cells filled in, and the texts to put after it: its notes and text boxes."""
    rows: list[list[str]] = []
    after: list[str] = []
    merged: dict[tuple[int, int], int] = {}  # first row and column of a merged cell -> its last row so far
    first: dict[int, int] = {}  # column -> the first row of the last cell there that may be merged
    for row in _children(table, f"{_W}tr"):
        if row.find(f"{_W}trPr/{_W}del") is not None:
            continue
        cells: list[str] = []
        for cell in _children(row, f"{_W}tc"):
            merge = cell.find(f"{_W}tcPr/{_W}vMerge")
            if merge is None or _value(merge) == "restart":
                first[len(cells)] = len(rows)
            else:
                merged[first.get(len(cells), len(rows)), len(cells)] = len(rows)
            text, more = _cell_text(cell, notes)
            after += more
            span = _value(cell.find(f"{_W}tcPr/{_W}gridSpan"))
            width = min(int(span), _MOST_COLUMNS) if span.isascii() and span.isdigit() else 1
            cells += [text, *[""] * (width - 1)]
        rows.append(cells)
    fill_merged(rows, ((top, last, column) for (top, column), last in merged.items()))
    return rows, after


def _cell_text(cell: Any, notes: dict[str, str]) -> tuple[str, list[str]]:
    texts, after = [], []
    for paragraph in cell.iter(f"{_W}p"):
        if not _inside_box(paragraph, cell):
            text, more = _text(paragraph, notes)
            texts.append(collapsed(text))
            after += more
    return " ".join(filter(None, texts)), after


def _children(parent: Any, tag: str) -> Iterator[Any]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            yield from _children(child, tag)


def _inside_box(paragraph: Any, cell: Any) -> bool:
    for above in paragraph.iterancestors():
        if above is cell:
            return False
        if above.tag == f"{_W}txbxContent":
            return True
    return False


def _text(paragraph: Any, notes: dict[str, str]) -> tuple[str, list[str]]:
    """The text of a paragraph, and the texts to put after it: the notes that it refers to and its text boxes."""
    pieces: list[str] = []
    after: list[str] = []
    waiting = [iter(paragraph)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
            continue
        tag = child.tag
        if tag == f"{_W}t":
            pieces.append(child.text or "")
        elif tag == f"{_W}tab":
            pieces.append("\t")
        elif tag in (f"{_W}br", f"{_W}cr"):
            pieces.append("\n")
        elif tag == f"{_W}noBreakHyphen":
            pieces.append("-")
        elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            kind = "footnote" if "footnote" in tag else "endnote"
            after.append(notes.get(f"{kind} {child.get(f'{_W}id')}", ""))
        elif tag == f"{_W}txbxContent":
            after += [_text(inner, notes)[0] for inner in _blocks(child) if inner.tag == f"{_W}p"]
        elif tag not in _GONE and tag != FALLBACK:
            waiting.append(iter(child))
    return "".join(pieces), [note for note in after if note.strip()]
