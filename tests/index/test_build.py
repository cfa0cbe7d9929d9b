"""Updates: what changed is done, what did not is taken over, and the result is bit for bit that of a first build."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from filelock import FileLock
from test_index import QUESTIONS, answers_of, build_folder, contents, manifest_of, rewrite
from tiny import TinyEncoder

import qa
from qa.answers.citation import citation_of
from qa.answers.refusals import not_found
from qa.disk import sha256_of
from qa.index import assembly, earlier, intake, prepared, writing
from qa.index import build as building
from qa.index import verify as verify_module
from qa.index.publish import CACHE
from qa.index.verify import verify_index
from qa.search.vectors import QuestionVector

pytestmark = pytest.mark.usefixtures("one_line_a_passage")


class Counting(TinyEncoder):
    """Knows which texts of documents it embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        if progress is not None:
            self.texts += texts
        return super().encode_passages(texts, progress)


@pytest.fixture
def docs(corpus: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(corpus, tmp_path / "docs"))


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What builds read and cut into words, by name of the step. Files count as settled at once."""
    done: dict[str, list[str]] = {"read": [], "hashed": [], "words": []}

    def noting(module: Any, function: str, step: str) -> None:
        original = getattr(module, function)

        def run(first: str, *rest: Any) -> Any:
            done[step].append(os.path.basename(first) if step != "words" else first)
            return original(first, *rest)

        monkeypatch.setattr(module, function, run)

    noting(intake, "read_document", "read")
    noting(intake, "_digest", "hashed")
    noting(prepared, "tokenize", "words")
    monkeypatch.setattr(intake, "SETTLED", -(10**12))
    return done


def clear(work: dict[str, list[str]]) -> None:
    for steps in work.values():
        steps.clear()


def check_as_fresh(index: qa.Index, docs: Any, tmp_path: Path) -> None:
    """The index is bit for bit the one that a first build makes."""
    shutil.rmtree(tmp_path / "fresh", ignore_errors=True)
    fresh = qa.build(docs, tmp_path / "fresh", encoder=TinyEncoder())
    assert index.manifest.files == fresh.manifest.files
    assert index.manifest.documents == fresh.manifest.documents
    assert index.manifest.unread == fresh.manifest.unread
    assert answers_of(index) == answers_of(fresh)
    assert [index.paragraph(row) for row in range(index.size)] == [fresh.paragraph(row) for row in range(fresh.size)]


def test_a_build_with_nothing_changed_reads_nothing_and_writes_nothing(
    docs: Path, tmp_path: Path, work: dict[str, list[str]]
) -> None:
    first = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    state = {path: path.stat().st_mtime_ns for path in (tmp_path / "index").rglob("*") if path.name != ".lock"}
    clear(work)
    again = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert work == {"read": [], "hashed": [], "words": []}
    assert again.manifest == first.manifest
    shared = {path: path.stat().st_mtime_ns for path in state}
    assert {path: time for path, time in shared.items() if path.is_file()} == {p: t for p, t in state.items() if p.is_file()}
    assert first.is_current()


def change_one(docs: Path) -> None:
    (docs / "notes" / "market.txt").write_text("集市每逢三、六、九开市。\n山羊可以入内。\n")


def add_one(docs: Path) -> None:
    (docs / "aa.txt").write_text("火山爆发了。The volcano erupted.\n")


def delete_one(docs: Path) -> None:
    (docs / "river.txt").unlink()


def rename_one(docs: Path) -> None:
    (docs / "river.txt").rename(docs / "new.txt")


def move_all(docs: Path) -> None:
    (docs / "notes").rename(docs / "zettel")


def copy_one(docs: Path) -> None:
    shutil.copy(docs / "river.txt", docs / "copy.txt")


def delete_copy(docs: Path) -> None:
    (docs / "copy.txt").unlink()


def spoil_one(docs: Path) -> None:
    (docs / "river.txt").write_bytes(b"\x00\x01")


def touch_one(docs: Path) -> None:
    os.utime(docs / "river.txt")


@pytest.mark.parametrize(
    ("change", "read", "embedded"),
    [
        (change_one, ["market.txt"], ["market\n山羊可以入内。", "山羊可以入内。"]),
        (add_one, ["aa.txt"], ["火山爆发了。The volcano erupted.", "火山爆发了。", "The volcano erupted."]),
        (delete_one, [], []),
        (move_all, [], []),
        (spoil_one, ["river.txt"], []),
        (touch_one, [], []),
    ],
)
def test_an_update_does_what_changed_and_gives_what_a_first_build_gives(
    change: Callable[[Path], None], read: list[str], embedded: list[str], docs: Path, tmp_path: Path, work: dict[str, list[str]]
) -> None:
    old = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    before = answers_of(old)
    change(docs)
    clear(work)
    encoder = Counting()
    index = qa.build(docs, tmp_path / "index", encoder=encoder)
    assert work["read"] == read
    assert encoder.texts == embedded
    assert len(work["words"]) <= 5
    if embedded:
        report = index.manifest.report
        assert (report.embedded, report.unchanged, report.read) == (len(embedded), len(index.manifest.documents) - 1, 1)
    check_as_fresh(index, docs, tmp_path)
    assert answers_of(old) == before  # the old one, still open, goes on undisturbed
    assert old.is_current() == (change is touch_one)
    assert index.is_current()
    assert verify_index(tmp_path / "index") == []


@pytest.mark.parametrize(("change", "name"), [(rename_one, "new"), (copy_one, "copy")])
def test_a_document_with_a_new_name_is_embedded_under_it(
    change: Callable[[Path], None], name: str, docs: Path, tmp_path: Path, work: dict[str, list[str]]
) -> None:
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    change(docs)
    clear(work)
    encoder = Counting()
    index = qa.build(docs, tmp_path / "index", encoder=encoder)
    assert work["read"] == [f"{name}.txt"]
    assert encoder.texts == [f"{name}\n{index.paragraph(row).text}" for row in index.document_rows(f"{name}.txt")]
    check_as_fresh(index, docs, tmp_path)


def test_many_updates_in_a_row_stay_what_a_first_build_gives(docs: Path, tmp_path: Path) -> None:
    for change in (add_one, change_one, copy_one, rename_one, move_all, delete_copy, add_one):
        change(docs)
        index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    check_as_fresh(index, docs, tmp_path)


def test_a_deleted_document_is_nowhere_in_the_index(docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    delete_one(docs)
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert "river.txt" not in {hit.paragraph.source for question in QUESTIONS for hit in index.search(question, 50)}
    for file in (tmp_path / "index").rglob("*"):
        if file.is_file():
            assert "徐德纯".encode() not in file.read_bytes(), file
    assert index.store.lexical.idf("w洪峰") == index.store.lexical.idf("none")


def test_a_file_that_was_just_written_is_read_again_until_its_times_can_be_relied_on(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert first.manifest.stamps == {}
    monkeypatch.setattr(intake, "SETTLED", -(10**12))
    second = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert sorted(second.manifest.stamps) == ["notes/clinic.md", "notes/market.txt", "river.txt"]
    assert build_folder(tmp_path / "index") == next((tmp_path / "index").glob("build-*"))
    assert (second.manifest.files, second.manifest.report) == (first.manifest.files, first.manifest.report)
    assert len(list(build_folder(tmp_path / "index").glob("manifest-*"))) == 1


def test_a_file_over_the_limit_is_named_without_being_hashed(
    docs: Path, tmp_path: Path, work: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with (docs / "large.txt").open("wb") as stream:
        stream.truncate(3 * 2**20)
    monkeypatch.setenv("QA_LIMITS", "file_mb=2")
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.manifest.skipped == (f"{docs}/large.txt: is over 2 MiB; split it or raise the limit file_mb",)
    assert "large.txt" not in work["hashed"]
    monkeypatch.setenv("QA_LIMITS", "file_mb=nonsense")
    with pytest.raises(qa.QAError, match="QA_LIMITS"):
        qa.build(docs, tmp_path / "index", encoder=TinyEncoder())


def test_a_file_that_cannot_be_read_is_not_tried_again_while_it_stays_as_it_is(
    docs: Path, tmp_path: Path, work: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_one(docs)
    first = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    clear(work)
    add_one(docs)
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert work["read"] == ["aa.txt"]
    assert index.manifest.skipped == first.manifest.skipped != ()
    clear(work)
    for module in (earlier, intake, writing):
        monkeypatch.setattr(module, "abilities", lambda: "others")
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert work["read"] == ["river.txt"]
    clear(work)
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert work["read"] == []


def test_a_file_that_could_not_be_opened_is_tried_again(
    docs: Path, tmp_path: Path, work: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    with monkeypatch.context() as patch:
        patch.setattr(intake, "sha256_of", lambda path: refuse(path) if str(path).endswith("river.txt") else sha256_of(path))
        index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.manifest.skipped == (f"{docs}/river.txt: Permission denied; check the file and its permissions",)
    check_as_fresh(qa.build(docs, tmp_path / "index", encoder=TinyEncoder()), docs, tmp_path)


def test_equal_files_are_indexed_once_under_the_first_name(docs: Path, tmp_path: Path) -> None:
    copy_one(docs)
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    entry = next(entry for entry in index.manifest.documents if entry.also)
    assert (entry.source, entry.also, entry.sources) == ("copy.txt", ("river.txt",), ("copy.txt", "river.txt"))
    assert (index.manifest.report.files, index.manifest.report.duplicates) == (4, 1)
    row = next(row for row in range(index.size) if index.paragraph(row).source == "copy.txt")
    assert citation_of(index.store, 1, row, *index.store.sentence_span(0)).also == ("river.txt",)
    found = index.search("綦河洪峰水位是多少？", 50)
    assert len({hit.text for hit in found}) == len(found) - 1  # 人民至上 stands in two different documents
    assert index.verify_document("river.txt")
    (docs / "copy.txt").unlink()
    assert index.verify_document("river.txt")
    assert not index.verify_document("copy.txt")
    check_as_fresh(qa.build(docs, tmp_path / "index", encoder=TinyEncoder()), docs, tmp_path)


def test_several_sources_are_one_index(docs: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "river.txt").write_text("洪水又来了。\n")
    (tmp_path / "odd.xyz").write_text("?")
    index = qa.build([docs, tmp_path / "more", tmp_path / "odd.xyz"], tmp_path / "index", encoder=TinyEncoder())
    assert [entry.source for entry in index.manifest.documents] == [
        "docs/notes/clinic.md", "docs/notes/market.txt", "docs/river.txt", "more/river.txt",
    ]  # fmt: skip
    (reason,) = index.manifest.skipped
    assert reason.startswith(f"{tmp_path}/odd.xyz: .xyz is not a kind that is read; ")
    for row in range(index.size):
        paragraph = index.paragraph(row)
        assert citation_of(index.store, 1, row, paragraph.start, paragraph.end).verify()
    assert verify_index(tmp_path / "index") == []
    check_as_fresh(index, [docs, tmp_path / "more", tmp_path / "odd.xyz"], tmp_path)


def test_the_report_says_what_was_done(docs: Path, tmp_path: Path) -> None:
    copy_one(docs)
    (docs / "x.bin").write_bytes(b"")
    (docs / ".qaignore").write_text("*.md\n")
    report = qa.build(docs, tmp_path / "index", encoder=TinyEncoder()).manifest.report
    assert (report.files, report.read, report.unchanged, report.duplicates, report.skipped, report.ignored) == (4, 2, 0, 1, 1, 1)
    assert report.encodings == {"gb18030": 1, "utf-8": 1}
    assert report.texts == report.embedded > 10


def test_strict_takes_a_skipped_file_as_an_error_and_writes_nothing(docs: Path, tmp_path: Path) -> None:
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    add_one(docs)
    (docs / "x.pdf").write_bytes(b"")
    spoil_one(docs)
    with pytest.raises(qa.DocumentError, match=r"river\.txt: .* \(1 more were skipped\); nothing was written, as --strict asks$"):
        qa.build(docs, tmp_path / "index", encoder=TinyEncoder(), strict=True)
    assert index.is_current()
    assert contents(tmp_path / "index") == ["CURRENT", build_folder(tmp_path / "index").name]


def test_a_folder_of_something_else_is_no_place_for_an_index(docs: Path, tmp_path: Path) -> None:
    target = tmp_path / "mine"
    (target / "build-notes").mkdir(parents=True)
    (target / "build-notes" / "plan.txt").write_text("计划。\n")
    with pytest.raises(qa.QAError) as caught:
        qa.build(docs, target, encoder=TinyEncoder())
    assert str(caught.value) == (
        f"{target}: holds other files (build-notes) and no index; choose a new or empty folder for it with --index"
    )
    assert [str(path.relative_to(target)) for path in sorted(target.rglob("*"))] == ["build-notes", "build-notes/plan.txt"]


def test_what_may_lie_where_an_index_is_made(docs: Path, tmp_path: Path) -> None:
    target = tmp_path / "index"
    left = ("cache", ".building-x", "build-20260101T000000Z-0123abcd")  # by a first build that was killed
    for name in left:
        (target / name).mkdir(parents=True)
    (target / "README.md").write_text("What this is.\n")
    (target / ".gitkeep").write_text("")
    index = qa.build(docs, target, encoder=TinyEncoder())
    (target / "mine.txt").write_text("beside an index\n")
    (docs / "new.txt").write_text("火山爆发了。\n")
    qa.build(docs, target, encoder=TinyEncoder())
    assert not index.is_current()
    assert {"README.md", ".gitkeep", "mine.txt"} < set(os.listdir(target))


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EROFS, "it is on a disk that cannot be written to; copy it elsewhere or choose another folder with --index"),
        (errno.EACCES, "get permission to write there or choose another folder with --index"),
        (errno.ENOSPC, "free some space or choose another folder with --index"),
        (errno.EFBIG, "its file system, or ulimit -f, allows no file so large: choose another folder with --index"),
        (errno.EMFILE, "close other programs, or raise the limit of open files (ulimit -n), and run the command again"),
        (errno.ENFILE, "close other programs, or raise the limit of open files (ulimit -n), and run the command again"),
        (errno.ENOMEM, "close other programs to free memory, and run the command again"),
    ],
)
def test_what_an_index_cannot_be_written_for_has_its_own_remedy(
    number: int, remedy: str, docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *arguments: Any, **more: Any) -> None:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(qa.QAError) as caught:
        qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert str(caught.value) == (
        f"{tmp_path}/index: {os.strerror(number)}; the index was not written and what was there is unchanged; {remedy}"
    )


def test_a_file_that_changes_while_it_is_read_is_read_again_or_named(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = intake.read_document
    changes = {"river.txt": 1, "clinic.md": 99}

    def changing(path: str, source: str) -> qa.Document:
        name = os.path.basename(path)
        if changes.get(name, 0) > 0:
            changes[name] -= 1
            with open(path, "a") as stream:
                stream.write("洪水又涨了。\n")
        return original(path, source)

    monkeypatch.setattr(intake, "read_document", changing)
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.manifest.skipped == (f"{docs}/notes/clinic.md: changes while it is read; build again when it is finished",)
    assert "洪水又涨了。" in {index.paragraph(row).text for row in range(index.size)}
    assert verify_index(tmp_path / "index") == []


@pytest.mark.parametrize("left", [1000, 20_000, 60_000])
def test_a_disk_that_is_full_at_any_point_leaves_the_old_index(left: int, docs: Path, tmp_path: Path) -> None:
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    (docs / "new.txt").write_text("".join(f"第{i}座火山爆发了。\n" for i in range(300)))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, left))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]; import qa, tiny\n"
        "try: qa.build(*sys.argv[3:], encoder=tiny.TinyEncoder())\n"
        "except qa.QAError as error: print(error)"
    )
    command = [sys.executable, "-c", program, str(ROOT), str(ROOT / "tests"), str(docs), str(tmp_path / "index")]
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert "the index was not written and what was there is unchanged" in done.stdout
    assert index.is_current()
    assert answers_of(qa.open(tmp_path / "index", encoder=TinyEncoder())) == answers_of(index)
    check_as_fresh(qa.build(docs, tmp_path / "index", encoder=TinyEncoder()), docs, tmp_path)


def test_a_second_builder_waits_and_says_so_or_is_told(docs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    told: list[tuple[str, int, int]] = []
    waiting = threading.Event()

    def progress(*step: Any) -> None:
        told.append(step)
        waiting.set()

    with FileLock(folder / ".lock"):
        with pytest.raises(qa.QAError, match="another build of this index is running"):
            qa.build(docs, folder, encoder=TinyEncoder(), wait=False)
        second = threading.Thread(target=qa.build, args=(docs, folder, None, progress, TinyEncoder()))
        second.start()
        assert waiting.wait(60)
    second.join()
    assert told[:2] == [("waiting for another build of this index", n, 1) for n in (0, 1)]
    assert qa.open(folder, encoder=TinyEncoder()).size > 10


def test_the_work_of_the_build_that_was_waited_for_is_not_told_as_the_second_ones(docs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    qa.build(docs, tmp_path / "first", encoder=TinyEncoder())
    folder.mkdir()
    waiting = threading.Event()
    made: list[tuple[qa.Index, bool]] = []
    with FileLock(folder / ".lock"):
        options = building.BuildOptions(progress=lambda *step: waiting.set(), encoder=TinyEncoder())
        second = threading.Thread(target=lambda: made.append(building.bring_up_to_date(docs, folder, options)))
        second.start()
        assert waiting.wait(60)
        shutil.copytree(tmp_path / "first", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".lock"))
    second.join()
    assert [(index.size > 10, changed) for index, changed in made] == [(True, False)]
    (docs / "new.txt").write_text("火山爆发了。\n")
    assert building.bring_up_to_date(docs, folder, building.BuildOptions(encoder=TinyEncoder()))[1] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"documents": [{"source": "../../etc/passwd", "sha256": "", "encoding": "", "characters": 0, "passages": 0, "also": []}]},
        {"documents": [{"source": "a", "sha256": "", "encoding": "", "characters": 0, "passages": 0, "also": ["/etc/passwd"]}]},
        {"files": {"../../../etc/passwd": [1, "0"]}},
        {"files": {"/etc/passwd": [1, "0"]}},
        {"roots": []},
        {"documents": [1]},
        {"files": []},
    ],
)
def test_a_hostile_manifest_leads_nowhere(changes: dict[str, Any], index_copy: Path) -> None:
    rewrite(index_copy, **changes)
    with pytest.raises(qa.IndexCorrupt) as caught:
        qa.open(index_copy, encoder=TinyEncoder())
    assert str(caught.value).isprintable()


WRONG: tuple[Any, ...] = (None, -1, 10**30, 1.5, "x", "", [], [1], {}, {"a": 1}, [["a"]], True, "\ud800")


def test_a_manifest_with_any_value_of_another_kind_is_one_line_or_opens(index_copy: Path) -> None:
    stored = json.loads(manifest_of(index_copy).read_text())
    outcomes = set()
    places = [(key,) for key in stored]
    places += [(key, inner) for key in ("report", "stamps", "files") for inner in stored[key]]
    places += [("roots", 0, inner) for inner in stored["roots"][0]]
    places += [("documents", 0, inner) for inner in stored["documents"][0]]
    for place in places:
        for wrong in WRONG:
            changed = json.loads(json.dumps(stored))
            holder = changed
            for step in place[:-1]:
                holder = holder[step]
            holder[place[-1]] = wrong
            rewrite(index_copy, **changed)
            try:
                verify_all(qa.open(index_copy, encoder=TinyEncoder()))
                outcomes.add("opens")
            except qa.QAError as error:
                outcomes.add(type(error).__name__ if str(error).isprintable() else "several lines")
    assert outcomes <= {"opens", "IndexCorrupt", "IndexMismatch"}
    rewrite(index_copy, **stored)
    assert qa.open(index_copy, encoder=TinyEncoder()).size > 10


@pytest.mark.parametrize("pointer", [b"../build-1 %s\n", b"build-1/../.. %s\n", b"\xff\n", b"build-1\n", b"build-1 zz\n"])
def test_a_hostile_pointer_leads_nowhere(pointer: bytes, index_copy: Path) -> None:
    digest = (index_copy / "CURRENT").read_bytes().split()[1]
    (index_copy / "CURRENT").write_bytes(pointer.replace(b"%s", digest))
    with pytest.raises(qa.IndexCorrupt):
        qa.open(index_copy, encoder=TinyEncoder())


def test_an_index_of_the_first_format_is_named_as_older_and_built_anew(index_copy: Path, corpus: Path) -> None:
    rewrite(index_copy, format=1, root=str(corpus))
    manifest_of_old = sorted(build_folder(index_copy).glob("manifest-*"), key=lambda file: file.stat().st_mtime_ns)[-1]
    manifest_of_old.rename(manifest_of_old.with_name("manifest.json"))
    with pytest.raises(qa.IndexMismatch, match="was made by an older version of this program"):
        qa.open(index_copy, encoder=TinyEncoder())
    qa.build(corpus, index_copy, encoder=TinyEncoder())
    assert verify_index(index_copy) == []
    assert manifest_of(index_copy).exists()


def verify_all(index: qa.Index) -> dict[str, qa.Verification]:
    return {entry.source: index.verify_document(entry.source) for entry in index.manifest.documents}


def test_a_document_that_changed_is_known_without_reading_the_others(
    docs: Path, tmp_path: Path, work: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    hashed: list[str] = []
    original = verify_module.sha256_of
    monkeypatch.setattr(verify_module, "sha256_of", lambda path: hashed.append(os.path.basename(path)) or original(path))
    assert all(verify_all(index).values())
    assert hashed == []
    change_one(docs)
    touch_one(docs)
    verified = verify_all(index)
    assert {source: bool(state) for source, state in verified.items()} == {
        "notes/clinic.md": True, "notes/market.txt": False, "river.txt": True,
    }  # fmt: skip
    assert verified["notes/market.txt"].reason == f"{docs}/notes/market.txt: has changed since it was indexed"
    assert hashed == ["market.txt", "river.txt"]
    assert not index.verify_document("../x")


def test_another_model_builds_anew_and_the_first_ones_vectors_are_still_there_when_it_comes_back(
    docs: Path, tmp_path: Path
) -> None:
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert qa.build(docs, tmp_path / "index", encoder=TinyEncoder("tiny-2")).manifest.report.embedded > 10
    back = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert (back.manifest.report.embedded, back.manifest.report.read) == (0, 3)
    assert len(list((tmp_path / "index" / CACHE).iterdir())) == 2


def test_centred_vectors_do_not_depend_on_how_many_are_handled_at_a_time(
    docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = qa.build(docs, tmp_path / "one", encoder=TinyEncoder())
    monkeypatch.setattr(assembly, "VECTORS_HELD", 3)
    other = qa.build(docs, tmp_path / "other", encoder=TinyEncoder())
    rows = np.arange(one.size)
    vector = QuestionVector(TinyEncoder().encode_queries(["洪水"])[0])
    assert np.allclose(one.store.dense.scores(vector, rows), other.store.dense.scores(vector, rows), atol=1e-6)


def test_permission_lost_is_one_line(docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    add_one(docs)

    def refuse(*arguments: Any, **options: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "index"))

    with monkeypatch.context() as patch:
        patch.setattr(building.tempfile, "mkdtemp", refuse)
        with pytest.raises(qa.QAError, match="Permission denied; the index was not written and what was there is unchanged"):
            qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.is_current()


def test_marks_are_taken_over_with_their_documents(docs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = intake.read_document

    def marked(path: str, source: str) -> qa.Document:
        document = original(path, source)
        marks = [qa.Mark(at, "page", n, source) for n, at in enumerate(range(0, len(document.text), 20), 1)]
        return replace(document, marks=tuple(marks[1:]))

    monkeypatch.setattr(intake, "read_document", marked)
    qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    add_one(docs)
    delete_one(docs)
    index = qa.build(docs, tmp_path / "index", encoder=TinyEncoder())
    assert index.manifest.report.unchanged == 2
    assert len({index.paragraph(row).mark for row in range(index.size)}) == 3
    check_as_fresh(index, docs, tmp_path)


@pytest.mark.parametrize("left", [{}, {"a.txt": "……\n"}, {"a.pdf": "甲"}])
def test_an_index_whose_documents_have_all_gone_answers_nothing(left: dict[str, str], docs: Path, tmp_path: Path) -> None:
    tiny = TinyEncoder()
    folder = tmp_path / "index"
    qa.build(docs, folder, encoder=tiny)
    shutil.rmtree(docs)
    docs.mkdir()
    for name, text in left.items():
        (docs / name).write_text(text)
    index = qa.build(docs, folder, encoder=tiny)
    assert (index.size, index.manifest.documents, index.manifest.sentences) == (0, (), 0)
    assert len(index.manifest.skipped) == len(left)
    assert index.search("綦河洪峰水位是多少？") == []
    answer = index.ask("綦河洪峰水位是多少？", history=["谁救治了病人？"])
    assert (answer.found, answer.confidence, answer.citations, answer.hits) == (False, 0.0, (), ())
    language = index.store.means.names[index.store.means.question_language(tiny.encode_queries(["綦河洪峰水位是多少？"])[0])]
    assert answer.text == not_found("綦河洪峰水位是多少？", language)
    assert index.ask("？").text == "请输入一个问题。"
    with pytest.raises(qa.DocumentError, match="no document and no folder"):
        index.ask("洪水？", within=["river.txt"])
    assert verify_index(folder) == []
    held = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    assert "綦河洪峰水位".encode() not in held
    before = contents(folder)
    assert qa.build(docs, folder, encoder=tiny).size == 0
    assert contents(folder) == before
    (docs / "new.txt").write_text("火山爆发了。\n")
    check_as_fresh(qa.build(docs, folder, encoder=tiny), docs, tmp_path)


def test_a_folder_named_by_mistake_does_not_empty_an_index(docs: Path, tmp_path: Path) -> None:
    tiny = TinyEncoder()
    size = qa.build(docs, tmp_path / "index", encoder=tiny).size
    (tmp_path / "docks").mkdir()
    with pytest.raises(qa.DocumentError, match="holds no document that can be read; put documents there"):
        qa.build(tmp_path / "docks", tmp_path / "index", encoder=tiny)
    assert qa.open(tmp_path / "index", encoder=tiny).size == size
