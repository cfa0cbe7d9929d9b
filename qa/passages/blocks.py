"""Which neighbouring paragraphs belong together in one passage: a list with the line that leads in, a clause with its items, an
item with what is under it, a block of code with what explains it, the fields of one record.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ..documents.tables import is_row
from ..text.lines import ITEM, Span
from .structure import CLAUSE, FIELDS, LEADS_IN, NAMED_ROW, code_blocks, field, indentation, is_title, lines_of, names_columns


def records(text: str, paragraphs: Sequence[Span]) -> list[list[Span]]:
    """`paragraphs` divided where one of several records ends; a record begins where its first field comes again."""
    keys = [_field_of(text, paragraph) for paragraph in paragraphs]
    starts = {0}
    at = 0
    while at < len(keys):
        last = at
        while last < len(keys) and keys[last]:
            last += 1
        again = next((key for number, key in enumerate(keys[at:last], at) if key in keys[number + 1 : last]), None)
        own = [number for number in range(at, last) if keys[number] == again]
        if own and (last - own[0]) / len(own) >= FIELDS:
            starts.update(own)
            starts.add(last)
        at = last + 1
    bounds = [*sorted(starts & set(range(len(keys)))), len(keys)]
    return [list(paragraphs[a:b]) for a, b in pairwise(bounds)]


def _field_of(text: str, paragraph: Span) -> str:
    """The name of the field that a paragraph is, or that stands in its last line, under the heading that is joined to it."""
    lines = lines_of(text, *paragraph)
    return field(text, lines[0]) or field(text, lines[-1])


def blocks(text: str, paragraphs: Sequence[Span]) -> list[list[Span]]:
    """Neighbouring paragraphs in groups that belong together."""
    found: list[list[Span]] = []
    clause = False
    code = code_blocks(text, paragraphs[0][0], paragraphs[-1][1])
    for number, paragraph in enumerate(paragraphs):
        said = text[slice(*paragraph)]
        before = paragraphs[number - 1] if number else None
        inside = any(start <= paragraph[0] < end for start, end in code)
        starts_clause = CLAUSE.match(said) is not None
        if before is not None and (inside or (clause and not starts_clause) or _belongs(text, found[-1], before, paragraph)):
            found[-1].append(paragraph)
        else:
            found.append([paragraph])
        clause = clause or starts_clause
    return found


def smaller(text: str, block: Sequence[Span]) -> list[list[Span]]:
    """A block that is too long in smaller ones: each item with what is under it; the first with what leads in."""
    found: list[list[Span]] = [[block[0]]]
    for before, paragraph in pairwise(block):
        said = text[slice(*paragraph)]
        if (ITEM.match(said) and not LEADS_IN.search(text[slice(*before)])) or not _under(text, found[-1][0], paragraph):
            found.append([paragraph])
        else:
            found[-1].append(paragraph)
    return found


def _belongs(text: str, block: Sequence[Span], before: Span, paragraph: Span) -> bool:
    said, last = text[slice(*paragraph)], lines_of(text, *before)[-1]
    above = text[slice(*last)]
    if LEADS_IN.search(above) and not field(text, last):
        return True
    if ITEM.match(said):
        return (
            ITEM.match(above) is not None or is_title(text, last, lines_of(text, *paragraph)[0]) or _under(text, block[0], before)
        )
    if NAMED_ROW.match(said):
        return names_columns(text, last[1], above)
    if is_row(said):
        return is_row(above) and len(block) < 3  # the header, the rule and the first row
    if field(text, paragraph):
        return bool(field(text, last))
    return _under(text, block[0], paragraph)


def _under(text: str, head: Span, paragraph: Span) -> bool:
    """Whether a paragraph is indented under the item `head`, or is code or an item after a line that leads in."""
    inside = indentation(text, paragraph[0])
    return inside > indentation(text, head[0]) and inside > 1
