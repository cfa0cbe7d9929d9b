"""Which turn of a conversation a question may follow, and whether it can follow one at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..search.small_talk import is_small_talk
from .likely import readings
from .turns import EarlierTurn

TURNS_READ = 4  # earlier turns, at most, that a follow-up is completed from
LONGEST = 300  # characters: a longer question is no follow-up, and no more are read of an earlier one


def last_turn(history: Iterable[EarlierTurn]) -> EarlierTurn | None:
    """The last turn of a conversation that asked something, as it was understood; None without one.

    A question whose answer is not known is completed from the ones before it, by its words.
    """
    turn = None
    for each in list(history)[-TURNS_READ:]:
        if is_small_talk(each.question) or not re.search(r"[^\W_]", each.question):
            continue
        if turn is not None and not each.understood and each.row is None and follows(each.question, turn):
            turn = replace(each, understood=readings(each.question, turn)[0][0].text)
        else:
            turn = each
    return turn and replace(turn, question=turn.question[:LONGEST], understood=turn.understood[:LONGEST])


def follows(question: str, turn: EarlierTurn) -> bool:
    """Whether `question` can be a follow-up of `turn`: not the same again, not long, and no greeting."""
    same = question in (turn.question, turn.understood)
    return not same and len(question) <= LONGEST and not is_small_talk(question) and re.search(r"[^\W_]", question) is not None
