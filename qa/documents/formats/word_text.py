"""The text of a paragraph of a Word document as it is printed: with its number, symbols and equations, without hidden text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..content import collapsed
from ..tables import table_rows
from .eq_fields import EQ, eq_text
from .metafile import READ_OTHERWISE, picture_text
from .office import GRAPHIC, A, R, W, graphic_lines, number_of, value_of
from .office_math import EQUATION, equation
from .raised import raised
from .symbols import shown, unprivate
from .word_numbers import BULLET, Numbers
from .zip_package import FALLBACK, Package

GONE = frozenset(
    f"{W}{name}" for name in ("del", "moveFrom", "delText", "rPr", "pPr", "sectPr", "fldData", "rt", "sdtPr", "tblPr", "trPr")
)
_HEADING_NAME = re.compile(r"(?:heading|标题|標題|titre|überschrift)\s*(\d)$", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Fa-f]{1,4}\Z")
_PAGE_NUMBER = re.compile(r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES)\b")
_SIGNS = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_PICTURES = {f"{A}blip": f"{R}embed", "{urn:schemas-microsoft-com:vml}imagedata": f"{R}id"}
_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
_MOST_BOXES = 8  # text boxes inside one another
_BLOCKS = (f"{W}p", f"{W}tbl", f"{W}altChunk")
_REFERENCES = {f"{W}{kind}Reference": kind for kind in ("footnote", "endnote", "comment")}


@dataclass(frozen=True, slots=True)
class Style:
    """What a style, with those that it is based on, says: level of heading, from 1, number of list and level, hidden."""

    level: int | None = None
    list: str = ""
    list_level: int = 0
    hidden: bool = False


def styles_of(root: Any) -> dict[str, Style]:
    """The styles by their ids."""
    own = {style.get(f"{W}styleId") or "": style for style in root.iter(f"{W}style")}
    return {name: _style(name, own) for name in own}


def _style(name: str, own: dict[str, Any]) -> Style:
    level, numbered, list_level, hidden = None, "", 0, None
    seen: set[str] = set()
    while name in own and name not in seen:
        seen.add(name)
        style = own[name]
        if level is None:
            level = heading_level(style.find(f"{W}pPr/{W}outlineLvl"))
        called = value_of(style.find(f"{W}name"))
        if level is None and (found := _HEADING_NAME.match(called)):
            level = int(found.group(1))
        elif level is None and called.lower() == "title":
            level = 1
        properties = style.find(f"{W}pPr/{W}numPr")
        if not numbered and properties is not None:
            numbered = value_of(properties.find(f"{W}numId"))
            list_level = number_of(value_of(properties.find(f"{W}ilvl")), 0)
        if hidden is None:
            hidden = _switched(style.find(f"{W}rPr/{W}vanish"))
        name = value_of(style.find(f"{W}basedOn"))
    return Style(level, numbered, list_level, bool(hidden))


def heading_level(outline: Any) -> int | None:
    """The level of heading that `w:outlineLvl` says, from 1; None for none."""
    level = number_of(value_of(outline), 9)
    return level + 1 if 0 <= level < 9 else None


def _switched(element: Any) -> bool | None:
    return None if element is None else value_of(element) not in ("0", "false", "off")


@dataclass(slots=True)
class Story:
    """What the paragraphs of one part of a document refer to: its relations, the notes and comments by kind and id, pictures."""

    package: Package
    relations: dict[str, tuple[str, str]] = field(default_factory=dict)
    styles: dict[str, Style] = field(default_factory=dict)
    numbers: Numbers = field(default_factory=lambda: Numbers(None, None))
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)  # those shown so far


@dataclass(frozen=True, slots=True)
class PrintedParagraph:
    """A paragraph: its number, its text, the level of heading, and what is to be put after it: notes, boxes, diagrams."""

    label: str
    text: str
    level: int | None
    after: tuple[str, ...]

    @property
    def line(self) -> str:
        """The number and the text; nothing without a text."""
        return self.label + self.text if self.text.strip() else ""

    @property
    def in_cell(self) -> str:
        """The line as a cell of a table has it: a number stands there alone too."""
        return collapsed(self.label + self.text)


def printed(paragraph: Any, story: Story, boxes: int = 0) -> PrintedParagraph:
    """The paragraph `paragraph` of `story`, inside `boxes` text boxes. Numbers are counted: each paragraph is to be asked for
    once, in order.
    """
    properties = paragraph.find(f"{W}pPr")
    style = story.styles.get(value_of(properties.find(f"{W}pStyle")), Style()) if properties is not None else Style()
    text, after = _Text(story, style.hidden, boxes).read(paragraph)
    text = unprivate(text)
    level, label = style.level, ""
    if properties is not None:
        outline = heading_level(properties.find(f"{W}outlineLvl"))
        level = level if outline is None else outline
        own = properties.find(f"{W}numPr")
        number, depth = style.list, style.list_level
        if own is not None:
            number = value_of(own.find(f"{W}numId")) or number
            depth = number_of(value_of(own.find(f"{W}ilvl")), depth)
        if number and number != "0" and (text.strip() or _is_empty(paragraph, properties)):
            label = story.numbers.label(number, depth, value_of(properties.find(f"{W}pStyle")) if own is None else "")
            label = label if text.strip() or label != BULLET else ""
    return PrintedParagraph(label, text, level if text.strip() else None, tuple(after))


def _is_empty(paragraph: Any, properties: Any) -> bool:
    """Whether a paragraph has no text of its own, and is neither deleted nor hidden: it has its number all the same."""
    mark = properties.find(f"{W}rPr")
    if mark is not None:
        deleted = any(mark.find(f"{W}{name}") is not None for name in ("del", "moveFrom"))
        if deleted or _switched(mark.find(f"{W}vanish")):
            return False
    own = (text for text in paragraph.iter(f"{W}t", f"{W}delText") if next(text.iterancestors(f"{W}p")) is paragraph)
    return not any((text.text or "").strip() for text in own)


class _Text:
    def __init__(self, story: Story, hidden: bool, boxes: int) -> None:
        self._story = story
        self._boxes = boxes
        self._hidden = hidden
        self._pieces: list[tuple[str, bool]] = []  # and whether it is a superscript
        self._after: list[str] = []
        self._fields: list[str] = []  # the instructions of the open fields, the innermost last
        self._results = 0  # open fields whose result, a page number, is left out

    def read(self, paragraph: Any) -> tuple[str, list[str]]:
        waiting: list[Iterator[Any]] = [iter(paragraph)]
        while waiting:
            child = next(waiting[-1], None)
            if child is None:
                waiting.pop()
            elif not self._taken(child):
                waiting.append(iter(child))
        text = "".join(raised(piece) if high else piece for piece, high in self._pieces)
        return text, [line for line in self._after if line.strip()]

    def _taken(self, child: Any) -> bool:  # noqa: PLR0912 - one branch for each kind of element
        """Take `child`; False when what is inside it is to be read."""
        tag = child.tag
        if tag in GONE or tag == FALLBACK:
            return True
        if tag == f"{W}t":
            self._add(shown(child.text or "", _font(child.getparent())), _run(child))
        elif tag in _SIGNS:
            self._add(_SIGNS[tag], _run(child))
        elif tag == f"{W}sym":
            code = child.get(f"{W}char") or ""
            sign = chr(int(code, 16)) if _CODE.match(code) else ""
            self._add(shown(sign, child.get(f"{W}font") or ""), _run(child))
        elif tag == EQUATION:
            self._add(equation(child), None)
        elif tag in _REFERENCES:
            self._after.append(self._story.notes.get((_REFERENCES[tag], child.get(f"{W}id") or ""), ""))
        elif tag == f"{W}txbxContent":
            self._box(child)
        elif tag == GRAPHIC:
            self._after.append("\n".join(graphic_lines(child, self._story.relations, self._story.package)))
            return False
        elif tag in _PICTURES:
            self._picture(child.get(_PICTURES[tag]) or "")
        elif tag == f"{W}object":
            return next((item.get("ProgID") or "" for item in child.iter(_OBJECT)), "").startswith(READ_OTHERWISE)
        elif tag == f"{W}instrText":
            if self._fields:
                self._fields[-1] += child.text or ""
        elif tag == f"{W}fldChar":
            self._field(child)
        elif tag == f"{W}fldSimple":
            return bool(_PAGE_NUMBER.match(child.get(f"{W}instr") or ""))
        else:
            return tag == f"{W}sdt" and child.find(f"{W}sdtPr/{W}showingPlcHdr") is not None
        return True

    def _picture(self, relation: str) -> None:
        """Keep the text of a drawn picture where it is shown first."""
        _, name = self._story.relations.get(relation, ("", ""))
        if name not in self._story.pictures:
            self._story.pictures.add(name)
            self._after.append(picture_text(self._story.package, name))

    def _box(self, box: Any) -> None:
        """Keep what is in a text box, which is put after the paragraph; nothing of one inside too many others."""
        if self._boxes >= _MOST_BOXES:
            return
        for block in blocks(box):
            if block.tag == f"{W}p":
                paragraph = printed(block, self._story, self._boxes + 1)
                self._after += [paragraph.line, *paragraph.after]
            elif block.tag == f"{W}tbl":
                after: list[str] = []
                rows = [[self._cell(cell, after) for cell in blocks(row, f"{W}tc")] for row in blocks(block, f"{W}tr")]
                self._after += ["\n".join(table_rows(rows)), *after]

    def _cell(self, cell: Any, after: list[str]) -> str:
        """The text of a cell of a table in a text box, with that of the tables in it; what comes after it is added to `after`."""
        found = [printed(paragraph, self._story, self._boxes + 1) for paragraph in blocks(cell, f"{W}p")]
        after += [line for paragraph in found for line in paragraph.after]
        return " ".join(filter(None, (paragraph.in_cell for paragraph in found)))

    def _add(self, text: str, run: Any | None) -> None:
        if self._results or not text:
            return
        properties = run.find(f"{W}rPr") if run is not None else None
        high = False
        hidden = self._hidden
        if properties is not None:
            high = value_of(properties.find(f"{W}vertAlign")) == "superscript"
            style = self._story.styles.get(value_of(properties.find(f"{W}rStyle")), Style())
            own = _switched(properties.find(f"{W}vanish"))
            hidden = (hidden or style.hidden) if own is None else own
        if hidden:
            return
        if self._pieces and high and self._pieces[-1][1]:
            self._pieces[-1] = (self._pieces[-1][0] + text, True)
        else:
            self._pieces.append((text, high))

    def _field(self, mark: Any) -> None:
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            self._fields.append("")
            self._form_value(mark.find(f"{W}ffData"))
        elif kind == "separate" and self._fields:
            if EQ.match(self._fields[-1]):
                self._fields[-1] = ""  # it has its result
            if _PAGE_NUMBER.match(self._fields[-1]):
                self._fields[-1] = "left out"
                self._results += 1
        elif kind == "end" and self._fields:
            instruction = self._fields.pop()
            self._results -= instruction == "left out"
            if EQ.match(instruction):
                self._add(eq_text(instruction), _run(mark))

    def _form_value(self, form: Any) -> None:
        """What a field of an old form shows that has no text of its own: a box, ticked or not; the entry chosen of a list."""
        if form is None:
            return
        box, choice = form.find(f"{W}checkBox"), form.find(f"{W}ddList")
        if box is not None:
            own = box.find(f"{W}checked")
            ticked = _switched(own if own is not None else box.find(f"{W}default"))
            self._add("☑" if ticked else "☐", None)
        elif choice is not None:
            entries = [value_of(entry) for entry in choice.iterfind(f"{W}listEntry")]
            at = number_of(value_of(choice.find(f"{W}result")), 0)
            self._add(entries[at] if 0 <= at < len(entries) else "", None)


def _run(element: Any) -> Any | None:
    parent = element.getparent()
    return parent if parent is not None and parent.tag == f"{W}r" else None


def _font(run: Any) -> str:
    fonts = run.find(f"{W}rPr/{W}rFonts")
    return (fonts.get(f"{W}ascii") or "") if fonts is not None else ""


def blocks(parent: Any, *tags: str) -> Iterator[Any]:
    """The elements `tags` below `parent` in order, also those in content controls and insertions, but none inside another;
    without `tags` paragraphs, tables and included documents.
    """
    wanted = tags or _BLOCKS
    waiting = [iter(parent)]
    while waiting:
        child = next(waiting[-1], None)
        if child is None:
            waiting.pop()
        elif child.tag in wanted:
            yield child
        elif child.tag not in GONE and child.tag != FALLBACK:
            waiting.append(iter(child))


def notes_of(root: Any, kind: str, story: Story) -> dict[tuple[str, str], str]:
    """The notes or comments of a part by kind and id, a line each; a comment has its author before it."""
    found = {}
    for note in root.iter(f"{W}{kind}"):
        if note.get(f"{W}type") in (None, "normal"):
            lines = (collapsed(printed(paragraph, story).line) for paragraph in note.iter(f"{W}p"))
            text = " ".join(filter(None, lines))
            author = collapsed(note.get(f"{W}author") or "")
            found[kind, note.get(f"{W}id") or ""] = f"[{author}] {text}" if text and author else text
    return found
