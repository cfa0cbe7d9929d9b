"""A question and what came of it: the turns of a conversation."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..types import Answer, Paragraph, QAError
from .desk import Desk
from .messages import Language, message

QUESTION_LIMIT = 2000  # characters


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer with the passages it cites, by row, or else the reason for none.

    `changed` are the sources of those whose file is no longer what was indexed.
    """

    number: int
    question: str
    answer: Answer | None = None
    passages: dict[int, Paragraph] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()
    trouble: str = ""


Turns = tuple[Turn, ...]


def objection(question: object, language: Language) -> str:
    """Why this cannot be asked, or nothing."""
    if not isinstance(question, str):
        return message("not_text", language)
    if not question.strip():
        return message("empty", language)
    if len(question) > QUESTION_LIMIT:
        return message("too_long", language, limit=QUESTION_LIMIT, length=len(question))
    return ""


def take_turn(desk: Desk, question: str, number: int) -> Turn:
    """Ask and keep what the page shows of it."""
    try:
        index = desk.opened()
        answer = index.ask(question)
    except QAError as error:
        return Turn(number, question, trouble=str(error))
    passages = {citation.row: index.paragraph(citation.row) for citation in answer.citations}
    changed = {p.source for p in passages.values() if not index.verify_document(p.source)}
    return Turn(number, question, answer, passages, frozenset(changed))
