"""`qa log`: the questions as lines, as a table and as JSON, and the unanswered ones by meaning."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from tiny import TinyEncoder, index_of

from qa.cli import main
from qa.cli.log import grouped

TIMES = iter(range(10**6))


def entry(question: str, found: bool = False, **more: object) -> dict[str, object]:
    return {"time": f"2026-11-27T08:{next(TIMES):02}", "user": "", "question": question, "found": found, "ms": 7, **more}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    entries = [
        entry("水位是多少？", True, sources=["a.txt", "b.txt"], user="amy"), entry("=1+1"),
        entry("大夫是谁", understood="医生是谁？"), entry("医生是谁？"), entry("汽车多少钱", error="chat.busy"),
    ]  # fmt: skip
    (tmp_path / "questions.jsonl.1").write_text(json.dumps(entries[0]) + "\n", "utf-8")
    file.write_text("".join(json.dumps(one) + "\n" for one in entries[1:]), "utf-8")
    return file


def test_a_line_a_question_the_oldest_first(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(log)]) == 0
    assert [line.partition(": ")[2] for line in capsys.readouterr().out.splitlines()] == [
        "水位是多少？ -> a.txt, b.txt", "=1+1 -> not found", "大夫是谁 -> not found", "医生是谁？ -> not found",
        "汽车多少钱 -> chat.busy",
    ]  # fmt: skip


def test_a_table_that_a_spreadsheet_takes_as_text(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(log), "--csv"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("\ufefftime,user,by,")
    rows = list(csv.DictReader(io.StringIO(printed.removeprefix("\ufeff"))))
    assert [(row["question"], row["found"], row["sources"], row["user"]) for row in rows[:2]] == [
        ("水位是多少？", "True", "a.txt; b.txt", "amy"), ("'=1+1", "False", "", "")
    ]  # fmt: skip


def test_json_is_what_was_logged(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(log), "--json"]) == 0
    assert [one["question"] for one in json.loads(capsys.readouterr().out)][-1] == "汽车多少钱"


def test_unanswered_questions_of_one_meaning_are_together() -> None:
    entries = [
        entry("大夫在哪里？"), entry("集市几点开门？"), entry("医生在哪里？"), entry("大夫在哪里？"),
        entry("在哪里呢", understood="医生在哪里？"),
    ]  # fmt: skip
    groups = grouped(entries, TinyEncoder().encode_queries)
    assert [(group["asked"], [(one["question"], one["asked"]) for one in group["questions"]]) for group in groups] == [
        (4, [("大夫在哪里？", 2), ("医生在哪里？", 2)]), (1, [("集市几点开门？", 1)])
    ]  # fmt: skip
    assert groups[0]["questions"][0]["last"] == entries[3]["time"]
    assert grouped(entries[:1], lambda texts: np.ones((len(texts), 1), np.float32))[0]["question"] == "大夫在哪里？"


def test_only_the_model_of_the_index_is_opened(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the index its manifest is read: every other part may be gone."""
    built = index_of(tmp_path, {"a.txt": "医生在哪里。"}, TinyEncoder())
    parts = [file for file in (tmp_path / "index").glob("build-*/**/*") if file.is_file() and "manifest" not in file.name]
    assert parts
    for file in parts:
        file.unlink()
    loaded: list[str] = []

    def load(model: str, progress: object) -> TinyEncoder:
        loaded.append(model)
        return TinyEncoder()

    monkeypatch.setattr("qa.index.open.load_encoder", load)
    assert main(["log", str(log), "--unanswered", "--json", "--index", str(tmp_path / "index")]) == 0
    groups = json.loads(capsys.readouterr().out)
    assert [(group["asked"], group["question"]) for group in groups] == [(2, "医生是谁？"), (1, "=1+1")]
    assert loaded == [built.manifest.model]
    monkeypatch.setattr("qa.index.open.load_encoder", lambda *_: TinyEncoder("tiny-2"))
    assert main(["log", str(log), "--unanswered", "--index", str(tmp_path / "index")]) == 1
    assert "built with" in capsys.readouterr().err


def test_no_log_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["log", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
