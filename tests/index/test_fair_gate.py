"""The gate lets in so many at once, and the others in the order in which they came."""

from __future__ import annotations

import time
from threading import Lock, Thread

import pytest

from qa.index.fair_gate import FairGate


def _wait_until_in_line(gate: FairGate, count: int) -> None:
    for _ in range(1000):
        if len(gate._line) == count:
            return
        time.sleep(0.005)
    raise AssertionError(f"{len(gate._line)} wait, not {count}")


def test_those_who_wait_come_in_by_turn_and_a_newcomer_goes_behind_them() -> None:
    gate = FairGate(1)
    came: list[int] = []

    def enter(number: int) -> None:
        with gate:
            came.append(number)

    threads = [Thread(target=enter, args=(number,)) for number in range(5)]
    gate.__enter__()
    for number, thread in enumerate(threads):
        thread.start()
        _wait_until_in_line(gate, number + 1)
    gate._leave()  # the place is the first one's from now on, whoever runs next
    enter(5)
    for thread in threads:
        thread.join(10)
    assert came == [0, 1, 2, 3, 4, 5]


def test_no_more_than_so_many_are_inside_and_all_places_come_back() -> None:
    gate, lock = FairGate(3), Lock()
    inside = most = 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(20):
            with gate:
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.0002)
                with lock:
                    inside -= 1

    threads = [Thread(target=enter) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert most == 3
    assert gate._free == 3
    assert not gate._line


def test_an_error_inside_gives_the_place_back() -> None:
    gate = FairGate(1)
    for number in range(3):
        with pytest.raises(ZeroDivisionError), gate:
            _ = number // 0
    assert gate._free == 1


def test_a_keyboard_interrupt_while_waiting_leaves_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = FairGate(1)

    class Interrupted:
        """A lock at which the user presses Ctrl-C the second time that it is taken."""

        taken = 0

        def acquire(self) -> None:
            self.taken += 1
            if self.taken == 2:
                raise KeyboardInterrupt

        def release(self) -> None:
            pass

    with gate:
        monkeypatch.setattr("qa.index.fair_gate.Lock", Interrupted)
        with pytest.raises(KeyboardInterrupt):
            gate.__enter__()
        assert not gate._line
    assert gate._free == 1
