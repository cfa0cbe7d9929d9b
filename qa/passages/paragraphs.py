"""Splits a text into paragraphs, given as spans.

Each line is a paragraph, except that these are joined into one: the lines of hard-wrapped prose; a heading and the paragraph
below it; a question on a line of its own and its answer; the items of a list and the line that introduces them; and lines of
verse up to the end of the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from ..text.lines import ITEM, LINE, NARROWEST, WIDEST, Span, blank_between, ends_sentence, is_wide, trim, width
from .token_estimate import estimate_tokens

# A letter or digit of any script: a line without one is no passage.
SAYS_SOMETHING = re.compile(r"[^\W_]")

_TOGETHER = 160.0  # tokens of a joined list or verse at most: a third of the window, about 200 Chinese characters
_VERSE = 24.0  # tokens of a line of verse, at most
_LEADS_IN = "：:"  # last characters of a line that introduces a list
_VERSE_GOES_ON = "，,、；;"  # last characters of a line of verse whose sentence continues
_WORD = re.compile(r"[^\s⺀-\U0010ffff]+")
_BULLET = re.compile(r"[-*+•●○◦▪■·‣–|>]")
# A heading without markup is a short line without the punctuation of a sentence, list item or field, above a line of prose.
_HEADING, _PROSE = 40, 24  # columns: a heading's at most, at least those of the prose below it
_HEADINGS = 3  # consecutive headings at most; more such lines are a list
_NO_HEADING = re.compile(r"[，,。！？!?…:：；;、]|\.\s|[\"”’」』.]\Z")
_ENDED = re.compile(r"[。！？!?.…][”’」』）)】》\"'*_]*\Z")
_QUESTION = 100  # columns at most of a question on a line of its own
_ASKS = re.compile(r"[^。！!?？“\"‘「『]+[?？][*_）)]*\Z")


def split_paragraphs(text: str, start: int, end: int, window: float, *, headed: bool) -> list[Span]:
    """The spans of the paragraphs of text[start:end], trimmed; lines without a letter or digit (……, rules) are left out.

    `headed`: the first line is a heading. Lists and verses are joined up to `window` tokens, or `_TOGETHER` if that is less.
    """
    trimmed = (trim(text, *match.span()) for match in LINE.finditer(text, start, end))
    lines = [line for line in trimmed if SAYS_SOMETHING.search(text, *line)]
    return _joined(text, _unwrapped(text, lines), min(window, _TOGETHER), headed=headed)


# ---- hard-wrapped lines


def _unwrapped(text: str, lines: Sequence[Span]) -> list[Span]:
    """`lines`, with the lines of each hard-wrapped paragraph, as in mail and old books, joined into one span."""
    blocks: list[list[Span]] = []  # runs of lines without an empty line between them
    for line in lines:
        if blocks and not blank_between(text, blocks[-1][-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    known = 0  # widest wrapping, in columns, of blocks of three lines and more; two lines alone do not show theirs
    for block in blocks:
        if len(block) > 2:
            widest = max(_columns(text, line) for line in block)
            if widest > known and any(_continued(text, block, widest)):
                known = widest
    found: list[Span] = []
    for block in blocks:
        own = max(_columns(text, line) for line in block) if len(block) > 2 else 0
        found.append(block[0])
        for continued, line in zip(_continued(text, block, max(known, own)), block[1:], strict=True):
            if continued:
                found[-1] = (found[-1][0], line[1])
            else:
                found.append(line)
    return found


def _continued(text: str, block: Sequence[Span], widest: int) -> list[bool]:
    """For each line of `block` but the last, whether its paragraph continues in the next line.

    `widest` is the width at which lines are wrapped, in columns. A block is hard-wrapped if the first word of the next line
    would not have fitted behind 60 % of its lines, and half of those end inside a sentence. Lines with at most half as many
    different beginnings, of four characters, are records and not prose.
    """
    pairs = list(pairwise(block))
    none = [False] * len(pairs)
    starts = {text[line[0] : line[0] + 4] for line in block}
    if not pairs or not NARROWEST <= widest <= WIDEST or len(starts) <= len(block) / 2:
        return none
    full = [_columns(text, line) + _first_word(text, after) > widest and not _opens(text, line, after) for line, after in pairs]
    broken = sum(
        filled and not ends_sentence(text, line) and _may_go_on_with(text[after[0]])
        for filled, (line, after) in zip(full, pairs, strict=True)
    )
    return full if broken and sum(full) >= 0.6 * len(full) and broken >= 0.5 * sum(full) else none


def _columns(text: str, line: Span) -> int:
    """The width of a line with its indentation, in columns; more than `WIDEST` for any line that is longer than that."""
    return _indentation(text, line[0]) + width(text[line[0] : min(line[1], line[0] + WIDEST + 1)])


def _opens(text: str, line: Span, after: Span) -> bool:
    """Whether the line `after` starts a new paragraph: it is a list item, or indented further than `line` above it."""
    return bool(ITEM.match(text, *after)) or _indentation(text, after[0]) > _indentation(text, line[0])


def _indentation(text: str, start: int) -> int:
    """The columns of white space before the offset `start`, at which a trimmed line starts."""
    begin = start
    while begin and text[begin - 1] in " \t　":
        begin -= 1
    return width(text[begin:start])


def _first_word(text: str, line: Span) -> int:
    """The columns that the first word of `line`, with a space before it, would take at the end of the previous line."""
    if is_wide(text[line[0]]):
        return 2
    word = _WORD.match(text, *line)
    return 1 + (width(word.group()) if word else 1)


def _may_go_on_with(char: str) -> bool:
    """Whether a line that begins with `char` may continue a sentence: it is a lower-case letter or a wide character."""
    return char.islower() or is_wide(char)


# ---- headings, questions, lists and verse


def _joined(text: str, lines: Sequence[Span], most: float, *, headed: bool) -> list[Span]:
    """`lines`, with headings and questions joined to the next line, and lists and verses joined up to `most` tokens."""
    found: list[Span] = []
    size = 0.0  # tokens of the last span in `found`
    leading = _leading(text, lines)
    for number, line in enumerate(lines):
        own = estimate_tokens(text[slice(*line)])
        if number and (leading[number - 1] or (headed and number == 1)):
            found[-1] = (found[-1][0], line[1])  # however long: if it is cut later, the heading is in the first passage
            size += own
            continue
        if found and size + own <= most:
            last = lines[number - 1]
            gap = estimate_tokens(text[last[1] : line[0]])
            if size + gap + own <= most and (_same_list(text, last, line) or _same_verse(text, last, line, own)):
                found[-1] = (found[-1][0], line[1])
                size += gap + own
                continue
        found.append(line)
        size = own
    return found


def _same_list(text: str, line: Span, after: Span) -> bool:
    """Whether `after` is a list item, and the line above it, `line`, is one too or introduces the list."""
    return bool(ITEM.match(text, *after)) and (bool(ITEM.match(text, *line)) or text[line[1] - 1] in _LEADS_IN)


def _same_verse(text: str, line: Span, after: Span, tokens: float) -> bool:
    """Whether the line `after`, of `tokens` tokens, continues the verse sentence of `line`, with no empty line between."""
    return text[line[1] - 1] in _VERSE_GOES_ON and tokens <= _VERSE and not blank_between(text, line, after)


def _leading(text: str, lines: Sequence[Span]) -> list[bool]:
    """For each line, whether it is joined to the next one: as a heading above it, or as a question that it answers."""
    leading = [False] * len(lines)
    in_short_run: list[bool] = []  # for each line: it looks like a heading, in a run of at most `_HEADINGS` such lines
    for likely, run in groupby(_looks_like_heading(text, line) for line in lines):
        count = sum(1 for _ in run)
        in_short_run += [likely and count <= _HEADINGS] * count
    for number in range(len(lines) - 2, -1, -1):
        line, after = text[slice(*lines[number])], text[slice(*lines[number + 1])]
        if _looks_like_heading(text, lines[number]):
            above = leading[number + 1] and in_short_run[number]
            leading[number] = above or (width(after) > max(width(line), _PROSE) and _ENDED.search(after) is not None)
        elif _ASKS.match(line) and width(line) <= _QUESTION:
            leading[number] = _ASKS.match(after) is None
    return leading


def _looks_like_heading(text: str, line: Span) -> bool:
    """Whether a line is short and has no bullet, and none of the punctuation of a sentence or field."""
    if line[1] - line[0] > _HEADING:
        return False
    said = text[slice(*line)]
    return width(said) <= _HEADING and not _BULLET.match(said) and not _NO_HEADING.search(said)
