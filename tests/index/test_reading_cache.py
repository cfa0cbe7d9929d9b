"""What took long to read is there for the build after a killed one, and gone after a whole one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import TinyEncoder

import qa
from qa.index import intake, reading_cache
from qa.index.publish import CACHE
from qa.index.reading_cache import ReadingCache

DOCUMENT = qa.Document(
    "a.pdf", "/a.pdf", "第一页。\ud800\n第二页。", "0" * 64, "pdf", (qa.Mark(0, "page", 1, "", ("章",)), qa.Mark(6, "page", 2))
)


def unexpected() -> qa.Document:
    raise AssertionError("was read again")


def test_a_document_comes_back_as_it_was_unless_readers_suffix_or_bytes_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_cache, "SLOW", -1)
    assert ReadingCache(tmp_path / "c", "1").read("a.pdf", "/a.pdf", "0" * 64, lambda: DOCUMENT) is DOCUMENT
    assert ReadingCache(tmp_path / "c", "1").read("a.pdf", "/a.pdf", "0" * 64, unexpected) == DOCUMENT
    for readers, source, sha256 in (("2", "a.pdf", "0" * 64), ("1", "a.txt", "0" * 64), ("1", "a.pdf", "1" * 64)):
        with pytest.raises(AssertionError, match="was read again"):
            ReadingCache(tmp_path / "c", readers).read(source, "/a.pdf", sha256, unexpected)
    ReadingCache(tmp_path / "c", "1").clear()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [3, -3, 100, 5000])
def test_a_damaged_text_is_read_again(place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_cache, "SLOW", -1)
    long = replace(DOCUMENT, text="第一页。\ud800\n第二页。" * 2000)
    ReadingCache(tmp_path / "c", "1").read("a.pdf", "/a.pdf", "0" * 64, lambda: long)
    data = bytearray((tmp_path / "c").read_bytes())
    at = place if place in (3, 100) else len(data) // 2 + place
    data[at] ^= 1
    (tmp_path / "c").write_bytes(data)
    again: list[qa.Document] = []
    read = ReadingCache(tmp_path / "c", "1").read("a.pdf", "/a.pdf", "0" * 64, lambda: again.append(long) or long)
    assert read == long
    assert len(again) == 1 or place == 100


def test_what_is_read_fast_is_not_kept(tmp_path: Path) -> None:
    ReadingCache(tmp_path / "c", "1").read("a.pdf", "/a.pdf", "0" * 64, lambda: DOCUMENT)
    assert not (tmp_path / "c").exists()


def test_a_build_after_a_killed_one_reads_no_slow_file_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dying(TinyEncoder):
        def encode_passages(self, *arguments: object) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("洪水退去。\n")
    monkeypatch.setattr(reading_cache, "SLOW", -1)
    with pytest.raises(KeyboardInterrupt):
        qa.build(tmp_path / "docs", tmp_path / "index", encoder=Dying())
    assert (tmp_path / "index" / CACHE / "reading.sqlite").is_file()
    with monkeypatch.context() as patch:
        patch.setattr(intake, "read_document", lambda *arguments: unexpected())
        index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=TinyEncoder())
    assert index.paragraph(0).text == "洪水退去。"
    assert [file.name[:8] for file in (tmp_path / "index" / CACHE).iterdir()] == ["vectors-"]
