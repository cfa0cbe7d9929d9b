"""A follow-up question completed from the conversation: "那它的洪峰是多少？" takes its subject from the question before it.

No language model: what a question leaves out is told by its words (`chinese_follow_ups.py` and its like). A
question that may stand by itself is left alone, unless an index is there to say which of the two it answers more surely.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from . import chinese_follow_ups, japanese_follow_ups, spaced_follow_ups
from .completions import Completion
from .support import is_small_talk
from .tokens import HAN_RUN
from .types import Answer

Turn = Answer | str

_KANA = re.compile("[\u3041-\u30ff]")


def understand(question: str, history: Sequence[Turn], confidence_of: Callable[[str], float] | None = None) -> str:
    """The question to search for: `question` with what it leaves out taken from `history`, or as it is if it stands by itself.

    `history` holds the earlier turns, the oldest first; a text is an earlier question whose answer is not known.
    `confidence_of` gives the confidence of answering a question; it decides where the words leave it open.
    """
    completion = _completion(question, history)
    if completion is None:
        return question
    if completion.sure:
        return completion.text
    if confidence_of is None:
        return question
    return completion.text if confidence_of(completion.text) >= confidence_of(question) else question


def _completion(question: str, history: Sequence[Turn]) -> Completion | None:
    """`question` completed from the last turn that asked something; None when it stands by itself."""
    if is_small_talk(question) or not re.search(r"[^\W_]", question):
        return None
    turn = next((turn for turn in reversed(history) if not is_small_talk(asked(turn))), None)
    if turn is None:
        return None
    earlier = asked(turn)
    if earlier == question:
        return None
    if _KANA.search(question):
        return japanese_follow_ups.complete(question, earlier)
    if HAN_RUN.search(question):
        quote = "" if isinstance(turn, str) or not turn.citations else turn.citations[0].quote
        return chinese_follow_ups.complete(question, earlier, quote)
    return spaced_follow_ups.complete(question, earlier)


def asked(turn: Turn) -> str:
    """The question of an earlier turn as it was understood."""
    return turn if isinstance(turn, str) else turn.understood or turn.question
