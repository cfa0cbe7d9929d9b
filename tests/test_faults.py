"""Some of the faults of bench/faults.py, which tries them at every call: nothing is lost, and what failed is told in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "bench"))
from faults import ACTIONS, FAULTS, tried_in_a_process


def test_a_fault_at_a_system_call_loses_nothing_and_is_told_in_one_line() -> None:
    found = tried_in_a_process(every=60)
    if found is None:
        pytest.skip("needs Linux and a C compiler")
    assert found["wrong"] == []
    assert all(found["counts"][f"calls of {action}"] > 60 for action in ACTIONS)
    assert found["counts"]["faults"] >= 2 * len(ACTIONS) * len(FAULTS)
