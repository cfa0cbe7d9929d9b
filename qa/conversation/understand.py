"""A follow-up question completed from the conversation: "那它的洪峰是多少？" takes its subject from the question before it.

Rules on the question's words, a module for each kind of language; no language model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..search.small_talk import is_small_talk
from ..text.scripts import HAN_RUN
from ..text.user_words import NO_WORDS, UserDictionary
from . import chinese, japanese, spaced
from .turns import Completion, EarlierTurn

TURNS_READ = 4  # earlier turns, at most, that a follow-up is completed from
LONGEST = 300  # characters: a longer question is no follow-up, and no more are read of an earlier one
_KANA = re.compile("[\u3041-\u30ff]")


def completion(question: str, history: Sequence[EarlierTurn], dictionary: UserDictionary = NO_WORDS) -> Completion | None:
    """`question` completed from `history`, the turns before it, the oldest first; None when it stands by itself.

    `dictionary` holds the user's words, by which Chinese is segmented.
    """
    turns = [turn for turn in history[-TURNS_READ:] if not is_small_talk(turn.question)]
    return _completed(question, turns, dictionary)


def _completed(question: str, turns: Sequence[EarlierTurn], dictionary: UserDictionary) -> Completion | None:
    """`question` completed from the last of `turns`, which is first completed from the turns before it."""
    if not turns or len(question) > LONGEST or is_small_talk(question) or not re.search(r"[^\W_]", question):
        return None
    last, earlier = turns[-1], _understood(turns, dictionary)[:LONGEST]
    if earlier == question or _is_spaced(question) != _is_spaced(earlier):
        return None  # the same question again, or one in another kind of language, which these words do not complete
    if _KANA.search(question):
        return japanese.complete(question, earlier)
    if HAN_RUN.search(question):
        return chinese.complete(question, earlier, last.quote, last.passages, dictionary)
    return spaced.complete(question, earlier)


def _understood(turns: Sequence[EarlierTurn], dictionary: UserDictionary) -> str:
    """The last question in its completed form, even where it was searched for as typed."""
    *before, last = turns
    if last.understood:
        return last.understood
    completed = _completed(last.question, before, dictionary)
    if completed is None:
        return last.question
    same_passage = last.row is not None and last.row == before[-1].row
    return completed.text if completed.sure or same_passage else last.question


def _is_spaced(text: str) -> bool:
    """Whether a text is in a language that separates words by spaces."""
    return not (HAN_RUN.search(text) or _KANA.search(text))
