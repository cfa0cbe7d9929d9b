"""A gate that lets in so many at once, and those who wait in the order in which they came.

`threading.Semaphore` lets whoever comes by take the place that was freed for the longest waiting one.
"""

from __future__ import annotations

from collections import deque
from threading import Lock
from types import TracebackType


class FairGate:
    """A context manager: inside are `most` threads at most, the others wait in line."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._line: deque[Lock] = deque()
        self._lock = Lock()  # of the two above

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
        except BaseException:  # a keyboard interrupt while waiting: the place goes to the next
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
