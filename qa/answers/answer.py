"""What the documents say to a question."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import Hit
from .citation import Citation


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question.

    `found` tells whether they answer it; `confidence`, 0 to 1, is the estimated probability that they do and that the
    first citation holds the answer. `text` quotes the answering sentences, or says in the question's language that the
    documents do not hold the answer; then `citations` is empty and `hits` are the nearest passages. `understood` is the
    question that was searched for where it was completed from the conversation, "" where it was taken as it stands.
    """

    question: str
    found: bool
    confidence: float
    text: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    understood: str = ""
