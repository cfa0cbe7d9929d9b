"""Several questions in one message, answered each: with its own citation, or its own "not found"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..search.engine import Engine
from .answer import Answer
from .citation import Citation, citation_of

# The first of the questions is at most so much less sure than all of them read as one; else it told the situation only.
LESS_SURE = 0.2
LONGEST = 200  # characters of one quotation that holds the answers to several


def in_parts(engine: Engine, whole: Answer, parts: Sequence[Answer]) -> Answer:
    """The answer of its `parts`, or the `whole`, the message read as one question, where that is answered better."""
    first = parts[0]
    if not any(part.found for part in parts) or (whole.found and first.confidence < whole.confidence - LESS_SURE):
        return whole
    spans = _together(parts)
    numbers: dict[tuple[int, int, int], Citation] = {}
    answered = []
    for part in parts:
        cited = []
        for citation in part.citations:
            row, start, end = spans.get(_span(citation), _span(citation))
            if (row, start, end) not in numbers:
                words = citation.span and (citation.start + citation.span[0], citation.start + citation.span[1])
                made = citation_of(engine, len(numbers) + 1, row, start, end, words)
                numbers[row, start, end] = replace(made, newer=citation.newer)
            cited.append(numbers[row, start, end])
        cited = list(dict.fromkeys(cited))
        text = "\n".join(f"{citation.quote} [{citation.number}]" for citation in cited) if part.found else part.text
        answered.append(replace(part, text=text, citations=tuple(cited)))
    if len(numbers) == 1 and all(part.found for part in answered):
        text = answered[0].text
    else:
        text = "\n".join(f"{part.question}\n{part.text}" for part in answered)
    sure = next(part.confidence for part in answered if part.found)
    return replace(
        whole, found=True, confidence=sure, text=text, citations=tuple(numbers.values()), parts=tuple(answered), absent=()
    )


def _span(citation: Citation) -> tuple[int, int, int]:
    return citation.row, citation.start, citation.end


def _together(parts: Sequence[Answer]) -> dict[tuple[int, int, int], tuple[int, int, int]]:
    """For the first citations of the parts that stand near each other in one passage, the span that holds them all."""
    found: dict[tuple[int, int, int], tuple[int, int, int]] = {}
    for span in (_span(part.citations[0]) for part in parts if part.citations):
        near = next((other for other in set(found.values()) if other[0] == span[0] and _both(other, span) <= LONGEST), span)
        joined = (span[0], min(near[1], span[1]), max(near[2], span[2]))
        found = {one: joined if other == near else other for one, other in found.items()} | {span: joined}
    return found


def _both(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return max(one[2], other[2]) - min(one[1], other[1])
