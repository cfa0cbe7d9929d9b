"""The lines of a text: their offsets and widths, and which ones start a list item.

A span is a pair (start, end) of character offsets: text[start:end].
"""

from __future__ import annotations

import re
from bisect import bisect_right

Span = tuple[int, int]

LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
NEWLINE = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
# A marker that begins an item of a list: `-`, `1.`, `（一）`, `①`, `第二步`, `Step 2`; "1.5" and "**bold**" begin none.
_MARKED = (
    r"(?:[-*+–](?=[ \t　])|[•●○◦▪■·‣]|[①-⑳]|[(（](?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[)）]"
    r"|(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})(?:[.．](?!\d)|[)）、])"
    r"|第[\d一二三四五六七八九十]{1,3}步|步骤[\d一二三四五六七八九十]{1,3}|[Ss]tep \d{1,3}\b\.?)"
)
MARKER = re.compile(
    rf"(?:#{{1,6}}[ \t]+|(?:>[ \t]?){{1,3}})?(?:{_MARKED}|\d{{1,3}}(?:\.\d{{1,3}}){{1,4}}\.?(?=[ \t　]))[ \t　]*"
)  # also of a heading and of a quoted line
ITEM = re.compile(rf"{_MARKED}[ \t　]*\S")  # a list item
NARROWEST, WIDEST = 40, 100  # range of columns at which prose is hard-wrapped; 60 to 80 is usual

_SENTENCE_END = re.compile(r"[。！？!?.…:：][”’」』）)】》\"']*\Z")
_WIDE = "⺀"  # the first wide character
_UNSEEN = "\ufeff\u200b"  # byte order mark and zero-width space, for which `str.isspace` is false


def count_lines(text: str) -> list[int]:
    """The offsets at which the lines of `text` start, the argument `starts` of `line_of`."""
    return [0, *(match.end() for match in NEWLINE.finditer(text))]


def line_of(starts: list[int], offset: int) -> int:
    """The number, from 1, of the line that holds the character at `offset`."""
    return bisect_right(starts, offset)


def is_wide(char: str) -> bool:
    """Whether `char` is two columns wide, as Chinese, Japanese and Korean characters are."""
    return char >= _WIDE


def width(text: str) -> int:
    """The width of `text` in columns: 2 for each wide character, 1 for any other."""
    return len(text) if text.isascii() else len(text) + sum(map(_WIDE.__le__, text))


def trim(text: str, start: int, end: int) -> Span:
    """The span [start, end) of `text` without white space at its ends; an empty span if it is all white space."""
    while start < end and (text[start].isspace() or text[start] in _UNSEEN):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _UNSEEN):
        end -= 1
    return start, end


def blank_between(text: str, line: Span, after: Span) -> bool:
    """Whether there is an empty line between the line `line` and the line `after` below it."""
    return len(NEWLINE.findall(text, line[1], after[0])) > 1


def ends_sentence(text: str, line: Span) -> bool:
    """Whether the trimmed line `line` ends with a sentence's end (or a colon), with closing quotation marks or without."""
    return bool(_SENTENCE_END.search(text[max(line[0], line[1] - 8) : line[1]]))
