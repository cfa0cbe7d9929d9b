"""A part of a text to the spans of its paragraphs: the lines that belong together.

A line is a paragraph, with these exceptions: the lines of a paragraph that is wrapped at a fixed width are one; a heading
goes with the paragraph after it, and a question on a line of its own with its answer; the items of a list go together, with
the line that leads them in, and so do lines of verse up to the one that ends their sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from ..text.lines import ITEM, LINE, NARROWEST, WIDEST, Span, blank_between, ends_sentence, is_wide, trim, width
from .token_estimate import estimate_tokens

# A passage says something when it holds a letter or a digit of any script.
SAYS_SOMETHING = re.compile(r"[^\W_]")

_TOGETHER = 160.0  # tokens that a list or a verse may take: a third of the window, some 200 Chinese characters
_VERSE = 24.0  # tokens of a line of verse, at most
_LEADS_IN = "：:"  # what ends the line before a list
_VERSE_GOES_ON = "，,、；;"  # what ends a line of verse that is not the last
_WORD = re.compile(r"[^\s⺀-\U0010ffff]+")
_BULLET = re.compile(r"[-*+•●○◦▪■·‣–|>]")
# A heading without markup: a short line with no sign that a sentence, a list or a field has, above one that is prose.
_HEADING, _PROSE = 40, 24  # columns of a heading at most, and of the prose below it at least
_HEADINGS = 3  # headings that may stand above each other; more are a list of something
_NO_HEADING = re.compile(r"[，,。！？!?…:：；;、]|\.\s|[\"”’」』.]\Z")
_ENDED = re.compile(r"[。！？!?.…][”’」』）)】》\"'*_]*\Z")
_QUESTION = 100  # columns at most of a question on a line of its own, one sentence that is no quotation
_ASKS = re.compile(r"[^。！!?？“\"‘「『]+[?？][*_）)]*\Z")


def split_paragraphs(text: str, start: int, end: int, window: float, *, headed: bool) -> list[Span]:
    """The spans of the paragraphs of text[start:end], trimmed, leaving out lines without a letter or a digit (……, rules).

    `headed` says that the first line is a heading. Lists and verses take no more than `window` tokens.
    """
    trimmed = (trim(text, *match.span()) for match in LINE.finditer(text, start, end))
    lines = [line for line in trimmed if SAYS_SOMETHING.search(text, *line)]
    return _joined(text, _unwrapped(text, lines), min(window, _TOGETHER), headed=headed)


# ---- lines wrapped at a width


def _unwrapped(text: str, lines: Sequence[Span]) -> list[Span]:
    """`lines`, those of a paragraph wrapped at a fixed width, as in mail and old books, joined into one span."""
    blocks: list[list[Span]] = []  # of lines without an empty line between them
    for line in lines:
        if blocks and not blank_between(text, blocks[-1][-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    known = 0  # the width at which blocks of three lines and more are wrapped: two lines alone show none
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
    """For each line of a block but the last, whether its paragraph goes on in the next one; `widest` is in columns.

    A block is wrapped when most of its lines are so long that the first word of the next would not have fitted, and most of
    those stop in the middle of a sentence. Lines that begin alike are records.
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
    """The width of a line with its indentation; of one too long to be wrapped, something over `WIDEST`."""
    return _indentation(text, line[0]) + width(text[line[0] : min(line[1], line[0] + WIDEST + 1)])


def _opens(text: str, line: Span, after: Span) -> bool:
    """Whether the line `after` opens a paragraph: it is an item, or indented further than `line`."""
    return bool(ITEM.match(text, *after)) or _indentation(text, after[0]) > _indentation(text, line[0])


def _indentation(text: str, start: int) -> int:
    """The columns of white space before the line that starts at `start`."""
    begin = start
    while begin and text[begin - 1] in " \t　":
        begin -= 1
    return width(text[begin:start])


def _first_word(text: str, line: Span) -> int:
    """The columns that a line's first word would take at the end of the line before, with the space before it."""
    if is_wide(text[line[0]]):
        return 2
    word = _WORD.match(text, *line)
    return 1 + (width(word.group()) if word else 1)


def _may_go_on_with(char: str) -> bool:
    """Whether a line that begins with `char` may go on with a sentence: no capital, digit or sign."""
    return char.islower() or is_wide(char)


# ---- lines that belong together


def _joined(text: str, lines: Sequence[Span], most: float, *, headed: bool) -> list[Span]:
    """`lines`, headings and questions joined with what they introduce, lists and verses with themselves up to `most` tokens."""
    found: list[Span] = []
    size = 0.0  # tokens of the last of `found`
    leading = _leading(text, lines)
    for number, line in enumerate(lines):
        own = estimate_tokens(text[slice(*line)])
        if number and (leading[number - 1] or (headed and number == 1)):
            found[-1] = (found[-1][0], line[1])  # however long: the heading will stand in its first passage
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
    """Whether `after` is an item, and `line` one too or what leads a list in."""
    return bool(ITEM.match(text, *after)) and (bool(ITEM.match(text, *line)) or text[line[1] - 1] in _LEADS_IN)


def _same_verse(text: str, line: Span, after: Span, tokens: float) -> bool:
    """Whether the sentence of `line` goes on in `after`, a line of so many `tokens`, without an empty line between them."""
    return text[line[1] - 1] in _VERSE_GOES_ON and tokens <= _VERSE and not blank_between(text, line, after)


def _leading(text: str, lines: Sequence[Span]) -> list[bool]:
    """For each line whether it is a heading over the next line, or a question that the next line answers."""
    leading = [False] * len(lines)
    few: list[bool] = []  # for each line whether it is one of so few in a row that look like headings that they may all be some
    for likely, run in groupby(_looks_like_heading(text, line) for line in lines):
        count = sum(1 for _ in run)
        few += [likely and count <= _HEADINGS] * count
    for number in range(len(lines) - 2, -1, -1):
        line, after = text[slice(*lines[number])], text[slice(*lines[number + 1])]
        if _looks_like_heading(text, lines[number]):
            above = leading[number + 1] and few[number]
            leading[number] = above or (width(after) > max(width(line), _PROSE) and _ENDED.search(after) is not None)
        elif _ASKS.match(line) and width(line) <= _QUESTION:
            leading[number] = _ASKS.match(after) is None
    return leading


def _looks_like_heading(text: str, line: Span) -> bool:
    """Whether a line is short and has none of the signs of a sentence, a list or a field."""
    if line[1] - line[0] > _HEADING:
        return False
    said = text[slice(*line)]
    return width(said) <= _HEADING and not _BULLET.match(said) and not _NO_HEADING.search(said)
