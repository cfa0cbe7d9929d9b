"""What is being done in a collection: the files put into it, what has become of each, and how far its build is."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ..errors import QAError
from ..progress import Step

TASKS_KEPT = 200  # of a collection, the newest

TaskState = Literal["waiting", "reading", "indexing", "done", "known", "refused", "unread"]
UNFINISHED: frozenset[TaskState] = frozenset(("waiting", "reading", "indexing"))


@dataclass(frozen=True, slots=True)
class Task:
    """A file that was put in, under the `name` it came with, and what has become of it.

    `source` is the document's name once it is among the documents. The bytes of a "known" one are there already, as the document
    `source`; a "refused" one was not taken and an "unread" one cannot be read, both for the `reason`. `passages` is how
    many a "done" one has.
    """

    id: str
    name: str
    state: TaskState
    source: str = ""
    reason: QAError | None = None
    passages: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """What is being done in a collection.

    `running` says whether its index is being built or waits for that; `step`, `done` and `total` are what the build reports
    as its `Progress`. `tasks` are the files put in since the program began, up to 200. `trouble` is why the last build failed.
    """

    running: bool = False
    step: Step | None = None
    done: int = 0
    total: int = 0
    tasks: tuple[Task, ...] = ()
    trouble: QAError | None = None


class Tasks:
    """The tasks of one collection and the state of its build. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._activity = Activity()
        self._queued = False

    @property
    def activity(self) -> Activity:
        """What is being done now."""
        return self._activity

    def add(self, task: Task) -> None:
        """A file that was put in."""
        with self._lock:
            self._activity = replace(self._activity, tasks=(*self._activity.tasks, task)[-TASKS_KEPT:])

    def queue(self) -> bool:
        """Ask for a build; whether none was waiting to begin."""
        with self._lock:
            self._activity = replace(self._activity, running=True, trouble=None)
            queued, self._queued = self._queued, True
            return not queued

    def begin(self) -> None:
        """The build that was asked for begins; what is asked from now on is for another one."""
        with self._lock:
            self._queued = False

    def report(self, step: Step, done: int, total: int) -> None:
        """How far the build is: a `Progress`."""
        with self._lock:
            self._activity = replace(self._activity, step=step, done=done, total=total)

    def waiting(self) -> frozenset[str]:
        """The documents that wait to be read."""
        return frozenset(task.source for task in self._activity.tasks if task.state == "waiting")

    def note(self, source: str, state: TaskState, reason: QAError | None = None) -> None:
        """What the build did with the file of a document."""
        with self._lock:
            self._note(source, state, reason)

    def settle(self, passages: Mapping[str, int], unread: Mapping[str, QAError], trouble: QAError | None) -> None:
        """The build has ended, because of `trouble` or well.

        `passages` are those of each document of the index, `unread` says why other files are not in it. A file that is in
        neither waits for the next build, if there is to be one; otherwise it was taken away.
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
            self._activity = replace(self._activity, running=self._queued, trouble=trouble, step=None, done=0, total=0)

    def unfinished(self, ids: Collection[str]) -> tuple[str, ...]:
        """Those of these tasks that are not done yet."""
        return tuple(task.id for task in self._activity.tasks if task.id in ids and task.state in UNFINISHED)

    def _note(self, source: str, state: TaskState, reason: QAError | None = None, passages: int = 0) -> None:
        tasks = tuple(
            replace(task, state=state, reason=reason, passages=passages)
            if task.source == source and task.state in UNFINISHED
            else task
            for task in self._activity.tasks
        )
        self._activity = replace(self._activity, tasks=tasks)
