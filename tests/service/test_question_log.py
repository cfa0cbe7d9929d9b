"""The question log: what a line holds, how it rotates, and that nothing about it keeps a question from being answered."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from chat_helpers import HandIndex

from qa.chat.state.turns import take_turn
from qa.errors import QAError
from qa.service.backend import Backend
from qa.service.question_log import Asked, QuestionLog, read_log, rotated


def asked(question: str) -> Asked:
    return Asked(question, "program", "", "", 0.0123, None, QAError("chat.busy"))


def test_every_question_has_a_line_however_it_was_asked(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    backend = Backend.of(HandIndex())
    backend.listeners.append(QuestionLog(file))
    backend.open()
    first = take_turn(backend, "水位", 1)
    take_turn(backend, "它没有吗", 2, history=(first,))
    backend.ask("丙")
    with pytest.raises(QAError):
        backend.ask("broken")
    kept = list(read_log(file))
    names = ("user", "by", "collection", "question", "understood", "found", "answer", "sources", "confidence")
    source = "<b onclick=alert(1)>恶&意\"'.txt"
    assert [tuple(entry[name] for name in names) for entry in kept] == [
        ("", "page", "", "水位", "", True, "洪峰水位227.6米。 [1]", [source], 0.91),
        ("", "page", "", "它没有吗", "水位 它没有吗", False, "这些文档中没有找到这个问题的答案。", [], 0.04),
        ("", "program", "", "丙", "", True, "'\"><svg onload=alert(1)> 丁。 [1]", [source], 0.91),
        ("", "program", "", "broken", "", False, "", [], 0.0),
    ]
    assert [entry.get("error") for entry in kept] == [None, None, None, "models.not_loaded"]
    assert all(entry["ms"] >= 0 and len(entry["time"]) == len("2026-11-27T08:30:00+00:00") for entry in kept)
    assert os.name == "nt" or file.stat().st_mode & 0o777 == 0o600


def test_it_rotates_by_size_and_keeps_so_many_files(tmp_path: Path) -> None:
    file = tmp_path / "log"
    log = QuestionLog(file, size=450, kept=2)
    for number in range(20):
        log(asked(f"question {number:02}"))
    files = rotated(file, 2)
    assert [one.name for one in files] == ["log.2", "log.1", "log"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert all(one.stat().st_size <= 450 for one in files)
    questions = [entry["question"] for entry in read_log(file)]
    assert questions == [f"question {number:02}" for number in range(20 - len(questions), 20)]


def test_a_full_disk_is_told_once_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    log = QuestionLog(file)
    log(asked("before"))
    write, full = os.write, [True]

    def short(number: int, line: bytes) -> int:
        return write(number, line[:10]) if full else write(number, line)

    monkeypatch.setattr("qa.service.question_log.os.write", short)
    log(asked("lost"))
    log(asked("lost too"))
    full.clear()
    log(asked("after"))
    assert [json.loads(line)["question"] for line in file.read_text().splitlines()] == ["before", "after"]
    reason = os.strerror(errno.ENOSPC)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert told[0].startswith(f"{file}: the question log cannot be written: {reason}")


def test_a_log_that_cannot_be_written_is_told_before_the_chat_starts(tmp_path: Path) -> None:
    with pytest.raises(QAError) as caught:
        QuestionLog(tmp_path / "nowhere" / "log").check()
    assert caught.value.code == "chat.log_unwritten"
    with pytest.raises(QAError) as caught:
        list(read_log(tmp_path / "nowhere"))
    assert caught.value.code == "chat.no_log"


def test_lines_that_are_no_entries_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_bytes(b'{"question": "a"}\nhalf a li\n[]\n{"question": 3}\n' + b"[" * 100_000 + b'\n\xff\n{"question": "b"}\n')
    assert [entry["question"] for entry in read_log(file)] == ["a", "b"]
