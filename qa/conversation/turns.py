"""What completing a follow-up reads of the conversation, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier question, as typed and as `understood` ("" where it was taken as it stands), and what answered it.

    `quote` is the sentence that answered it, `passages` the texts of those found, the one that the sentence is from first, and
    `row` that one's row; they are empty and None when nothing was found, or when the answer is not known.
    """

    question: str
    understood: str = ""
    quote: str = ""
    passages: tuple[str, ...] = ()
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A question completed; `sure` is False when it might stand by itself as well."""

    text: str
    sure: bool
