"""The thread that brings indexes up to date in the background, one after another."""

from __future__ import annotations

import threading
from collections import deque

from ..errors import QAError
from ..progress import Progress, Step
from .collection import Collection


class _Stopped(Exception):
    """The program is ending; a build is given up, and what it did is taken up by the next one."""


class Indexer:
    """Builds the collections it is asked for; a thread runs as long as there is one. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Collection] = deque()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def enqueue(self, collection: Collection) -> None:
        """Bring the collection's index up to date soon: once, however many changes ask for it before that begins."""
        with self._lock:
            if self._stop.is_set():
                return
            if collection.tasks.queue():
                self._queue.append(collection)
            if self._thread is None:
                # No daemon: to end the process inside the model's native code would abort it; `report` ends the build instead.
                self._thread = threading.Thread(target=self._work, name="indexing")
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing is left to do, `timeout` seconds for each thread at the most; whether that is so."""
        while (thread := self._thread) is not None:
            thread.join(timeout)
            if thread.is_alive():
                return False
        return True

    def close(self) -> None:
        """Give up the build that is running, wait until it has ended, and begin no other."""
        self._stop.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue or self._stop.is_set():
                    self._thread = None
                    return
                collection = self._queue.popleft()
                collection.tasks.begin()
            trouble = None
            try:
                collection.build(self._report_to(collection))
            except _Stopped:
                self._stop.set()
                continue
            except QAError as error:
                trouble = error
            except Exception as error:  # whatever it is, the old index stays in use and the next collection is taken
                trouble = QAError("collections.build_failed", type(error).__name__, reason=str(error)[:200])
            collection.settle(trouble)

    def _report_to(self, collection: Collection) -> Progress:
        def report(step: Step, done: int, total: int) -> None:
            if self._stop.is_set() or not threading.main_thread().is_alive():
                raise _Stopped
            collection.tasks.report(step, done, total)

        return report
