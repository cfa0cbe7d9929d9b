"""A fair semaphore: it admits a fixed number of threads at once, and waiting ones in the order of their arrival.

`threading.Semaphore` is not fair: a thread that arrives just then may take the place freed for the one that waits longest.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from types import TracebackType


class FairGate:
    """A context manager with at most `most` threads inside; further threads wait, first come, first served."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._line: deque[Lock] = deque()
        self._lock = Lock()  # guards _free and _line

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._line.append(turn)
        try:
            turn.acquire()
        except BaseException:  # Ctrl+C while waiting: leave the line, or pass a place just received to the next thread
            with self._lock:
                waiting = turn in self._line
                if waiting:
                    self._line.remove(turn)
            if not waiting:
                self._leave()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._leave()

    def _leave(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1
