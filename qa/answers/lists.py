"""A list that is quoted whole: the items around one, or below the line that leads in, with that line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..passages.structure import LEADS_IN, indentation, is_title, kind_of_marker
from ..passages.token_estimate import estimate_tokens
from ..text.lines import Span

# Estimated tokens of a list that is quoted whole, at most: for a question that asks for more than a fact, and for others. Of 523
# real questions the first quotation is right for 56.6 % in 107 characters so, 56.8 in 114 with 240 for both, 55.4 in 102 without.
LONGEST_LIST, SHORT_LIST = 240.0, 120.0


@dataclass(frozen=True, slots=True)
class Shown:
    """So much is quoted of what belongs together: the items, or with `rows` the rows, `first` to `last` of `count`, from 1."""

    first: int
    last: int
    count: int
    rows: bool = False


def whole_list(text: str, sentences: Sequence[Span], best: int, longest: float) -> range | None:
    """The positions of the `sentences` of a passage, `text`, that are the list at `best`, with the line that leads in; None when
    it is no list of two items at least, or takes more than `longest` tokens."""
    found = _list_at(text, sentences, best)
    if found is None:
        return None
    whole, leads, _ = found
    whole = range(whole.start - leads, whole.stop)
    return whole if _fits(text, sentences, whole, longest) else None


def part_of_list(text: str, sentences: Sequence[Span], best: int, longest: float) -> tuple[range, Shown] | None:
    """The same for a list that is longer: as many of its items as fit, from the first on or, where the `best` is not among these,
    from that on."""
    found = _list_at(text, sentences, best)
    if found is None:
        return None
    _, leads, items = found
    at = next((i for i, (start, end) in enumerate(items) if start <= best < end), 0)
    for begin in (0, at):
        first = items[begin][0] - (leads if not begin else 0)
        ends = [i for i in range(begin, len(items)) if _fits(text, sentences, range(first, items[i][1]), longest)]
        if ends and ends[-1] >= max(at, begin + 1):
            return range(first, items[ends[-1]][1]), Shown(begin + 1, ends[-1] + 1, len(items))
    return None


def _fits(text: str, sentences: Sequence[Span], those: range, longest: float) -> bool:
    return estimate_tokens(text[sentences[those.start][0] : sentences[those.stop - 1][1]]) <= longest


def _list_at(text: str, sentences: Sequence[Span], best: int) -> tuple[range, bool, list[Span]] | None:
    """The list at `best`, whether a line leads it in, and its items with what lies deeper; None for a list of less than two."""
    kinds = [kind_of_marker(text, span) for span in sentences]
    leads = not kinds[best] and best + 1 < len(kinds) and _leads_in(text, sentences, best)
    if not leads and not kinds[best]:
        return None
    at = best + 1 if leads else best
    inside = indentation(text, sentences[at][0])

    def is_item(other: int) -> bool:
        return indentation(text, sentences[other][0]) == inside and kinds[other] == kinds[at]

    def belongs(other: int) -> bool:
        return indentation(text, sentences[other][0]) > inside or is_item(other)

    first, last = at, at
    while first > 0 and belongs(first - 1):
        first -= 1
    while last + 1 < len(kinds) and belongs(last + 1):
        last += 1
    if first == last:
        return None
    begins = [i for i in range(first, last + 1) if is_item(i)]
    items = list(zip([first, *begins[1:]], [*begins[1:], last + 1], strict=True))
    return range(first, last + 1), first > 0 and _leads_in(text, sentences, first - 1), items


def _leads_in(text: str, sentences: Sequence[Span], line: int) -> bool:
    below = sentences[line + 1]
    said = text[slice(*sentences[line])]
    return bool(kind_of_marker(text, below)) and (LEADS_IN.search(said) is not None or is_title(text, sentences[line], below))
