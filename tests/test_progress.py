"""A bar for each step, on stderr, that ends with it; steps are told from one another without reading their texts."""

from __future__ import annotations

import pytest

from qa.progress import ProgressBar, Step, silent


def test_a_step_is_shown_as_its_text() -> None:
    assert f"{Step.EMBEDDING}" == Step.EMBEDDING == "embedding, in characters"
    silent(Step.READING, 0, 1)


def test_each_step_has_a_bar_that_is_closed_when_it_is_done_or_left(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar() as bar:
        bar(Step.READING, 0, 4)
        bar(Step.READING, 4, 4)
        bar(Step.READING, 4, 4)  # as work says that does several things with the last of it
        bar(Step.EMBEDDING, 1, 3)
        bar(Step.ASKING, 1, 2)
    lines = [line.rpartition("\r")[2] for line in capsys.readouterr().err.split("\n")]
    assert [line.split("|")[0].strip() for line in lines if line] == [
        "reading, in bytes: 100%", "embedding, in characters:  33%", "asking:  50%",
    ]  # fmt: skip
