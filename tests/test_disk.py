"""Files are written whole or not at all, and a large one is read as a small one is."""

from __future__ import annotations

import errno
import gc
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import SEED
from tiny import TinyEncoder

import qa
from qa import disk
from qa.disk import FarFile, Stamp, link_tree, move, remove, remove_abandoned, sha256_of, sync, write_whole


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is forced to the disk and renamed, in order: the step and the name of the file or folder."""
    taken: list[tuple[str, str]] = []
    replace, fsync = os.replace, os.fsync

    def name(number: int) -> str:
        found = Path(os.readlink(f"/proc/self/fd/{number}")).name
        return "temporary" if found.startswith(".writing-") else found

    monkeypatch.setattr(os, "fsync", lambda number: taken.append(("sync", name(number))) or fsync(number))
    monkeypatch.setattr(os, "replace", lambda old, new: taken.append(("rename", Path(new).name)) or replace(old, new))
    return taken


def failing(step: str, at: int, number: int) -> Callable[..., object]:
    """`os.STEP`, which fails at its call number `at`, counted from 1."""
    original, calls = getattr(os, step), 0

    def call(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(number, os.strerror(number))
        return original(*arguments)

    return call


needs_proc = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="tells open files by /proc")


@needs_proc
def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_the_end(
    tmp_path: Path, steps: list[tuple[str, str]]
) -> None:
    write_whole(tmp_path / "folder" / "a", b"new")
    assert steps == [("sync", "temporary"), ("rename", "a"), ("sync", "folder")]
    assert (tmp_path / "folder" / "a").read_bytes() == b"new"


@needs_proc
def test_a_move_is_on_the_disk_in_both_folders(tmp_path: Path, steps: list[tuple[str, str]]) -> None:
    for folder in ("from", "to"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").write_text(folder)
    move(tmp_path / "from" / "a", tmp_path / "to" / "a")
    move(tmp_path / "to" / "a", tmp_path / "to" / "b")
    assert steps == [("rename", "a"), ("sync", "to"), ("sync", "from"), ("rename", "b"), ("sync", "to")]
    assert (tmp_path / "to" / "b").read_text() == "from"


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EINVAL])
def test_what_fails_leaves_the_old_file_and_no_other(
    step: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, step, failing(step, 1, number))
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        write_whole(tmp_path / "a", b"new")
    assert caught.value.errno == number
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", b"old")]


def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    """A real refusal to write on: the process may write no larger file."""
    resource = pytest.importorskip("resource")
    (tmp_path / "a").write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, before[1]))
    try:
        with pytest.raises(OSError, match="too large") as caught:
            write_whole(tmp_path / "a", bytes(2**17))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", b"old")]


def test_an_interrupt_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a", b"new")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", b"old")]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM])
def test_a_system_that_cannot_sync_a_folder_is_no_failure_and_a_broken_disk_is(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing("fsync", 2, number))
        write_whole(tmp_path / "a", b"new")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing("fsync", 1, number))
        with pytest.raises(OSError, match=os.strerror(number)):
            sync(tmp_path / "a")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing("fsync", 1, errno.EIO))
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            sync(tmp_path)


def test_permissions_stay_and_new_files_get_the_usual_ones(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "new", b"")
    finally:
        os.umask(before)
    (tmp_path / "private").write_bytes(b"")
    (tmp_path / "private").chmod(0o600)
    write_whole(tmp_path / "private", b"more")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "private")] == [0o640, 0o600]


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    write_whole(tmp_path / ("长" * 85), b"whole")
    assert [len(os.fsencode(file.name)) for file in tmp_path.iterdir()] == [255]


def test_writers_at_once_leave_what_one_of_them_wrote(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from qa.disk import write_whole\n"
        "for _ in range(50): write_whole(Path(sys.argv[1]), sys.argv[2].encode() * 100_000)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "a")]
    running = [subprocess.Popen([*command, letter]) for letter in "xyz"]
    seen = set()
    while any(process.poll() is None for process in running):
        if (tmp_path / "a").exists():
            data = (tmp_path / "a").read_bytes()
            seen.add((len(data), len(set(data))))
    assert [process.returncode for process in running] == [0, 0, 0]
    assert seen == {(100_000, 1)}
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_what_a_killed_writer_left_goes_when_it_is_old(tmp_path: Path) -> None:
    for name, age in ((".writing-old", 3601), (".writing-new", 3500), ("kept", 9999)):
        (tmp_path / name).write_bytes(b"half")
        now = (tmp_path / name).stat().st_mtime
        os.utime(tmp_path / name, (now - age, now - age))
    remove_abandoned(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [".writing-new", "kept"]
    remove_abandoned(tmp_path, age=0)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["kept"]
    remove_abandoned(tmp_path / "not there")


def test_a_stamp_changes_with_what_is_written_and_a_linked_one_not_with_links(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    before = file.stat()
    os.link(file, tmp_path / "b")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert Stamp.of_linked(after) == Stamp.of_linked(before) == Stamp(3, before.st_mtime_ns, 0, before.st_ino)
    assert Stamp.of(before) == Stamp(3, before.st_mtime_ns, before.st_ctime_ns, 0)
    write_whole(file, b"new")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert Stamp.of_linked(file.stat()) != Stamp.of_linked(before)
    assert Stamp.of(file.stat()).changed > before.st_ctime_ns
    for changed in (Stamp(4, 1, 1, 1), Stamp(3, 2, 1, 1), Stamp(3, 1, 2, 1), Stamp(3, 1, 1, 2)):
        assert changed != Stamp(3, 1, 1, 1)


def test_a_link_and_a_pipe_are_not_hashed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("a")
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "a") == sha256_of(tmp_path / "link", follow=True) == known
    with pytest.raises(OSError, match=os.strerror(errno.ELOOP)):
        sha256_of(tmp_path / "link")
    os.mkfifo(tmp_path / "pipe")
    assert sha256_of(tmp_path / "pipe") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_linked_tree_holds_the_same_files_also_where_links_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "inner").mkdir(parents=True)
    (tmp_path / "a" / "inner" / "file").write_bytes(b"abc")
    link_tree(tmp_path / "a", tmp_path / "linked")
    monkeypatch.setattr(os, "link", failing("link", 1, errno.EPERM))
    link_tree(tmp_path / "a", tmp_path / "copied")
    inodes = [(tmp_path / name / "inner" / "file").stat().st_ino for name in ("a", "linked", "copied")]
    assert inodes[0] == inodes[1] != inodes[2]
    assert (tmp_path / "copied" / "inner" / "file").read_bytes() == b"abc"


def test_removing_takes_files_folders_and_links_and_never_what_a_link_names(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").write_bytes(b"")
    (tmp_path / "link").symlink_to("folder")
    remove(tmp_path / "link")
    assert (tmp_path / "folder" / "a").exists()
    remove(tmp_path / "folder")
    remove(tmp_path / "folder")
    assert list(tmp_path.iterdir()) == []


needs_preadv = pytest.mark.skipif(not hasattr(os, "preadv"), reason="this system can only map files")


def test_a_small_file_is_not_read_part_by_part(tmp_path: Path) -> None:
    assert FarFile.of(tmp_path / "not even there", disk.FAR - 1) is None


@needs_preadv
def test_a_file_of_a_quarter_of_a_gibibyte_is_read_part_by_part(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as stream:
        stream.truncate(2**28)  # takes no room on the disk
    assert FarFile.of(tmp_path / "a", 2**28) is not None


@needs_preadv
def test_parts_of_a_file_are_read_from_where_its_data_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "FAR", 1)
    values = np.arange(500, dtype=np.uint16)
    np.save(tmp_path / "values.npy", values)
    far = FarFile.of(tmp_path / "values.npy", values.nbytes)
    assert far is not None
    (tmp_path / "values.npy").unlink()  # as when a newer build has taken its place
    into = np.zeros(7, np.uint16)
    far.read(into, 2 * 100)
    assert into.tolist() == list(range(100, 107))
    far.read(into[:0], 1000)
    with pytest.raises(OSError, match=r"values\.npy: ends too soon"):
        far.read(into, 2 * 498)
    number = far._number
    del far
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


@needs_preadv
def test_an_index_of_large_files_gives_the_same_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    qa.build(SEED, tmp_path / "index", encoder=TinyEncoder())
    questions = ("綦河洪峰水位是多少？", "什么时候发生的？", "水")
    mapped = qa.open(tmp_path / "index", encoder=TinyEncoder())
    monkeypatch.setattr(disk, "FAR", 1)
    read = qa.open(tmp_path / "index", encoder=TinyEncoder())
    assert read.store._segments[0].words.far is not None
    for question in questions:
        assert read.ask(question) == mapped.ask(question)
        assert read.search(question, 20) == mapped.search(question, 20)
