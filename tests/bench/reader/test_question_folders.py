"""Folders with questions, stored as spans and restored."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import folders
import pytest

RULES = "# 门禁\n\n- 补卡收费 **20 元**，当天可取。\n- 押金不退。\n"
FANS = "| model | price |\n|---|---|\n| HD-2 | 90 |\n| HD-3 | 90 |\n"
ASKED = [
    {"question": "补卡多少钱", "quote": ["20元"], "sentence": ["补卡收费20元，当天可取。"], "source": "rules.md", "kind": "fact"},
    {"question": "HD-3 price", "quote": ["90"], "sentence": ["| HD-3 | 90 |"], "source": "fans.md", "kind": "fact"},
    {"question": "补卡和押金", "quote": [{"all": ["20 元", "不退"]}], "source": "rules.md", "kind": "fact"},
    {"question": "押金多少", "quote": None, "source": "rules.md", "kind": "near", "trap": ["押金不退。"]},
    {"question": "not in the file", "quote": ["30元"], "source": "rules.md", "kind": "fact"},
]  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with `rules.md` committed, and `questions/` to which a folder with it and a file of one's own was stored."""
    clone = tmp_path / "clones" / "owner" / "name"
    clone.mkdir(parents=True)
    (clone / "docs.md").write_text(RULES, "utf-8")
    git = ["git", "-C", str(clone), "-c", "user.name=n", "-c", "user.email=e"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "rules"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    folder = tmp_path / "offices"
    (folder / "documents").mkdir(parents=True)
    (folder / "documents" / "rules.md").write_text(RULES, "utf-8")
    (folder / "documents" / "fans.md").write_text(FANS, "utf-8")
    (folder / "SOURCES.tsv").write_text(f"rules.md\tMIT\towner/name\t{commit}\tdocs.md\nfans.md\town\t-\t-\tinvented\n", "utf-8")
    (folder / "questions.jsonl").write_text("".join(json.dumps(one) + "\n" for one in ASKED), "utf-8")
    questions = tmp_path / "questions"
    questions.mkdir()
    (questions / "sources.tsv").write_text("\t".join(folders.COLUMNS) + "\n", "utf-8")
    with folders.tarfile.open(questions / "own.tar.gz", "w:gz"):
        pass
    monkeypatch.setattr(folders, "QUESTIONS", questions)
    folders.store(folder)
    return tmp_path


def test_a_folder_comes_back_from_clones_and_what_is_ones_own(kept: Path) -> None:
    assert folders.restore("offices", kept / "clones", kept / "again") == []
    for name in ("rules.md", "fans.md"):
        assert (kept / "again/documents" / name).read_bytes() == (kept / "offices/documents" / name).read_bytes()
    lines = [json.loads(line) for line in (kept / "again/questions.jsonl").read_text("utf-8").splitlines()]
    assert [one["question"] for one in lines] == [one["question"] for one in ASKED[:4]]
    assert [one["quote"] for one in lines] == [["20 元"], ["90"], [{"all": ["20 元", "不退"]}], None]
    assert lines[0]["sentence"] == ["补卡收费 **20 元**，当天可取。"]
    assert lines[1]["sentence"] == ["HD-3 | 90"]


def test_no_text_of_others_is_kept(kept: Path) -> None:
    stored = (kept / "questions/offices.jsonl.gz").read_bytes()
    assert "补卡收费" not in folders.gzip.decompress(stored).decode()
    assert [name for name, _ in folders._own()] == ["offices/fans.md"]


def test_a_document_that_differs_is_named_and_left_out_with_its_questions(kept: Path) -> None:
    sources = kept / "questions/sources.tsv"
    sources.write_text(sources.read_text("utf-8").replace("docs.md", "gone.md"), "utf-8")
    assert folders.restore("offices", kept / "clones", kept / "again") == ["rules.md"]
    lines = [json.loads(line) for line in (kept / "again/questions.jsonl").read_text("utf-8").splitlines()]
    assert [one["question"] for one in lines] == ["HD-3 price", "押金多少"]
