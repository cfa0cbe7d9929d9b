"""What a build promises of the disk: every part is there before the build has its name, and the name before CURRENT says it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tiny import TinyEncoder

import qa
from qa.index.damage import find_damage
from qa.index.manifest_file import read_manifest
from qa.index.publish import clear

pytestmark = pytest.mark.usefixtures("one_line_a_passage")

needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="tells open files by /proc")


@needs_proc
def test_each_step_of_a_build_is_on_the_disk_before_the_next(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[str, str]] = []
    replace, fsync = os.replace, os.fsync
    folder = tmp_path / "index"

    def place(path: str) -> str:
        return "/".join("*" if part[:1] == "." else part for part in Path(path).relative_to(folder).parts)

    def force(number: int) -> None:
        path = os.readlink(f"/proc/self/fd/{number}")
        if path.startswith(str(folder)):
            steps.append(("sync", place(path)))
        fsync(number)

    def rename(old: object, new: object) -> None:
        steps.append(("rename", place(str(new))))
        replace(old, new)

    monkeypatch.setattr(os, "fsync", force)
    monkeypatch.setattr(os, "replace", rename)
    index = qa.build(corpus, folder, encoder=TinyEncoder())
    build, manifest = read_manifest(folder)
    renamed = steps.index(("rename", build.name))
    forced = {path.removeprefix("*/parts/") for step, path in steps[:renamed]}
    assert forced >= {*manifest.files, "*/parts", "segment0", "segment0/words"}
    (written,) = (file.name for file in build.glob("manifest-*.json"))
    assert steps[renamed:] == [
        ("rename", build.name), ("sync", ""), ("sync", "*"),
        ("sync", f"{build.name}/*"), ("rename", f"{build.name}/{written}"), ("sync", build.name),
        ("sync", "*"), ("rename", "CURRENT"), ("sync", ""),
    ]  # fmt: skip
    assert index.size > 10


def test_everything_but_what_is_in_use_is_removed(tmp_path: Path) -> None:
    """And nothing is while that is not there: another build may be what is left to mend an index with."""
    used, other, digest = "build-20260101T000000Z-00000001", "build-20260101T000000Z-00000002", "0" * 64
    files = [
        f"{used}/manifest-{'1' * 16}.json",
        f"{used}/part",
        f"{other}/part",
        ".building-x/part",
        ".writing-x",
        "cache/kept",
        "README.md",
    ]
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "CURRENT").write_text(f"{used} {digest}\n")

    def left() -> set[str]:
        return {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

    clear(tmp_path)
    assert left() == {*files, "CURRENT"} - {".building-x/part", ".writing-x"}
    (tmp_path / used / f"manifest-{'0' * 16}.json").write_bytes(b"x")
    clear(tmp_path)
    assert left() == {f"{used}/manifest-{'0' * 16}.json", f"{used}/part", "cache/kept", "README.md", "CURRENT"}


@pytest.mark.parametrize("change", [-1, 1])
def test_a_part_of_another_size_is_found_without_reading_it(change: int, index_copy: Path) -> None:
    build, manifest = read_manifest(index_copy)
    assert find_damage(build, manifest, skip=manifest.files) is None
    for name, (size, _) in manifest.files.items():
        data = (build / name).read_bytes()
        (build / name).write_bytes(data[:change] if change < 0 else data + b"\0")
        damage = find_damage(build, manifest, skip=manifest.files)
        assert damage is not None
        assert (damage.code, damage.values) == ("index.part_size", {"name": name, "there": size + change, "size": size})
        (build / name).write_bytes(data)


def test_a_part_that_differs_or_is_gone_is_named_in_both_languages(index_copy: Path) -> None:
    build, manifest = read_manifest(index_copy)
    name = "segment0/texts.bin"
    data = (build / name).read_bytes()
    (build / name).write_bytes(bytes([data[0] ^ 1]) + data[1:])
    damage = find_damage(build, manifest)
    assert damage is not None
    assert (damage.code, damage.told("zh")) == ("index.part_changed", "索引的 segment0/texts.bin 已损坏")
    (build / name).unlink()
    damage = find_damage(build, manifest, skip=manifest.files, beside=True)
    assert damage is not None
    assert str(damage) == "segment0/texts.bin: No such file or directory"
    assert damage.told("zh") == "segment0/texts.bin 读不了：没有这个文件或文件夹"


def test_skipped_files_are_told_in_both_languages_after_the_index_was_written(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("洪水退去。\n", "utf-8")
    (tmp_path / "docs" / "b.txt").write_bytes(b"a\0b" * 100)
    qa.build(tmp_path / "docs", tmp_path / "index", encoder=TinyEncoder())
    _, manifest = read_manifest(tmp_path / "index")
    (unread,) = manifest.unread
    assert unread.source == "b.txt"
    assert manifest.skipped == (f"{tmp_path}/docs/b.txt: holds NUL bytes, so it is not a text file; save it as UTF-8 text",)
    assert unread.error.told("zh") == f"{tmp_path}/docs/b.txt：含有 NUL 字节，不是文本文件；请另存为 UTF-8 文本"
    again = qa.build(tmp_path / "docs", tmp_path / "index", encoder=TinyEncoder())
    assert again.manifest.unread == (unread,)
