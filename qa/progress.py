"""Long work: reports of its progress, a progress bar for the terminal, and whether somebody still waits for it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from types import TracebackType
from typing import Any


class Step(StrEnum):
    """A step of long work. The text is shown to the user and names the unit counted; programs compare members, not texts."""

    PREPARING = "preparing the model"
    WAITING = "waiting for another build of this index"
    READING = "reading, in bytes"
    INDEXING = "indexing words, in characters"
    EMBEDDING = "embedding, in characters"
    SENDING = "sending to the server, in passages"
    CHECKING = "reading back, in passages"
    ASKING = "asking"


# Called with the step, how much of it is done, and how much there is in total.
Progress = Callable[[Step, int, int], None]


def silent(step: Step, done: int, total: int) -> None:
    """A `Progress` that reports nothing."""


class GivenUp(Exception):
    """Nobody waits any more for what a thread works on."""


class Wanted:
    """Whether somebody waits for what is worked on. A thread cannot be stopped from without: what takes long asks at each step.

    Made for one piece of work; the thread that works on it calls `begin`.
    """

    def __init__(self) -> None:
        self._given_up = threading.Event()

    def begin(self) -> None:
        """What this thread works on from now on is wanted as long as this says so."""
        _WANTED.set(self)

    def give_up(self) -> None:
        """The next `check` ends the work."""
        self._given_up.set()

    def check(self) -> None:
        """Raise `GivenUp` if nobody waits any more."""
        if self._given_up.is_set():
            raise GivenUp

    def sleep(self, seconds: float) -> None:
        """Wait so long; raise `GivenUp` as soon as nobody waits any more."""
        if self._given_up.wait(seconds):
            raise GivenUp


_WANTED: ContextVar[Wanted] = ContextVar("wanted", default=Wanted())  # noqa: B039 - nobody gives this one up


def wanted() -> Wanted:
    """Whether what this thread works on is wanted; for the threads that it starts to ask."""
    return _WANTED.get()


class ProgressBar:
    """A `Progress` that shows a bar on stderr for each step, with rate and time left. A context manager, which closes the bar."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._step: Step | None = None  # of the bar, or of the one that ended last

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, step: Step, done: int, total: int) -> None:
        from tqdm import tqdm

        if step == self._step and self._bar is None and done >= total:
            return  # some work says several times that it is done
        if step != self._step or self._bar is None:
            self._close()
            self._step = step
            self._bar = tqdm(total=total, desc=step, file=sys.stderr, mininterval=0.3)
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done >= total:
            self._close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
