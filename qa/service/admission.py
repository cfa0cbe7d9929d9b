"""Who is let in to ask: as many as are answered in time. The others are told at once that too many ask.

More questions than cores do not go faster, they wait for each other; beyond a certain line nobody would be answered in time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from ..config import cores
from ..errors import QAError

_WEIGHT = 0.1  # of the newest question in the mean of how long one takes
_HALF_DONE = 0.5  # of a turn, of those that are being answered, on average
_AT_FIRST = 0.3  # seconds that a question is taken to need before one was answered


class Busy(QAError):
    """Too many ask at once."""


class Admission:
    """Counts the questions that are being answered, and knows how long one takes on this machine."""

    def __init__(self, at_once: int | None = None) -> None:
        """`at_once` questions are worked on at a time, and the others wait; None for as many as there are cores."""
        self._at_once = at_once or cores()
        self._lock = threading.Lock()
        self._inside = 0
        self._seconds = _AT_FIRST

    def enter(self, seconds: float, most: float) -> Callable[[], None]:
        """Let a question in that is likely to be answered within so many `seconds`; any that need not wait, and one that has a
        single turn to wait, if it can be answered within `most`, the time after which it is given up.

        What is returned is to be called once nothing is worked on for it any more. Raises `Busy`.
        """
        with self._lock:
            turns = self._turns(self._inside + 1)
            expected = (turns - _HALF_DONE) * self._seconds
            if turns > 1 and expected > seconds and not (turns == 2 and turns * self._seconds <= most):
                raise Busy("chat.busy")
            self._inside += 1
        began = time.monotonic()

        def leave() -> None:
            took = min(time.monotonic() - began, most)  # not what one given up, or a machine that slept, went on for
            with self._lock:
                self._inside -= 1
                self._seconds += _WEIGHT * (took / turns - self._seconds)

        return leave

    def _turns(self, inside: int) -> int:
        """After how many turns the last of so many questions is answered."""
        return -(-inside // self._at_once)
