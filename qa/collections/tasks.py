"""The tasks of a collection, one for each added file, and the progress of its build."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import QAError
from ..progress import Step

TASKS_KEPT = 200  # the newest tasks of a collection

WORDS_FIRST = 50_000  # characters of new documents, half a minute to embed, from which on their words are published first

# The share of a build's time that passes until the files are read, until their passages are embedded, and then their sentences,
# of which most are known by then; the rest is writing.
READ, EMBEDDED, EMBEDDED_WHOLE = 0.15, 0.8, 0.96

TaskState = Literal["waiting", "reading", "indexing", "done", "known", "refused", "unread", "cancelled"]
UNFINISHED: frozenset[TaskState] = frozenset(("waiting", "reading", "indexing"))


@dataclass(frozen=True, slots=True)
class Task:
    """An added file, under the `name` it came with, and its `state`.

    `source` is the document's name, once it has one. States: "waiting", "reading" and "indexing" until it is "done", with its
    number of `passages`; "known" when the document `source` has the same bytes; "refused" when it was not added and "unread" when
    it cannot be read, both with the `reason`; "cancelled" when the build was cancelled before it was read.
    """

    id: str
    name: str
    state: TaskState
    source: str = ""
    reason: QAError | None = None
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """The state of a collection's build and tasks.

    `running` is True while a build runs or is queued; `step`, `done` and `total` are the build's latest `Progress`. `tasks` are
    the files added since the program began, the newest TASKS_KEPT. `trouble` is why the last build failed, None if it did not.
    `file` is the document being read, `share` how much of the build is done, 0 to 1 and never less than before, and `began` when
    it began (`time.monotonic`). `cancelled` is True from the wish to cancel it until it has ended.
    `usable` is True while the new documents are found by their words and their vectors are being made.
    """

    running: bool = False
    step: Step | None = None
    done: int = 0
    total: int = 0
    tasks: tuple[Task, ...] = ()
    trouble: QAError | None = None
    file: str = ""
    share: float = 0.0
    began: float = 0.0
    cancelled: bool = False
    usable: bool = False


class Tasks:
    """The tasks of one collection and the state of its build. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._activity = Activity()
        self._queued = False

    @property
    def activity(self) -> Activity:
        """The current state, an immutable value."""
        return self._activity

    def add(self, task: Task) -> None:
        """Append a task."""
        with self._lock:
            self._activity = replace(self._activity, tasks=(*self._activity.tasks, task)[-TASKS_KEPT:])

    def queue(self) -> bool:
        """Note that a build is wanted; return whether it must be queued, since none is queued yet."""
        with self._lock:
            self._activity = replace(self._activity, running=True, trouble=None)
            queued, self._queued = self._queued, True
            return not queued

    def begin(self) -> None:
        """Note that the queued build begins; a later `queue` is for another one."""
        with self._lock:
            self._queued = False
            self._activity = replace(self._activity, began=time.monotonic(), share=0.0, file="", cancelled=False, usable=False)

    def usable(self) -> None:
        """Note that the new documents can be asked by their words."""
        with self._lock:
            self._activity = replace(self._activity, usable=True)

    def cancel(self) -> None:
        """Note that the running build is to be cancelled."""
        with self._lock:
            self._activity = replace(self._activity, cancelled=self._activity.running)

    def drop(self) -> frozenset[str]:
        """Set the unfinished tasks to "cancelled"; return the names of their documents."""
        with self._lock:
            dropped = frozenset(task.source for task in self._activity.tasks if task.state in UNFINISHED)
            for source in dropped:
                self._note(source, "cancelled")
            return dropped

    def report(self, step: Step, done: int, total: int) -> None:
        """Note the progress of the build; called as its `Progress`."""
        with self._lock:
            before, after = {Step.READING: (0.0, READ), Step.EMBEDDING: (READ, EMBEDDED)}.get(step, (0.0, 0.0))
            if step == Step.EMBEDDING and self._activity.share >= EMBEDDED:
                before, after = EMBEDDED, EMBEDDED_WHOLE
            share = max(self._activity.share, before + (after - before) * done / total if total else 0.0)
            self._activity = replace(self._activity, step=step, done=done, total=total, share=share)

    def reading(self, source: str) -> None:
        """Note the document that is being read."""
        with self._lock:
            self._activity = replace(self._activity, file=source)

    def waiting(self) -> frozenset[str]:
        """The names of the documents whose tasks are "waiting"."""
        return frozenset(task.source for task in self._activity.tasks if task.state == "waiting")

    def note(self, source: str, state: TaskState, reason: QAError | None = None) -> None:
        """Set the state of the unfinished tasks of the document `source`."""
        with self._lock:
            self._note(source, state, reason)

    def settle(self, passages: Mapping[str, int], unread: Mapping[str, QAError], trouble: QAError | None) -> None:
        """Set the states after a build; `trouble` is the error that ended it, None for success.

        `passages` has the number of passages of each document in the index, `unread` the reason for each file that could not be
        read. A file in neither waits for the next build if one is queued or this one failed; else its file is gone.
        """
        with self._lock:
            for task in self._activity.tasks:
                if task.state not in UNFINISHED:
                    continue
                if task.source in passages and trouble is None:
                    self._note(task.source, "done", passages=passages[task.source])
                elif task.source in unread:
                    self._note(task.source, "unread", unread[task.source])
                elif trouble is not None or self._queued:
                    self._note(task.source, "waiting")
                else:
                    self._note(task.source, "unread", QAError("collections.file_gone", task.source))
            self._activity = replace(
                self._activity,
                running=self._queued,
                trouble=trouble,
                step=None,
                done=0,
                total=0,
                cancelled=False,
                usable=False,
            )

    def unfinished(self, ids: Collection[str]) -> tuple[str, ...]:
        """Those of the task ids `ids` that are not finished."""
        return tuple(task.id for task in self._activity.tasks if task.id in ids and task.state in UNFINISHED)

    def _note(self, source: str, state: TaskState, reason: QAError | None = None, passages: int = 0) -> None:
        tasks = tuple(
            replace(task, state=state, reason=reason, passages=passages)
            if task.source == source and task.state in UNFINISHED
            else task
            for task in self._activity.tasks
        )
        self._activity = replace(self._activity, tasks=tasks)
