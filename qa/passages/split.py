"""A text to spans of paragraphs and of sentences. Spans are [start, end) characters of the text as it is, never altered."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from ..types import Mark

Span = tuple[int, int]

SPLITTER = 3  # version, stored in an index: a change here asks for a rebuild

# Tokens that a passage may take of the model's window of 512, prompt and special tokens aside, by an estimate that needs
# no tokenizer: measured on Chinese 0.66 and on English 0.24 tokens a character (multilingual-e5-small), rounded up.
WINDOW = 480
_TOKENS_WIDE, _TOKENS_NARROW = 0.75, 0.35
_TOKENS_DIGIT = 0.9  # digits and signs are often tokens of their own

_LINE = re.compile(r"[^\r\n\x0b\x0c\x85\u2028\u2029]+")
# a paragraph says something when it holds a letter or a digit of any script
_CONTENT = re.compile(r"[^\W_]")

# Lines of prose are wrapped at 60 to 80 columns, now and then at 40 or 100.
_NARROWEST, _WIDEST = 40, 100
_TOGETHER = 160.0  # tokens that short lines put together may take: a third of the window, some 200 Chinese characters
_VERSE = 24.0  # tokens of a line of verse
_LEADS = "：:"  # what ends the line before a list
_NEWLINE = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_ITEM = re.compile(r"(?:[-*+•●○◦▪■·‣–]|[(（]?(?:\d{1,3}|[a-zA-Z]|[一二三四五六七八九十]{1,3})[.)）、．])[ \t　]*\S")
_CLOSED = re.compile(r"[。！？!?.…:：][”’」』）)】》\"']*\Z")
_WORD = re.compile(r"[^\s⺀-\U0010ffff]+")
_BULLET = re.compile(r"[-*+•●○◦▪■·‣–|>]")
# A heading without markup: a short line with no sign that a sentence, a list or a field has, above one that is prose.
_HEADING, _PROSE, _HEADINGS = 40, 24, 3  # columns at most, columns at least, headings that may stand above each other
_NO_HEADING = re.compile(r"[，,。！？!?…:：；;、]|\.\s|[\"”’」』.]\Z")
_ENDED = re.compile(r"[。！？!?.…][”’」』）)】》\"'*_]*\Z")
_ASKED = 100  # columns at most of a question on a line of its own, one sentence that is no quotation
_ASKS = re.compile(r"[^。！!?？“\"‘「『]+[?？][*_）)]*\Z")

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


def split_paragraphs(text: str, window: float = WINDOW, marks: Sequence[Mark] = ()) -> list[Span]:
    """Spans of the passages of `text`: its paragraphs, the long ones cut at sentence ends.

    A line is a paragraph, with some exceptions: lines that break one paragraph at a fixed width are one; a heading, which
    `marks` or its look tell, goes with the paragraph after it, and a question on a line of its own with its answer; the items
    of a list go together, with the line that leads them in, and so do lines of verse up to the one that ends their sentence,
    all while they are few.

    White space around a passage is left out, and so are passages without a letter or a digit (`……`, rules of dashes),
    which answer nothing and come up for everything. A paragraph over `window` tokens, by estimate, is cut into parts of about
    equal size at sentence ends; a sentence that is itself too long is cut at a comma, else where the window ends. No
    passage goes over the start of a slide, sheet, chapter or section.
    """
    spans: list[Span] = []
    headings = _heading_starts(marks)
    for start, end in _stretches(0, len(text), passage_limits(marks)):
        lines = [
            (a, b)
            for match in _LINE.finditer(text, start, end)
            for a, b in [_trim(text, *match.span())]
            if a < b and _CONTENT.search(text, a, b)
        ]
        paragraphs = _joined(text, _unwrapped(text, lines), min(window, _TOGETHER), headed=start in headings)
        for paragraph in paragraphs:
            spans += _cut(text, *paragraph, window)
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


def _heading_starts(marks: Sequence[Mark]) -> frozenset[int]:
    """Where a heading is the first line: where the headings change."""
    before: tuple[str, ...] = ()
    starts = set()
    for mark in marks:
        if mark.headings and mark.headings != before:
            starts.add(mark.start)
        before = mark.headings
    return frozenset(starts)


def _unwrapped(text: str, lines: Sequence[Span]) -> list[Span]:
    """`lines` with those put together that break a paragraph at a fixed width, as mail and old books do."""
    blocks: list[list[Span]] = []
    for line in lines:
        if blocks and not _blank_between(text, blocks[-1][-1], line):
            blocks[-1].append(line)
        else:
            blocks.append([line])
    known = 0  # the width at which blocks of three lines and more are wrapped: two lines alone show none
    for block in blocks:
        if len(block) > 2:
            widest = max(_columns(text, line) for line in block)
            if widest > known and any(_continuing(text, block, widest)):
                known = widest
    found: list[Span] = []
    for block in blocks:
        own = max(_columns(text, line) for line in block) if len(block) > 2 else 0
        found += _put_together(block, _continuing(text, block, max(known, own)))
    return found


def _continuing(text: str, block: Sequence[Span], widest: int) -> list[bool]:
    """For each line of a block but the last, whether the next one goes on with its paragraph; none unless most do.

    They are wrapped when most are so long that the next line's first word would not have fitted, and most of those stop in
    mid-sentence. Lines that begin alike are records.
    """
    pairs = list(pairwise(block))
    none = [False] * len(pairs)
    starts = {text[line[0] : line[0] + 4] for line in block}
    if not pairs or not _NARROWEST <= widest <= _WIDEST or len(starts) <= len(block) / 2:
        return none
    full = [_columns(text, line) + _first_word(text, after) > widest and not _opens(text, line, after) for line, after in pairs]
    broken = sum(
        filled and not _ends_sentence(text, line) and _goes_on(text[after[0]])
        for filled, (line, after) in zip(full, pairs, strict=True)
    )
    return full if broken and sum(full) >= 0.6 * len(full) and broken >= 0.5 * sum(full) else none


def _put_together(lines: Sequence[Span], continuing: Sequence[bool]) -> list[Span]:
    found = [lines[0]]
    for goes_on, line in zip(continuing, lines[1:], strict=True):
        if goes_on:
            found[-1] = (found[-1][0], line[1])
        else:
            found.append(line)
    return found


def _columns(text: str, line: Span) -> int:
    """A line's width with its indentation; of one beyond all wrapping, more than `_WIDEST`."""
    return _indent(text, line[0]) + _width(text[line[0] : min(line[1], line[0] + _WIDEST + 1)])


def _joined(text: str, lines: Sequence[Span], most: float, *, headed: bool) -> list[Span]:
    """`lines` with short ones put with what they belong to, up to `most` tokens."""
    found: list[Span] = []
    size = 0.0
    leading = _leading(text, lines)
    for number, line in enumerate(lines):
        own = estimate_tokens(text[slice(*line)])
        if number and (leading[number - 1] or (headed and number == 1)):
            found[-1] = (found[-1][0], line[1])  # however long: the heading is in its first part then
            size += own
            continue
        if found and size + own <= most:
            last = lines[number - 1]
            gap = estimate_tokens(text[last[1] : line[0]])
            item = bool(_ITEM.match(text, *line))
            listed = item and (bool(_ITEM.match(text, *last)) or text[last[1] - 1] in _LEADS)
            verse = text[last[1] - 1] in "，,、；;" and own <= _VERSE and not _blank_between(text, last, line)
            if (listed or verse) and size + gap + own <= most:
                found[-1] = (found[-1][0], line[1])
                size += gap + own
                continue
        found.append(line)
        size = own
    return found


def _leading(text: str, lines: Sequence[Span]) -> list[bool]:
    """For each line whether it is a heading or a question that the next line is the text or the answer of."""
    leading = [False] * len(lines)
    few: list[bool] = []  # for each line whether it is one of so few in a row that look like headings that they may all be some
    for likely, run in groupby(_looks_like_heading(text, line) for line in lines):
        count = sum(1 for _ in run)
        few += [likely and count <= _HEADINGS] * count
    for number in range(len(lines) - 2, -1, -1):
        line, after = text[slice(*lines[number])], text[slice(*lines[number + 1])]
        if _looks_like_heading(text, lines[number]):
            above = leading[number + 1] and few[number]
            leading[number] = above or (_width(after) > max(_width(line), _PROSE) and _ENDED.search(after) is not None)
        elif _ASKS.match(line) and _width(line) <= _ASKED:
            leading[number] = _ASKS.match(after) is None
    return leading


def _looks_like_heading(text: str, line: Span) -> bool:
    if line[1] - line[0] > _HEADING:
        return False
    said = text[slice(*line)]
    return _width(said) <= _HEADING and not _BULLET.match(said) and not _NO_HEADING.search(said)


def _blank_between(text: str, line: Span, after: Span) -> bool:
    """Whether something else than one newline and spaces is between two lines."""
    return len(_NEWLINE.findall(text, line[1], after[0])) > 1


def _opens(text: str, line: Span, after: Span) -> bool:
    """Whether the line `after` opens a paragraph: it is an item, or indented further than `line`."""
    return bool(_ITEM.match(text, *after)) or _indent(text, after[0]) > _indent(text, line[0])


def _indent(text: str, start: int) -> int:
    begin = start
    while begin and text[begin - 1] in " \t　":
        begin -= 1
    return _width(text[begin:start])


def _first_word(text: str, line: Span) -> int:
    """Columns that a line's first word would take at the end of the line before, with the space before it."""
    if text[line[0]] >= "⺀":
        return 2
    word = _WORD.match(text, *line)
    return 1 + (_width(word.group()) if word else 1)


def _ends_sentence(text: str, line: Span) -> bool:
    return bool(_CLOSED.search(text[max(line[0], line[1] - 8) : line[1]]))


def _goes_on(char: str) -> bool:
    return char.islower() or char >= "⺀"


def _width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if char >= "⺀" else 1 for char in text)


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
    for line in _logical_lines(text, start, end):
        begin = line[0]
        for cut in _sentence_ends(text, *line):
            span = _trim(text, begin, cut)
            if span[0] < span[1]:
                spans.append(span)
            begin = cut
    return spans


def _logical_lines(text: str, start: int, end: int) -> Iterator[Span]:
    """The lines of text[start:end]; a long one that stops in mid-sentence goes on in the next."""
    begin, last = start, None
    for match in _LINE.finditer(text, start, end):
        line = match.span()
        if last is not None and not (
            _width(text[last[0] : min(last[1], last[0] + _NARROWEST)]) >= _NARROWEST
            and not _ends_sentence(text, _trim(text, *last))
            and not _blank_between(text, last, line)
            and not _ITEM.match(text, *_trim(text, *line))
        ):
            yield begin, last[1]
            begin = line[0]
        elif last is None:
            begin = line[0]
        last = line
    if last is not None:
        yield begin, last[1]


def count_lines(text: str) -> list[int]:
    """Starts of the lines of `text`, for `line_of`."""
    return [0, *(match.end() for match in _NEWLINE.finditer(text))]


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
    ends = [cut for line in _logical_lines(text, start, end) for cut in _sentence_ends(text, *line)]
    for cut in [*ends, end]:
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
