"""The background thread that builds the collections' indexes, one after another."""

from __future__ import annotations

import threading
from collections import deque

from ..errors import QAError
from ..models.encoder import giving_way
from ..progress import Progress, Step
from .collection import Collection


class _Stopped(Exception):
    """Raised inside a build to end it with the program; the next build reuses its vectors from the cache."""


class _Cancelled(Exception):
    """Raised inside a build to end it because a user has cancelled it."""


class Indexer:
    """A queue of collections to build; its thread runs while the queue is not empty. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[Collection] = deque()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def enqueue(self, collection: Collection) -> None:
        """Schedule a build of `collection`; further calls before it begins are served by the same build."""
        with self._lock:
            if self._stop.is_set():
                return
            if collection.tasks.queue():
                self._queue.append(collection)
            if self._thread is None or not self._thread.is_alive():
                # Not a daemon: a process that ends within the model's native code aborts. `report` ends the build instead.
                self._thread = threading.Thread(target=self._work, name="indexing")
                self._thread.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the queue is empty and return True; False if a thread still runs after `timeout` seconds."""
        while (thread := self._thread) is not None:
            thread.join(timeout)
            if thread.is_alive():
                return False
            with self._lock:
                if self._thread is thread:  # it died without a word; the next `enqueue` starts another
                    self._thread = None
        return True

    def close(self) -> None:
        """End the running build, wait for it, and start no other."""
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
                with giving_way():
                    collection.build(self._report_to(collection))
            except _Stopped:
                self._stop.set()
                continue
            except _Cancelled:
                trouble = collection.drop_unfinished()
            except QAError as error:
                trouble = error
            except Exception as error:  # a bug: the old index stays in use, and the queue goes on
                trouble = QAError("collections.build_failed", type(error).__name__, reason=str(error)[:200])
            collection.settle(trouble)

    def _report_to(self, collection: Collection) -> Progress:
        def report(step: Step, done: int, total: int) -> None:
            if self._stop.is_set() or not threading.main_thread().is_alive():
                raise _Stopped
            if collection.tasks.activity.cancelled:
                raise _Cancelled
            collection.tasks.report(step, done, total)

        return report
