"""A text to spans of paragraphs and of sentences. Spans are [start, end) characters of the text as it is, never altered."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from .types import Mark

Span = tuple[int, int]

SPLITTER = 2  # version, stored in an index: a change here asks for a rebuild

# Tokens that a passage may take of the model's window of 512, prompt and special tokens aside, by an estimate that needs
# no tokenizer: measured on Chinese 0.66 and on English 0.24 tokens a character (multilingual-e5-small), rounded up.
WINDOW = 480
_TOKENS_WIDE, _TOKENS_NARROW = 0.75, 0.35
_TOKENS_DIGIT = 0.9  # digits and signs are often tokens of their own

_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
# a paragraph says something when it holds a letter or a digit of any script
_CONTENT = re.compile(r"[^\W_]")

_CLOSERS = "”’」』）)】》〉\"'］]｝}›»"
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "（": "）", "(": ")", "《": "》", "【": "】", "〈": "〉"}
_CLOSED_BY = {end: start for start, end in _PAIRS.items()}
# A quotation longer than this is cut at the sentence ends inside it; a shorter one stays with the words that carry it.
_LONGEST_QUOTATION = 90
_END = re.compile(r"[。！？!?｡．؟۔।॥።‽⁇⁈⁉]+|…+|\.+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Jr|Gen|Col|Lt|Sgt|Rev|Hon|Gov|Sen|Rep|No|Nr|Vol|Fig|Art|"
    r"vs|etc|al|approx|ca|cf|e\.g|i\.e|z\.B|bzw|Inc|Ltd|Co|Corp|Mt|Ft|(?:[A-Za-z]\.)+[A-Za-z])$"
)


def split_paragraphs(text: str, window: float = WINDOW, limits: Sequence[int] = ()) -> list[Span]:
    """Spans of the passages of `text`: its lines, the long ones cut at sentence ends.

    White space around a passage is left out, and so are passages without a letter or a digit (`……`, rules of dashes),
    which answer nothing and come up for everything. A line over `window` tokens, by estimate, is cut into parts of about
    equal size at sentence ends; a sentence that is itself too long is cut at a comma, else where the window ends. No
    passage goes over one of `limits`, offsets in ascending order (see `passage_limits`).
    """
    spans = []
    for line in _LINE.finditer(text):
        for stretch in _stretches(*line.span(), limits):
            start, end = _trim(text, *stretch)
            if start < end and _CONTENT.search(text, start, end):
                spans += _cut(text, start, end, window)
    return spans


def passage_limits(marks: Sequence[Mark]) -> list[int]:
    """Where a passage may not go on: at the start of every slide, sheet, chapter and section.

    A page is no limit: a paragraph that runs over a page's end is one, and named by the page on which it starts.
    """
    limits = []
    for before, mark in zip([None, *marks], marks, strict=False):
        same_headings = mark.headings == (before.headings if before else ())
        if mark.unit != "page" or not same_headings:
            limits.append(mark.start)
    return limits


def mark_at(marks: Sequence[Mark], offset: int) -> Mark | None:
    """The mark that character `offset` is under: the last that starts there or before."""
    after = bisect_right(marks, offset, key=lambda mark: mark.start)
    return marks[after - 1] if after else None


def _stretches(start: int, end: int, limits: Sequence[int]) -> Iterator[Span]:
    """[start, end) between the limits inside it."""
    for limit in limits[bisect_right(limits, start) : bisect_left(limits, end)]:
        yield start, limit
        start = limit
    yield start, end


def split_sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences in text[start:end], white space around each left out.

    A sentence ends at 。！？!?… or at a full stop that is no decimal point, abbreviation or initial, with the quotation
    marks and brackets that close after it, and at a line's end. Short quotations are not cut inside, and what follows
    one on the line (“……！”他说。) belongs to it.
    """
    end = len(text) if end is None else end
    spans = []
    for line in _LINE.finditer(text, start, end):
        begin = line.start()
        for cut in _sentence_ends(text, *line.span()):
            span = _trim(text, begin, cut)
            if span[0] < span[1]:
                spans.append(span)
            begin = cut
    return spans


def count_lines(text: str) -> list[int]:
    """Starts of the lines of `text`, for `line_of`."""
    return [0, *(match.end() for match in re.finditer(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]", text))]


def line_of(starts: list[int], offset: int) -> int:
    """The line, from 1, that holds character `offset`."""
    return bisect_right(starts, offset)


def estimate_tokens(text: str) -> float:
    """About how many tokens a model takes for `text`."""
    return sum(map(_tokens_of, text))


def _tokens_of(char: str) -> float:
    if char >= "⺀":
        return _TOKENS_WIDE
    return _TOKENS_NARROW if char.isalpha() or char.isspace() else _TOKENS_DIGIT


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and (text[start].isspace() or text[start] in "\ufeff\u200b"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in "\ufeff\u200b"):
        end -= 1
    return start, end


def _protected(text: str, start: int, end: int) -> list[Span]:
    """Short quotations and brackets of a line, inside which no sentence ends: the outermost ones, in order."""
    opened: list[tuple[str, int]] = []
    count = dict.fromkeys(_PAIRS, 0)
    spans: list[Span] = []
    for i in range(start, end):
        char = text[i]
        if char in _PAIRS:
            opened.append((char, i))
            count[char] += 1
        elif char in _CLOSED_BY:
            while count[_CLOSED_BY[char]]:  # what is still open inside was never closed
                opener, begin = opened.pop()
                count[opener] -= 1
                if opener == _CLOSED_BY[char]:
                    if i - begin <= _LONGEST_QUOTATION:
                        while spans and spans[-1][0] > begin:
                            spans.pop()  # inside this one
                        spans.append((begin, i))
                    break
    return spans


def _sentence_ends(text: str, start: int, end: int) -> Iterator[int]:
    protected = _protected(text, start, end)
    at = last = start
    while match := _END.search(text, at, end):
        at = cut = match.end()
        while cut < end and text[cut] in _CLOSERS:
            cut += 1
        following = text[cut] if cut < end else ""
        around = bisect_left(protected, (match.start(), -1)) - 1
        if around >= 0 and match.start() < protected[around][1] and protected[around][1] >= cut:
            continue
        quoted = cut > match.end()
        if quoted and following and not following.isspace() and following not in _PAIRS and following >= "⺀":
            continue  # “……！”他说。
        if match.group()[0] in ".．" and not _is_full_stop(text, start, match, cut, following):
            continue
        if match.group()[0] == "…" and following and not following.isspace() and following not in _PAIRS and not quoted:
            continue  # an ellipsis in mid-sentence
        if match.group()[0] in "!?" and following and not following.isspace() and following.isascii():
            continue  # a mark inside a name, an address or code
        at = last = cut
        yield cut
    if last < end:
        yield end


def _is_full_stop(text: str, start: int, match: re.Match[str], cut: int, following: str) -> bool:
    if (
        following
        and not following.isspace()
        and following not in _PAIRS
        and not (following >= "⺀" and not text[match.start() - 1 : match.start()].isdigit())
    ):
        return False  # a decimal point, an address, an initial without a space
    if match.group() == "." and _ABBREVIATION.search(text[max(start, match.start() - 20) : match.start()]):
        return False
    rest = text[cut : cut + 8].lstrip()
    return not (rest and rest[0].islower())


def _cut(text: str, start: int, end: int, window: float) -> list[Span]:
    """Cut one line into parts under the window, about equally long, at the best place that there is."""
    total = estimate_tokens(text[start:end])
    if total <= window:
        return [(start, end)]
    parts = -int(-total // window)
    target = total / parts
    spans: list[Span] = []
    begin = start
    size = 0.0
    for a, b in _pieces(text, start, end, window):
        piece = estimate_tokens(text[a:b])
        if size and (size + piece > window or size + piece / 2 > target):
            spans.append(_trim(text, begin, a))
            begin, size = a, 0.0
        size += piece
    spans.append(_trim(text, begin, end))
    return [span for span in spans if span[0] < span[1] and _CONTENT.search(text, *span)]


def _pieces(text: str, start: int, end: int, window: float) -> Iterator[Span]:
    """Sentences, and the pieces of those that are longer than the window; together they cover [start, end)."""
    begin = start
    for cut in [*_sentence_ends(text, start, end), end]:
        if cut <= begin:
            continue
        if estimate_tokens(text[begin:cut]) <= window:
            yield begin, cut
        else:
            yield from _clauses(text, begin, cut, window)
        begin = cut


def _clauses(text: str, start: int, end: int, window: float) -> Iterator[Span]:
    begin, size, comma = start, 0.0, 0
    for i in range(start, end):
        size += _tokens_of(text[i])
        if size > window:
            cut = comma if comma > begin else i
            yield begin, cut
            begin = cut
            size = estimate_tokens(text[begin : i + 1])
        if text[i] in "，、；：,;: ":
            comma = i + 1
    if begin < end:
        yield begin, end
