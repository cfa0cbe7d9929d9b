"""An index of several segments answers as a first build of the same files, whatever was added, changed and deleted."""

from __future__ import annotations

import math
import shutil
import time
from pathlib import Path
from random import Random

import numpy as np
import pytest
from ordeal import QUESTIONS, write_document
from tiny import TinyEncoder

import qa
from qa.index import merge_policy, writing
from qa.index.manifest_file import read_manifest
from qa.index.merge_policy import KEPT_DELETED, segments_to_keep
from qa.index.segment import count_deleted
from qa.index.verify import verify_index
from qa.search import language_means as languages

pytestmark = pytest.mark.usefixtures("one_line_a_passage")


@pytest.fixture
def never_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update keeps what segments it can, and means of languages that do not depend on the documents."""
    monkeypatch.setattr(merge_policy, "SMALL", 0)
    monkeypatch.setattr(merge_policy, "SHARE_CHANGED", math.inf)
    monkeypatch.setattr(languages, "PRIOR_PASSAGES", 10**9)


def check_answers(index: qa.Index, fresh: qa.Index) -> None:
    """The same passages under the same rows, with the same scores."""
    assert (index.size, index.manifest.sentences) == (fresh.size, fresh.manifest.sentences)
    assert index.manifest.documents == fresh.manifest.documents
    for row in range(index.size):
        assert index.paragraph(row) == fresh.paragraph(row)
        assert index.store.around(row, 2) == fresh.store.around(row, 2)
        spans = [[each.store.sentence_span(sentence) for sentence in each.store.sentence_rows(row)] for each in (index, fresh)]
        assert spans[0] == spans[1]
        assert set(index.store.sentence_passages(np.array(index.store.sentence_rows(row))).tolist()) == {row}
    for question in QUESTIONS:
        found, expected = index.search(question, 1000), fresh.search(question, 1000)
        scores = {hit.paragraph.row: hit for hit in found}
        assert sorted(scores) == sorted(hit.paragraph.row for hit in expected)
        for hit in expected:
            assert scores[hit.paragraph.row].score == pytest.approx(hit.score, abs=1e-5)
            assert scores[hit.paragraph.row].scores == pytest.approx(hit.scores, abs=1e-5)
        folder = index.manifest.documents[0].source.split("/")[0]
        within = [{hit.paragraph.row for hit in each.search(question, 1000, [folder])} for each in (index, fresh)]
        assert within[0] == within[1]
        assert index.ask(question).confidence == pytest.approx(fresh.ask(question).confidence, abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_an_index_of_segments_answers_as_a_first_build(seed: int, never_whole: None, tmp_path: Path) -> None:
    random = Random(seed)
    docs = tmp_path / "docs"
    docs.mkdir()
    counts = set()
    for step in range(14):
        for _ in range(6 if step == 0 else 1):
            write_document(docs, random)
        index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
        counts.add(len(index.manifest.segments))
        if step % 4 == 1:
            shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
            check_answers(index, qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder()))
            check_answers(qa.open(tmp_path / "index", encoder=TinyEncoder()), qa.open(tmp_path / "fresh", encoder=TinyEncoder()))
            assert verify_index(tmp_path / "index") == []
    assert max(counts) > 1


def test_a_segment_that_is_kept_is_not_written_again(never_whole: None, tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    for number in range(9):
        (docs / f"{number}.txt").write_text("".join(f"第{number}号水库第{line}年建成。\n" for line in range(20)))
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    parts = read_manifest(tmp_path / "index")[0] / "segment0"
    inodes = {file.relative_to(parts): file.stat().st_ino for file in parts.rglob("*") if file.is_file()}
    (docs / "3.txt").write_text("火山爆发了。\n")
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.manifest.segments == (0, 1)
    parts = read_manifest(tmp_path / "index")[0] / "segment0"
    assert inodes == {file.relative_to(parts): file.stat().st_ino for file in parts.rglob("*") if file.is_file()}
    assert [index.paragraph(row).text for row in range(58, 63)] == [
        "第2号水库第18年建成。", "第2号水库第19年建成。", "火山爆发了。", "第4号水库第0年建成。", "第4号水库第1年建成。",
    ]  # fmt: skip
    assert {hit.paragraph.source for hit in index.search("水库", 200)} == {f"{n}.txt" for n in range(9)}
    assert "第3号水库第7年建成。" not in {hit.text for hit in index.search("第3号水库第7年", 200)}
    (docs / "5.txt").unlink()
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.manifest.segments[0] == 0
    assert index.size == 141


def test_what_was_deleted_is_written_nowhere_after_a_week(
    never_whole: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docs, folder = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    for number in range(9):
        (docs / f"{number}.txt").write_text("".join(f"第{number}号水库第{line}年建成。\n" for line in range(20)))
    qa.build(docs, folder, encoder=TinyEncoder())
    (docs / "3.txt").unlink()
    assert qa.build(docs, folder, encoder=TinyEncoder()).manifest.segments == (0,)
    texts = read_manifest(folder)[0] / "segment0" / "texts.bin"
    assert "第3号水库".encode() in texts.read_bytes()
    qa.build(docs, folder, encoder=TinyEncoder())
    assert texts.exists()
    now = writing.time.time()
    with monkeypatch.context() as patch:
        patch.setattr(writing.time, "time", lambda: now + merge_policy.KEPT_DELETED + 1)
        index = qa.build(docs, folder, encoder=TinyEncoder())
    assert not texts.exists()
    for file in read_manifest(folder)[0].rglob("*"):
        assert file.is_dir() or "第3号水库".encode() not in file.read_bytes()
    assert index.manifest.files == qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder()).manifest.files


def test_the_week_begins_with_the_first_document_that_was_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "docs").mkdir()
    for number in range(3):
        (tmp_path / "docs" / f"{number}.txt").write_text(f"第{number}次洪水退去了。\n", "utf-8")
    (segment,) = qa.build(tmp_path / "docs", tmp_path / "index", encoder=TinyEncoder()).store._segments
    first = count_deleted(segment, [0], None)
    monkeypatch.setattr(time, "time", lambda: float(first.since[0]) + 5 * 86_400)
    second = count_deleted(segment, [2], first)
    assert second.since.tolist() == first.since.tolist()
    term = segment.words.find(["w洪水"])[0]
    assert [each.of(term) for each in (first, second)] == [(1, 1), (2, 2)]
    assert KEPT_DELETED == 7 * 86_400


def test_which_segments_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {0: (100_000, 100_000), 1: (3_000, 2_900), 2: (500, 100)}
    assert segments_to_keep({0: (15_000, 15_000)}, 10, 15_000, 10) == []  # small: one segment
    assert segments_to_keep(sizes, 10, 100_000, 20_000) == []  # the means of languages have moved
    assert segments_to_keep(sizes, 10, 100_000, 3_000) == [0, 1]  # most of the third was deleted
    assert segments_to_keep(sizes, 2_000, 100_000, 3_000) == [0]
    assert segments_to_keep(sizes, 10, 100_000, 3_000, {1}) == [0]
    assert segments_to_keep({0: (100_000, 70_000)}, 1, 100_000, 3_000) == []
    assert segments_to_keep({0: (100_000, 100_000), 1: (5_000, 0)}, 0, 100_000, 3_000) == [0]
    many = {number: (2**number * 30_000, 2**number * 30_000) for number in range(9)}
    assert segments_to_keep(many, 1, 10**8, 0) == list(range(3, 9))  # six at the most


def test_what_was_deleted_is_counted_with_the_words_of_the_user_dictionary(never_whole: None, tmp_path: Path) -> None:
    """A name that only the dictionary knows is as rare after its document went as if it had never been there."""
    docs, words = tmp_path / "docs", tmp_path / "names.txt"
    docs.mkdir()
    words.write_text("何家湾\n", "utf-8")
    for number in range(8):
        (docs / f"{number}.txt").write_text(f"何家湾第{number}次开会。\n集市有{number}个摊位。\n", "utf-8")
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder(), user_dict=words)
    (docs / "3.txt").unlink()
    updated = qa.build(docs, tmp_path / "index", encoder=TinyEncoder(), user_dict=words)
    fresh = qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder(), user_dict=words)
    assert updated.manifest.segments == (0,)
    for token in ("w何家湾", "w集市", "c湾"):
        assert updated.store.lexical.idf(token) == pytest.approx(fresh.store.lexical.idf(token))
        assert updated.store.sentence_lexical.idf(token) == pytest.approx(fresh.store.sentence_lexical.idf(token))
