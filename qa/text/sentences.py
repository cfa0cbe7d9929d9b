"""A text to the spans of its sentences."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from .lines import ITEM, LINE, NARROWEST, Span, blank_between, ends_sentence, is_wide, trim, width

_QUOTES = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", "《": "》", "【": "】", "〈": "〉"}
_OPENED_BY = {closing: opening for opening, closing in _QUOTES.items()}
_CLOSING = "”’」』）)】》〉\"'］]｝}›»"  # what belongs to the sentence that ends before it
# Characters of a quotation beyond which it is cut at the sentence ends inside it; a shorter one stays with the words around it.
_LONGEST_QUOTATION = 90
_END = re.compile(r"[。！？!?｡．؟۔।॥።‽⁇⁈⁉]+|…+|\.+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Jr|Gen|Col|Lt|Sgt|Rev|Hon|Gov|Sen|Rep|No|Nr|Vol|Fig|Art|"
    r"vs|etc|al|approx|ca|cf|e\.g|i\.e|z\.B|bzw|Inc|Ltd|Co|Corp|Mt|Ft|(?:[A-Za-z]\.)+[A-Za-z])$"
)
_LONGEST_ABBREVIATION = 20  # characters before a full stop that are looked at


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The spans of the sentences in text[start:end], without the white space around each.

    A sentence ends at 。！？!?… or at a full stop that is no decimal point, abbreviation or initial, with the quotation
    marks and brackets that close after it, and at the end of a line, unless the line is wrapped there. A short quotation is
    not cut inside, and what follows one on its line (“……！”他说。) belongs to the same sentence.
    """
    end = len(text) if end is None else end
    spans = []
    for line in unwrapped_lines(text, start, end):
        begin = line[0]
        for cut in sentence_ends(text, *line):
            span = trim(text, begin, cut)
            if span[0] < span[1]:
                spans.append(span)
            begin = cut
    return spans


def unwrapped_lines(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of text[start:end]; a long one that stops in the middle of a sentence is joined with the next."""
    begin, last = start, None
    for match in LINE.finditer(text, start, end):
        line = match.span()
        if last is None:
            begin = line[0]
        elif not _is_wrapped(text, last, line):
            yield begin, last[1]
            begin = line[0]
        last = line
    if last is not None:
        yield begin, last[1]


def _is_wrapped(text: str, line: Span, after: Span) -> bool:
    """Whether the line `after` goes on with the sentence in which `line` stops."""
    return (
        width(text[line[0] : min(line[1], line[0] + NARROWEST)]) >= NARROWEST
        and not ends_sentence(text, trim(text, *line))
        and not blank_between(text, line, after)
        and not ITEM.match(text, *trim(text, *after))
    )


def sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    """The offsets in (start, end] where the sentences of one line end, ascending; the last one is `end`."""
    quotations = _short_quotations(text, start, end)
    at = last = start
    while match := _END.search(text, at, end):
        at = cut = match.end()
        while cut < end and text[cut] in _CLOSING:
            cut += 1
        before = bisect_left(quotations, (match.start(), -1)) - 1
        if before >= 0 and match.start() < quotations[before][1] and quotations[before][1] >= cut:
            continue  # inside a quotation
        if _goes_on(text, match, cut, text[cut] if cut < end else "", start):
            continue
        at = last = cut
        yield cut
    if last < end:
        yield end


def _goes_on(text: str, match: re.Match[str], cut: int, following: str, start: int) -> bool:
    """Whether a sentence goes on behind the marks `match`, and the closing ones up to `cut`, with `following` (or "")."""
    mark = match.group()[0]
    joined = following != "" and not following.isspace() and following not in _QUOTES  # no space and no new quotation
    quoted = cut > match.end()
    return (
        (quoted and joined and is_wide(following))  # “……！”他说。
        or (mark in ".．" and not _is_full_stop(text, start, match, cut, following))
        or (mark == "…" and joined and not quoted)  # an ellipsis in the middle
        or (mark in "!?" and following.isascii() and following != "" and not following.isspace())  # in a name or an address
    )


def _is_full_stop(text: str, start: int, match: re.Match[str], cut: int, following: str) -> bool:
    """Whether a stop ends a sentence; if not, it is a decimal point, or part of an address or an abbreviation."""
    if (
        following
        and not following.isspace()
        and following not in _QUOTES
        and not (is_wide(following) and not text[match.start() - 1 : match.start()].isdigit())
    ):
        return False
    if match.group() == "." and _ABBREVIATION.search(text[max(start, match.start() - _LONGEST_ABBREVIATION) : match.start()]):
        return False
    rest = text[cut : cut + 8].lstrip()
    return not (rest and rest[0].islower())


def _short_quotations(text: str, start: int, end: int) -> list[Span]:
    """The quotations and brackets of a line in which no sentence ends: the outermost ones, in order, without the last mark."""
    opened: list[tuple[str, int]] = []
    count = dict.fromkeys(_QUOTES, 0)
    spans: list[Span] = []
    for at in range(start, end):
        char = text[at]
        if char in _QUOTES:
            opened.append((char, at))
            count[char] += 1
        elif char in _OPENED_BY:
            while count[_OPENED_BY[char]]:  # marks that are still open inside were never closed
                opening, begin = opened.pop()
                count[opening] -= 1
                if opening == _OPENED_BY[char]:
                    if at - begin <= _LONGEST_QUOTATION:
                        while spans and spans[-1][0] > begin:
                            spans.pop()  # inside this one
                        spans.append((begin, at))
                    break
    return spans
