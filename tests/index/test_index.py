"""Build, open, verify: what was written comes back exactly, or one line says what is wrong and which command mends it."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import CORPUS, LONG_LINE, ROOT
from reference import texts_of, titled_texts
from tiny import TinyEncoder

import qa
from qa.answers.citation import citation_of
from qa.documents.folders import FoundFile, find_roots, walk
from qa.documents.read import read_document
from qa.index import build as building
from qa.index import damage, writing
from qa.index.catalogue import Recent
from qa.index.manifest import INDEX_FORMAT
from qa.index.verify import verify_index
from qa.models.prepare import DEFAULT_MODEL
from qa.passages.split import SPLITTER
from qa.search.words import ARRAYS
from qa.text.normalise import normalise
from qa.text.sentences import split_sentences

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

PARTS = [
    *(f"{name}.npy" for name in ("documents", "passage_centres", "passage_means", "question_means", "sentence_centres")),
    *(f"segment0/{name}" for name in ("marks.json", "passage_keys.bin", "passage_languages.npy", "passages.npy")),
    *(f"segment0/{name}" for name in ("passage_vectors/vectors.faiss", "sentence_vectors/vectors.faiss")),
    *(f"segment0/{name}" for name in ("sentence_keys.bin", "sentences.npy", "texts.bin", "titles.json")),
    *(f"segment0/words/{name}.npy" for name in ARRAYS),
]
QUESTIONS = ("綦河洪峰水位是多少？", "大夫救了多少人", "clinic", "人民")


def build_folder(folder: Path) -> Path:
    """Where the parts of the build in use are."""
    return folder / (folder / "CURRENT").read_text().split()[0]


def manifest_of(folder: Path) -> Path:
    """The manifest of the build in use."""
    (file,) = build_folder(folder).glob("manifest-*.json")
    return file


def answers_of(index: qa.Index) -> list[list[qa.Hit]]:
    return [index.search(question, 50) for question in QUESTIONS]


def remedy(message: str, source: Path, folder: Path) -> bool:
    """Whether a message is one line with the command that builds the index of `source` in `folder` anew."""
    command = re.search(r"python -m qa (build .*?)( makes .*)?$", message)
    return "\n" not in message and command is not None and shlex.split(command[1])[1:4] == [str(source), "--index", str(folder)]


def test_every_passage_comes_back_with_its_place_and_is_its_span_of_the_file(tiny_index: qa.Index, corpus: Path) -> None:
    texts = {document.source: document.text for document in qa_documents(corpus)}
    rows = [tiny_index.paragraph(row) for row in range(tiny_index.size)]
    assert [(row.source, row.place, row.text) for row in rows[:13]] == [
        ("notes/clinic.md", "paragraph 1, line 1", "The clinic opened in 1987. Dr. Wu ran it alone."),
        ("notes/clinic.md", "paragraph 2, line 3", "It treated 1,200 patients a year."),
        ("notes/market.txt", "paragraph 1, line 1", "集市每逢三、六、九开市。"),
        ("notes/market.txt", "paragraph 2, line 2", "轿车不得入内。"),
        ("notes/market.txt", "paragraph 3, line 3", "人民至上。"),
        ("river.txt", "paragraph 1, line 1", "綦河洪峰水位227.6米，超保证水位5.1米。"),
        ("river.txt", "paragraph 2, line 3", "1100多名干部疏散了群众。"),
        ("river.txt", "paragraph 3, line 5", "医生徐德纯救治了71名病人。他彻夜未眠！"),
        ("river.txt", "paragraph 4, line 6", "人民至上。"),
        ("river.txt", "paragraph 5, line 7", "洪水退去，清理淤泥1.5万余吨。"),
        ("river.txt", "paragraph 6, line 9", "小学的2299名学生恢复上学。"),
        ("river.txt", "paragraph 7, line 10", "汽车运来了500多袋粮食。"),
        ("river.txt", "paragraph 8.1, line 11", rows[12].text),
    ]
    assert "".join(row.text for row in rows[12:]) == LONG_LINE
    assert [row.place for row in rows[12:]] == [f"paragraph 8.{part}, line 11" for part in range(1, len(rows) - 11)]
    for number, row in enumerate(rows):
        assert row.row == number
        assert texts[row.source][row.start : row.end] == row.text


def test_a_passage_knows_where_its_document_is_marked(tiny: TinyEncoder, tmp_path: Path) -> None:
    text = "前言。\n洪峰227.6米。第二页的话。\n粮食500袋。"
    marks = (
        qa.Mark(4, "page", 1, "", ()),
        qa.Mark(text.index("第二页"), "page", 2, "", ()),
        qa.Mark(text.index("粮食"), "sheet", 1, "收\ud800支", ("上", "下")),
    )
    document = qa.Document("a.pdf", "/a.pdf", text, "0" * 64, "pdf", marks)
    index = building.build_documents([document, replace(document, source="b.pdf")], tmp_path, tmp_path, tiny)
    opened = qa.open(tmp_path, encoder=tiny)
    for each in (index, opened):
        found = [(each.paragraph(row).source, each.paragraph(row).text, each.paragraph(row).mark) for row in range(each.size)]
        assert found == [
            (source, passage, mark)
            for source in ("a.pdf", "b.pdf")
            for passage, mark in [("前言。", None), ("洪峰227.6米。第二页的话。", marks[0]), ("粮食500袋。", marks[2])]
        ]
    assert opened.paragraph(2).place == "sheet 1 收\ud800支, 上 › 下, paragraph 3"


def qa_documents(folder: Path) -> list[qa.Document]:
    return [read_document(item.path, item.source) for item in walk(find_roots(folder)) if isinstance(item, FoundFile)]


def test_sentences_come_back_with_their_passages(tiny_index: qa.Index) -> None:
    for row in range(tiny_index.size):
        passage = tiny_index.paragraph(row)
        spans = [tiny_index.store.sentence_span(sentence) for sentence in tiny_index.store.sentence_rows(row)]
        assert [(a - passage.start, b - passage.start) for a, b in spans] == split_sentences(passage.text)
        assert set(tiny_index.store.sentence_passages(np.array(tiny_index.store.sentence_rows(row))).tolist()) == {row}
    _, sentences, _ = texts_of(tiny_index)
    assert len(sentences) == tiny_index.manifest.sentences


def test_normalised_texts_are_those_of_the_passages_and_of_their_neighbours_in_the_document(tiny_index: qa.Index) -> None:
    for row in (*range(tiny_index.size), *range(tiny_index.size)):  # the second time from memory
        passage = tiny_index.paragraph(row)
        assert tiny_index.store.normal_text(row) == normalise(passage.text)
        own = tiny_index.document_rows(passage.source)
        beside = [tiny_index.paragraph(other).text for other in own if abs(other - row) <= 2]
        assert tiny_index.store.around(row, 2) == normalise("\n".join(beside))


def test_what_is_kept_of_rows_is_bounded() -> None:
    made: list[int] = []

    def make(row: int) -> int:
        made.append(row)
        return row * row

    recent = Recent[int](3)
    assert [recent.get(row, make) for row in (1, 2, 1, 3, 2)] == [1, 4, 1, 9, 4]
    assert made == [1, 2, 3]
    assert recent.get(4, make) == 16
    assert recent.get(1, make) == 1
    assert made == [1, 2, 3, 4, 1]


def test_the_manifest_says_what_the_index_was_built_from_and_with(tiny_index: qa.Index, corpus: Path) -> None:
    manifest = tiny_index.manifest
    assert (manifest.model, manifest.fingerprint, manifest.dimension) == ("tiny", "tiny-1", 64)
    assert [root.path for root in manifest.roots] == [str(corpus)]
    assert manifest.skipped == ()
    assert manifest.passages == tiny_index.size == sum(entry.passages for entry in manifest.documents)
    assert [(entry.source, entry.encoding, entry.sha256) for entry in manifest.documents] == [
        (source, encoding, hashlib.sha256(CORPUS[source]).hexdigest())
        for source, encoding in (("notes/clinic.md", "utf-8-sig"), ("notes/market.txt", "gb18030"), ("river.txt", "utf-8"))
    ]
    assert sorted(manifest.files) == sorted(PARTS)
    parts = build_folder(tiny_index.folder)
    for name, (size, digest) in manifest.files.items():
        data = (parts / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (size, digest)


def test_an_opened_index_finds_what_the_built_one_finds(tiny_index: qa.Index, tiny: TinyEncoder) -> None:
    opened = qa.open(tiny_index.folder, encoder=tiny)
    assert opened.manifest == tiny_index.manifest
    assert answers_of(opened) == answers_of(tiny_index)


def test_no_part_is_a_pickle(tiny_index: qa.Index) -> None:
    parts = build_folder(tiny_index.folder)
    for name in PARTS:
        data = (parts / name).read_bytes()
        assert not re.match(rb"\x80[\x02-\x05]", data), name
        if name.endswith(".npy"):
            assert data.startswith(b"\x93NUMPY")
            assert not np.load(parts / name, allow_pickle=False).dtype.hasobject


def test_reading_changes_nothing_in_the_folder(tiny_index: qa.Index, tiny: TinyEncoder) -> None:
    def state() -> dict[str, tuple[int, int]]:
        return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in tiny_index.folder.rglob("*")}

    before = state()
    opened = qa.open(tiny_index.folder, encoder=tiny)
    opened.ask("洪水")
    verify_index(tiny_index.folder)
    assert state() == before


def test_a_single_file_can_be_indexed(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("洪水退去。\n")
    index = qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=tiny)
    assert index.search("洪水")[0].paragraph.source == "a.txt"
    assert citation_of(index.store, 1, 0, 0, 5).verify()
    assert verify_index(tmp_path / "index") == []


def test_files_that_cannot_be_read_are_listed(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("洪水退去。\n")
    (tmp_path / "docs" / "b.pdf").write_text("")
    index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    assert index.manifest.skipped == (
        f"{tmp_path}/docs/b.pdf: its name says PDF, but its contents do not; save it again or delete it",
    )


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({}, "holds no document that can be read; put documents there"),
        (
            {"a.txt": "……\n——\n"},
            r"holds no document that can be read \(.*a\.txt: holds no text that can be read; .*\); put documents there",
        ),
        (
            {"a.pdf": "甲"},
            r"holds no document that can be read "
            r"\(.*a\.pdf: its name says PDF, but its contents do not; .*\); put documents there",
        ),
    ],
)
def test_nothing_to_index_is_an_error(files: dict[str, str], reason: str, tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name, text in files.items():
        (tmp_path / "docs" / name).write_text(text)
    with pytest.raises(qa.DocumentError, match=rf"^{re.escape(str(tmp_path / 'docs'))}: {reason}$"):
        qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    with pytest.raises(qa.IndexNotFound):
        qa.open(tmp_path / "index", encoder=tiny)


def test_a_file_name_that_is_no_text_does_not_stop_the_others(tiny: TinyEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("洪水退去。\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xb2\xe2\xca\xd4.txt")).write_text("测试\n")  # a name in GBK, as old archives have
    index = qa.build(folder, tmp_path / "index", encoder=tiny)
    assert "洪水退去。" in {index.paragraph(row).text for row in range(index.size)}
    assert qa.open(tmp_path / "index", encoder=tiny).size == index.size


def test_no_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(qa.IndexNotFound) as caught:
        qa.open(tmp_path / "none")
    assert (
        str(caught.value) == f"{tmp_path}/none: holds no index; make one with: python -m qa build seeds --index {tmp_path}/none"
    )


def rewrite(folder: Path, **changes: Any) -> None:
    """Change the manifest as a writer of another version would, digest and all."""
    file = manifest_of(folder)
    data = json.dumps(json.loads(file.read_text()) | changes).encode()
    file.unlink()
    digest = hashlib.sha256(data).hexdigest()
    (file.parent / f"manifest-{digest[:16]}.json").write_bytes(data)
    (folder / "CURRENT").write_text(f"{file.parent.name} {digest}\n")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fingerprint": "other-weights"}, r"was built with another version of the model tiny \(other-weight, not tiny-1\)"),
        ({"dimension": 63}, "was built with another version of the model tiny"),
        ({"tokenizer": "older/1"}, f"was built with tokenizer older/1 and splitter {SPLITTER}, not "),
        ({"splitter": 99}, "was built with tokenizer .* and splitter 99, not "),
        (
            {"format": 99, "novelty": 1},
            rf"was made by a newer version of this program \(format 99; this one reads {INDEX_FORMAT}\)",
        ),
        ({"format": 1}, rf"was made by an older version of this program \(format 1; this one reads {INDEX_FORMAT}\)"),
    ],
)
def test_an_index_of_another_kind_is_a_mismatch(
    changes: dict[str, Any], reason: str, index_copy: Path, corpus: Path, tiny: TinyEncoder
) -> None:
    rewrite(index_copy, **changes)
    with pytest.raises(qa.IndexMismatch, match=rf"^{re.escape(str(index_copy))}: {reason}") as caught:
        qa.open(index_copy, encoder=tiny)
    assert remedy(str(caught.value), corpus, index_copy)


def test_another_model_than_the_one_that_built_the_index_is_a_mismatch(index_copy: Path, corpus: Path) -> None:
    with pytest.raises(qa.IndexMismatch) as caught:
        qa.open(index_copy, model=DEFAULT_MODEL)
    assert str(caught.value).startswith(f"{index_copy}: was built with the model tiny, not {DEFAULT_MODEL}; rebuild it with: ")
    assert remedy(str(caught.value), corpus, index_copy)


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 4
    file.write_bytes(data)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [flip, truncate, Path.unlink])
@pytest.mark.parametrize("name", [*PARTS, "manifest.json", "CURRENT"])
def test_damage_is_found_named_and_mended_by_a_rebuild(
    name: str, damage: Callable[[Path], None], index_copy: Path, corpus: Path, tiny: TinyEncoder, tiny_index: qa.Index
) -> None:
    file = index_copy / name if name == "CURRENT" else build_folder(index_copy) / name
    if name == "manifest.json":
        file = manifest_of(index_copy)
    if name == "CURRENT" and damage is truncate:
        file.write_bytes(file.read_bytes()[:-2])  # a missing newline alone is no damage
    else:
        damage(file)
    expected = qa.IndexNotFound if name == "CURRENT" and damage is Path.unlink else qa.IndexCorrupt
    with pytest.raises(expected) as caught:
        qa.open(index_copy, encoder=tiny)
    message = str(caught.value)
    assert file.name in message or name == "CURRENT"
    if name in PARTS:
        assert remedy(message, corpus, index_copy)
        assert verify_index(index_copy) == [message]
    elif name == "CURRENT":
        assert remedy(message, corpus, index_copy)  # as the manifest says, which lies there unnamed
    else:  # what can still be read of the manifest, or a guess
        assert remedy(message, corpus, index_copy) or remedy(message, Path("seeds"), index_copy)
    mended = qa.build(corpus, index_copy, encoder=tiny)
    assert answers_of(mended) == answers_of(tiny_index)
    assert verify_index(index_copy) == []


class FailingEncoder(TinyEncoder):
    """Fails at the texts of the documents, after what is measured of languages."""

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        if progress is not None:
            raise RuntimeError("the model broke")
        return super().encode_passages(texts)


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name not in (".lock", "cache"))


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Documents that differ from the corpus."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "new.txt").write_text("洪水又来了。\n")
    return tmp_path / "other"


def check_old_index_stands(folder: Path, tiny: TinyEncoder, tiny_index: qa.Index, other: Path) -> None:
    opened = qa.open(folder, encoder=tiny)
    assert answers_of(opened) == answers_of(tiny_index)
    newer = qa.build(other, folder, encoder=tiny)
    assert [newer.paragraph(row).text for row in range(newer.size)] == ["洪水又来了。"]
    assert contents(folder) == ["CURRENT", build_folder(folder).name]


def test_a_build_whose_encoder_fails_leaves_the_old_index(
    index_copy: Path, tiny: TinyEncoder, tiny_index: qa.Index, other: Path
) -> None:
    before = contents(index_copy)
    with pytest.raises(RuntimeError, match="the model broke"):
        qa.build(other, index_copy, encoder=FailingEncoder())
    assert contents(index_copy) == before
    check_old_index_stands(index_copy, tiny, tiny_index, other)


@pytest.mark.parametrize(
    ("step", "at"), [("fsync", 1), ("fsync", 2), ("fsync", 4), ("replace", 1), ("replace", 2), ("replace", 3)]
)
def test_a_build_that_a_full_disk_stops_leaves_the_old_index(
    step: str, at: int, index_copy: Path, tiny: TinyEncoder, tiny_index: qa.Index, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0
    original = getattr(os, step)

    def fail(*arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(os, step, fail)
        with pytest.raises(qa.QAError) as caught:
            qa.build(other, index_copy, encoder=tiny)
    assert str(caught.value) == (
        f"{index_copy}: No space left on device; the index was not written and what was there is unchanged; free some space or "
        "choose another folder with --index"
    )
    check_old_index_stands(index_copy, tiny, tiny_index, other)


def test_a_build_within_the_same_second_that_fails_leaves_the_old_index(
    index_copy: Path, corpus: Path, other: Path, tiny: TinyEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing.time, "strftime", lambda *arguments: "2020-01-01T00:00:00Z")
    monkeypatch.setattr(writing.time, "monotonic", lambda: 0.0)
    qa.build(other, index_copy, encoder=tiny)

    def fail(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(qa.QAError, match="what was there is unchanged"):
            qa.build(corpus, index_copy, encoder=tiny)
    assert verify_index(index_copy) == []


def test_what_a_killed_build_left_is_removed_by_the_next(index_copy: Path, tiny: TinyEncoder, corpus: Path) -> None:
    (index_copy / ".building-abc" / "parts").mkdir(parents=True)
    (index_copy / "build-20200101T000000Z-00000000").mkdir()
    (index_copy / ".writing-00").write_text("half")
    qa.build(corpus, index_copy, encoder=tiny)
    assert contents(index_copy) == ["CURRENT", build_folder(index_copy).name]


def test_an_index_that_is_open_still_answers_after_a_rebuild(index_copy: Path, tiny: TinyEncoder, other: Path) -> None:
    opened = qa.open(index_copy, encoder=tiny)
    before = answers_of(opened)
    qa.build(other, index_copy, encoder=tiny)
    assert answers_of(opened) == before


def test_a_rebuild_while_an_index_is_being_opened_gives_the_old_or_the_new_one(
    index_copy: Path, tiny: TinyEncoder, other: Path
) -> None:
    class Rebuilding(TinyEncoder):
        """Its fingerprint is asked for between the reading of the manifest and that of the parts."""

        def __init__(self) -> None:
            self.rebuilt = False

        @property
        def fingerprint(self) -> str:  # type: ignore[override]
            if not self.rebuilt:
                self.rebuilt = True
                qa.build(other, index_copy, encoder=tiny)
            return tiny.fingerprint

    opened = qa.open(index_copy, encoder=Rebuilding())
    assert opened.search("洪水")[0].text


def test_two_builds_at_once_both_end_well(
    corpus: Path, other: Path, tiny: TinyEncoder, tiny_index: qa.Index, tmp_path: Path
) -> None:
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import qa, tiny; from qa.passages import split; split.TOGETHER = 0.01; "
        "qa.build(*sys.argv[3:], encoder=tiny.TinyEncoder())"
    )
    folder = tmp_path / "index"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(ROOT), str(ROOT / "tests"), str(source), str(folder)],
            stderr=subprocess.PIPE,
            text=True,
        )
        for source in (corpus, other)
    ]
    for process in running:
        _, errors = process.communicate()
        assert (process.returncode, errors) == (0, "")
    opened = qa.open(folder, encoder=tiny)
    assert opened.size in (1, tiny_index.size)
    assert verify_index(folder) == []
    assert contents(folder) == ["CURRENT", build_folder(folder).name]


def test_an_index_copied_elsewhere_opens_there(index_copy: Path, tiny: TinyEncoder, tiny_index: qa.Index) -> None:
    opened = qa.open(index_copy, encoder=tiny)
    assert answers_of(opened) == answers_of(tiny_index)
    assert citation_of(opened.store, 1, 5, 2, 6).verify()  # the documents are where they were


@pytest.fixture
def moved(corpus: Path, tiny: TinyEncoder, tmp_path: Path) -> Path:
    """A folder with documents and their index, moved after the build."""
    shutil.copytree(corpus, tmp_path / "old" / "docs")
    qa.build(tmp_path / "old" / "docs", tmp_path / "old" / "index", encoder=tiny)
    (tmp_path / "old").rename(tmp_path / "new")
    return tmp_path / "new"


def test_citations_follow_documents_that_moved_with_their_index(moved: Path, tiny: TinyEncoder) -> None:
    opened = qa.open(moved / "index", encoder=tiny)
    citation = citation_of(opened.store, 1, 5, 2, 6)
    assert citation.path == str(moved / "docs" / "river.txt")
    assert citation.quote == "綦河洪峰"
    assert citation.verify()


def test_verify_follows_documents_that_moved_with_their_index(moved: Path) -> None:
    assert verify_index(moved / "index") == []


def test_verify_names_every_document_that_changed_or_went(corpus: Path, tiny: TinyEncoder, tmp_path: Path) -> None:
    docs, folder = Path(shutil.copytree(corpus, tmp_path / "docs")), tmp_path / "index"
    qa.build(docs, folder, encoder=tiny)
    (docs / "river.txt").write_text("改了。")
    (docs / "notes" / "market.txt").unlink()
    gone, changed = verify_index(folder)
    assert gone == f"{docs}/notes/market.txt: No such file or directory; its citations cannot be checked"
    assert changed.startswith(f"{docs}/river.txt: has changed since it was indexed; rebuild it with: ")
    assert remedy(changed, docs, folder)


def test_verify_names_a_single_file_that_went(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("洪水退去。\n")
    qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=tiny)
    (tmp_path / "a.txt").unlink()
    assert verify_index(tmp_path / "index") == [f"{tmp_path}/a.txt: No such file or directory; its citations cannot be checked"]


def test_a_command_that_mends_can_be_typed_as_it_is(tiny: TinyEncoder, tmp_path: Path) -> None:
    docs, folder = tmp_path / "my documents", tmp_path / "my index"
    docs.mkdir()
    (docs / "a.txt").write_text("洪水退去。\n")
    qa.build(docs, folder, encoder=tiny)
    flip(build_folder(folder) / "segment0" / "texts.bin")
    with pytest.raises(qa.IndexCorrupt) as caught:
        qa.open(folder, encoder=tiny)
    assert remedy(str(caught.value), docs, folder)


def test_a_changed_document_in_a_file_with_a_newline_in_its_name_is_one_line(tiny: TinyEncoder, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    file = tmp_path / "docs" / "two\nlines.txt"
    file.write_text("洪水退去。\n")
    qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    file.write_text("改了。")
    (problem,) = verify_index(tmp_path / "index")
    assert "\n" not in problem


def test_every_text_is_encoded_once(corpus: Path, tmp_path: Path) -> None:
    encoded: list[str] = []

    class Counting(TinyEncoder):
        def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
            if progress is not None:
                encoded.extend(texts)
            return super().encode_passages(texts, progress)

    index = qa.build(corpus, tmp_path / "index", encoder=Counting())
    _, sentences, _ = texts_of(index)
    assert sorted(encoded) == sorted({*titled_texts(index), *sentences})


def test_progress_of_a_build_is_told_step_by_step_to_its_end(corpus: Path, tiny: TinyEncoder, tmp_path: Path) -> None:
    told: dict[str, list[tuple[int, int]]] = {}
    qa.build(
        corpus,
        tmp_path / "index",
        encoder=tiny,
        progress=lambda label, done, total: told.setdefault(label, []).append((done, total)),
    )
    assert list(told) == ["reading, in bytes", "embedding, in characters"]
    assert told["reading, in bytes"][-1][1] == sum(map(len, CORPUS.values()))
    for steps in told.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every index is one whose large parts are read while it is in use, and every part is large."""
    monkeypatch.setattr(damage, "SMALL_INDEX", 0)
    monkeypatch.setattr(damage, "SMALL_PART", 0)


@pytest.mark.parametrize(
    "name", [*(name for name in PARTS if "vectors" in name), "segment0/texts.bin", "segment0/words/rows.npy"]
)
def test_damage_of_a_large_part_is_found_while_the_index_is_in_use(
    name: str, large: None, corpus: Path, index_copy: Path, tiny: TinyEncoder
) -> None:
    qa.open(index_copy, encoder=tiny).check()
    flip(build_folder(index_copy) / name)
    try:
        index = qa.open(index_copy, encoder=tiny)
    except qa.IndexCorrupt:  # what flipped is no longer an array
        return
    with pytest.raises(qa.IndexCorrupt, match=f"{name} is not what was written") as caught:
        index.check()
    assert remedy(str(caught.value), corpus, index_copy)
    for use in (index.search, index.ask):
        with pytest.raises(qa.IndexCorrupt, match=f"{name} is not what was written"):
            use("洪水")
    assert qa.build(corpus, index_copy, encoder=tiny).manifest.files == index.manifest.files
    assert verify_index(index_copy) == []


def test_an_update_reads_the_large_parts_again_only_if_they_were_touched_or_found_damaged(
    large: None, corpus: Path, tiny: TinyEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    first = qa.build(corpus, folder, encoder=tiny)
    first.check()
    read: list[str] = []
    original = damage.sha256_of
    monkeypatch.setattr(damage, "sha256_of", lambda file: read.append(Path(file).name) or original(file))
    qa.build(corpus, folder, encoder=tiny).check()
    assert read.count("texts.bin") == 1  # by the index that was opened
    part = build_folder(folder) / "segment0" / "texts.bin"
    stamp = part.stat()
    flip(part)
    os.utime(part, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # as a disk flips a bit
    (problem,) = verify_index(folder)
    assert "texts.bin is not what was written" in problem
    mended = qa.build(corpus, folder, encoder=tiny)
    mended.check()
    assert mended.manifest.files == first.manifest.files
    assert verify_index(folder) == []


def test_one_text_is_one_name_or_one_turn_and_none_is_none(tiny_index: qa.Index) -> None:
    crest, after = "医生徐德纯是谁？", "他救治了多少病人？"
    completed = tiny_index.ask(after, history=[crest])
    assert completed.understood == "医生徐德纯救治了多少病人？"
    assert tiny_index.ask(after, history=crest) == completed
    assert tiny_index.ask(after, history=tiny_index.ask(crest)) == tiny_index.ask(after, history=[tiny_index.ask(crest)])
    assert tiny_index.ask(after, history=None) == tiny_index.ask(after)
    assert tiny_index.search(after, history=crest) == tiny_index.search(after, history=[crest])
    for within in ("river.txt", "notes"):
        assert tiny_index.search(crest, within=within) == tiny_index.search(crest, within=[within])
        assert tiny_index.ask(crest, within=within) == tiny_index.ask(crest, within=iter([within]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"question": 5}, "5: is not a question; give it as text"),
        ({"question": None}, "None: is not a question; give it as text"),
        ({"within": 5}, "5: is not a document's name; give names as python -m qa info lists them"),
        ({"within": ["river.txt", None]}, "None: is not a document's name; give names as python -m qa info lists them"),
        ({"within": "zh"}, "zh: no document and no folder of this index; python -m qa info lists them"),
        ({"history": 5}, "5: is not an earlier question or answer; give texts, or answers as `ask` gives them"),
        ({"history": ["a", b"b"]}, "b'b': is not an earlier question or answer; give texts, or answers as `ask` gives them"),
    ],
)
@pytest.mark.parametrize("verb", ["ask", "search"])
def test_what_is_no_question_name_or_turn_is_one_line(
    verb: str, arguments: dict[str, Any], message: str, tiny_index: qa.Index
) -> None:
    with pytest.raises(qa.QAError) as caught:
        getattr(tiny_index, verb)(**{"question": "洪水？", **arguments})
    assert str(caught.value) == message


def test_a_file_is_no_index_and_no_build_is_advised_that_would_be_refused(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("{}")
    with pytest.raises(qa.IndexNotFound) as caught:
        qa.open(tmp_path / "q.jsonl")
    assert str(caught.value) == (
        f"{tmp_path}/q.jsonl: is a file, not the folder of an index; name the folder that an index was built into"
    )
