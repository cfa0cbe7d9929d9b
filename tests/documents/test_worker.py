"""The process that parses: stopped when it takes too long, its errors told as in this process."""

from __future__ import annotations

import golden
import pytest

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.worker import Worker


def test_a_reader_that_takes_too_long_is_stopped_and_the_next_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from qa.documents import worker as module

    worker = Worker()
    monkeypatch.setattr(module, "_PROGRAM", "import time; time.sleep(600)")
    with pytest.raises(Unreadable, match=r"^took over 1 s to read; split it or raise the limit seconds$"):
        worker.read("pdf", golden.pdf(), Limits(seconds=1))
    monkeypatch.setattr(module, "_PROGRAM", "import os; os._exit(3)")
    with pytest.raises(Unreadable, match=r"^made its reader fail"):
        worker.read("pdf", golden.pdf(), Limits())
    monkeypatch.undo()
    assert worker.read("pdf", golden.pdf(), Limits()).text == golden.PDF_TEXT
    worker.close()
