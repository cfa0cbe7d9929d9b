"""The verbs as a user or a program runs them: exit status, stdout and stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, SEED, together

import qa
from qa.cli import main
from qa.config import THRESHOLD

LONG = "长" * 2001
FLOOD = "綦河洪峰水位是多少？"
HIT = ["rank", "score", "source", "start", "end", "place", "text", "scores"]


def run(*arguments: str | bytes, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}  # a console of another code page
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, encoder: Any) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("built") / "index"
    return folder, run("build", "seeds", "--index", str(folder))


@pytest.fixture(scope="module")
def index(built: tuple[Path, Any]) -> str:
    return str(built[0])


def test_build_reports_what_it_made_on_stdout_and_progress_on_stderr(built: tuple[Path, Any]) -> None:
    folder, done = built
    assert done.returncode == 0
    assert done.stdout.startswith("1 document, 21 passages, ")
    first, second = done.stdout.splitlines()
    assert first.endswith(f" s -> {folder}")
    assert second == ("files: 1 read, 0 unchanged, 0 duplicates; entries ignored: 0; 141 of 141 texts embedded; 1 utf-8")
    assert "embedding, in characters: 100%" in done.stderr


def test_ask_prints_the_answer_its_citations_and_the_confidence(index: str, encoder: Any) -> None:
    done = run("ask", FLOOD, "--index", index)
    assert (done.returncode, done.stderr) == (0, "")
    answer = qa.open(index, encoder=encoder).ask(FLOOD)
    citation = answer.citations[0]
    assert done.stdout.startswith(answer.text)
    assert f"\n[1] {SEED.name}, paragraph 7, line 8, characters {citation.start}-{citation.end}\n" in done.stdout
    assert done.stdout.endswith(f"\nconfidence {answer.confidence:.2f}\n")


def test_ask_json_is_the_documented_shape(index: str, encoder: Any, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = outcome(capsys, "ask", FLOOD, "--index", index, "-k", "2", "--json")
    assert (status, err) == (0, "")
    shown = json.loads(out)
    assert list(shown) == ["question", "understood", "found", "confidence", "text", "citations", "hits"]
    assert (shown["question"], shown["found"]) == (FLOOD, True)
    assert [list(hit) for hit in shown["hits"]] == [HIT, HIT]
    text = SEED.read_text("utf-8")
    for citation in shown["citations"]:
        assert list(citation) == [
            "number",
            "source",
            "place",
            "start",
            "end",
            "quote",
            "span",
            "sha256",
            "also",
            "context",
            "stands",
            "reason",
        ]
        assert citation["quote"] == text[citation["start"] : citation["end"]]
    opened = qa.open(index, encoder=encoder)
    assert shown == qa.answer_json(opened.ask(FLOOD, 2), opened.stands)


def test_ask_says_what_it_does_not_know_and_shows_the_nearest_passages(
    index: str, encoder: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = outcome(capsys, "ask", "How do I reverse a linked list in C++?", "--index", index)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "These documents do not hold an answer to this question."
    assert [line.split(":")[0] for line in lines if line.startswith("nearest ")] == ["nearest 1", "nearest 2", "nearest 3"]


def test_search_json_is_the_documented_shape(index: str, encoder: Any) -> None:
    done = run("search", "减负清单", "-k", "3", "--json", "--index", index)
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(done.stdout)
    text = SEED.read_text("utf-8")
    assert [list(hit) for hit in shown] == [HIT] * 3
    assert [hit["rank"] for hit in shown] == [1, 2, 3]
    assert [list(hit["scores"]) for hit in shown] == [["dense", "sentence", "lexical", "coverage", "translated"]] * 3
    assert all(hit["text"] == text[hit["start"] : hit["end"]] for hit in shown)
    assert "减负清单" in shown[0]["text"]
    assert shown == qa.hits_json(qa.open(index, encoder=encoder).search("减负清单", 3))


def test_search_can_take_the_order_of_the_reader(
    index: str, encoder: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "洪峰到了多高"
    opened = qa.open(index, encoder=encoder)
    shown = json.loads(outcome(capsys, "search", question, "--rerank", "-k", "21", "--json", "--index", index)[1])
    assert shown == qa.hits_json(opened.search(question, 21, rerank=True))
    plain = qa.hits_json(opened.search(question, 21))
    assert sorted(hit["text"] for hit in shown) == sorted(hit["text"] for hit in plain)
    assert [hit["score"] for hit in shown] == [hit["score"] for hit in plain]  # the scores are those of the ranks
    assert shown[0]["text"] == opened.ask(question).hits[0].text
    monkeypatch.setenv("QA_NO_READER", "1")
    assert qa.hits_json(qa.open(index, encoder=encoder).search(question, 21, rerank=True)) == plain


def test_info_json_says_what_the_index_was_built_from(index: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = outcome(capsys, "info", "--json", "--index", index)
    assert (status, err) == (0, "")
    shown = json.loads(out)
    assert list(shown) == [
        "index", "created", "sources", "model", "fingerprint", "dimension", "tokenizer", "user_dictionary", "splitter", "format",
        "passages", "sentences", "segments", "vectors", "without_vectors", "bytes", "report", "documents", "skipped",
        "partly_read",
    ]  # fmt: skip
    assert (shown["index"], shown["sources"], shown["passages"]) == (index, [str(ROOT / "seeds")], 21)
    assert shown["model"] == "intfloat/multilingual-e5-small"
    assert [(entry["source"], entry["passages"]) for entry in shown["documents"]] == [(SEED.name, 21)]


def test_every_document_is_a_line_whatever_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: Any) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("1.txt", "2\nlines.txt", "3.txt"):
        (tmp_path / "docs" / name).write_text("綦河洪峰水位227.6米。\n" if name != "3.txt" else "人民至上。\n")
    (tmp_path / "docs" / "4\n.pdf").write_text("")
    folder = f"{tmp_path}/index"
    assert outcome(capsys, "build", f"{tmp_path}/docs", "--index", folder, "--quiet")[0] == 0
    status, out, err = outcome(capsys, "info", "--index", folder)
    assert (status, err) == (0, "")
    first, second = (qa.open(folder, encoder=encoder).manifest.documents[i].sha256 for i in range(2))
    skipped = "4\\n.pdf: its name says PDF, but its contents do not; save it again or delete it"
    assert out.partition("documents:\n")[2] == (
        f"  1.txt  utf-8  14  1  {first}  (also 2\\nlines.txt)\n  3.txt  utf-8  6  1  {second}\n"
        f"skipped:\n  {tmp_path}/docs/{skipped}\npartly_read:\n"
    )
    assert (
        "\n[1] 1.txt, paragraph 1, line 1, characters 0-13 (also 2\\nlines.txt)\n"
        in outcome(capsys, "ask", FLOOD, "--index", folder)[1]
    )


def test_eval_json_has_the_documented_names(tmp_path: Path, encoder: Any, capsys: pytest.CaptureFixture[str]) -> None:
    questions = tmp_path / "questions.json"
    asked = [{"question": FLOOD, "answers": [{"text": "227.6米"}]}]
    paragraphs = [{"context": "綦河洪峰水位227.6米。", "qas": asked}, {"context": "The market opens on Friday.", "qas": []}]
    questions.write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}))
    status, out, err = outcome(capsys, "eval", str(questions), "--unanswerable", str(questions), "--json", "--quiet")
    assert (status, err) == (0, "")
    shown = json.loads(out)
    assert list(shown)[:15] == [
        "questions", "passages", "recall@1", "recall@5", "recall@10", "mrr@10", "sentence@1", "auroc", "fpr@95tpr",
        "false_answers", "false_refusals", "embed_passages_per_s", "seconds_per_question", "model", "threshold",
    ]  # fmt: skip
    assert (shown["questions"], shown["passages"], shown["recall@1"], shown["sentence@1"], shown["auroc"]) == (1, 2, 1, 1, 0.5)


def test_verify_is_silent_on_stderr_and_its_status_tells_whether_all_is_well(index: str, index_copy: Path) -> None:
    done = run("verify", "--index", index)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "every part of the index and every document is as it was when indexed\n"
    (build,) = index_copy.glob("build-*")
    (build / "segment0" / "texts.bin").write_bytes(b"")
    done = run("verify", "--index", str(index_copy), "--json")
    assert (done.returncode, done.stderr) == (1, "")
    shown = json.loads(done.stdout)
    assert list(shown) == ["ok", "problems"]
    assert shown["ok"] is False
    assert shown["problems"][0].startswith(f"{index_copy}: segment0/texts.bin has 0 bytes, not ")


def outcome(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a command, run in this process."""
    try:
        status = main(arguments)
    except SystemExit as end:
        status = int(str(end.code))
    shown = capsys.readouterr()
    return status, shown.out, shown.err


NO_INDEX = "{none}: holds no index; make one with: python -m qa build seeds --index {none}"
DEFAULT = "intfloat/multilingual-e5-small"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("ask q --index {none}", NO_INDEX),
        ("search q --index {none} --json", NO_INDEX),
        ("info --index {none}", NO_INDEX),
        ("verify --index {none}", NO_INDEX),
        ("build {none} --index {none}", "{none}: no such file or folder; name the folder that holds your documents"),
        ("eval {none}", "{none}: No such file or directory; name a question file in SQuAD format"),
        (
            "ask q --index {index} --model a/b",
            f"{{index}}: was built with the model {DEFAULT}, not a/b; "
            "rebuild it with: python -m qa build {seeds} --index {index} --model a/b",
        ),
        (
            "build seeds --index {none} --model ./none",
            f"./none: no such folder; name a sentence-transformers folder or a hub model such as {DEFAULT}",
        ),
        (
            "build seeds --index {file}",
            "{file}: Not a directory; the index was not written and what was there is unchanged; choose another folder with "
            "--index",
        ),
        (
            "build seeds --index {seeds}",
            "{seeds}: holds other files (000_392e2ddd1b67788a.txt) and no index; choose a new or empty folder for it with "
            "--index",
        ),
    ],
)
def test_an_error_is_one_line_on_stderr_and_status_1(
    command: str, message: str, index: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: Any
) -> None:
    (tmp_path / "file").write_text("")
    names = {"none": f"{tmp_path}/none", "index": index, "file": f"{tmp_path}/file", "seeds": str(ROOT / "seeds")}
    status, out, err = outcome(capsys, *command.format(**names).split(), "--quiet")
    assert (status, out) == (1, "")
    assert err == f"error: {message.format(**names)}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        (["ask"], "the following arguments are required: question"),
        (["ask", "q", "-k", "0"], "argument -k: 0 is not from 1 to 200"),
        (["ask", "q", "-k", "1001"], "argument -k: 1001 is not from 1 to 200"),
        (["search", "q", "-k", "x"], "argument -k: 'x' is no whole number; give one from 1 to 200"),
        (["ask", "q", "-k", "1.5"], "argument -k: '1.5' is no whole number; give one from 1 to 200"),
        (["eval", "--threshold", "q.jsonl"], "argument --threshold: 'q.jsonl' is no number; give one from 0 to 1"),
        (["eval", "q.jsonl", "--threshold", "0.5", "2"], "argument --threshold: 2 is not from 0 to 1"),
        (["eval", "--threshold", "0.5"], "the following arguments are required: file"),
        (["ask", "q", "--threshold", "1.5"], "argument --threshold: 1.5 is not from 0 to 1"),
        (["ask", "q", "--threshold", "nan"], "argument --threshold: nan is not from 0 to 1"),
        (["search", "q", "--threshold", "0.5"], "unrecognized arguments: --threshold 0.5"),
    ],
)
def test_wrong_usage_is_status_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = outcome(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err
    assert err.startswith("usage: python -m qa")


def test_a_threshold_of_1_refuses_what_the_shipped_one_answers(index: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = outcome(capsys, "ask", FLOOD, "--index", index, "--threshold", "1", "--json")
    assert (json.loads(out)["found"], json.loads(out)["citations"]) == (False, [])


def test_a_question_that_asks_nothing_is_no_error(index: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert outcome(capsys, "search", "……", "--index", index) == (0, "no passage: the question holds no letter and no digit\n", "")
    assert outcome(capsys, "search", "……", "--index", index, "--json") == (0, "[]\n", "")
    assert outcome(capsys, "ask", "？", "--index", index) == (0, "请输入一个问题。\n\nconfidence 0.00\n", "")


@pytest.mark.parametrize("arguments", [("ask", LONG), ("search", LONG), ("ask", "为什么？", "--after", LONG)])
def test_a_question_that_is_too_long_is_refused(
    arguments: tuple[str, ...], index: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = "error: A question may have at most 2000 characters; this one has 2001. Please shorten it.\n"
    assert outcome(capsys, *arguments, "--index", index) == (1, "", told)


def test_a_question_in_bytes_that_are_no_text_is_no_traceback(index: str) -> None:
    done = run("ask", b"flood \xff\xfe", "--index", index)  # type: ignore[arg-type]
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1)


def test_files_that_are_skipped_are_named_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: Any) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("洪水退去。\n")
    (tmp_path / "docs" / "b.pdf").write_text("")
    status, out, err = outcome(capsys, "build", f"{tmp_path}/docs", "--index", f"{tmp_path}/index", "--quiet")
    assert status == 0
    assert err == f"skipped: {tmp_path}/docs/b.pdf: its name says PDF, but its contents do not; save it again or delete it\n"
    assert out.startswith("1 document, 1 passage, 1 sentence, 1 file skipped in ")
    assert outcome(capsys, "build", f"{tmp_path}/docs", "--index", f"{tmp_path}/index", "--quiet")[1] == (
        f"nothing has changed: 1 document, 1 passage, 1 sentence, 1 file skipped -> {tmp_path}/index\n"
    )
    status, out, err = outcome(capsys, "build", f"{tmp_path}/docs", "--index", f"{tmp_path}/index", "--quiet", "--strict")
    assert (status, out) == (1, "")
    assert err.endswith("save it again or delete it; nothing was written, as --strict asks\n")


def test_ask_says_of_every_citation_whether_its_file_is_what_was_indexed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: Any
) -> None:
    docs, folder = tmp_path / "docs", f"{tmp_path}/index"
    docs.mkdir()
    file = docs / "a.txt"
    file.write_text("綦河洪峰水位227.6米。\n医生徐德纯救治了71名病人。\n")
    with together(0.01):
        assert outcome(capsys, "build", str(docs), "--index", folder, "--quiet")[0] == 0
    asked = ("ask", FLOOD, "--index", folder)
    first, shown = outcome(capsys, *asked)[1], json.loads(outcome(capsys, *asked, "--json")[1])
    place = "[1] a.txt, paragraph 1, line 1, characters 0-13\n"
    assert place in first
    remedy = f"rebuild it with: python -m qa build {docs} --index {folder}"

    def check(reason: str, stands: bool) -> None:
        assert outcome(capsys, *asked) == (0, first.replace(place, f"{place}    {reason}\n"), "")
        (told,) = json.loads(outcome(capsys, *asked, "--json")[1])["citations"]
        assert told == {**shown["citations"][0], "stands": stands, "reason": reason}

    file.write_text("綦河洪峰水位227.6米。\n医生徐德纯走了。\n")
    check(f"{file}: the file has changed since it was indexed, but not at the quotation; {remedy}", True)
    file.write_text("綦河洪峰水位230米。\n")
    check(f"{file}: the quotation no longer stands at characters 0 to 13; {remedy}", False)
    file.unlink()
    check(f"{file}: No such file or directory; check the file and its permissions; {remedy}", False)


def test_the_last_document_deleted_leaves_an_index_that_answers_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoder: Any
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("綦河洪峰水位227.6米。\n")
    command = ("build", f"{tmp_path}/docs", "--index", f"{tmp_path}/index", "--quiet")
    assert outcome(capsys, *command)[0] == 0
    (tmp_path / "docs" / "a.txt").unlink()
    status, out, err = outcome(capsys, *command)
    assert (status, err) == (0, "nothing is left to read, and the index answers nothing; put documents there and build again\n")
    assert out.startswith("0 documents, 0 passages, 0 sentences, 0 files skipped in ")
    assert out.endswith("\nfiles: 0 read, 0 unchanged, 0 duplicates; entries ignored: 0; 0 of 0 texts embedded\n")
    none = "这些文档中没有找到这个问题的答案。\n\nconfidence 0.00\n"
    assert outcome(capsys, "ask", FLOOD, "--index", f"{tmp_path}/index") == (0, none, "")
    none = "no passage: the index holds no document\n"
    assert outcome(capsys, "search", FLOOD, "--index", f"{tmp_path}/index") == (0, none, "")


def test_a_reader_that_stops_early_is_no_error(index: str) -> None:
    command = [sys.executable, "-m", "qa", "search", "人民", "-k", "40", "--index", index]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        _, errors = process.communicate()
    assert (process.returncode, errors) == (0, b"")


def test_every_verb_is_there_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in ("build", "watch", "ask", "search", "eval", "copy", "info", "verify", "users", "chat", "log"):
        status, out, _ = outcome(capsys, verb, "--help")
        assert status == 0
        assert out.startswith(f"usage: python -m qa {verb}")
        assert "--json" in out
        assert ("--threshold" in out) == (f"(default: {THRESHOLD})" in " ".join(out.split())) == (verb in ("ask", "eval", "chat"))
