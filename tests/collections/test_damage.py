"""One damaged collection is that one's error, as a value; a library and the chat go on with the others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tiny import TinyEncoder

import qa
from qa.collections.collection_folder import CollectionFolder, Record, Removed
from qa.collections.library import Library
from qa.errors import QAError
from qa.service.api.endpoints import Endpoints
from qa.service.backend import Backend


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "dam.txt").write_text("大坝高一百米。\n", "utf-8")
    return {"home": tmp_path / "home", "seeds": tmp_path / "seeds", "index": tmp_path / "index"}


@pytest.fixture
def slug(places: dict[str, Path], tmp_path: Path) -> str:
    """A second collection with one document, made by a run that has ended."""
    library = started(places)
    slug = library.create("食谱")
    (tmp_path / "rice.txt").write_text("米饭要蒸二十分钟。\n", "utf-8")
    library.add([(tmp_path / "rice.txt", "rice.txt")], slug)
    assert library.wait(60)
    return slug


@pytest.fixture
def library(places: dict[str, Path], slug: str) -> Iterator[Library]:
    library = started(places)
    yield library
    library.close()


def started(places: dict[str, Path]) -> Library:
    library = Library(**places, encoder=TinyEncoder())
    library.prepare()
    return library


def record_of(library: Library, slug: str) -> Path:
    return library.home / "collections" / slug / "collection.json"


def listed(library: Library) -> list[dict[str, Any]]:
    backend = Backend(library).open()
    backend._loaded.wait(60)
    return Endpoints(backend).call("documents", {})


GOOD = {"format": 1, "name": "食谱", "created": 1.0, "pending": False, "empty": False, "documents": 1, "passages": 1,
        "removed": [], "moving": [], "unread": []}  # fmt: skip
OUT = {"id": "1", "source": "a.txt", "at": 1.0, "trash": ""}
DAMAGED = {
    "cut": '{"name": ',
    "a list": "[]",
    "nested": "[" * 100_000,
    "no text": b"\xff\xfe",
    "nothing": "{}",
    "its name a number": {**GOOD, "name": 3},
    "its counts texts": {**GOOD, "documents": "many"},
    "its time a list": {**GOOD, "created": []},
    "what was taken out a text": {**GOOD, "removed": ["a.txt"]},
    "a source that is none": {**GOOD, "removed": [{**OUT, "source": None}]},
    "a way out of the trash": {**GOOD, "removed": [{**OUT, "trash": "../../x"}]},
    "a time that is none": {**GOOD, "removed": [{**OUT, "at": "then"}]},
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_record_that_is_damaged_is_its_own_collections_error(kind: str, library: Library, slug: str) -> None:
    data = DAMAGED[kind]
    file = record_of(library, slug)
    file.write_bytes(data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode())
    told = f"{file}: is not what was written; delete the file to have the collection without what it says"
    first, second = library.collections()
    assert (first.slug, first.state, first.trouble) == ("default", "ready", None)
    assert (second.slug, second.state, str(second.trouble)) == (slug, "failed", told)
    error = library.index_or_error(slug)
    assert isinstance(error, QAError)
    assert (error.code, str(error)) == ("collections.record_damaged", told)
    assert isinstance(library.index_or_error(), qa.Index)
    whole, broken = listed(library)
    assert [entry["source"] for entry in whole["documents"]] == ["dam.txt"]
    assert "error" not in whole
    assert (broken["collection"], broken["documents"], broken["error"]) == (slug, [], told)
    library.create("新的")  # the names of the others are known
    assert len(library.etag(slug, ())) > 0
    assert library.activity(slug).tasks == ()


def test_a_record_that_is_mended_is_read_without_a_new_start(library: Library, slug: str) -> None:
    file = record_of(library, slug)
    whole = file.read_text()
    file.write_text("{")
    assert library.collections()[1].state == "failed"
    file.write_text(whole)
    assert [document.source for document in library.documents(slug)] == ["rice.txt"]
    assert library.collections()[1].state == "ready"


def test_an_index_of_another_model_is_an_error_to_show_and_nothing_else_fails(
    library: Library, places: dict[str, Path], slug: str
) -> None:
    backend = Backend(library).open()
    backend._loaded.wait(60)
    qa.build(places["seeds"], places["index"], encoder=TinyEncoder("tiny-2"))
    error = backend.index_or_error()
    assert isinstance(error, qa.IndexMismatch)
    first, second = Endpoints(backend).call("documents", {})
    assert (first["documents"], first["error"]) == ([], str(error))
    assert [entry["source"] for entry in second["documents"]] == ["rice.txt"]
    assert backend.ask("米饭要蒸多久？", threshold=0, collection=slug).citations[0].source == "rice.txt"


def test_the_other_collections_are_asked_when_the_first_ones_index_is_damaged(
    library: Library, places: dict[str, Path], slug: str
) -> None:
    (part,) = places["index"].glob("build-*/*/texts.bin")
    again = Library(**places, encoder=TinyEncoder())
    again.collection().open()
    part.write_bytes(b"x")
    library = Library(**places, encoder=TinyEncoder())
    backend = Backend(library).open()
    backend._loaded.wait(60)
    with pytest.raises(qa.IndexCorrupt):
        backend.ask("大坝多高？")
    assert backend.ask("米饭要蒸多久？", threshold=0, collection=slug).citations[0].source == "rice.txt"
    library.close()


def test_a_collection_that_another_program_deleted_is_gone_and_stays_gone(
    library: Library, places: dict[str, Path], slug: str, tmp_path: Path
) -> None:
    library.index(slug)
    other = started(places)
    token = other.delete(slug)
    with pytest.raises(QAError) as caught:
        library.index(slug)
    assert caught.value.code == "collections.no_such_collection"
    with pytest.raises(QAError, match="no such collection"):
        library.add([(tmp_path / "rice.txt", "again.txt")], slug)
    assert [info.slug for info in library.collections()] == ["default"]
    assert not (library.home / "collections" / slug).exists()
    assert other.restore_collection(token) == slug
    assert [document.source for document in library.documents(slug)] == ["rice.txt"]


def test_a_disk_that_cannot_be_written_is_one_line(library: Library, slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(CollectionFolder, "write", full)
    for change in (
        lambda: library.create("新的"),
        lambda: library.rename(slug, "新的"),
        lambda: library.remove(["rice.txt"], slug),
    ):
        with pytest.raises(QAError) as caught:
            change()
        assert str(caught.value) == f"{library.home}: No space left on device; nothing was changed"
        assert caught.value.told("zh") == f"{library.home}：没有办成（磁盘已满），什么也没有改动"


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = CollectionFolder(tmp_path / "c", tmp_path / "c" / "index")
    removed = (Removed("1", "甲.txt", 12.5, "ab.txt"), Removed("2", "乙.txt", 13.5))
    record = Record(name="食谱", created=7.25, pending=True, documents=2, passages=9, removed=removed, moving=("1",))
    folder.write(record)
    assert folder.read() == record
    shutil.rmtree(tmp_path / "c")
    assert folder.read() == Record()
