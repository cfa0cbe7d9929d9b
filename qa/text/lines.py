"""The lines of a text: where they start and end, how wide they are, and which begin an item of a list.

A span is a pair (start, end) of offsets: text[start:end]. Texts are never altered, so a span can be cited.
"""

from __future__ import annotations

import re
from bisect import bisect_right

Span = tuple[int, int]

LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
NEWLINE = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
ITEM = re.compile(r"(?:[-*+•●○◦▪■·‣–]|[(（]?(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[.)）、．])[ \t　]*\S")  # of a list
NARROWEST, WIDEST = 40, 100  # columns at which prose is wrapped: 60 to 80 most often, now and then 40 or 100

_SENTENCE_END = re.compile(r"[。！？!?.…:：][”’」』）)】》\"']*\Z")
_UNSEEN = "\ufeff\u200b"  # a byte order mark and a zero-width space, which `str.isspace` does not know


def count_lines(text: str) -> list[int]:
    """The offsets at which the lines of `text` start, for `line_of`."""
    return [0, *(match.end() for match in NEWLINE.finditer(text))]


def line_of(starts: list[int], offset: int) -> int:
    """The number, from 1, of the line that holds the character at `offset`."""
    return bisect_right(starts, offset)


def is_wide(char: str) -> bool:
    """Whether a character takes two columns, as those of Chinese, Japanese and Korean do."""
    return char >= "⺀"


def width(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(2 if is_wide(char) else 1 for char in text)


def trim(text: str, start: int, end: int) -> Span:
    """The span without the white space at its two ends; empty when there is nothing else."""
    while start < end and (text[start].isspace() or text[start] in _UNSEEN):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in _UNSEEN):
        end -= 1
    return start, end


def blank_between(text: str, line: Span, after: Span) -> bool:
    """Whether an empty line separates two lines."""
    return len(NEWLINE.findall(text, line[1], after[0])) > 1


def ends_sentence(text: str, line: Span) -> bool:
    """Whether a trimmed line stops where a sentence does, rather than in the middle of one."""
    return bool(_SENTENCE_END.search(text[max(line[0], line[1] - 8) : line[1]]))
