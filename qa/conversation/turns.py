"""The input and output of completing a follow-up: an earlier turn of the conversation, and a completed question."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """An earlier question and what answered it.

    `question` is as typed; `understood` is its completed form, "" where it was taken as typed. `quote` is the sentence that
    answered it, `passages` the texts of the passages found, first the one that holds `quote`, and `row` that passage's row.
    `quote` and `passages` are empty and `row` is None when nothing was cited or the answer is not known.
    """

    question: str
    understood: str = ""
    quote: str = ""
    passages: tuple[str, ...] = ()
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A completed question; `sure` is False when the question as typed may also stand by itself."""

    text: str
    sure: bool
