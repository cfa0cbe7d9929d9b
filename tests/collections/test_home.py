"""The folder of collections: its lock, its trash, and which collections are behind their documents."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
import pytest
from tiny import TinyEncoder

from qa.collections.collection import Collection
from qa.collections.collection_folder import RECORD, CollectionFolder, Record, Removed
from qa.collections.home import DEFAULT, Home
from qa.collections.library import Library
from qa.errors import QAError

DAY = 86_400


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "own.txt").write_text("洪水退去了。\n")
    return Home(tmp_path / "home", tmp_path / "seeds", tmp_path / "index")


@pytest.fixture
def library(home: Home, tmp_path: Path) -> Iterator[Library]:
    library = Library(home.folder, tmp_path / "seeds", tmp_path / "index", encoder=TinyEncoder())
    library.prepare()
    yield library
    library.close()


def filled(library: Library, tmp_path: Path, *names: str) -> Collection:
    """A collection with a file of each name, indexed."""
    slug = library.create("甲")
    for name in names:
        (tmp_path / "new").write_text(f"火山爆发了：{name}。\n")
        library.add([(tmp_path / "new", name)], slug)
    assert library.wait(60)
    return library.collection(slug)


# -- the lock -----------------------------------------------------------------------------------------------------------


def test_a_home_that_another_process_holds_is_waited_for_half_a_minute(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []

    def acquire(self: Any, timeout: float | None = None) -> None:
        waited.append(timeout)
        raise filelock.Timeout(str(home.folder))

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with pytest.raises(QAError) as caught, home.locked():
        pass
    assert caught.value.code == "collections.home_in_use"
    assert waited == [30.0]


# -- the trash ----------------------------------------------------------------------------------------------------------


def test_a_collection_is_in_the_trash_for_thirty_days_from_when_it_was_deleted(home: Home) -> None:
    for slug in ("a", "b"):
        home.collection_folder(slug).write(Record(name=slug))
        os.utime(home.collection_folder(slug).folder, (time.time() - 40 * DAY,) * 2)  # not changed for long
    kept, gone = home.throw_away("a"), home.throw_away("b")
    trash = home.folder / "trash"
    home.empty_trash()
    assert {path.name for path in trash.iterdir()} == {kept, gone}
    os.utime(trash / kept, (time.time() - 29.9 * DAY,) * 2)
    os.utime(trash / gone, (time.time() - 30.1 * DAY,) * 2)
    home.empty_trash()
    assert [path.name for path in trash.iterdir()] == [kept]
    assert home.take_back(kept) == "a"


def test_only_what_is_in_the_trash_is_taken_back(home: Home) -> None:
    """A token comes from a page: one that leads elsewhere names no collection, though there is a folder."""
    home.collection_folder("a").write(Record(name="a"))
    (home.folder / "trash").mkdir()
    (home.folder / "trash" / "stranger").mkdir()
    for token in ("stranger", "../collections/a", "", ".", "a.0123456789ab/.."):
        with pytest.raises(QAError) as caught:
            home.take_back(token)
        assert caught.value.code == "collections.collection_not_in_trash"
    assert home.slugs() == [DEFAULT, "a"]


def test_a_collection_is_not_deleted_while_its_index_is_being_built(library: Library) -> None:
    slug = library.create("甲")
    library.collection(slug).tasks.queue()
    with pytest.raises(QAError) as caught:
        library.delete(slug)
    assert caught.value.code == "collections.not_deleted_yet"
    assert library.collection(slug).folder.has_record()


def test_a_restored_collection_whose_name_is_taken_has_one_of_sixty_characters(library: Library) -> None:
    name = "长" * 60
    token = library.delete(library.create(name))
    library.create(name)
    library.restore_collection(token)
    names = [info.name for info in library.collections()][1:]
    assert (len(names), set(map(len, names)), name in names) == (2, {60}, True)
    with pytest.raises(QAError) as caught:
        library.create("长" * 61)
    assert caught.value.code == "collections.name_length"


# -- a record and its files ---------------------------------------------------------------------------------------------


def test_a_copy_is_on_the_disk_before_it_is_put_in(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_ino) or fsync(number))
    (tmp_path / "a").write_text("火山爆发了。\n")
    copy, _ = home.collection_folder("x").receive(tmp_path / "a", "a.txt")
    assert copy.stat().st_ino in synced


def test_the_record_says_what_is_taken_out_before_the_files_are_moved(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home.collection_folder("x")
    folder.documents.mkdir(parents=True)
    (folder.documents / "a.txt").write_text("火山爆发了。\n")

    def killed(record: Record) -> Record:
        raise KeyboardInterrupt

    monkeypatch.setattr(folder, "_move_to_trash", killed)
    with pytest.raises(KeyboardInterrupt):
        folder.take_out(Record(), ["a.txt"])
    record = folder.read()
    assert (record.pending, [entry.source for entry in record.removed]) == (True, ["a.txt"])
    assert record.moving == (record.removed[0].id,)


def test_what_is_in_the_trash_without_an_entry_is_removed(home: Home) -> None:
    folder = home.collection_folder("x")
    (folder.folder / "trash").mkdir(parents=True)
    for name in ("kept", "stranger"):
        (folder.folder / "trash" / name).write_text("x")
    record = Record(removed=(Removed("1", "a.txt", time.time(), "kept"),))
    assert folder.tidy(record) == record
    assert [path.name for path in (folder.folder / "trash").iterdir()] == ["kept"]


@pytest.mark.parametrize("trash", ["../../index", "a/b", "/etc/passwd", "."])
def test_a_record_that_names_a_file_outside_the_trash_is_damaged(trash: str, home: Home) -> None:
    folder = home.collection_folder("x")
    folder.write(Record(removed=(Removed("1", "a.txt", 0.0, trash),)))
    with pytest.raises(QAError) as caught:
        folder.read()
    assert caught.value.code == "collections.record_damaged"
    assert (folder.folder / RECORD).exists()


# -- which are behind ---------------------------------------------------------------------------------------------------


def test_a_collection_is_behind_while_a_change_is_not_indexed(library: Library, tmp_path: Path) -> None:
    own = filled(library, tmp_path, "a.txt")
    assert not own.is_behind()
    own._record = replace(own.record, pending=True)
    assert own.is_behind()
    for pending in (True, False):
        own._record = replace(own.record, pending=pending, empty=True)
        assert own.is_behind() == pending  # an empty one has nothing but what was put in since
    # what is left of an index when all that it was made of was taken out is of no use, and nothing to build again
    first = library.collection()
    first._record = replace(first.record, empty=True, removed=(Removed("1", "own.txt", 0.0),))
    assert not first.is_behind()


def test_a_collection_is_behind_without_an_index_if_it_has_files_of_its_own(library: Library, tmp_path: Path) -> None:
    own = filled(library, tmp_path, "a.txt")
    first = library.collection()
    for folder in (own.folder, first.folder):
        shutil.rmtree(folder.index)
    assert own.is_behind()
    assert not first.is_behind()  # which the user builds, or `prepare`
    shutil.rmtree(own.folder.documents)
    assert not own.is_behind()


def test_a_collection_is_behind_when_its_index_is_of_other_folders_or_of_what_is_left_out(
    library: Library, tmp_path: Path
) -> None:
    first = library.collection()
    assert not first.is_behind()
    first._record = replace(first.record, removed=(Removed("1", "own.txt", 0.0),))
    assert first.is_behind()
    first._record = replace(first.record, removed=(Removed("1", "another.txt", 0.0),))
    assert not first.is_behind()
    first.folder.documents.mkdir(parents=True)  # put in, and never indexed
    (first.folder.documents / "b.txt").write_text("地震来了。\n")
    assert first.is_behind()


def test_a_folder_of_the_users_that_has_the_name_of_what_is_put_in_gets_a_label(tmp_path: Path) -> None:
    (tmp_path / "seeds" / "uploaded").mkdir(parents=True)
    (tmp_path / "seeds" / "uploaded" / "a.txt").write_text("洪水退去了。\n")
    folder: CollectionFolder = Home(tmp_path / "home", tmp_path / "seeds", tmp_path / "index").collection_folder(DEFAULT)
    assert [root.label for root in folder.own] == ["documents"]
