"""An earlier turn of a conversation, as far as a follow-up may refer to it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """An earlier question and what answered it.

    `question` is as typed; `understood` is its completed form, "" where it was taken as typed. `answer` are the words that
    answered it and `row` is the passage that they are quoted from; "" and None when nothing was cited or it is not known.
    """

    question: str
    understood: str = ""
    answer: str = ""
    row: int | None = None
