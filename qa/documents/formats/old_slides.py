"""Reads PowerPoint 97-2003 presentations (.ppt, MS-PPT): the title, texts, tables and notes of each slide.

Of PowerPoint 95 it reads the texts that the file holds for searching, without slides, unless a copy for 97 is inside it.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable
from ..encodings import decode
from ..tables import table_rows
from .old_pictures import OldPictures
from .symbols import unprivate

# Kinds of records.
_DOCUMENT, _SLIDE_ATOM, _LIST, _PERSISTED, _EDIT, _DIRECTORY = 1000, 1007, 4080, 1011, 4085, 6002
_TEXT_KIND, _WIDE, _NARROW, _REFERENCE = 3999, 4000, 4008, 3998
_CLIENT_DATA, _PLACEHOLDER = 0xF011, 3011
_FOOTERS, _FOOTERS_SHOWN, _STRING = 4057, 4058, 4026
_GROUP, _SHAPE, _ANCHOR, _CHILD_ANCHOR, _TEXT_BOX = 0xF003, 0xF004, 0xF010, 0xF00F, 0xF00D
_ENCRYPTED = 0xF3D1C4DF  # in the stream of the current user
_CONTAINER = 0xF  # version of a record that holds others
_DEEPEST = 60  # records in records
_TITLES = (0, 6)  # kinds of texts: title, centred title
_OTHER = 4  # kind of texts that are no titles, bodies or notes
_MOST_EDITS = 10_000
_SHOWS_MASTER = 1  # a flag of a slide
_OF_SLIDES = 3  # instance of the footers that all slides have, but for those with their own
_SHOWN = {0: 1 | 4, 2: 32}  # number of a text of footers (a date that stays, the footer) -> its flags
_BESIDE = "PP97_DUALSTORAGE/"  # where a file for PowerPoint 95 and 97 has what is for 97


def read_old_slides(data: bytes, limits: Limits) -> Content:
    """The slides in their order, their titles as headings. Raises `Unreadable`."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            folder = _BESIDE if ole.exists(f"{_BESIDE}PowerPoint Document") else ""
            if not folder and ole.exists("Header") and ole.exists("Text_Content"):
                return _read_searched(ole.openstream("Text_Content").read(), limits)
            user = ole.openstream(f"{folder}Current User").read()
            stream = ole.openstream(f"{folder}PowerPoint Document").read()
            pictures = ole.openstream(f"{folder}Pictures").read() if ole.exists(f"{folder}Pictures") else b""
        token, edit = struct.unpack_from("<II", user, 12)
        if token == _ENCRYPTED:
            raise Unreadable("documents.encrypted")
        return _read(stream, pictures, edit, limits)
    except (struct.error, OSError, KeyError, OverflowError) as error:  # the last by sizes that olefile takes from the file
        raise Unreadable("documents.damaged_container") from error


def _read_searched(data: bytes, limits: Limits) -> Content:
    builder = ContentBuilder(limits)
    text, _ = decode(data.rstrip(b"\0"))
    for block in text.replace("\r\n", "\r").split("\r\r"):
        builder.block("\n".join(filter(None, map(str.strip, block.replace("\x0b", "\r").split("\r")))))
    return builder.content("ppt")


@dataclass(frozen=True, slots=True)
class _Record:
    kind: int
    instance: int
    start: int  # of what it holds
    end: int
    holds_records: bool


@dataclass(frozen=True, slots=True)
class _Box:
    """A text on a slide: its kind, where it lies, the group that it is in, and whether it fills a place of the layout."""

    text: str
    kind: int
    top: int
    left: int
    group: int
    placeholder: bool

    @property
    def may_be_footer(self) -> bool:
        """Titles and bodies are none, nor what is in a group, such as a cell of a table."""
        return self.kind == _OTHER and self.group < 2


def _records(stream: bytes, start: int, end: int) -> Iterator[_Record]:
    at = start
    end = min(end, len(stream))
    while at + 8 <= end:
        head, kind, size = struct.unpack_from("<HHI", stream, at)
        yield _Record(kind, head >> 4, at + 8, min(at + 8 + size, end), head & 15 == _CONTAINER)
        at += 8 + size


def _read(stream: bytes, pictures: bytes, edit: int, limits: Limits) -> Content:
    places = _directory(stream, edit)
    document = next(
        record for offset in places.values() for record in _records(stream, offset, len(stream)) if record.kind == _DOCUMENT
    )
    lists = {(part.kind, part.instance): part for part in _records(stream, document.start, document.end)}
    slides = list(_outline(stream, lists[_LIST, 0])) if (_LIST, 0) in lists else []
    masters, notes = (_numbered(stream, lists.get((_LIST, instance))) for instance in (1, 2))
    footers = _footers(stream, lists.get((_FOOTERS, _OF_SLIDES)))
    if len(slides) > limits.pages:
        raise Unreadable("documents.too_many_slides", most=limits.pages)
    builder = ContentBuilder(limits)
    drawn = OldPictures(stream, pictures, document.start, document.end, limits)
    said: set[str] = set()  # what runs over the slides
    shown: set[int | None] = set()  # where the masters are whose texts have been said
    for number, (place, texts) in enumerate(slides, 1):
        builder.unit("slide", number)
        slide = next(_records(stream, places[place], len(stream)), None) if place in places else None
        if slide is None:
            builder.part(f"{number}", Unreadable("documents.missing_slide", number=number))
            continue
        parts = {record.kind: record for record in _records(stream, slide.start, slide.end)}
        running = _footers(stream, parts.get(_FOOTERS)) if _FOOTERS in parts else footers
        boxes = [box for box in _boxes(stream, slide, texts) if not (box.may_be_footer and box.text in running)]
        _add(builder, boxes, drawn.texts(slide.start, slide.end))
        own_texts = {box.text for box in boxes}
        if (atom := parts.get(_SLIDE_ATOM)) is None:
            continue
        master, own, flags = struct.unpack_from("<IIH", stream, atom.start + 12)
        its_place = masters.get(master, 0)
        if flags & _SHOWS_MASTER and places.get(its_place) not in shown:
            shown.add(places.get(its_place))
            running = [*running, *(box.text for box in _boxes_at(stream, places, its_place) if not box.placeholder)]
        running = [text for text in dict.fromkeys(running) if text not in said | own_texts and any(map(str.isalnum, text))]
        builder.block("\n".join(running))
        said.update(running)
        for box in _boxes_at(stream, places, notes.get(own, 0)):
            if box.kind == 2:
                builder.block(box.text)
    return builder.content("ppt")


def _numbered(stream: bytes, part: _Record | None) -> dict[int, int]:
    """The masters or the notes: the number of each and its place in the directory."""
    numbered = {}
    for record in _records(stream, part.start, part.end) if part else ():
        if record.kind == _PERSISTED:
            place, _, _, number = struct.unpack_from("<IIiI", stream, record.start)
            numbered[number] = place
    return numbered


def _footers(stream: bytes, footers: _Record | None) -> list[str]:
    """The texts of the footers of slides that are shown and say the same every day."""
    flags, texts = 0, {}
    for part in _records(stream, footers.start, footers.end) if footers else ():
        if part.kind == _FOOTERS_SHOWN:
            (flags,) = struct.unpack_from("<H", stream, part.start + 2)
        elif part.kind == _STRING:
            texts[part.instance] = stream[part.start : part.end].decode("utf-16-le", "replace").strip()
    return [texts.get(number, "") for number, shown in _SHOWN.items() if flags & shown == shown]


def _boxes_at(stream: bytes, places: dict[int, int], place: int) -> list[_Box]:
    record = next(_records(stream, places[place], len(stream)), None) if place in places else None
    return list(_boxes(stream, record, [])) if record is not None else []


def _directory(stream: bytes, edit: int) -> dict[int, int]:
    """Where each object of the file is; later edits come before earlier ones."""
    places: dict[int, int] = {}
    for _ in range(_MOST_EDITS):
        record = next(_records(stream, edit, len(stream)), None)
        if record is None or record.kind != _EDIT:
            break
        before, directory = struct.unpack_from("<II", stream, record.start + 8)
        for table in _records(stream, directory, len(stream)):
            at = table.start
            while table.kind == _DIRECTORY and at + 4 <= table.end:
                (head,) = struct.unpack_from("<I", stream, at)
                first, count = head & 0xFFFFF, head >> 20
                for number in range(min(count, (table.end - at - 4) // 4)):
                    places.setdefault(first + number, struct.unpack_from("<I", stream, at + 4 + 4 * number)[0])
                at += 4 + 4 * count
            break
        if not before or before >= edit:
            break
        edit = before
    if not places:
        raise Unreadable("documents.damaged_container")
    return places


def _outline(stream: bytes, part: _Record) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """The slides in order: their place in the directory, and the kind and text of each of their titles and bodies.

    A slide refers to a text by its number, and those that are empty, which have a kind alone, count too.
    """
    slide: tuple[int, list[tuple[int, str]]] | None = None
    for record in _records(stream, part.start, part.end):
        if record.kind == _PERSISTED:
            if slide is not None:
                yield slide
            slide = (struct.unpack_from("<I", stream, record.start)[0], [])
        elif record.kind == _TEXT_KIND and slide is not None:
            slide[1].append((struct.unpack_from("<I", stream, record.start)[0], ""))
        elif record.kind in (_WIDE, _NARROW) and slide is not None and slide[1]:
            slide[1][-1] = (slide[1][-1][0], _text(stream, record))
    if slide is not None:
        yield slide


def _boxes(stream: bytes, slide: _Record, texts: list[tuple[int, str]]) -> Iterator[_Box]:
    """The texts of a slide in the order of the file."""
    # record, depth, top, left, group, and whether it is inside a shape that fills a place
    waiting: list[tuple[_Record, int, int, int, int, bool]] = [(slide, 0, 0, 0, 0, False)]
    groups = 0
    while waiting:
        record, depth, top, left, group, placeholder = waiting.pop()
        if not record.holds_records and record.kind != _TEXT_BOX:
            continue
        if depth > _DEEPEST:
            raise Unreadable("documents.part_too_deep", most=_DEEPEST)
        inside = list(_records(stream, record.start, record.end))
        if record.kind == _TEXT_BOX:
            kind = _OTHER
            for part in inside:
                if part.kind == _TEXT_KIND:
                    kind = struct.unpack_from("<I", stream, part.start)[0]
                elif part.kind in (_WIDE, _NARROW):
                    yield _Box(_text(stream, part), kind, top, left, group, placeholder)
                elif part.kind == _REFERENCE:
                    (number,) = struct.unpack_from("<I", stream, part.start)
                    if number < len(texts):
                        yield _Box(texts[number][1], texts[number][0], top, left, group, placeholder)
            continue
        if record.kind == _GROUP:
            groups += 1
            group = groups
        elif record.kind == _SHAPE:
            top, left = _place(stream, inside, (top, left))
            data = (part for part in inside if part.kind == _CLIENT_DATA)
            placeholder = any(own.kind == _PLACEHOLDER for part in data for own in _records(stream, part.start, part.end))
        waiting += [(part, depth + 1, top, left, group, placeholder) for part in reversed(inside)]


def _place(stream: bytes, parts: list[_Record], otherwise: tuple[int, int]) -> tuple[int, int]:
    for part in parts:
        size = part.end - part.start
        if part.kind == _CHILD_ANCHOR and size >= 8:
            left, top = struct.unpack_from("<ii", stream, part.start)
            return top, left
        if part.kind == _ANCHOR and size >= 16:
            top, left = struct.unpack_from("<ii", stream, part.start)
            return top, left
        if part.kind == _ANCHOR and size >= 8:
            top, left = struct.unpack_from("<hh", stream, part.start)
            return top, left
    return otherwise


def _add(builder: ContentBuilder, boxes: list[_Box], drawn: Iterable[str]) -> None:
    """Add the texts of a slide: titles, then from top to bottom; those of a group that lie in rows and columns as a table; those
    of pictures."""
    for box in boxes:
        if box.kind in _TITLES:
            builder.heading(1, box.text)
    groups: dict[int, list[_Box]] = {}
    for box in boxes:
        if box.kind not in _TITLES and box.text.strip():
            groups.setdefault(box.group, []).append(box)
    tables = {group: rows for group, own in groups.items() if group > 1 and (rows := _rows(own))}
    shown: set[int] = set()
    rest = sorted((box for own in groups.values() for box in own), key=lambda box: (_top(box, groups, tables), box.left))
    for box in rest:
        if box.group not in tables:
            builder.block(box.text)
        elif box.group not in shown:
            shown.add(box.group)
            builder.block("\n".join(table_rows(tables[box.group])))
    for text in drawn:
        builder.block(text)


def _top(box: _Box, groups: dict[int, list[_Box]], tables: dict[int, list[list[str]]]) -> int:
    return min(other.top for other in groups[box.group]) if box.group in tables else box.top


def _rows(boxes: list[_Box]) -> list[list[str]]:
    """The texts of a group as rows, if it has the places of a table with two rows and columns at least; else nothing."""
    tops, lefts = sorted({box.top for box in boxes}), sorted({box.left for box in boxes})
    cells = {(box.top, box.left): box.text.replace("\n", " ") for box in boxes}
    if len(tops) < 2 or len(lefts) < 2 or len(cells) != len(boxes) or len(boxes) <= max(len(tops), len(lefts)):
        return []
    if len(tops) * len(lefts) > 4 * len(boxes):
        return []
    return [[cells.get((top, left), "") for left in lefts] for top in tops]


def _text(stream: bytes, record: _Record) -> str:
    data = stream[record.start : record.end]
    text = data.decode("utf-16-le", "replace") if record.kind == _WIDE else data.decode("latin-1")
    lines = (line.strip() for line in unprivate(text.replace("\x0b", "\n").replace("\r", "\n")).split("\n"))
    return "\n".join(line for line in lines if line not in ("", "*"))  # a star stands for a number or a date that is put in
