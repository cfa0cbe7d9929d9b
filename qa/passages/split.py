"""Splits a text into passages, given as spans: its paragraphs, the long ones cut at ends of sentences."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from ..text.lines import Span, trim
from ..text.sentences import sentence_ends, unwrapped_lines
from ..types import Mark
from .paragraphs import SAYS_SOMETHING, split_paragraphs
from .token_estimate import WINDOW, estimate_tokens, tokens_of

SPLITTER = 3  # version, stored in an index: when it differs, the index has to be rebuilt


def split_passages(text: str, window: float = WINDOW, marks: Sequence[Mark] = ()) -> list[Span]:
    """The spans of the passages of `text`, ascending; they do not overlap.

    Passages are trimmed. One without a letter or digit (……, rules of dashes) is left out: it answers nothing, yet is found for
    many questions. A paragraph of more than `window` estimated tokens is cut at ends of sentences into passages of about equal
    size; a sentence that is too long is cut at a comma, or else where the window ends. `marks` are those of the document: they
    give the headings, and the offsets that no passage crosses (`passage_limits`).
    """
    spans: list[Span] = []
    headings = _heading_starts(marks)
    for start, end in _between(passage_limits(marks), len(text)):
        for paragraph in split_paragraphs(text, start, end, window, headed=start in headings):
            spans += _cut(text, *paragraph, window)
    return spans


def passage_limits(marks: Sequence[Mark]) -> list[int]:
    """The offsets that no passage crosses: where a slide, sheet, chapter or section starts.

    A passage may cross the start of a page, as a paragraph may; its page is then the one on which it starts.
    """
    limits = []
    for before, mark in zip([None, *marks], marks, strict=False):
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


def _cut(text: str, start: int, end: int, window: float) -> list[Span]:
    """The paragraph text[start:end] as passages of at most `window` tokens each, of about equal size."""
    total = estimate_tokens(text[start:end])
    if total <= window:
        return [(start, end)]
    target = total / -int(-total // window)
    spans: list[Span] = []
    begin = start
    size = 0.0
    for a, b in _pieces(text, start, end, window):
        piece = estimate_tokens(text[a:b])
        if size and (size + piece > window or size + piece / 2 > target):
            spans.append(trim(text, begin, a))
            begin, size = a, 0.0
        size += piece
    spans.append(trim(text, begin, end))
    return [span for span in spans if span[0] < span[1] and SAYS_SOMETHING.search(text, *span)]


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
