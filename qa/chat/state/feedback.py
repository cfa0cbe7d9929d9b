"""Readers' ratings of answers: what is kept of a rated turn."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ...collections.ratings import Ratings
from .turns import Turn


class Feedback:
    """Keeps the ratings of turns in `ratings`."""

    def __init__(self, ratings: Ratings) -> None:
        self.ratings = ratings

    def keep(self, name: str, turn: Turn, user: str = "") -> None:
        """Store the turn's rating in place of an earlier one with the same `name`; a turn without a rating only removes that.

        A rating "up" confirms the first citation's quotation, or that there is no answer. A rating "down" has no `quote`, since
        the right answer is not known. Raises OSError or `QAError`.
        """
        name = f"{user}:{name}" if user else name  # nobody replaces another's rating
        self.ratings.keep(name, rating_json(turn, user) if turn.rating and turn.answer is not None else None)


def rating_json(turn: Turn, user: str = "") -> dict[str, Any]:
    """`{question, [quote], [source], rating, answer, time, [collection], [user]}`"""
    answer = turn.answer
    assert answer is not None
    first = answer.citations[0] if answer.citations else None
    record: dict[str, Any] = {"question": answer.understood or turn.question}
    if turn.rating == "up":
        record["quote"] = first.quote if first else None
    if first:
        record["source"] = first.source
    record |= {"rating": turn.rating, "answer": answer.text, "time": datetime.now().astimezone().isoformat(timespec="seconds")}
    return record | {name: value for name, value in (("collection", turn.collection), ("user", user)) if value}
