"""A document to read around a place in it: its text in windows, and a PDF's pages as pictures with the place marked.

The text of a plain file is read from it, every character as it is. That of other formats, and of a file that is gone or has
changed, is put together from the passages in the index, which is quick whatever the document's size.
"""

from __future__ import annotations

import base64
import os
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal, Protocol

from ...config import limits_in_force
from ...documents.content import Unreadable
from ...documents.kinds import reads_as_it_is
from ...documents.read import text_of_plain
from ...errors import DocumentError
from ...types import Mark, Paragraph, Verification

REACH = 4_000  # characters shown before and after a place at first, and added at a time
MOST = 60_000  # characters shown at a time
KEPT = 60_000_000  # characters of files kept in memory
_CONTEXT = 300  # characters before a passage that tell which of several like it is meant
_DRAWING_SECONDS = 30

Condition = Literal["as indexed", "changed", "gone"]


class Readable(Protocol):
    """What reading needs of an index."""

    manifest: Any

    def document_rows(self, source: str) -> range: ...

    def paragraph(self, row: int) -> Paragraph: ...

    def document(self, row: int) -> Any: ...

    def document_path(self, entry: Any) -> str: ...

    def verify_document(self, source: str) -> Verification: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A paragraph or a heading: the characters [start, end) of the document, and which of them are marked.

    `unit` is there where a page, slide, sheet or chapter begins, or the window does.
    """

    start: int
    end: int
    text: str
    heading: bool = False
    unit: Mark | None = None
    marked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The characters [start, end) of a document of `length` characters, and how its file is now."""

    source: str
    start: int
    end: int
    length: int
    condition: Condition
    pieces: tuple[Piece, ...]
    kind: str

    @property
    def more_before(self) -> bool:
        """Whether there is text before it."""
        return self.start > 0

    @property
    def more_after(self) -> bool:
        """Whether there is text after it."""
        return self.end < self.length


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page of a PDF: a picture, and the boxes of the marked place as shares of it: left, top, right, bottom, 0 to 1.

    `on` are the pages that the place is on; it is empty when it was not found, as on a page that is a scan.
    """

    page: int
    pages: int
    on: tuple[int, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    mime: str
    picture: bytes
    width: int
    height: int


class DocumentReader:
    """Gives windows of documents' text. It keeps the texts of the plain files that it read last, `kept` characters at most."""

    def __init__(self, kept: int = KEPT) -> None:
        self._texts = _Texts(kept)

    def around(self, index: Readable, source: str, start: int, end: int, reach: int = REACH) -> Window:
        """The text around the characters [start, end) of a document, which are marked. Raises `DocumentError`."""
        return self.window(index, source, start - reach, end + reach, ((start, end),))

    def more(
        self, index: Readable, window: Window, marked: Sequence[tuple[int, int]], *, before: bool, reach: int = REACH
    ) -> Window:
        """A window that reaches further before or after; where it would be over `MOST` characters, less far on the other side."""
        if before:
            wider = self.window(index, window.source, window.start - reach, window.end, marked)
            if wider.end - wider.start > MOST:
                wider = self.window(index, window.source, wider.start, wider.start + MOST - reach, marked)
        else:
            wider = self.window(index, window.source, window.start, window.end + reach, marked)
            if wider.end - wider.start > MOST:
                wider = self.window(index, window.source, wider.end - MOST + reach, wider.end, marked)
        return wider

    def window(self, index: Readable, source: str, start: int, end: int, marked: Sequence[tuple[int, int]] = ()) -> Window:
        """The passages of a document that have characters in [start, end), and what stands between them."""
        rows = _rows_of(index, source)
        entry = index.document(rows[0])
        verified = index.verify_document(source)
        path = index.document_path(replace(entry, source=source, also=()))
        condition: Condition = "as indexed" if verified else ("changed" if os.path.exists(path) else "gone")
        text = (
            self._texts.text(path, entry.sha256)
            if condition == "as indexed" and reads_as_it_is(os.path.splitext(source)[1])
            else None
        )
        first = _row_at(index, rows, start)
        if start >= index.paragraph(first).end and first != rows[-1]:
            first += 1
        last = max(_row_at(index, rows, end - 1), first)
        passages = [index.paragraph(row) for row in range(first, last + 1)]
        # whole lines at the ends, so that an indent is not lost and nothing between two windows is
        begin = 0 if first == rows[0] else passages[0].start
        stop = entry.characters if last == rows[-1] else index.paragraph(last + 1).start
        if text is None:
            begin, stop = passages[0].start, passages[-1].end
            begin = 0 if first == rows[0] else begin
            stop = entry.characters if last == rows[-1] else stop
        elif first != rows[0]:
            begin = max(text.rfind("\n", 0, begin) + 1, index.paragraph(first - 1).end)
        if text is not None and last != rows[-1]:
            stop = max(text.rfind("\n", 0, stop) + 1, passages[-1].end)
        before = index.paragraph(first - 1).mark if first > rows[0] else None
        pieces = _pieces(passages, begin, stop, text, marked, before)
        kind = os.path.splitext(source)[1].lstrip(".").lower()
        return Window(source, begin, stop, entry.characters, condition, tuple(pieces), kind)


def draw_page_of(index: Readable, source: str, start: int, end: int, page: int = 0) -> PagePicture:
    """A page of a PDF as a picture with the characters [start, end) of its text marked; with `page` 0 the one they begin on.

    Raises `DocumentError` when its file is gone, has changed, is no PDF or cannot be drawn.
    """
    from ...documents.worker import DRAWER

    rows = _rows_of(index, source)
    entry = index.document(rows[0])
    row = _row_at(index, rows, start)
    passage = index.paragraph(row)
    if not is_paged(passage):
        raise DocumentError("chat.no_pages", source)
    verified = index.verify_document(source)
    if not verified:
        raise DocumentError("chat.not_as_indexed", source)
    earliest = _row_at(index, rows, max(passage.start - _CONTEXT, 0))
    latest = _row_at(index, rows, max(end - 1, start))
    passages = [p for p in map(index.paragraph, range(earliest, latest + 1)) if p.row >= row or p.mark == passage.mark]
    text = _joined(passages, passages[0].start, passages[-1].end)
    first = passages[0].mark.number if passages[0].mark else 1
    limits = limits_in_force()
    limits = replace(limits, seconds=min(limits.seconds, _DRAWING_SECONDS))
    try:
        with open(index.document_path(replace(entry, source=source, also=())), "rb") as stream:
            data = stream.read(limits.file_mb * 2**20)
        at = passages[0].start
        request = {"page": page, "first": first, "text": text, "start": start - at, "end": end - at}
        drawn = DRAWER.draw(request, data, limits)
    except (Unreadable, OSError) as error:
        raise DocumentError("chat.page_not_drawn", source, reason=error) from error
    return PagePicture(
        int(drawn["page"]), int(drawn["pages"]), tuple(drawn["on"]), tuple(tuple(box) for box in drawn["boxes"]),
        str(drawn["mime"]), base64.b64decode(drawn["picture"]), int(drawn["width"]), int(drawn["height"]),
    )  # fmt: skip


def is_paged(passage: Paragraph) -> bool:
    """Whether a passage is of a document whose pages can be drawn."""
    return passage.mark is not None and passage.mark.unit == "page" and passage.source.lower().endswith(".pdf")


def passage_at(index: Readable, source: str, start: int) -> Paragraph:
    """The passage of a document that holds the character `start`, or the one before it."""
    return index.paragraph(_row_at(index, _rows_of(index, source), start))


def _rows_of(index: Readable, source: str) -> range:
    rows = index.document_rows(source)
    if not rows:
        raise DocumentError("chat.no_text", source)
    return rows


def _row_at(index: Readable, rows: range, start: int) -> int:
    """The row of the last passage that begins at `start` or before, or the first row."""
    return rows[max(bisect_right(rows, start, key=lambda row: index.paragraph(row).start) - 1, 0)]


def _joined(passages: Sequence[Paragraph], begin: int, stop: int) -> str:
    """The text [begin, stop) as the passages have it; what stands between them is not known and comes as white space.

    Between one line and the next it is what the next is set in by, as the lines of a program are.
    """
    parts, at, number, line = [], begin, passages[0].number, passages[0].line
    for passage in passages:
        gap = passage.start - at
        inset = gap - 1 if passage.line == line + 1 and gap else 0
        parts.append(" " * gap if passage.number == number else "\n" * (gap - inset) + " " * inset)
        parts.append(passage.text)
        at, number, line = passage.end, passage.number, passage.line + passage.text.count("\n")
    parts.append("\n" * (stop - at))
    return "".join(parts)


def _pieces(
    passages: Sequence[Paragraph], begin: int, stop: int, text: str | None, marked: Sequence[tuple[int, int]], before: Mark | None
) -> list[Piece]:
    own = text[begin:stop] if text is not None else _joined(passages, begin, stop)
    titles = {title for passage in passages if passage.mark for title in passage.mark.headings}
    starts = [passage.start for i, passage in enumerate(passages) if i == 0 or passage.number != passages[i - 1].number]
    units = _unit_starts(passages, before)
    # a paragraph is shown from where its line begins
    cuts = [begin, *(begin + own.rfind("\n", 0, start - begin) + 1 for start in starts[1:]), stop]
    pieces: list[Piece] = []
    for (cut, after), start in zip(pairwise(cuts), starts, strict=True):
        unit = units.get(start)
        for a, b, heading in _parted(own, cut - begin, after - begin, titles):
            inside = tuple((max(x, begin + a), min(y, begin + b)) for x, y in marked if x < begin + b and y > begin + a)
            pieces.append(Piece(begin + a, begin + b, own[a:b], heading, unit, inside))
            unit = None
    return pieces


def _unit_starts(passages: Sequence[Paragraph], before: Mark | None) -> dict[int, Mark]:
    """The starts of the passages at which another page or the like begins, and that of the first one."""
    found: dict[int, Mark] = {}
    last = None if before is None else (before.unit, before.number)
    for i, passage in enumerate(passages):
        mark = passage.mark
        here = None if mark is None else (mark.unit, mark.number)
        if mark is not None and mark.number and (i == 0 or here != last):
            found[passage.start] = mark
        last = here
    return found


def _parted(own: str, begin: int, stop: int, titles: set[str]) -> list[tuple[int, int, bool]]:
    """The headings that a paragraph begins with, and the rest, without blank lines around them."""
    found = []
    while begin < stop:
        end = own.find("\n", begin, stop)
        end = stop if end < 0 else end
        line = own[begin:end].strip()
        if line and line.strip("#= \t") not in titles:
            break
        if line:
            found.append((begin, end, True))
        begin = end + 1
    rest = own[begin:stop].rstrip()
    if rest:
        found.append((begin, begin + len(rest), False))
    return found


class _Texts:
    """The texts of the plain files that were read last, `most` characters of all together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()

    def text(self, path: str, sha256: str) -> str | None:
        """The text of a file with these bytes; None when it is of another kind after all or cannot be read."""
        with self._lock:
            text = self._kept.pop((path, sha256), None)
            if text is None:
                text = text_of_plain(path)
            if text is not None and len(text) <= self._most:
                self._kept[path, sha256] = text
                while sum(map(len, self._kept.values())) > self._most:
                    self._kept.popitem(last=False)
            return text
