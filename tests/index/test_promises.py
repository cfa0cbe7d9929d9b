"""What an index promises in every state: it stays usable while another build replaces it, and a good file is not given up."""

from __future__ import annotations

import errno
import json
import math
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tiny import TinyEncoder

import qa
from qa.documents.content import LONGEST_HEADING, Unreadable, packed, unpacked
from qa.documents.worker import WORKER
from qa.index import manifest_file, reading_cache
from qa.index.manifest_file import read_manifest
from qa.index.verify import verify_index


def test_an_index_that_was_opened_answers_after_another_build_has_replaced_it(tmp_path: Path) -> None:
    docs, encoder = tmp_path / "docs", TinyEncoder()
    docs.mkdir()
    (docs / "a.md").write_text("# 水库\n\n水库于1999年建成。\n")
    index = qa.build(docs, tmp_path / "index", encoder=encoder)
    (docs / "b.md").write_text("# 大桥\n\n大桥长227米。\n")
    qa.build(docs, tmp_path / "index", encoder=encoder)
    assert not index.store.parts.exists()
    hit = index.search("水库何时建成？", 1)[0]
    assert (hit.text, hit.paragraph.mark and hit.paragraph.mark.headings) == ("# 水库\n\n水库于1999年建成。", ("水库",))


def test_what_an_index_stores_of_headings_is_a_small_multiple_of_the_text(tmp_path: Path) -> None:
    levels = "".join(f"{'#' * level} {'标' * 900}{level}\n\n" for level in range(1, 6))
    text = levels + "".join(f"###### h{number}\nt{number}\n" for number in range(2000))
    (tmp_path / "a.md").write_text(text)
    marks = qa.read_document(tmp_path / "a.md").marks
    assert len(marks) == 2005
    assert marks[-1].headings == (*(["标" * (LONGEST_HEADING - 1) + "…"] * 5), "h1999")
    assert len(json.dumps(packed(marks), ensure_ascii=False)) < 4 * len(text)
    assert unpacked(json.loads(json.dumps(packed(marks)))) == marks


def test_a_file_whose_reader_was_killed_is_read_by_the_next_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docs, encoder = tmp_path / "docs", TinyEncoder()
    docs.mkdir()
    (docs / "a.html").write_text("<p>洪水退去了。</p>")
    (docs / "b.txt").write_text("火山爆发了。\n")
    for file in docs.iterdir():
        os.utime(file, (1_000_000_000, 1_000_000_000))
    with monkeypatch.context() as patch:
        patch.setattr(WORKER, "read", lambda *_: (_ for _ in ()).throw(Unreadable("documents.reader_died")))
        first = qa.build(docs, tmp_path / "index", encoder=encoder)
    assert first.manifest.skipped == (
        f"{docs / 'a.html'}: ended the process that reads it (out of memory, or damaged); the next build tries it again; "
        "if it stays so, save it again or split it",
    )
    second = qa.build(docs, tmp_path / "index", encoder=encoder)
    assert (second.manifest.skipped, second.search("洪水", 1)[0].text) == ((), "洪水退去了。")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs permissions")
def test_permission_lost_in_the_middle_of_a_build_is_one_line(tmp_path: Path) -> None:
    docs, folder, encoder = tmp_path / "docs", tmp_path / "index", TinyEncoder()
    docs.mkdir()
    (docs / "a.txt").write_text("洪水退去了。\n")
    qa.build(docs, folder, encoder=encoder)
    (docs / "b.txt").write_text("火山爆发了。\n")

    def lose(source: str, done: bool, problem: Any) -> None:
        for leftover in folder.glob(".building-*"):
            (leftover / "parts").rmdir()  # as if it could not be entered, for whoever runs the tests
            (leftover / "parts").write_bytes(b"")

    with pytest.raises(qa.QAError, match=r"; the index was not written and what was there is unchanged; [^\n]*\Z"):
        qa.build(docs, folder, encoder=encoder, follow=lose)
    assert [entry.source for entry in qa.open(folder, encoder=encoder).manifest.documents] == ["a.txt"]
    assert not list(folder.glob(".building-*"))


def test_an_index_of_a_newer_version_is_left_as_it_is(tmp_path: Path) -> None:
    import hashlib

    docs, folder = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    (docs / "a.txt").write_text("洪水退去了。\n")
    qa.build(docs, folder, encoder=TinyEncoder())
    build, _ = read_manifest(folder)
    data = json.dumps({**json.loads(next(build.glob("manifest-*.json")).read_bytes()), "format": 99}).encode()
    digest = hashlib.sha256(data).hexdigest()
    (build / f"manifest-{digest[:16]}.json").write_bytes(data)
    (folder / "CURRENT").write_text(f"{build.name} {digest}\n")
    with pytest.raises(qa.IndexMismatch, match=r"was made by a newer version of this program .* and is left as it is; update"):
        qa.build(docs, folder, encoder=TinyEncoder())
    assert (folder / "CURRENT").read_text() == f"{build.name} {digest}\n"
    assert build.exists()


def test_a_damaged_pointer_names_the_folders_that_the_index_was_made_of(tmp_path: Path) -> None:
    docs, folder = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    (docs / "a.txt").write_text("洪水退去了。\n")
    qa.build(docs, folder, encoder=TinyEncoder())
    (folder / "CURRENT").write_bytes(b"\xff")
    with pytest.raises(qa.IndexCorrupt, match=f"python -m qa build {docs} --index {folder} rebuilds the index"):
        read_manifest(folder)
    (folder / "CURRENT").unlink()
    (folder / "CURRENT").mkdir()
    with pytest.raises(qa.IndexCorrupt, match=r"CURRENT: cannot be read \(Is a directory\); check the path$"):
        read_manifest(folder)


def test_an_index_that_may_not_be_read_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("洪水退去了。\n")
    qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=TinyEncoder())
    build, _ = read_manifest(tmp_path / "index")
    read = manifest_file.read_own

    def refuse(file: Path, most: int) -> bytes:
        if file.parent == build:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return read(file, most)

    monkeypatch.setattr(manifest_file, "read_own", refuse)
    with pytest.raises(qa.IndexCorrupt) as caught:
        read_manifest(tmp_path / "index")
    assert caught.value.told().split(": ", 1)[1] == "cannot be read (Permission denied); check permissions"
    assert caught.value.told("zh").split("：", 1)[1] == "读不了（没有权限）；请检查权限"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_no_index(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(qa.IndexNotFound, match="pipe: is a file, not the folder of an index"):
        qa.open(tmp_path / "pipe")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"k": "3"}, "'3': is not a number of passages; give a whole number, such as k=5"),
        ({"k": 2.5}, "2.5: is not a number of passages; give a whole number, such as k=5"),
        ({"k": True}, "True: is not a number of passages; give a whole number, such as k=5"),
        ({"k": -1}, "-1: is not a number of passages; give a whole number, such as k=5"),
        ({"threshold": 9}, "9: is not a confidence; give a number from 0 to 1, such as threshold=0.4"),
        ({"threshold": math.nan}, "nan: is not a confidence; give a number from 0 to 1, such as threshold=0.4"),
        ({"threshold": "0.3"}, "'0.3': is not a confidence; give a number from 0 to 1, such as threshold=0.4"),
    ],
)
def test_a_wrong_number_is_told(tmp_path: Path, settings: dict[str, Any], told: str) -> None:
    (tmp_path / "a.txt").write_text("洪水退去了。\n")
    index = qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=TinyEncoder())
    with pytest.raises(qa.QAError) as caught:
        index.ask("洪水？", **settings)
    assert str(caught.value) == told


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux")
def test_what_the_system_makes_up_is_no_folder_of_documents(tmp_path: Path) -> None:
    with pytest.raises(qa.DocumentError, match="is made by the system and holds no documents; name a folder of yours"):
        qa.build("/proc/self", tmp_path / "index", encoder=TinyEncoder())


class Wide(TinyEncoder):
    """Vectors so long that a few texts fill a cache of over a MiB."""

    dimension = 4096

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.repeat(super().encode_queries(texts), 64, axis=1) / 8

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        return np.repeat(super().encode_passages(texts, progress), 64, axis=1) / 8


@pytest.mark.parametrize("flips", [1, 3, 60])
def test_flipped_bits_in_a_cache_of_any_size_do_not_enter_the_index(
    flips: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of vectors, those of the languages' means among them, nor of the texts of files that took long to read."""
    monkeypatch.setattr(reading_cache, "SLOW", 0.0)
    monkeypatch.setattr(reading_cache.ReadingCache, "clear", lambda cache: None)  # as if the build had been killed
    docs, folder = tmp_path / "docs", tmp_path / "index"
    docs.mkdir()
    for number in range(12):
        (docs / f"{number}.txt").write_text(f"第{number}号水库建成于{1950 + number}年。\n" * 3, "utf-8")
    made = qa.build(docs, folder, encoder=Wide())
    caches = sorted((folder / "cache").glob("*.sqlite"))
    assert [cache.name.split("-")[0] for cache in caches] == ["reading.sqlite", "vectors"]
    assert caches[1].stat().st_size > 2**20
    random = Random(flips)
    for cache in caches:
        data, times = bytearray(cache.read_bytes()), cache.stat()
        for at in random.sample(range(len(data)), flips):
            data[at] ^= 1 << random.randrange(8)
        cache.write_bytes(data)
        os.utime(cache, ns=(times.st_atime_ns, times.st_mtime_ns))
    (folder / "CURRENT").unlink()
    for build in folder.glob("build-*"):
        shutil.rmtree(build)
    assert qa.build(docs, folder, encoder=Wide()).manifest.files == made.manifest.files
    assert verify_index(folder) == []
