"""The answer to a question."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import Hit
from .citation import Citation


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question.

    `question` is as typed. `found` is True when the documents answer it; `confidence`, 0 to 1, is the estimated probability that
    the first citation holds the answer. `text` quotes the cited sentences, each with its number, as in "... [1]". When `found` is
    False, `text` says in the question's language that the documents do not hold the answer, and `citations` is empty. `hits` are
    the nearest passages, best first. `understood` is the question completed from the conversation, "" where it was searched for
    as typed; with `corrected`, it is the question without a typing slip. `absent` are the identifiers in the question that stand
    nowhere, which is why it has no answer. `by_words` says that vectors were still being made, so that passages were found by
    their words alone. `parts` are the answers to each of several questions in one, whose citations are among `citations`; empty
    for one question. `note`, also the last line of `text`, says in the question's language which items of a longer list, or rows
    of a table, are quoted; "" where nothing is left out and nothing was to be computed.
    """

    question: str
    found: bool
    confidence: float
    text: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = field(default=(), repr=False)
    understood: str = ""
    absent: tuple[str, ...] = ()
    parts: tuple[Answer, ...] = ()
    by_words: bool = False
    corrected: bool = False
    note: str = ""
