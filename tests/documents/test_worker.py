"""The process that parses: stopped when it takes too long, its errors told as in this process."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import golden
import pytest

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.encodings import Undecodable
from qa.documents.readers import read_content
from qa.documents.worker import Worker
from qa.errors import DocumentError


def test_a_reader_that_takes_too_long_is_stopped_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.documents import worker as module

    worker = Worker()
    monkeypatch.setattr(module, "_PROGRAM", "import time; time.sleep(600)")
    with pytest.raises(Unreadable, match=r"^took over 1 s to read; split it or raise the limit seconds$"):
        worker.read("pdf", golden.pdf(), Limits(seconds=1))
    monkeypatch.setattr(module, "_PROGRAM", "import os; os._exit(3)")
    with pytest.raises(Unreadable, match=r"^ended the process that reads it"):
        worker.read("pdf", golden.pdf(), Limits())
    monkeypatch.undo()
    assert worker.read("pdf", golden.pdf(), Limits()).text == golden.PDF_TEXT
    worker.close()


@pytest.mark.parametrize(
    ("kind", "data", "limits", "code", "values", "chinese"),
    [
        ("pdf", golden.encrypted_pdf(), Limits(), "encrypted", {}, "a：文件有密码；请去掉密码后另存"),
        (
            "html", b"<div>" * 60, Limits(depth=50), "page_too_deep", {"most": 50}, "a：嵌套超过 50 层，不是供人阅读的网页",
        ),
        (
            "plain", b"a\0b", Limits(), "undecodable", {"reason": Undecodable("documents.nul_bytes")},
            "a：含有 NUL 字节，不是文本文件；请另存为 UTF-8 文本",
        ),
    ],
)  # fmt: skip
def test_an_error_is_the_same_from_the_process_as_here(
    kind: str, data: bytes, limits: Limits, code: str, values: dict[str, object], chinese: str
) -> None:
    worker = Worker()
    try:
        for read in (worker.read, read_content):
            with pytest.raises(Unreadable) as caught:
                read(kind, data, limits)
            error = caught.value
            assert error.code == f"documents.{code}"
            assert {name: str(value) for name, value in error.values.items()} == {name: str(v) for name, v in values.items()}
            assert (type(error.of("a")), error.of("a").told("zh")) == (DocumentError, chinese)
    finally:
        worker.close()


def test_a_request_is_drawn_or_told_why_not() -> None:
    worker = Worker()
    try:
        request = {"page": 0, "first": 1, "text": golden.PDF_TEXT, "start": 0, "end": 5}
        assert worker.draw(request, golden.pdf(), Limits())["on"] == [1]
        with pytest.raises(Unreadable, match=r"^cannot be opened as a PDF; see its text instead$"):
            worker.draw(request, b"no pdf", Limits())
        with pytest.raises(Unreadable, match=r"^cannot be drawn \(TypeError\); see its text instead$"):
            worker.draw({"page": 0}, golden.pdf(), Limits())
        assert worker.read("pdf", golden.pdf(), Limits()).text == golden.PDF_TEXT  # the process goes on
    finally:
        worker.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is limited on Linux")
def test_the_process_starts_whatever_lies_beside_the_callers_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("encodings.py", "codecs.py", "abc.py"):  # modules that Python starts with
        (tmp_path / name).write_text("raise SystemExit(name)", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    worker = Worker()
    try:
        assert worker.read("pdf", golden.pdf(), Limits()).text == read_content("pdf", golden.pdf(), Limits()).text
    finally:
        worker.close()


def test_the_process_is_held_to_the_limit_of_memory() -> None:
    worker = Worker()
    try:
        page = b"<p>" + b"a" * (40 * 2**20)
        with pytest.raises(Unreadable) as caught:
            # so little that the bytes do not fit; where lxml runs out of memory, it reports a syntax error
            worker.read("html", page, Limits(memory_mb=120))
        assert caught.value.code in ("documents.too_much_memory", "documents.reader_died")
    finally:
        worker.close()


def test_the_process_is_stopped_after_the_limit_of_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[float] = []

    class Noted(threading.Timer):
        def __init__(self, seconds: float, stop: Callable[[], None]) -> None:
            timers.append(seconds)
            super().__init__(seconds, stop)

    monkeypatch.setattr(threading, "Timer", Noted)
    worker = Worker()
    try:
        worker.read("plain", b"a", Limits(seconds=77))
    finally:
        worker.close()
    assert timers == [77]
