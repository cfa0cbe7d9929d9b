"""The words of new documents are published before their vectors: asked at once, and in the end the same index."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from ordeal import write_document
from tiny import TinyEncoder

import qa
from qa.errors import QAError
from qa.index import merge_policy
from qa.index.manifest import Manifest
from qa.index.manifest_file import read_manifest
from qa.index.served.open import local_source
from qa.index.verify import verify_index
from qa.search import language_means
from qa.search.vectors.segment import EXACT_VECTORS

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

RESERVOIRS = {f"{n}.txt": f"第{n}号水库建成于{1950 + n}年。\n它灌溉第{n}镇的农田。\n" for n in range(12)}


class Killed(Exception):
    """The end of a build at the moment when words can be asked."""


class Counting(TinyEncoder):
    """Knows the texts that it embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        self.texts += texts
        return super().encode_passages(texts, progress)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    return written(tmp_path / "docs", RESERVOIRS)


def written(folder: Path, documents: dict[str, str]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in documents.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def words_only(docs: Path, folder: Path) -> qa.Index:
    """The index as it is between its words and its vectors, in which the build was killed."""

    def killed() -> None:
        raise Killed

    with suppress(Killed):  # a build without new words ends
        qa.build(docs, folder, encoder=TinyEncoder(), words_first=True, usable=killed)
    return qa.open(folder, encoder=TinyEncoder())


def contents(manifest: Manifest) -> tuple[object, ...]:
    files = {name: file for name, file in manifest.files.items() if not name.endswith("since.npy")}  # when it was deleted
    return files, manifest.documents, manifest.segments, manifest.measured, manifest.changed, manifest.vectors


def test_words_are_asked_before_there_is_a_vector_and_the_index_is_the_same_in_the_end(docs: Path, tmp_path: Path) -> None:
    between: list[qa.Answer] = []

    def usable() -> None:
        index = qa.open(tmp_path / "index", encoder=TinyEncoder())
        assert (index.manifest.pending, index.size) == ((0,), 24)
        assert not list(read_manifest(tmp_path / "index")[0].rglob(EXACT_VECTORS))
        assert verify_index(tmp_path / "index") == []
        between.extend(index.ask(question) for question in ("第7号水库建成于哪一年？", "谁写了《红楼梦》？"))

    made = qa.build(docs, tmp_path / "index", encoder=TinyEncoder(), words_first=True, usable=usable)
    fresh = qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder())
    assert contents(made.manifest) == contents(fresh.manifest)
    assert made.manifest.to_json().count(b"pending") == 0
    report, plain = made.manifest.report, fresh.manifest.report
    assert (report.files, report.read, report.unchanged, report.texts) == (12, 12, 0, plain.texts)
    first, second = between
    assert [citation.quote for citation in first.citations] == ["第7号水库建成于1957年。"]
    assert (first.by_words, qa.answer_json(first)["by_words"]) == (True, True)
    assert (second.found, second.by_words) == (False, True)
    assert second.text == "向量还在建，先按字面找；按字面没有找到这个问题的答案，建好后再问一次。"
    after = made.ask("第7号水库建成于哪一年？")
    assert (after.by_words, qa.answer_json(after).get("by_words")) == (False, None)
    assert after.text == first.text
    assert {path.name for path in (tmp_path / "index").iterdir() if path.name.startswith("build-")} == {made.store.parts.name}


def test_what_is_asked_meanwhile_has_its_evidence_and_is_not_embedded_twice(docs: Path, tmp_path: Path) -> None:
    asked = words_only(docs, tmp_path / "index")
    hits = asked.search("第7号水库建成于哪一年？", 20)
    embedded = [hit for hit in hits if hit.scores["dense"] or hit.scores["sentence"]]
    assert len(embedded) == 6  # those that words put first
    whole = {
        hit.text: hit for hit in qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder()).search("第7号水库建成于哪一年？", 24)
    }
    for hit in embedded:  # less the means of the languages alone, as these texts have no mean yet
        assert hit.scores["dense"] == pytest.approx(whole[hit.text].scores["dense"], abs=0.35)
        assert hit.scores["lexical"] == pytest.approx(whole[hit.text].scores["lexical"])
    assert hits[0].text == "第7号水库建成于1957年。"
    encoder = Counting()
    qa.build(docs, tmp_path / "index", encoder=encoder)
    assert {hit.text for hit in embedded}.isdisjoint(encoder.texts)


def test_a_build_killed_between_words_and_vectors_is_gone_on_with(docs: Path, tmp_path: Path) -> None:
    assert words_only(docs, tmp_path / "index").store.by_words
    made = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert made.manifest.report.read == 0  # its files are not read again
    assert contents(made.manifest) == contents(qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder()).manifest)


def test_killed_again_and_again_with_files_that_come_and_go(tmp_path: Path) -> None:
    docs = written(tmp_path / "docs", RESERVOIRS)
    words_only(docs, tmp_path / "index")
    (docs / "3.txt").unlink()
    written(docs, {"20.txt": "火山爆发了。\n"})
    second = words_only(docs, tmp_path / "index")
    assert (second.manifest.segments, second.manifest.pending, second.size) == ((0, 1), (0, 1), 23)
    assert second.ask("什么爆发了？").citations[0].source == "20.txt"
    assert "3.txt" not in {hit.paragraph.source for hit in second.search("第3号水库建成于哪一年？", 30)}
    made = qa.build(docs, tmp_path / "index", encoder=TinyEncoder(), words_first=True)
    assert contents(made.manifest) == contents(qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder()).manifest)


def test_what_has_vectors_keeps_them_while_new_documents_have_none(tmp_path: Path) -> None:
    docs = written(tmp_path / "docs", {"a.txt": "医生给病人看病。\n", "b.txt": "大桥长227米。\n"})
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    written(docs, {"c.txt": "轿车停在门口。\n", "b.txt": "大桥长228米。\n"})
    between = words_only(docs, tmp_path / "index")
    assert (between.manifest.segments, between.manifest.pending) == ((0, 1), (1,))
    assert between.search("大夫", 1)[0].text == "医生给病人看病。"  # a synonym, which vectors alone find
    assert between.search("轿车", 1)[0].text == "轿车停在门口。"
    assert [hit.text for hit in between.search("大桥多长？", 1)] == ["大桥长228米。"]
    made = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert contents(made.manifest) == contents(qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder()).manifest)


@pytest.mark.parametrize("seed", range(3))
def test_an_index_of_segments_grows_as_without(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segment by segment bit for bit, whether the words come first, a build is killed after them, or neither."""
    monkeypatch.setattr(merge_policy, "SMALL", 0)
    monkeypatch.setattr(merge_policy, "SHARE_CHANGED", math.inf)
    monkeypatch.setattr(language_means, "PRIOR_PASSAGES", 10**9)
    random = Random(seed)
    docs = tmp_path / "docs"
    docs.mkdir()
    segments = set()
    for step in range(8):
        for _ in range(6 if step == 0 else 1):
            write_document(docs, random)
        if step % 3 == 2:
            words_only(docs, tmp_path / "index")
        made = qa.build(docs, tmp_path / "index", encoder=TinyEncoder(), words_first=step % 3 == 1)
        plain = qa.build(docs, tmp_path / "plain", encoder=TinyEncoder())
        assert contents(made.manifest) == contents(plain.manifest)
        segments.add(made.manifest.segments)
    assert len(segments) > 1


def test_an_index_without_vectors_is_not_sent_to_a_server(docs: Path, tmp_path: Path) -> None:
    words_only(docs, tmp_path / "index")
    with pytest.raises(QAError, match="vectors are still to be made") as caught:
        local_source(tmp_path / "index")
    assert caught.value.code == "index.unfinished"
    assert f"build {docs}" in str(caught.value)
