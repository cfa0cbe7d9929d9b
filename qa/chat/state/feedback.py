"""Readers' ratings of answers, in `<home>/feedback.jsonl`, a file of questions that `python -m qa eval` reads."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

from ...disk import write_whole
from ...service.vouched import FEEDBACK
from .turns import Turn


class Feedback:
    """The file of ratings in the folder `home`. Safe to use from several threads of one process."""

    def __init__(self, home: Path) -> None:
        self.file = home / FEEDBACK
        self._lock = threading.Lock()

    def keep(self, name: str, turn: Turn, user: str = "") -> None:
        """Store the turn's rating in place of an earlier one with the same `name`; a turn without a rating only removes that.

        A rating "up" confirms the first citation's quotation, or that there is no answer. A rating "down" has no `quote`, since
        the right answer is not known. Raises OSError.
        """
        name = f"{user}:{name}" if user else name  # nobody replaces another's rating
        with self._lock:
            lines = [line for line in self._lines() if _name(line) != name]
            if turn.rating and turn.answer is not None:
                lines.append(json.dumps(rating_json(name, turn, user), ensure_ascii=False))
            write_whole(self.file, "".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))

    def _lines(self) -> list[str]:
        try:
            return [line for line in self.file.read_text("utf-8", "replace").split("\n") if line]
        except FileNotFoundError:
            return []


def rating_json(name: str, turn: Turn, user: str = "") -> dict[str, Any]:
    """`{id, question, [quote], [source], rating, answer, time, [collection], [user]}`"""
    answer = turn.answer
    assert answer is not None
    first = answer.citations[0] if answer.citations else None
    record: dict[str, Any] = {"id": name, "question": answer.understood or turn.question}
    if turn.rating == "up":
        record["quote"] = first.quote if first else None
    if first:
        record["source"] = first.source
    record |= {"rating": turn.rating, "answer": answer.text, "time": datetime.now().astimezone().isoformat(timespec="seconds")}
    return record | {name: value for name, value in (("collection", turn.collection), ("user", user)) if value}


def _name(line: str) -> object:
    try:
        return json.loads(line)["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
