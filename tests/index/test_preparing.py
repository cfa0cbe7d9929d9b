"""Documents that are prepared in processes of their own are the same, in the same order, whatever becomes of a process."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tiny import TinyEncoder

import qa
from qa.index import preparing
from qa.index.prepared import Prepared, prepare
from qa.index.preparing import Preparing
from qa.text.user_words import NO_WORDS, UserDictionary, UserWord
from qa.types import Document, Mark

WORDS = UserDictionary((UserWord("綦河洪峰"), UserWord("永富镇", 10, "ns")))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Two processes, from the first document on, one document at a time; those that were started."""
    monkeypatch.setattr(preparing, "ALONE", 0)
    monkeypatch.setattr(preparing, "_TOGETHER", 1)
    monkeypatch.setattr(preparing, "cores", lambda: 2)
    processes = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            processes.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    return processes


def documents() -> list[Document]:
    marks = (Mark(0, "page", 1, "第一章", ("水", "河"), ()), Mark(12, "sheet", 2, "\ud800", (), ("列", "名")))
    texts = [
        "綦河洪峰水位是205.3米。\n\n永富镇疏散群众30人。",
        "",
        "One. Two!\n\n- three\n- four",
        "\ud800 broken 2026-01-02",
        "。" * 50,
    ]
    return [Document(f"{n}/名{n}.txt", "", text * n, "", "", marks if n % 2 else ()) for n in range(1, 6) for text in texts]


def values(prepared: Prepared) -> tuple[Any, ...]:
    of = (getattr(prepared, name) for name in Prepared.__slots__)
    return tuple(each if isinstance(each, (str, bytes, list, tuple)) else (each.dtype, each.tobytes()) for each in of)


def done(dictionary: UserDictionary, after: Any = lambda number: None) -> list[tuple[Any, ...]]:
    work, found = Preparing(dictionary), []
    try:
        for number, document in enumerate(documents()):
            found += work.give(document)
            after(number)
        found += work.rest()
    finally:
        work.close()
    return [values(each) for each in found]


@pytest.mark.parametrize("dictionary", [NO_WORDS, WORDS])
def test_they_are_as_if_prepared_here(dictionary: UserDictionary, started: list[subprocess.Popen[bytes]]) -> None:
    assert done(dictionary) == [values(prepare(document, dictionary)) for document in documents()]
    assert len(started) == 2
    assert [process.poll() is not None for process in started] == [True, True]


def test_a_process_that_is_killed_loses_nothing(started: list[subprocess.Popen[bytes]]) -> None:
    def kill(number: int) -> None:
        if number % 5 == 4:
            for process in started:
                process.kill()

    assert done(NO_WORDS, kill) == [values(prepare(document, NO_WORDS)) for document in documents()]


@pytest.mark.skipif(sys.platform == "win32", reason="where a process is sent no such signal")
def test_one_goes_on_when_ctrl_c_reaches_it(started: list[subprocess.Popen[bytes]]) -> None:
    helpers = preparing._Helpers(NO_WORDS, 1)
    try:
        helpers.submit(documents()[:1]).result()
        (process,) = started
        process.send_signal(signal.SIGINT)
        answered = helpers.submit(documents()).result()
        assert [values(each) for each in answered] == [values(prepare(document, NO_WORDS)) for document in documents()]
        assert (started, process.poll()) == ([process], None)
    finally:
        helpers.close()
    assert process.poll() is not None


def test_nor_does_one_that_cannot_be_started(started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing.sys, "executable", "/nowhere/python")
    assert done(NO_WORDS) == [values(prepare(document, NO_WORDS)) for document in documents()]
    assert started == []


def test_one_whose_builder_is_gone_ends(started: list[subprocess.Popen[bytes]]) -> None:
    helpers = preparing._Helpers(NO_WORDS, 2)
    try:
        assert len(helpers.submit(documents()[:3]).result()) == 3
        (process,) = started
        assert process.stdin is not None
        process.stdin.close()  # as by the end of the process that started it
        assert process.wait(60) == 0
    finally:
        helpers.close()


def test_an_index_made_so_is_bit_for_bit_the_same(
    tmp_path: Path, started: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number, document in enumerate(documents()):
        (docs / f"{number}.md").write_text(document.text, "utf-8", "replace")
    by_processes = qa.build(docs, tmp_path / "several", encoder=TinyEncoder())
    assert started
    monkeypatch.setattr(preparing, "cores", lambda: 1)
    here = qa.build(docs, tmp_path / "one", encoder=TinyEncoder())
    assert by_processes.manifest.files == here.manifest.files
    assert by_processes.manifest.documents == here.manifest.documents
