"""A follow-up question completed from the conversation: "那它的洪峰是多少？" takes its subject from the question before it.

No language model: what a question leaves out is told by its words (`chinese.py` and its like). A
question that may stand by itself is left alone, unless an index is there to say which of the two it answers better.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol

from ..search.question_rules import is_small_talk
from ..text.scripts import HAN_RUN
from ..types import Hit
from . import chinese as chinese_follow_ups
from . import japanese as japanese_follow_ups
from . import spaced as spaced_follow_ups
from .completion import Completion


class Cited(Protocol):
    """What is read of a citation: its quotation and the row of its passage."""

    @property
    def quote(self) -> str: ...

    @property
    def row(self) -> int: ...


class Answered(Protocol):
    """What is read of an earlier answer."""

    @property
    def question(self) -> str: ...

    @property
    def understood(self) -> str: ...

    @property
    def citations(self) -> Sequence[Cited]: ...

    @property
    def hits(self) -> Sequence[Hit]: ...


Turn = Answered | str
IsBetter = Callable[[str, str, bool], bool]

REACH = 4  # earlier turns from which a question may take what it leaves out
PASSAGES = 3  # found for the earlier question, where the person may be named whom it asked for
LONGEST = 300  # characters of a question that may be a follow-up, and of what it may follow
_KANA = re.compile("[\u3041-\u30ff]")


def understand(question: str, history: Sequence[Turn], is_better: IsBetter | None = None) -> str:
    """The question to search for: `question` with what it leaves out taken from `history`, or as it is if it stands by itself.

    `history` holds the earlier turns, the oldest first; a text is an earlier question whose answer is not known.
    `is_better` says of the question, of it completed, and whether its words leave no doubt that it has to be, if the
    completed one is to be searched for; without, it is where there is no doubt.
    """
    completion = _completion(question, [turn for turn in history[-REACH:] if not is_small_talk(_question(turn))])
    if completion is None:
        return question
    better = is_better(question, completion.text, completion.sure) if is_better else completion.sure
    return completion.text if better else question


def _completion(question: str, history: Sequence[Turn]) -> Completion | None:
    """`question` completed from the last turn; None when it stands by itself."""
    if not history or len(question) > LONGEST or is_small_talk(question) or not re.search(r"[^\W_]", question):
        return None
    turn, earlier = history[-1], _understood(history)[:LONGEST]
    if earlier == question:
        return None
    if _is_spaced(question) != _is_spaced(earlier):
        return None  # words of one language do not complete a question in another
    if _KANA.search(question):
        return japanese_follow_ups.complete(question, earlier)
    if HAN_RUN.search(question):
        return chinese_follow_ups.complete(question, earlier, *_answered_by(turn))
    return spaced_follow_ups.complete(question, earlier)


def _answered_by(turn: Turn) -> tuple[str, list[str]]:
    """The sentence that answered a question, and the passages found, its own first; empty when they are not known."""
    if isinstance(turn, str) or not turn.citations:
        return "", []
    cited = turn.citations[0]
    passages = sorted(turn.hits[:PASSAGES], key=lambda hit: hit.paragraph.row != cited.row)
    return cited.quote, [hit.text for hit in passages]


def _is_spaced(text: str) -> bool:
    """Whether a text is in a language whose words are parted by spaces."""
    return not (HAN_RUN.search(text) or _KANA.search(text))


def _understood(history: Sequence[Turn]) -> str:
    """The last question with what it was about, though it may have been searched for without that."""
    *before, turn = history
    if not isinstance(turn, str) and turn.understood:
        return turn.understood
    completion = _completion(_question(turn), before)
    return completion.text if completion and (completion.sure or _same_place(before[-1], turn)) else _question(turn)


def _same_place(before: Turn, after: Turn) -> bool:
    """Whether two answers stand in one passage."""
    if isinstance(before, str) or isinstance(after, str) or not before.citations or not after.citations:
        return False
    return before.citations[0].row == after.citations[0].row


def _question(turn: Turn) -> str:
    return turn if isinstance(turn, str) else turn.question
