"""The thread that builds: one collection after another, each as often as it has to be, until the program ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from qa.collections.indexer import Indexer
from qa.collections.tasks import Tasks
from qa.errors import QAError
from qa.progress import Progress, Step


class StandIn:
    """A collection that builds nothing: `works` are what its builds do, one after the other, then nothing."""

    def __init__(self, *works: Callable[[Progress], object]) -> None:
        self.tasks, self._works = Tasks(), list(works)
        self.built, self.troubles = 0, list[Any]()

    def build(self, progress: Progress) -> None:
        self.built += 1
        if self._works:
            self._works.pop(0)(progress)

    def settle(self, trouble: QAError | None) -> None:
        self.troubles.append(trouble and trouble.code)
        self.tasks.settle({}, {}, trouble)


def raising(error: BaseException) -> Callable[[Progress], object]:
    def work(progress: Progress) -> None:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (QAError("collections.file_gone", "a"), "collections.file_gone"),
        (RuntimeError("no memory"), "collections.build_failed"),
        (MemoryError(), "collections.build_failed"),
    ],
)
def test_a_build_that_fails_in_whatever_way_is_that_collections_trouble(error: BaseException, code: str) -> None:
    indexer, bad, good = Indexer(), StandIn(raising(error)), StandIn()
    for collection in (bad, good):
        indexer.enqueue(collection)  # type: ignore[arg-type]
    assert indexer.wait(60)
    assert (bad.troubles, good.troubles) == ([code], [None])
    indexer.enqueue(bad)  # type: ignore[arg-type]
    assert indexer.wait(60)
    assert bad.troubles == [code, None]
    assert bad.tasks.activity.trouble is None


def test_what_is_asked_for_before_a_build_begins_is_in_it_and_what_comes_later_in_the_next() -> None:
    indexer = Indexer()

    def asks_again(progress: Progress) -> None:
        for _ in range(3):
            indexer.enqueue(second)  # type: ignore[arg-type]
            indexer.enqueue(first)  # type: ignore[arg-type]

    first, second = StandIn(asks_again), StandIn()
    indexer.enqueue(first)  # type: ignore[arg-type]
    assert indexer.wait(60)
    assert (first.built, second.built) == (2, 1)
    assert not first.tasks.activity.running


@pytest.mark.parametrize("ends", ["close", "exit"])
def test_a_build_is_given_up_when_the_program_ends_and_no_other_begins(ends: str, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go, reported = threading.Event(), threading.Event(), list[int]()

    def work(progress: Progress) -> None:
        began.set()
        assert go.wait(60)
        for done in range(3):
            progress(Step.EMBEDDING, done, 3)
            reported.append(done)

    indexer, first, second = Indexer(), StandIn(work), StandIn()
    for collection in (first, second):
        indexer.enqueue(collection)  # type: ignore[arg-type]
    assert began.wait(60)
    if ends == "exit":  # as when the page's thread has ended and the interpreter waits for this one
        monkeypatch.setattr(threading, "main_thread", lambda: SimpleNamespace(is_alive=lambda: False))
    else:
        indexer._stop.set()
    go.set()
    assert indexer.wait(60)
    indexer.close()
    indexer.enqueue(second)  # type: ignore[arg-type]
    assert indexer.wait(60)
    assert (reported, first.troubles, second.built) == ([], [], 0)
