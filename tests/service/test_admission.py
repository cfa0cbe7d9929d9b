"""How many questions are let in, and that what nobody waits for any more takes nobody's time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from chat_helpers import Served

import qa
from qa.errors import QAError
from qa.progress import GivenUp, Wanted, wanted
from qa.service.admission import Admission, Busy
from qa.service.backend import Backend


class Slow:
    """An index that takes step after step until `go` is set, and then finds nothing."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun, self.ended = threading.Semaphore(0), threading.Semaphore(0)

    def warm_up(self) -> None:
        pass

    def search(self, *_: Any) -> list[qa.Hit]:
        self.begun.release()
        try:
            while not self.go.wait(0.01):
                wanted().check()
        finally:
            self.ended.release()
        return []

    ask = search


def test_a_question_that_takes_too_long_is_given_up_and_others_are_answered() -> None:
    slow: Any = Slow()
    backend = Backend(single=slow, seconds=0.05).open()
    for asked in (backend.ask, backend.search):
        with pytest.raises(QAError) as caught:
            asked("q")
        assert caught.value.code == "chat.question_too_slow"
        assert slow.ended.acquire(timeout=60)  # it ends though nothing has set `go`
    slow.go.set()
    assert Backend(single=slow, seconds=60).open().search("q") == []


def test_an_answer_ends_at_its_next_step_once_nobody_waits(tiny_index: qa.Index) -> None:
    left = Wanted()

    def ask() -> None:
        left.begin()
        left.give_up()
        tiny_index.ask("綦河洪峰水位是多少？")

    with ThreadPoolExecutor(1) as pool, pytest.raises(GivenUp):
        pool.submit(copy_context().run, ask).result()
    assert tiny_index.ask("綦河洪峰水位是多少？").hits  # its place at the gate is free again


def test_what_an_answer_looks_up_beside_is_wanted_as_long_as_the_answer(
    tiny_index: qa.Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, known = Wanted(), []
    lexical = tiny_index.store.lexical
    candidates = lexical.candidates

    def looked_up(*given: Any) -> Any:
        known.append(wanted())
        return candidates(*given)

    def ask() -> None:
        left.begin()
        tiny_index.ask("綦河洪峰水位是多少？")

    monkeypatch.setattr(lexical, "candidates", looked_up)
    copy_context().run(ask)
    assert known == [left]


def test_only_so_many_are_let_in_as_are_answered_in_time() -> None:
    admission = Admission(2)
    leave = [admission.enter(0.8, 5) for _ in range(6)]  # three turns, one half over, of the 0.3 s that one takes at first
    with pytest.raises(Busy):
        admission.enter(0.8, 5)
    leave += [admission.enter(4, 5), admission.enter(4, 5)]  # who rather waits
    for each in leave:
        each()
    admission._seconds = 2.0
    leave = [admission.enter(0.8, 5) for _ in range(4)]  # a single turn is waited for where there is time for two
    with pytest.raises(Busy):
        admission.enter(0.8, 5)
    for each in leave:
        each()
    admission._seconds = 10.0
    leave = [admission.enter(0.8, 5), admission.enter(0.8, 5)]  # who need not wait is let in however long it takes
    with pytest.raises(Busy):
        admission.enter(4, 5)
    for each in leave:
        each()
    assert (admission._inside, round(admission._seconds, 1)) == (0, 8.1)


def test_what_went_on_for_longer_than_it_may_counts_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([0.0, 3600.0])
    monkeypatch.setattr("qa.service.admission.time.monotonic", lambda: next(now))
    admission = Admission(1)
    admission.enter(0.8, 5)()
    assert round(admission._seconds, 2) == 0.77  # 0.3, and a tenth of the way to 5


def test_a_program_that_is_not_let_in_is_told_when_to_come_again() -> None:
    slow: Any = Slow()
    backend = Backend(single=slow, seconds=60).open()
    backend._admission = Admission(1)
    backend._admission._seconds = 31.0
    told: list[Any] = []
    backend.listeners.append(told.append)
    served = Served(backend)
    try:
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(served.post, "/api/search", question="q")
            assert slow.begun.acquire(timeout=60)
            refused = served.post("/api/search", question="q")
            assert (served.post("/api/ask", question="q").status_code, told) == (503, [])  # listeners hear of what is asked alone
            slow.go.set()
            assert (refused.status_code, refused.headers["retry-after"], refused.json()) == (
                503, "1", {"error": "Too many questions at once; please try again in a moment."},
            )  # fmt: skip
            assert (first.result().status_code, first.result().json()) == (200, [])
    finally:
        served.close()
