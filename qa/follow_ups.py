"""A follow-up question completed from the conversation: "那它的洪峰是多少？" takes its subject from the question before it.

Nothing but the texts decides: what a question lacks of its own (a subject, a verb) and which words point back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .support import is_small_talk
from .tokens import QUESTION_WORDS, normalise, without_stop_words
from .types import Answer

Turn = Answer | str

_POINTS_BACK = re.compile(r"[它他她其这那该此]|\b(?:it|its|he|his|she|her|they|their|them|that|this|those|these|there)\b")


def understand(question: str, history: Sequence[Turn]) -> str:
    """The question to search for: `question` with what it leaves out taken from `history`, or as it is if it stands by itself.

    `history` holds the earlier turns, the oldest first; a text is an earlier question whose answer is not known.
    """
    if not history or is_small_talk(question):
        return question
    text = normalise(question)
    bare = without_stop_words(QUESTION_WORDS.sub(" ", text))
    if re.search(r"[^\W_]", bare) and not _POINTS_BACK.search(text):
        return question
    return f"{asked(history[-1])} {question}"


def asked(turn: Turn) -> str:
    """The question of an earlier turn as it was understood."""
    return turn if isinstance(turn, str) else turn.understood or turn.question
