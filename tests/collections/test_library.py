"""Collections: files put in and taken out, their indexes brought up to date in the background, and what survives a kill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from tiny import TinyEncoder

import qa
from qa.collections import collection
from qa.collections.collection import CollectionEmpty
from qa.collections.home import DEFAULT
from qa.collections.library import Library
from qa.errors import QAError
from qa.progress import Step


class Waiting(TinyEncoder):
    """Embeds nothing until it is let go; `began` is set when something is to be embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.go = threading.Event(), threading.Event()
        self.go.set()

    def encode_passages(self, texts: Any, progress: Any = None) -> Any:
        if progress is not None:
            progress(0)
            self.began.set()
            assert self.go.wait(60)
        return super().encode_passages(texts, progress)


@pytest.fixture
def seeds(corpus: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(corpus, tmp_path / "seeds"))


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


@pytest.fixture
def library(seeds: Path, tmp_path: Path, waiting: Waiting) -> Iterator[Library]:
    library = Library(tmp_path / "home", seeds, tmp_path / "index", encoder=waiting)
    library.prepare()
    waiting.began.clear()
    yield library
    waiting.go.set()
    assert library.wait(60)


def put(library: Library, tmp_path: Path, name: str, data: bytes | str, slug: str | None = None) -> Any:
    file = tmp_path / "upload"
    file.write_bytes(data if isinstance(data, bytes) else data.encode())
    (task,) = library.add([(file, name)], slug)
    return task


def sources(library: Library, slug: str | None = None) -> list[str]:
    return [document.source for document in library.documents(slug)]


def reopened(library: Library, tmp_path: Path, seeds: Path) -> Library:
    again = Library(library.home, seeds, tmp_path / "index", encoder=TinyEncoder())
    again.prepare()
    again.resume()
    assert again.wait(60)
    return again


OWN = ["notes/clinic.md", "notes/market.txt", "river.txt"]


# -- the first collection -----------------------------------------------------------------------------------------------


def test_the_first_collection_is_the_users_folder_and_its_documents_keep_their_names(library: Library, tmp_path: Path) -> None:
    (info,) = library.collections()
    assert (info.slug, info.name, info.documents, info.state) == (DEFAULT, "", 3, "ready")
    assert sources(library) == OWN
    river = library.documents()[-1]
    assert (river.kind, river.encoding, river.put_in, river.problem) == ("TXT", "utf-8", False, None)
    task = put(library, tmp_path, "volcano.txt", "火山爆发了。\n")
    assert (task.state, task.source) == ("waiting", "uploaded/volcano.txt")
    assert library.wait(60)
    assert sources(library) == [*OWN, "uploaded/volcano.txt"]
    assert library.index().search("火山", 1)[0].text == "火山爆发了。"
    assert (library.collections()[0].documents, library.collections()[0].state) == (4, "ready")
    citation = library.index().ask("火山爆发了吗？", threshold=0).citations[0]
    assert citation.verify()
    assert not (tmp_path / "seeds" / "volcano.txt").exists()


def test_a_home_named_from_the_working_folder_is_the_same_as_one_named_in_full(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    library = Library("home", seeds, "index", encoder=TinyEncoder())
    library.prepare()
    put(library, tmp_path, "volcano.txt", "火山爆发了。\n")
    assert library.wait(60)
    assert [task.state for task in library.activity().tasks] == ["done"]
    for opened in (library, reopened(library, tmp_path, seeds)):
        assert sources(opened) == [*OWN, "uploaded/volcano.txt"]
        assert [document.put_in for document in opened.documents()] == [False, False, False, True]


def test_an_index_made_of_other_folders_stays_what_it_was_made_of(library: Library, seeds: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.txt").write_text("别的东西。\n")
    again = Library(library.home, other, tmp_path / "index", encoder=TinyEncoder())
    again.prepare()
    put(again, tmp_path, "volcano.txt", "火山爆发了。\n")
    assert again.wait(60)
    assert sources(again) == [*OWN, "uploaded/volcano.txt"]


def test_an_empty_folder_is_an_empty_collection_until_the_first_document(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    library = Library(tmp_path / "home", tmp_path / "seeds", tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    assert library.collections()[0].state == "empty"
    assert library.documents() == ()
    with pytest.raises(CollectionEmpty, match="holds no documents yet"):
        library.index()
    put(library, tmp_path, "a.txt", "洪水退去。\n")
    assert library.wait(60)
    assert library.index().search("洪水", 1)[0].paragraph.source == "uploaded/a.txt"
    assert reopened(library, tmp_path, tmp_path / "seeds").collections()[0].state == "ready"


def test_a_collection_that_another_program_emptied_and_filled_again(library: Library, seeds: Path, tmp_path: Path) -> None:
    saved = shutil.copytree(seeds, tmp_path / "saved")
    shutil.rmtree(seeds)
    seeds.mkdir()
    qa.build(seeds, tmp_path / "index", encoder=TinyEncoder())
    with pytest.raises(CollectionEmpty, match="holds no documents yet"):
        library.index()
    assert (library.collections()[0].state, library.documents()) == ("empty", ())
    shutil.copytree(saved, seeds, dirs_exist_ok=True)
    qa.build(seeds, tmp_path / "index", encoder=TinyEncoder())
    assert sources(library) == OWN
    assert library.collections()[0].state == "ready"


def test_the_last_file_taken_out_of_a_collection_leaves_its_index(library: Library, tmp_path: Path) -> None:
    slug = library.create("papers")
    put(library, tmp_path, "a.txt", "火山爆发了。\n", slug)
    assert library.wait(60)
    library.remove(["a.txt"], slug)
    assert library.wait(60)
    with pytest.raises(CollectionEmpty):
        library.index(slug)
    assert qa.open(tmp_path / "home" / "collections" / slug / "index", encoder=TinyEncoder()).size == 0


def test_documents_that_came_into_an_empty_folder_are_found_at_the_next_start(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    library = Library(tmp_path / "home", seeds, tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    (seeds / "a.txt").write_text("洪水退去。\n")
    assert sources(reopened(library, tmp_path, seeds)) == ["a.txt"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(QAError, match="no such file or folder"):
        Library(tmp_path / "home", tmp_path / "none", tmp_path / "index", encoder=TinyEncoder()).prepare()


def test_a_folder_named_like_the_one_for_added_files_keeps_its_names_apart(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    (seeds / "uploaded").mkdir(parents=True)
    (seeds / "uploaded" / "a.txt").write_text("洪水退去。\n")
    library = Library(tmp_path / "home", seeds, tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert library.wait(60)
    index = library.index()
    assert {index.paragraph(row).text: index.verify_document(index.paragraph(row).source).ok for row in range(index.size)} == {
        "洪水退去。": True,
        "火山爆发了。": True,
    }


# -- putting in ---------------------------------------------------------------------------------------------------------


def test_what_becomes_of_files_is_told_one_by_one(library: Library, waiting: Waiting, tmp_path: Path) -> None:
    waiting.go.clear()
    first = put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert waiting.began.wait(60)
    activity = library.activity()
    assert activity.running
    assert activity.step is Step.EMBEDDING
    assert [(task.id, task.state) for task in activity.tasks] == [(first.id, "indexing")]
    assert library.collections()[0].state == "building"
    assert sources(library) == OWN  # the old index, meanwhile
    assert library.index().ask("洪峰水位是多少？", threshold=0).found
    second = put(library, tmp_path, "b.txt", "地震来了。\n")
    third = put(library, tmp_path, "bad.pdf", b"%PDF-1.4 nothing")
    states = {task.id: task.state for task in library.activity().tasks}
    assert states == {first.id: "indexing", second.id: "waiting", third.id: "waiting"}
    waiting.go.set()
    assert library.wait(60)
    done = {task.id: task for task in library.activity().tasks}
    assert (done[first.id].state, done[first.id].passages) == ("done", 1)
    assert done[second.id].state == "done"
    assert done[third.id].state == "unread"
    assert str(done[third.id].reason).startswith("bad.pdf: is a damaged PDF")
    assert not library.activity().running
    assert sources(library) == [*OWN, "uploaded/a.txt", "uploaded/b.txt", "uploaded/bad.pdf"]
    problem = library.documents()[-1]
    assert str(problem.problem) == str(done[third.id].reason)
    assert problem.put_in


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.zip", b"PK\x05\x06", "a.zip: is a damaged container; save it again"),
        ("../../a.exe", b"MZ", "a.exe: .exe is not a kind that is read"),
        ("a.txt", b"", "a.txt: is empty"),
        ("b.pdf", b"text", "b.pdf: its name says PDF, but its contents do not"),
    ],
)
def test_what_no_reader_reads_is_not_taken(library: Library, tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    task = put(library, tmp_path, name, data)
    assert task.state == "refused"
    assert str(task.reason).startswith(reason)
    assert not library.activity().running
    assert library.activity().tasks == (task,)
    folder = next((library.home / "default").iterdir())
    assert list((folder / "incoming").iterdir()) == []
    assert not (folder / "documents").exists()


def test_a_file_over_the_limit_is_not_taken(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LIMITS", "file_mb=1")
    task = put(library, tmp_path, "a.txt", b"a" * (2**20 + 1))
    assert (task.state, str(task.reason)) == ("refused", "a.txt: is over 1 MiB; split it or raise the limit file_mb")


def test_a_disk_that_is_full_is_one_line(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    task = put(library, tmp_path, "a.txt", "火山。\n")
    assert task.state == "refused"
    assert str(task.reason).startswith("a.txt: No space left on device; it was not added")
    assert sources(library) == OWN


def test_the_same_bytes_are_not_taken_twice(library: Library, seeds: Path, tmp_path: Path) -> None:
    task = put(library, tmp_path, "copy.txt", (seeds / "river.txt").read_bytes())
    assert (task.state, task.source) == ("known", "river.txt")
    assert not library.activity().running


def test_names_that_collide_are_numbered(library: Library, tmp_path: Path) -> None:
    first = put(library, tmp_path, "报告.txt", "火山爆发了。\n")
    second = put(library, tmp_path, "../报告.txt", "地震来了。\n")
    assert (first.source, second.source) == ("uploaded/报告.txt", "uploaded/报告 (2).txt")
    assert library.wait(60)
    assert sources(library) == [*OWN, "uploaded/报告 (2).txt", "uploaded/报告.txt"]


def test_a_build_that_fails_leaves_the_old_index_and_says_why(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise QAError("collections.not_changed", "index", reason=OSError(28, ""))

    with monkeypatch.context() as patched:
        patched.setattr(collection, "build", fail)
        put(library, tmp_path, "a.txt", "火山爆发了。\n")
        assert library.wait(60)
    activity = library.activity()
    assert (activity.running, str(activity.trouble)) == (False, "index: No space left on device; nothing was changed")
    assert activity.tasks[0].state == "waiting"
    assert library.collections()[0].state == "failed"
    assert sources(library) == OWN
    library.refresh()
    assert library.wait(60)
    assert library.activity().tasks[0].state == "done"
    assert library.collections()[0].state == "ready"
    assert sources(library) == [*OWN, "uploaded/a.txt"]


def test_many_files_at_once_are_few_builds(
    library: Library, waiting: Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builds = []
    original = collection.build

    def counting(*arguments: Any, **options: Any) -> Any:
        builds.append(1)
        return original(*arguments, **options)

    monkeypatch.setattr(collection, "build", counting)
    waiting.go.clear()
    put(library, tmp_path, "0.txt", "火山爆发了。\n")
    assert waiting.began.wait(60)

    def add(number: int) -> None:
        file = tmp_path / f"up{number}"
        file.write_text(f"第{number}号地震来了。\n")
        library.add([(file, f"{number}.txt")])

    threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    waiting.go.set()
    assert library.wait(60)
    assert len(builds) == 2
    assert {task.state for task in library.activity().tasks} == {"done"}
    assert len(library.activity().tasks) == 9
    assert len(sources(library)) == 12


def test_an_index_that_is_open_stays_usable_after_the_next_one(library: Library, tmp_path: Path) -> None:
    old = library.index()
    texts = [old.paragraph(row).text for row in range(old.size)]
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert library.wait(60)
    assert library.index() is not old
    assert [old.paragraph(row).text for row in range(old.size)] == texts
    assert old.ask("洪峰水位是多少？", threshold=0).citations[0].source == "river.txt"


def test_an_index_that_another_program_built_is_taken_up(library: Library, seeds: Path, tmp_path: Path) -> None:
    (seeds / "new.txt").write_text("火山爆发了。\n")
    qa.build(seeds, tmp_path / "index", encoder=TinyEncoder())
    assert library.index().search("火山", 1)[0].paragraph.source == "new.txt"
    assert library.collections()[0].documents == 4


@pytest.mark.parametrize("gone", [False, True])
def test_the_words_that_an_index_was_built_with_stay_in_it(tmp_path: Path, seeds: Path, gone: bool) -> None:
    words = tmp_path / "words.txt"
    words.write_text("徐德纯救治 9 n\n")
    built = qa.build(seeds, tmp_path / "index", encoder=TinyEncoder(), user_dict=words)
    if gone:
        words.unlink()
    library = Library(tmp_path / "home", seeds, tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    for name in ("a.txt", "b.txt"):
        put(library, tmp_path, name, f"火山爆发了{name}。\n")
        assert library.wait(60)
    assert (
        library.index().manifest.tokenizer
        == built.manifest.tokenizer
        != qa.build(seeds, tmp_path / "x", encoder=TinyEncoder()).manifest.tokenizer
    )
    assert len(sources(library)) == 5


# -- taking out ---------------------------------------------------------------------------------------------------------


def test_a_users_own_file_is_left_out_and_stays_where_it_is(library: Library, seeds: Path, tmp_path: Path) -> None:
    ids = library.remove(["river.txt"])
    assert sources(library) == OWN[:2]
    assert library.wait(60)
    assert (seeds / "river.txt").exists()
    assert [entry.source for entry in library.index().manifest.documents] == OWN[:2]
    assert [(entry.id, entry.source) for entry in library.removed()] == [(ids[0], "river.txt")]
    again = reopened(library, tmp_path, seeds)
    assert sources(again) == OWN[:2]
    assert again.put_back(ids) == ("river.txt",)
    assert again.wait(60)
    assert sources(again) == OWN
    assert again.removed() == ()


def test_a_copy_goes_to_the_trash_and_comes_back(library: Library, tmp_path: Path) -> None:
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert library.wait(60)
    ids = library.remove(["uploaded/a.txt"])
    assert library.wait(60)
    assert sources(library) == OWN
    folder = next((library.home / "default").iterdir())
    assert list((folder / "documents").iterdir()) == []
    assert [file.read_text() for file in (folder / "trash").iterdir()] == ["火山爆发了。\n"]
    other = put(library, tmp_path, "a.txt", "另一座火山。\n")
    assert library.wait(60)
    assert other.source == "uploaded/a.txt"
    assert library.put_back(ids) == ("uploaded/a (2).txt",)
    assert library.wait(60)
    assert sources(library) == [*OWN, "uploaded/a (2).txt", "uploaded/a.txt"]
    assert list((folder / "trash").iterdir()) == []


def test_all_names_of_a_document_are_taken_out(library: Library, seeds: Path) -> None:
    (seeds / "twin.txt").write_bytes((seeds / "river.txt").read_bytes())
    library.refresh()
    assert library.wait(60)
    assert library.documents()[-1].also == ("twin.txt",)
    ids = library.remove(["river.txt"])
    assert library.wait(60)
    assert [entry.source for entry in library.index().manifest.documents] == OWN[:2]
    assert len(ids) == 2


def test_a_file_of_the_same_content_is_taken_out_alone(library: Library, seeds: Path) -> None:
    (seeds / "twin.txt").write_bytes((seeds / "river.txt").read_bytes())
    library.refresh()
    assert library.wait(60)
    library.remove(["twin.txt"])
    assert library.wait(60)
    assert [(entry.source, entry.also) for entry in library.documents()] == [(name, ()) for name in OWN]
    assert [entry.source for entry in library.removed()] == ["twin.txt"]


def test_the_last_document_taken_out_leaves_an_empty_collection(library: Library, tmp_path: Path, seeds: Path) -> None:
    ids = library.remove(OWN)
    assert library.wait(60)
    assert library.collections()[0].state == "empty"
    with pytest.raises(CollectionEmpty):
        library.index()
    assert qa.open(tmp_path / "index", encoder=TinyEncoder()).size == 0  # nor does the command line answer from what was there
    again = reopened(library, tmp_path, seeds)
    assert again.collections()[0].state == "empty"
    again.put_back(ids)
    assert again.wait(60)
    assert sources(again) == OWN


def test_what_is_not_there_cannot_be_taken_out(library: Library) -> None:
    with pytest.raises(QAError, match="none of these documents"):
        library.remove(["../../etc/passwd", "nowhere.txt"])
    assert library.removed() == ()


def test_a_file_that_is_not_read_can_be_taken_out(library: Library, tmp_path: Path) -> None:
    put(library, tmp_path, "bad.pdf", b"%PDF-1.4 nothing")
    assert library.wait(60)
    library.remove(["uploaded/bad.pdf"])
    assert library.wait(60)
    assert sources(library) == OWN


def test_the_trash_is_emptied_after_its_time(library: Library, tmp_path: Path, seeds: Path) -> None:
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert library.wait(60)
    library.remove(["uploaded/a.txt", "river.txt"])
    assert library.wait(60)
    folder = library.collection().folder
    record = folder.tidy(folder.read(), now=time.time() + 30 * 86_400 - 60)
    assert len(record.removed) == 2
    record = folder.tidy(record, now=time.time() + 30 * 86_400 + 60)
    assert [entry.source for entry in record.removed] == ["river.txt"]  # a user's own file stays left out
    assert list((folder.folder / "trash").iterdir()) == []


# -- other collections --------------------------------------------------------------------------------------------------


def test_a_collection_has_its_own_documents_and_index(library: Library, tmp_path: Path, seeds: Path) -> None:
    slug = library.create("旅行 Travel")
    assert slug == "travel"
    assert [(info.name, info.state) for info in library.collections()] == [("", "ready"), ("旅行 Travel", "empty")]
    with pytest.raises(CollectionEmpty):
        library.index(slug)
    task = put(library, tmp_path, "river.txt", "火山爆发了。\n", slug)
    assert task.source == "river.txt"
    assert library.wait(60)
    assert [hit.text for hit in library.index(slug).search("洪峰水位", 5)] == ["火山爆发了。"]
    assert sources(library) == OWN
    again = reopened(library, tmp_path, seeds)
    assert again.collections()[1].passages == 1
    assert sources(again, slug) == ["river.txt"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [("", "at most 60"), ("x" * 61, "at most 60"), ("a\nb", "one line"), ("\u202ea", "one line"), ("ＴＲＡＶＥＬ", "already")],
)
def test_names_that_cannot_be(library: Library, name: str, reason: str) -> None:
    library.create("travel")
    with pytest.raises(QAError, match=reason):
        library.create(name)


def test_slugs_are_plain_and_each_its_own(library: Library) -> None:
    assert [library.create(name) for name in ("食谱", "菜单", "../etc", "Default")] == [
        "collection", "collection-2", "etc", "default-2",
    ]  # fmt: skip


@pytest.mark.parametrize("slug", ["none", "..", "../home", "a/b", ""])
def test_a_collection_that_is_not_there(library: Library, slug: str) -> None:
    if slug:
        with pytest.raises(QAError, match="no such collection"):
            library.index(slug)
        with pytest.raises(QAError, match="no such collection"):
            library.documents(slug)
    with pytest.raises(QAError, match="no such collection"):
        library.rename(slug, "x")


def test_a_collection_is_renamed_deleted_and_restored(library: Library, tmp_path: Path) -> None:
    slug = library.create("甲")
    put(library, tmp_path, "a.txt", "火山爆发了。\n", slug)
    assert library.wait(60)
    library.rename(slug, "乙")
    token = library.delete(slug)
    assert [info.name for info in library.collections()] == [""]
    other = library.create("乙")
    restored = library.restore_collection(token)
    assert [info.name for info in library.collections()] in (["", "乙", "乙 (on-2)"], ["", "乙 (on-2)", "乙"])
    assert restored != other
    assert sources(library, restored) == ["a.txt"]
    assert library.index(restored).ask("火山爆发了吗？", threshold=0).citations[0].verify()
    with pytest.raises(QAError, match="no longer in the bin"):
        library.restore_collection(token)
    with pytest.raises(QAError, match="no longer in the bin"):
        library.restore_collection("../collections/x")
    with pytest.raises(QAError, match="cannot be deleted"):
        library.delete(DEFAULT)


def test_a_damaged_index_of_a_collection_is_built_anew(library: Library, tmp_path: Path, seeds: Path) -> None:
    slug = library.create("甲")
    put(library, tmp_path, "a.txt", "火山爆发了。\n", slug)
    assert library.wait(60)
    (part,) = (library.home / "collections" / slug / "index").glob("build-*/*/texts.bin")
    part.write_bytes(b"x" * part.stat().st_size)
    again = Library(library.home, seeds, tmp_path / "index", encoder=TinyEncoder())
    again.prepare()
    with pytest.raises(qa.IndexCorrupt):
        again.index(slug)
    assert again.wait(60)
    assert again.index(slug).search("火山", 1)[0].text == "火山爆发了。"


def test_a_record_that_cannot_be_read_is_told_and_the_others_go_on(library: Library, tmp_path: Path, seeds: Path) -> None:
    slug = library.create("甲")
    (library.home / "collections" / slug / "collection.json").write_text("{")
    again = reopened(library, tmp_path, seeds)
    first, second = again.collections()
    assert first.state == "ready"
    assert (second.slug, second.state) == (slug, "failed")
    assert "collection.json: is not what was written" in str(second.trouble)


# -- stopping and killing -----------------------------------------------------------------------------------------------


def test_a_program_that_ends_gives_up_the_build_and_the_next_one_goes_on(
    library: Library, waiting: Waiting, tmp_path: Path, seeds: Path
) -> None:
    waiting.go.clear()
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert waiting.began.wait(60)
    closing = threading.Thread(target=library.close)
    closing.start()
    waiting.go.set()
    closing.join(60)
    assert not closing.is_alive()
    assert sources(reopened(library, tmp_path, seeds)) == [*OWN, "uploaded/a.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_process_leaves_what_the_next_one_goes_on_from(library: Library, tmp_path: Path, seeds: Path) -> None:
    """Killed in the middle of its build: the file it took is indexed by the next start."""
    program = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "import time, tiny\n"
        "from qa.collections.library import Library\n"
        "class Slow(tiny.TinyEncoder):\n"
        "    def encode_passages(self, texts, progress=None):\n"
        "        if progress is not None:\n"
        "            print('embedding', flush=True); time.sleep(600)\n"
        "        return super().encode_passages(texts, progress)\n"
        "library = Library(*sys.argv[3:6], encoder=Slow()); library.prepare()\n"
        "library.add([(sys.argv[6], 'new.txt')]); library.wait()\n"
    )
    (tmp_path / "new").write_text("火山爆发了。\n")
    command = [sys.executable, "-c", program, str(ROOT), str(ROOT / "tests")]
    places = [str(library.home), str(seeds), str(tmp_path / "index"), str(tmp_path / "new")]
    with subprocess.Popen([*command, *places], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "embedding\n"
        process.send_signal(signal.SIGKILL)
        process.wait(60)
    again = reopened(library, tmp_path, seeds)
    assert sources(again) == [*OWN, "uploaded/new.txt"]
    assert not again.activity().trouble


def test_a_removal_that_was_cut_short_is_finished(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert library.wait(60)
    folder = library.collection().folder
    with monkeypatch.context() as patched:
        patched.setattr(folder, "_move_to_trash", lambda record: record)
        record = folder.take_out(folder.read(), ["uploaded/a.txt"])
    assert (folder.documents / "a.txt").exists()
    assert json.loads((folder.folder / "collection.json").read_text())["moving"] == [record.removed[0].id]
    settled = folder.tidy(folder.read())
    assert settled == replace(record, moving=())
    assert not (folder.documents / "a.txt").exists()
    assert (folder.folder / "trash" / record.removed[0].trash).exists()


def test_copies_that_were_never_finished_go_after_a_day(library: Library, tmp_path: Path) -> None:
    folder = library.collection().folder
    incoming = folder.folder / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "new").write_text("x")
    (incoming / "old").write_text("x")
    (incoming / "of today").write_text("x")
    os.utime(incoming / "of today", (time.time() - 0.9 * 86_400,) * 2)
    os.utime(incoming / "old", (time.time() - 1.1 * 86_400,) * 2)
    folder.tidy(folder.read())
    assert sorted(file.name for file in incoming.iterdir()) == ["new", "of today"]


def test_what_came_during_a_build_that_was_the_last_is_indexed_by_the_next_start(
    library: Library, waiting: Waiting, tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the build without the second file and the one with it: the record still says that it is behind."""
    original, saved = collection.build, tmp_path / "saved"

    def second_is_never(*arguments: Any, **options: Any) -> Any:
        if saved.exists():
            return original(*arguments, **options)
        built = original(*arguments, **options)
        monkeypatch.setattr(collection, "build", killed)
        return built

    def killed(*arguments: Any, **options: Any) -> Any:
        shutil.copytree(library.home, saved)
        shutil.copytree(tmp_path / "index", tmp_path / "saved-index")
        monkeypatch.setattr(collection, "build", original)
        return original(*arguments, **options)

    monkeypatch.setattr(collection, "build", second_is_never)
    waiting.go.clear()
    put(library, tmp_path, "a.txt", "火山爆发了。\n")
    assert waiting.began.wait(60)
    put(library, tmp_path, "b.txt", "地震来了。\n")
    waiting.go.set()
    assert library.wait(60)
    (record,) = saved.glob("default/*/collection.json")
    assert json.loads(record.read_text())["pending"] is True
    (settled,) = library.home.glob("default/*/collection.json")
    assert json.loads(settled.read_text())["pending"] is False
    shutil.rmtree(library.home)
    shutil.rmtree(tmp_path / "index")
    saved.rename(library.home)
    (tmp_path / "saved-index").rename(tmp_path / "index")
    assert sources(reopened(library, tmp_path, seeds)) == [*OWN, "uploaded/a.txt", "uploaded/b.txt"]


def test_a_removal_that_no_build_followed_is_indexed_by_the_next_start(
    library: Library, tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slug = library.create("甲")
    for name in ("a.txt", "b.txt"):
        put(library, tmp_path, name, f"火山爆发了{name}。\n", slug)
    assert library.wait(60)
    monkeypatch.setattr(library.collection(slug), "_enqueue", lambda collection: None)
    library.remove(["a.txt"], slug)
    again = reopened(library, tmp_path, seeds)
    assert [entry.source for entry in again.index(slug).manifest.documents] == ["b.txt"]
    third = reopened(library, tmp_path, seeds)
    assert third.activity(slug).running is False
    assert not third.collection(slug).is_behind()


def test_a_collection_has_synonyms_of_its_own(library: Library, seeds: Path, tmp_path: Path) -> None:
    file = library.collection().folder.folder / "synonyms.txt"
    assert library.index().retriever.read("发大水了吗").others == ()

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("发大水, 洪水\n", encoding="utf-8")
    assert [other.text for other in library.index().retriever.read("发大水了吗").others] == ["洪水了吗"]

    file.write_text("发大水\n", encoding="utf-8")
    with pytest.raises(QAError, match=r"synonyms\.txt, line 1: .*stands alone"):
        reopened(library, tmp_path, seeds)


def test_synonyms_are_saved_whole_or_not_at_all_and_hold_at_the_next_question(library: Library, tmp_path: Path) -> None:
    file = library.collection().folder.folder / "synonyms.txt"
    assert library.synonyms() == ""
    assert library.set_synonyms("发大水、洪水\r\n走人 => 离职，辞职\n", "") == ()
    assert library.synonyms() == file.read_text("utf-8") == "发大水、洪水\n走人 => 离职，辞职"
    assert [other.text for other in library.index().retriever.read("发大水了吗").others] == ["洪水了吗"]

    problems = library.set_synonyms("洪水\n河, 江\na => b => c\n", library.synonyms())
    assert [problem.told("zh") for problem in problems] == [
        "第 1 行：只有“洪水”一个词；每行写一组意思相同的词，用逗号隔开，例如：年假, 带薪假, annual leave",
        "第 3 行：一行里有两个 =>；只能写一个，例如：a, b => c",
    ]
    assert file.read_text("utf-8") == "发大水、洪水\n走人 => 离职，辞职"

    with pytest.raises(QAError) as changed:
        library.set_synonyms("河, 江", "what somebody else has replaced since")
    assert changed.value.code == "collections.synonyms_changed"
    with pytest.raises(QAError, match="100000 characters"):
        library.set_synonyms("河, 江\n" * 20_001, library.synonyms())
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(QAError) as unreadable:
        library.synonyms()
    assert unreadable.value.code == "text.synonyms_not_utf8"
    file.write_bytes("词".encode() * 140_000)
    with pytest.raises(QAError, match="100000 characters"):
        library.synonyms()


def test_a_large_file_is_asked_by_its_words_while_its_vectors_are_made(
    library: Library, waiting: Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "WORDS_FIRST", 20)
    slug = library.create("手册")
    waiting.go.clear()
    put(library, tmp_path, "手册.txt", "第七号水库建成于1957年。\n它灌溉第七镇的农田。\n", slug)
    assert waiting.began.wait(60)
    one = library.collection(slug)
    index = one.index()
    waiting.go.set()  # for what the question needs; the build waits no more either
    answer = index.ask("第七号水库建成于哪一年？")
    assert (answer.by_words, answer.citations[0].quote[:14]) == (True, "第七号水库建成于1957年。")
    assert library.wait(60)
    assert not one.index().store.by_words
    assert (one.tasks.activity.usable, [task.state for task in one.tasks.activity.tasks]) == (False, ["done"])


def test_a_large_file_whose_build_is_cancelled_is_not_left_in_the_words(
    library: Library, waiting: Waiting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collection, "WORDS_FIRST", 20)
    slug = library.create("手册")
    put(library, tmp_path, "别的.txt", "大桥长227米。\n", slug)
    assert library.wait(60)
    waiting.began.clear()
    waiting.go.clear()
    put(library, tmp_path, "手册.txt", "第七号水库建成于1957年，它灌溉第七镇的农田。\n", slug)
    assert waiting.began.wait(60)
    one = library.collection(slug)
    assert (one.tasks.activity.usable, one.index().size) == (True, 2)
    assert one.info().state == "building"
    one.tasks.cancel()
    waiting.go.set()
    assert library.wait(60)
    assert [document.source for document in one.documents()] == ["别的.txt"]
    assert (one.index().size, one.index().store.by_words) == (1, False)
    assert [task.state for task in one.tasks.activity.tasks] == ["done", "cancelled"]
