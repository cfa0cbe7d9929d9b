"""A question and what came of it: the turns of a conversation."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from ...answers.answer import Answer
from ...answers.confidence import THRESHOLD
from ...errors import QAError, from_record, record
from ...types import Paragraph
from .backend import Backend, neighbours

QUESTION_LIMIT = 2000  # characters
SENT_LIMIT = 10_000  # of a longer question the page sends no more: enough to be told that it is too long
LISTED, FEWEST_LISTED, MOST_LISTED = 5, 3, 20  # passages for a question: by default, and the choices' ends
REACH = 1  # paragraphs before and after a passage that the page can show

Rating = Literal["", "up", "down"]
Neighbours = tuple[tuple[Paragraph, ...], tuple[Paragraph, ...]]


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer with the passages it cites, by row, or else the reason for none.

    `around` holds the paragraphs before and after each passage shown, by row. `changed` are the sources of the cited ones whose
    file is no longer what was indexed. `collection` is where the question was asked.
    """

    number: int
    question: str
    answer: Answer | None = None
    passages: dict[int, Paragraph] = field(default_factory=dict)
    around: dict[int, Neighbours] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    trouble: QAError | None = None
    rating: Rating = ""
    collection: str = ""

    @property
    def failure(self) -> QAError:
        """Why there is no answer, of a turn without one."""
        return self.trouble or QAError("chat.not_answered")

    def rated(self, rating: str) -> Turn:
        """The turn with this rating, or without it where it had it already; as it is if there is nothing to rate."""
        if self.answer is None or rating not in ("up", "down"):
            return self
        return replace(self, rating="" if rating == self.rating else cast(Rating, rating))


Turns = tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """How a question is asked: how many passages to list, from which confidence on to answer, and where to search."""

    k: int = LISTED
    threshold: float = THRESHOLD
    within: Collection[str] | None = None
    collection: str = ""


class Refusal(QAError):
    """What was sent cannot be asked."""


def objection(question: object) -> Refusal | None:
    """Why this cannot be asked, or None."""
    if not isinstance(question, str):
        return Refusal("chat.question_is_no_text")
    if not question.strip():
        return Refusal("chat.empty_question")
    if len(question) > QUESTION_LIMIT:
        length = len(question) if len(question) < SENT_LIMIT else f"{SENT_LIMIT}+"
        return Refusal("chat.question_too_long", limit=QUESTION_LIMIT, length=length)
    return None


def take_turn(backend: Backend, question: str, number: int, asking: Asking = Asking(), history: Turns = ()) -> Turn:
    """Ask and keep what the page shows of it. `history` are the turns that a follow-up may refer to, the oldest first."""
    try:
        return _take_turn(backend, question, number, asking, history)
    except QAError as error:
        # a copy, since the error's traceback would keep the index alive as long as the conversation
        return Turn(number, question, trouble=from_record(record(error), QAError), collection=asking.collection)
    except Exception:  # a fault of the program: the page says so in a line, the terminal has the rest
        traceback.print_exc(file=sys.stderr)
        return Turn(number, question, trouble=QAError("chat.unexpected"), collection=asking.collection)


def _take_turn(backend: Backend, question: str, number: int, asking: Asking, history: Turns) -> Turn:
    index = backend.opened(asking.collection)  # the same for all that the page shows of it
    before = [turn.answer for turn in history if turn.answer is not None]
    answer = index.ask(question, asking.k, asking.threshold, asking.within, before)
    found = {hit.paragraph.row: hit.paragraph for hit in answer.hits}
    cited = [citation.row for citation in answer.citations]
    passages = {row: found.get(row) or index.paragraph(row) for row in cited}
    around = {row: neighbours(index, row, REACH) for row in {**passages, **found}}
    changed = {p.source for p in passages.values() if not index.verify_document(p.source)}
    return Turn(number, question, answer, passages, around, frozenset(changed), collection=asking.collection)
