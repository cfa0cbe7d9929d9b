"""Hits, citations and answers as the JSON objects that the command line and the HTTP API return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..types import Hit, Verification
from .answer import Answer
from .citation import Citation


def hit_json(hit: Hit) -> dict[str, Any]:
    """`{rank, score, source, start, end, place, text, scores}`"""
    paragraph = hit.paragraph
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "source": paragraph.source,
        "start": paragraph.start,
        "end": paragraph.end,
        "place": paragraph.place,
        "text": paragraph.text,
        "scores": {name: round(value, 6) for name, value in hit.scores.items()},
    }


def hits_json(hits: Sequence[Hit]) -> list[dict[str, Any]]:
    """A list of `hit_json`."""
    return [hit_json(hit) for hit in hits]


def citation_json(citation: Citation, check: Callable[[Citation], Verification] | None = None) -> dict[str, Any]:
    """`{number, source, place, start, end, quote, span, sha256, also, context}`, with `newer` where there is a newer edition,
    `confirmed` where a person confirmed it, and with `check` `{stands, reason}` of what it finds."""
    names = ("number", "source", "place", "start", "end", "quote", "span", "sha256")
    fields = {name: getattr(citation, name) for name in names}
    fields |= {"span": citation.span and list(citation.span), "also": list(citation.also), "context": citation.context}
    if citation.newer:
        fields["newer"] = citation.newer
    if citation.confirmed:
        fields["confirmed"] = True
    if check is not None:
        found = check(citation)
        fields |= {"stands": found.ok, "reason": found.reason}
    return fields


def answer_json(answer: Answer, check: Callable[[Citation], Verification] | None = None) -> dict[str, Any]:
    """`{question, understood, found, confidence, text, citations, hits}`, `parts`, such objects without hits, for several
    questions in one, and `by_words`, true, while vectors are still being made.

    `check` says of a citation whether it still stands, as `Index.stands` does; without it the files are not looked at.
    """
    fields = {
        "question": answer.question,
        "understood": answer.understood,
        "found": answer.found,
        "confidence": round(answer.confidence, 6),
        "text": answer.text,
        "citations": [citation_json(citation, check) for citation in answer.citations],
        "hits": hits_json(answer.hits),
    }
    if answer.by_words:
        fields["by_words"] = True
    if answer.parts:
        parts = [answer_json(part, check) for part in answer.parts]
        fields["parts"] = [{name: value for name, value in part.items() if name != "hits"} for part in parts]
    return fields
