"""How long work tells how far it is: the steps it has, the callback that is told, and the bar that shows it on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Any


class Step(StrEnum):
    """What is being done, as it is shown, with the unit that is counted. Programs compare the members, not the texts."""

    PREPARING = "preparing the model"
    WAITING = "waiting for another build of this index"
    READING = "reading, in bytes"
    INDEXING = "indexing words, in characters"
    EMBEDDING = "embedding, in characters"
    ASKING = "asking"


# the step, how much of it is done, how much there is
Progress = Callable[[Step, int, int], None]


def silent(step: Step, done: int, total: int) -> None:
    """Report nothing."""


class ProgressBar:
    """A bar on stderr for each step, with rate and time left; a context manager that is called as a `Progress`."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._step: Step | None = None

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, step: Step, done: int, total: int) -> None:
        from tqdm import tqdm

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
            self._step = None
