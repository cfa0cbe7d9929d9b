"""What becomes of the files put in, told file by file while their build goes on and when it ends."""

from __future__ import annotations

from qa.collections.tasks import Task, Tasks
from qa.errors import QAError
from qa.progress import Step


def tasks_of(*states: str) -> Tasks:
    """Tasks `0`, `1`, ... in these states, each of the document `0.txt`, `1.txt`, ..."""
    tasks = Tasks()
    for number, state in enumerate(states):
        tasks.add(Task(str(number), f"{number}.txt", state, source=f"{number}.txt"))  # type: ignore[arg-type]
    return tasks


def states(tasks: Tasks) -> list[str]:
    return [task.state for task in tasks.activity.tasks]


def test_the_newest_two_hundred_are_kept() -> None:
    tasks = tasks_of(*["done"] * 203)
    assert [task.id for task in tasks.activity.tasks] == [str(number) for number in range(3, 203)]


def test_a_build_that_ended_well_settles_every_file() -> None:
    tasks = tasks_of("indexing", "reading", "waiting", "done", "refused")
    assert tasks.queue()
    tasks.begin()
    tasks.report(Step.EMBEDDING, 3, 7)
    assert (tasks.activity.step, tasks.activity.done, tasks.activity.total) == (Step.EMBEDDING, 3, 7)
    tasks.settle({"0.txt": 4, "3.txt": 9}, {"1.txt": QAError("documents.encrypted")}, None)
    assert states(tasks) == ["done", "unread", "unread", "done", "refused"]
    assert [task.passages for task in tasks.activity.tasks] == [4, 0, 0, 0, 0]  # what was settled before stays as it was
    codes = [task.reason.code for task in tasks.activity.tasks if task.reason is not None]
    assert codes == ["documents.encrypted", "collections.file_gone"]
    assert (tasks.activity.running, tasks.activity.step, tasks.activity.done, tasks.activity.total) == (False, None, 0, 0)


def test_what_another_build_will_read_waits_for_it() -> None:
    """Asked for while the first one ran: a file that came too late for that one was not taken away."""
    tasks = tasks_of("indexing", "waiting")
    assert tasks.queue()
    assert not tasks.queue()  # one is waiting to begin
    tasks.begin()
    assert tasks.queue()
    tasks.settle({"0.txt": 1}, {}, None)
    assert states(tasks) == ["done", "waiting"]
    assert tasks.activity.running
    assert tasks.unfinished(["0", "1", "2"]) == ("1",)
    assert tasks.waiting() == {"1.txt"}


def test_a_build_that_failed_leaves_its_files_waiting() -> None:
    """Those of the old index too: `passages` is of that one, in which a file of the same name may be another."""
    tasks = tasks_of("indexing", "reading", "unread")
    trouble = QAError("collections.home_in_use", "home")
    tasks.settle({"0.txt": 4}, {}, trouble)
    assert states(tasks) == ["waiting", "waiting", "unread"]
    assert tasks.activity.trouble is trouble
    tasks.queue()
    assert tasks.activity.trouble is None


def test_what_is_done_is_not_noted_again() -> None:
    tasks = tasks_of("done", "waiting")
    for source in ("0.txt", "1.txt"):
        tasks.note(source, "reading")
    assert states(tasks) == ["done", "reading"]
