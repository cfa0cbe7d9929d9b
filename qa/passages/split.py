"""Splits a text into passages, given as spans: neighbouring paragraphs of a section together, long ones cut at ends of sentences.

A passage is what is found; a sentence in it is what is quoted. A line of a manual alone ("默认时间是12小时。") does not say what
it is about, so no question finds it; with its neighbours it does.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ..text.lines import Span, trim
from ..text.sentences import sentence_ends, unwrapped_lines
from ..types import Mark
from .blocks import blocks, records, smaller
from .paragraphs import SAYS_SOMETHING, split_paragraphs
from .token_estimate import WINDOW, estimate_tokens, tokens_of

SPLITTER = 6  # version, stored in an index: when it differs, the index has to be rebuilt

# Estimated tokens of the paragraphs of one passage together, at most: some 330 Chinese characters. Of the answerable questions
# on the manuals, rules and records of three sets of real ones, the right passage is first for 47 % with each paragraph alone
# and for 60 % so, and among the first ten for 75 and 87 %.
TOGETHER = 250.0
# What belongs together stays together up to so many times `TOGETHER`. With it and the sentences of `sentences.py`, of 523 real
# questions the right passage is first for 65.0 % instead of 62.9 and the first quotation right for 53.0 instead of 48.6.
BLOCK = 1.6


@dataclass(frozen=True, slots=True)
class PassageSpan:
    """The characters [start, end) of a passage.

    `paragraph` is the number of the paragraph it starts with, from 1 in its document. `part` is 0 for whole paragraphs, else 1,
    2, ... for the passages of a paragraph that is cut. `paragraphs` are the spans of its paragraphs: a sentence ends with them.
    """

    start: int
    end: int
    paragraph: int
    part: int
    paragraphs: tuple[Span, ...]


def split_passages(text: str, window: float = WINDOW, marks: Sequence[Mark] = ()) -> list[PassageSpan]:
    """The passages of `text`, ascending; they do not overlap.

    Neighbouring paragraphs are one passage while they take no more than `TOGETHER` estimated tokens; those of a section that
    takes more are parted into passages of about equal size. A paragraph of more than `window` estimated tokens is cut likewise
    at ends of sentences; a sentence that is too long is cut at a comma, or else where the window ends. `marks` are those of the
    document: they give the headings, and the offsets that no passage crosses (`passage_limits`). Paragraphs of two pages are not
    put together, so a passage is on the page that it names.

    Passages are trimmed. One without a letter or digit (……, rules of dashes) is left out: it answers nothing, yet is found for
    many questions.
    """
    found: list[PassageSpan] = []
    headings = _heading_starts(marks)
    number = 1  # of the next paragraph
    for start, end in _between(passage_limits(marks), len(text)):
        paragraphs = split_paragraphs(text, start, end, window, headed=start in headings)
        for _, group in groupby(paragraphs, lambda paragraph: _page(mark_at(marks, paragraph[0]))):
            for joined in _gathered(text, list(group), window):
                found += _passages(text, joined, number, window)
                number += len(joined)
    return found


def _passages(text: str, paragraphs: Sequence[Span], number: int, window: float) -> list[PassageSpan]:
    """Neighbouring paragraphs, of which the first has the number `number`, as one passage; a too long one as several."""
    start, end = paragraphs[0][0], paragraphs[-1][1]
    if len(paragraphs) > 1 or estimate_tokens(text[start:end]) <= window:
        return [PassageSpan(start, end, number, 0, tuple(paragraphs))]
    parts = _about_equal(text, list(_pieces(text, start, end, window)), window)
    spans = [trim(text, part[0][0], part[-1][1]) for part in parts]
    spans = [span for span in spans if span[0] < span[1] and SAYS_SOMETHING.search(text, *span)]
    return [PassageSpan(*span, number, part if len(spans) > 1 else 0, (span,)) for part, span in enumerate(spans, 1)]


def _gathered(text: str, paragraphs: Sequence[Span], window: float) -> Iterator[list[Span]]:
    """The paragraphs of each passage: several records have one each, and what belongs together stays together where it fits."""
    most = min(TOGETHER, window)
    whole = min(BLOCK * most, window)
    for part in records(text, paragraphs):
        pieces: list[list[Span]] = []
        for block in blocks(text, part):
            for fitting in [block] if _fits(text, block, whole) else smaller(text, block):
                pieces += [fitting] if _fits(text, fitting, whole) else [[paragraph] for paragraph in fitting]
        spans = {(piece[0][0], piece[-1][1]): piece for piece in pieces}
        for group in _about_equal(text, list(spans), most):
            yield [paragraph for span in group for paragraph in spans[span]]


def _fits(text: str, paragraphs: Sequence[Span], most: float) -> bool:
    return estimate_tokens(text[paragraphs[0][0] : paragraphs[-1][1]]) <= most


def _page(mark: Mark | None) -> tuple[str, int]:
    return (mark.unit, mark.number) if mark else ("", 0)


def _about_equal(text: str, pieces: Sequence[Span], most: float) -> list[list[Span]]:
    """Neighbouring pieces of a text in groups of at most `most` tokens and of about equal size; a larger piece stands alone."""
    if not pieces:
        return []
    total = estimate_tokens(text[pieces[0][0] : pieces[-1][1]])
    target = total / -int(-total // most)
    groups: list[list[Span]] = []
    size = 0.0
    for before, piece in zip([None, *pieces], pieces, strict=False):
        own = estimate_tokens(text[before[1] if before else piece[0] : piece[1]])
        if not groups or size + own > most or size + own / 2 > target:
            groups.append([])
            size = 0.0
        groups[-1].append(piece)
        size += own
    return groups


def passage_limits(marks: Sequence[Mark]) -> list[int]:
    """The offsets that no passage crosses: where a slide, sheet, chapter or section starts.

    A passage may cross the start of a page, as a paragraph may; its page is then the one on which it starts.
    """
    limits = []
    for before, mark in zip([None, *marks], marks, strict=False):
        if mark.columns or (before is not None and before.columns and mark == replace(before, start=mark.start, columns=())):
            continue  # a table begins or ends
        same_headings = mark.headings == (before.headings if before else ())
        if mark.unit != "page" or not same_headings:
            limits.append(mark.start)
    return limits


def mark_at(marks: Sequence[Mark], offset: int) -> Mark | None:
    """The mark of the character at `offset`: the last of `marks` that starts at or before it; None if none does."""
    after = bisect_right(marks, offset, key=lambda mark: mark.start)
    return marks[after - 1] if after else None


def _heading_starts(marks: Sequence[Mark]) -> frozenset[int]:
    """The offsets at which the headings change: a section starts there, and its first line is its heading."""
    before: tuple[str, ...] = ()
    starts = set()
    for mark in marks:
        if mark.headings and mark.headings != before:
            starts.add(mark.start)
        before = mark.headings
    return frozenset(starts)


def _between(limits: Sequence[int], end: int) -> Iterator[Span]:
    """[0, end) split at the `limits` inside it, which are ascending."""
    start = 0
    for limit in limits[bisect_right(limits, start) : bisect_left(limits, end)]:
        yield start, limit
        start = limit
    yield start, end


def _pieces(text: str, start: int, end: int, window: float) -> Iterator[Span]:
    """The sentences of a paragraph, those of more than `window` tokens cut by `_clauses`; the spans cover [start, end)."""
    begin = start
    ends = [cut for line in unwrapped_lines(text, start, end) for cut in sentence_ends(text, *line)]
    for cut in [*ends, end]:
        if cut <= begin:
            continue
        if estimate_tokens(text[begin:cut]) <= window:
            yield begin, cut
        else:
            yield from _clauses(text, begin, cut, window)
        begin = cut


def _clauses(text: str, start: int, end: int, window: float) -> Iterator[Span]:
    """A sentence in pieces of at most `window` tokens, cut after the last comma that fits, or else after the last character."""
    begin, size, comma = start, 0.0, 0
    for at in range(start, end):
        size += tokens_of(text[at])
        if size > window:
            cut = comma if comma > begin else at
            yield begin, cut
            begin = cut
            size = estimate_tokens(text[begin : at + 1])
        if text[at] in "，、；：,;: ":
            comma = at + 1
    if begin < end:
        yield begin, end
