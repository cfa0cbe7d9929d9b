"""`eval` as it is typed: what it writes over and what it leaves as it is, and what it compares."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny import TinyEncoder

from qa.cli import main
from qa.evaluation.outcomes import read_outcomes

Eval = Callable[..., tuple[int, str, str]]
CREST = {"question": "綦河洪峰水位是多少？", "quote": "227.6米"}
GRAIN = {"question": "汽车运来了多少袋粮食？", "quote": "500多袋"}
OTHER = {"question": "秦始皇统一了几国？", "quote": None}


@pytest.fixture
def evaluate(tmp_path: Path, tiny: TinyEncoder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Eval:
    """Run `eval` on two small documents; exit status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("qa.evaluation.own_documents.load_encoder", lambda *arguments: tiny)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("綦河洪峰水位227.6米。\n", "utf-8")
    (tmp_path / "docs" / "b.txt").write_text("汽车运来了500多袋粮食。\n", "utf-8")
    questions(tmp_path / "q.jsonl", CREST, GRAIN, OTHER)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            status = main(["eval", *arguments, "--documents", "docs", "--quiet"])
        except SystemExit as end:
            status = int(str(end.code))
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return run


def questions(file: Path, *entries: dict[str, Any]) -> Path:
    file.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries), "utf-8")
    return file


@pytest.mark.parametrize("option", ["--rows", "--report"])
def test_a_result_is_written_over_one_of_its_kind_alone(option: str, evaluate: Eval, tmp_path: Path) -> None:
    kind, target = {"--rows": "rows", "--report": "a report"}[option], tmp_path / "target"
    assert evaluate("q.jsonl", "--rows", "rows", "--report", "report.html")[0] == 0
    remedy = f"name another file with {option}"
    held = {
        "q.jsonl": "is read or written by this command already",
        "letter.txt": f"holds something other than {kind} and is left as it is",
        "rows" if option == "--report" else "report.html": f"holds something other than {kind} and is left as it is",
    }
    (tmp_path / "letter.txt").write_text("Dear Sir", "utf-8")
    for name, reason in held.items():
        before = (tmp_path / name).read_bytes()
        assert evaluate("q.jsonl", option, name) == (1, "", f"error: {name}: {reason}; {remedy}\n")
        assert (tmp_path / name).read_bytes() == before
    (tmp_path / "link").hardlink_to(tmp_path / "q.jsonl")
    assert evaluate("q.jsonl", option, "link")[2] == f"error: link: is read or written by this command already; {remedy}\n"
    assert evaluate("q.jsonl", option, "docs")[2] == f"error: docs: is not a plain file; {remedy}\n"
    target.write_text("")  # made beforehand, as `mktemp` does
    assert evaluate("q.jsonl", option, "target")[0] == 0
    first = target.read_bytes()
    assert len(first) > 100
    assert evaluate("q.jsonl", option, "target")[0] == 0
    assert target.read_bytes() == first or option == "--report"  # which tells how long it took


def test_rows_and_report_are_two_files(evaluate: Eval, tmp_path: Path) -> None:
    status, out, err = evaluate("q.jsonl", "--rows", "one", "--report", "./one")
    assert (status, out) == (1, "")
    assert err == "error: one: is read or written by this command already; name another file with --report\n"
    assert not (tmp_path / "one").exists()


def test_a_target_that_cannot_be_written_is_told_before_anything_is_asked(
    evaluate: Eval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.evaluation.own_documents.evaluate_own", lambda *arguments, **options: pytest.fail("asked"))
    for option in ("--rows", "--report"):
        status, out, err = evaluate("q.jsonl", option, "none/rows")
        assert (status, out) == (1, "")
        assert err == "error: none/rows: No such file or directory; name a file in a folder that can be written\n"


def test_a_comparison_that_fails_leaves_the_earlier_rows(evaluate: Eval, tmp_path: Path) -> None:
    assert evaluate("q.jsonl", "--rows", "base")[0] == 0
    before = (tmp_path / "base").read_bytes()
    questions(tmp_path / "other.jsonl", CREST)
    status, out, err = evaluate("other.jsonl", "--rows", "base", "--compare", "base", "--report", "new.html")
    assert (status, out) == (1, "")
    assert "are of other questions" in err
    assert (tmp_path / "base").read_bytes() == before
    assert not (tmp_path / "new.html").exists()
    assert evaluate("q.jsonl", "--threshold", "1", "--rows", "base", "--compare", "base")[0] == 0
    assert [row.found for row in read_outcomes(tmp_path / "base")] == [False] * 3


def test_a_comparison_says_at_which_thresholds_each_was_judged(evaluate: Eval, tmp_path: Path) -> None:
    assert evaluate("q.jsonl", "--rows", "base")[0] == 0
    assert {row.threshold for row in read_outcomes(tmp_path / "base")} == {0.45}
    _, out, _ = evaluate("q.jsonl", "--threshold", "0.65", "--compare", "base", "--report", "r.html")
    assert "\ncompared, at the thresholds: before 0.45, after 0.65\nfigure " in out
    assert "阈值：之前 0.45，现在 0.65。 Threshold: 0.45 before, 0.65 now." in (tmp_path / "r.html").read_text("utf-8")
    _, out, _ = evaluate("q.jsonl", "--compare", "base", "--json")
    assert json.loads(out)["comparison_thresholds"] == {"before": 0.45, "after": 0.45}
    rows = [json.loads(line) for line in (tmp_path / "base").read_text("utf-8").splitlines()]
    for row in rows:
        del row["threshold"], row["history"], row["source"]  # as rows once were
    questions(tmp_path / "old", *rows)
    _, out, err = evaluate("q.jsonl", "--compare", "old")
    assert "\ncompared, at the thresholds: before ?, after 0.45\n" in out
    assert err == ""


def test_questions_are_compared_by_what_they_ask_not_by_their_lines(evaluate: Eval, tmp_path: Path) -> None:
    twice = {"question": CREST["question"], "quote": "洪峰"}
    after = {"question": CREST["question"], "quote": "227.6米", "history": ["汽车运来了什么？"]}
    there = {"question": CREST["question"], "quote": "227.6米", "source": "a.txt"}
    questions(tmp_path / "all.jsonl", CREST, twice, after, there, OTHER)
    assert evaluate("all.jsonl", "--rows", "base")[0] == 0
    lines = (tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "moved.jsonl").write_text("\n".join(["", lines[3], lines[0], "", lines[1], lines[4], lines[2]]), "utf-8")
    _, out, err = evaluate("moved.jsonl", "--compare", "base", "--json")
    assert err == ""
    assert {entry["difference"] for entry in json.loads(out)["comparison"]} == {0.0}
    questions(tmp_path / "other.jsonl", CREST, twice, CREST, there, OTHER)
    status, out, err = evaluate("other.jsonl", "--compare", "base")
    assert (status, out) == (1, "")
    assert err == (
        "error: base: its rows are of other questions: '綦河洪峰水位是多少？' is asked 2 times there, 3 times now; "
        "measure both with one file of questions\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        "q.jsonl --threshold 0.65 0.3 1e-1",
        "--threshold 0.65 0.3 .1 q.jsonl",
        "--threshold=0.65 0.3 q.jsonl --threshold 0.1",
        "--threshold 0.65 q.jsonl --threshold 0.3 0.1",
        "--thresh 0.65 0.3 --json q.jsonl --thr 0.1",
    ],
)
def test_thresholds_may_stand_before_and_after_the_file(arguments: str, evaluate: Eval) -> None:
    status, out, err = evaluate(*arguments.split(), "--json")
    assert (status, err) == (0, "")
    shown = json.loads(out)
    assert shown["threshold"] == 0.65
    assert {entry["threshold"] for entry in shown["thresholds"]} > {0.65, 0.3, 0.1}


def test_a_file_with_the_name_of_a_number_is_a_file(evaluate: Eval, tmp_path: Path) -> None:
    (tmp_path / "7").write_bytes((tmp_path / "q.jsonl").read_bytes())
    assert evaluate("7", "--threshold", "0.3")[0] == 0
    assert evaluate("--threshold", "0.3", "--quiet", "7")[0] == 0
    assert evaluate("--threshold", "0.3", "./7")[0] == 0
