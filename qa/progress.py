"""How long steps report how far they are: a callback, and the bar that shows it on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

# what is being done, how much of it is done, how much there is
Progress = Callable[[str, int, int], None]


def silent(label: str, done: int, total: int) -> None:
    """Report nothing."""


class ProgressBar:
    """A bar on stderr for each step, with rate and time left; a context manager that is called as a `Progress`."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._label = ""

    def __enter__(self) -> ProgressBar:
        return self

    def __call__(self, label: str, done: int, total: int) -> None:
        from tqdm import tqdm

        if label != self._label or self._bar is None:
            self._close()
            self._label = label
            self._bar = tqdm(total=total, desc=label, file=sys.stderr, mininterval=0.3)
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
            self._label = ""
