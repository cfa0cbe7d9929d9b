"""What stands above a sentence in its passage and belongs to it: the names of its columns, the line that leads in, whom it is of;
and what stands above a passage: the title of its document and the headings of its section.

A row, an item, a field alone do not say what they are about, nor does a passage from the middle of a manual. With these words
they are embedded and found; the quotation is the sentence alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from ..documents.tables import cells, is_row, named
from ..text.lines import ITEM, LINE, Span, blank_between
from .structure import LEADS_IN, begun, field, indentation, is_header, is_title, lines_of

_NO_NAME = re.compile(r"[\W\d_a-fA-F]*")
_LINES = 60  # above a sentence that are looked at, at most
_LONGEST = 80  # characters of a line that leads in
_TITLE = 120  # characters of a title and headings, whose end says most


def document_title(source: str) -> str:
    """The title of the document named `source`: its file's name, "" for one of digits alone or a hash."""
    stem = PurePosixPath(source).stem
    return "" if _NO_NAME.fullmatch(stem) else stem


def under_title(passage: str, document: str, headings: Sequence[str] = ()) -> str:
    """A passage as it is embedded: below the title of its `document` and the `headings` above it, but for those that it begins
    with."""
    own = begun(passage, headings)
    title = " › ".join(dict.fromkeys(filter(None, (document, *(heading for heading in headings if heading not in own)))))
    return f"{title[-_TITLE:]}\n{passage}" if title else passage


def in_context(passage: str, start: int, end: int, columns: Sequence[str] = ()) -> str:
    """The sentence passage[start:end] with what belongs to it; `columns` are those of the table in which the passage begins."""
    sentence = passage[start:end]
    if is_row(sentence) and "\n" not in sentence:
        names = _columns(passage, start) or columns
        values = cells(sentence)
        return named(names, values) if names and list(names) != values else "；".join(filter(None, values))
    above = _above(passage, start, end)
    return f"{above}\n{sentence}" if above else sentence


def context_of(passage: str, start: int, end: int, columns: Sequence[str] = ()) -> str:
    """What belongs to the quotation passage[start:end] and stands above it: the names of the columns, `列名；列名`, the line that
    leads in, or whom a field is of, a line each; "" for nothing."""
    first = LINE.search(passage, start, end)
    if first is None:
        return ""
    if is_row(first.group()):
        return "；".join(filter(None, [] if is_header(passage, first.end()) else _columns(passage, start) or columns))
    return _above(passage, start, end)


def _columns(passage: str, start: int) -> list[str]:
    """The names of the columns of the row that begins at `start`; none when their line is not in the passage."""
    for line in reversed(lines_of(passage, 0, start)[-_LINES:]):
        said = passage[slice(*line)]
        if not is_row(said):
            break
        if is_header(passage, line[1]):
            return cells(said)
    return []


def _above(passage: str, start: int, end: int) -> str:
    line = (start, end)
    if field(passage, line):
        return _subject(passage, lines_of(passage, 0, start)[-_LINES:], line)
    if ITEM.match(passage, start, end):
        return _lead_in(passage, lines_of(passage, 0, start)[-_LINES:], line)
    return ""


def _subject(passage: str, lines: Sequence[Span], line: Span) -> str:
    """Whom a field is of: the first two fields of its record. A record begins where its first field comes again."""
    fields: list[Span] = []
    tight, below = False, line
    for other in reversed(lines):
        blank = blank_between(passage, other, below)
        if not field(passage, other) or (blank and tight):
            break
        tight, below = tight or not blank, other
        fields.append(other)
    fields.reverse()
    if not fields:
        return ""
    first = field(passage, fields[0])
    starts = [number for number, other in enumerate(fields) if field(passage, other) == first]
    if field(passage, line) == first:
        return ""
    return "\n".join(passage[slice(*other)] for other in fields[starts[-1] :][:2])


def _lead_in(passage: str, lines: Sequence[Span], item: Span) -> str:
    """The line that leads in the list of an item, its title, or the item that this one is inside."""
    inside = indentation(passage, item[0])
    for line in reversed(lines):
        said = passage[slice(*line)]
        if indentation(passage, line[0]) > inside:
            continue
        if line[0] and indentation(passage, line[0]) < inside and ITEM.match(said):  # the indentation of the first line is gone
            return said[:_LONGEST]
        if LEADS_IN.search(said):
            return said[-_LONGEST:]
        if is_title(passage, line, item):
            return said.strip("#*= ")
        if not ITEM.match(said):
            return ""
    return ""
