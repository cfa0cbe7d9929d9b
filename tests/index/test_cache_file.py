"""A cache file gives back what was put there or nothing, whatever happens to the process, the file and the disk."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest
from conftest import ROOT

from qa.index import cache_file
from qa.index.cache_file import CacheFile

VALUES = {bytes([number]) * 16: Random(number).randbytes(1500) for number in range(200)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with `VALUES`, put there fifty at a time."""
    cache = CacheFile(tmp_path / "cache" / "a.sqlite", "context")
    items = list(VALUES.items())
    assert all(cache.put(items[at : at + 50]) for at in range(0, len(items), 50))
    cache.close()
    return cache.file


def held(file: Path, context: str = "context") -> dict[bytes, bytes]:
    return CacheFile(file, context).get(list(VALUES))


def test_values_come_back_by_their_keys_and_nothing_else_does(file: Path) -> None:
    cache = CacheFile(file, "context")
    assert cache.get([*VALUES, *VALUES, b"other"]) == VALUES
    assert cache.all_keys() == set(VALUES)
    assert cache.get([]) == {}
    assert cache.put([(b"\0" * 16, b"new"), (b"empty", b"")])
    assert cache.get([b"\0" * 16, b"empty"]) == {b"\0" * 16: b"new", b"empty": b""}


def test_a_cache_that_nothing_was_put_into_makes_no_file(tmp_path: Path) -> None:
    cache = CacheFile(tmp_path / "none" / "a.sqlite", "context")
    assert (cache.get([b"a"]), cache.all_keys()) == ({}, set())
    cache.drop([], 0)
    assert list(tmp_path.iterdir()) == []


def test_values_of_another_context_are_not_there(file: Path) -> None:
    assert held(file, "other") == {}
    assert held(file) == VALUES


def test_a_value_that_was_changed_or_put_under_another_key_is_not_there(file: Path) -> None:
    one, two, three, *rest = VALUES
    with sqlite3.connect(file) as connection:
        (value,) = connection.execute("SELECT value FROM kept WHERE key = ?", (one,)).fetchone()
        connection.execute("UPDATE kept SET value = ? WHERE key = ?", (bytes([value[0] ^ 1]) + value[1:], one))
        connection.execute(
            "UPDATE kept SET (value, digest) = (SELECT value, digest FROM kept WHERE key = ?) WHERE key = ?", (rest[0], two)
        )
        connection.execute("UPDATE kept SET value = 7 WHERE key = ?", (three,))
    assert held(file) == {key: VALUES[key] for key in rest}


@pytest.mark.parametrize("seed", range(60))
def test_a_flipped_bit_or_a_cut_costs_what_it_hits_and_never_gives_a_wrong_value(seed: int, file: Path) -> None:
    random = Random(seed)
    data = bytearray(file.read_bytes())
    if seed % 4 == 0:
        del data[random.randrange(len(data)) :]
    else:
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    file.write_bytes(data)
    found = held(file)
    assert found.items() <= VALUES.items()
    if seed % 4:
        assert len(found) >= len(VALUES) - 4  # a page holds two values, and one may be read on from another
    cache = CacheFile(file, "context")
    assert cache.put(VALUES.items())
    assert held(file) == VALUES
    assert [path.name for path in file.parent.iterdir()] == ["a.sqlite"]


@pytest.mark.parametrize("content", [b"", b"no database at all" * 1000, b"SQLite format 3\0" + bytes(5000)])
def test_a_file_that_is_something_else_is_replaced(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert held(file) == {}
    assert CacheFile(file, "context").put(VALUES.items())
    assert held(file) == VALUES


def test_what_another_table_or_trigger_says_runs_nothing(file: Path) -> None:
    file.unlink()
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE other (a)")
        connection.execute("CREATE VIEW kept AS SELECT 1 AS key, 2 AS value, 3 AS digest, 4 AS written, a FROM other")
    cache = CacheFile(file, "context")
    assert not cache.put(VALUES.items())
    assert held(file) == {}


def test_what_is_not_wanted_goes_once_it_is_old_and_is_nowhere_in_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = list(VALUES)
    now = time.time()
    monkeypatch.setattr(cache_file.time, "time", lambda: now + 100)
    cache = CacheFile(file, "context")
    cache.put([(keys[0], VALUES[keys[0]])])
    cache.drop(keys[150:], 200)
    assert held(file) == VALUES
    cache.drop(keys[150:], 50)
    cache.close()
    assert held(file) == {key: VALUES[key] for key in (keys[0], *keys[150:])}
    assert VALUES[keys[1]][:600] not in file.read_bytes()
    assert file.stat().st_size < 52 * 1500 * 2


def test_a_file_that_cannot_be_written_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "_PRAGMAS", (*cache_file._PRAGMAS, "query_only = ON"))
    cache = CacheFile(file, "context")
    assert not cache.put([(b"new", b"value")])
    cache.drop([], 0)
    assert cache.get([*VALUES, b"new"]) == VALUES


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_holds_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert not CacheFile(tmp_path / "new" / "a.sqlite", "context").put(VALUES.items())
    tmp_path.chmod(0o700)


def test_a_folder_that_is_a_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = CacheFile(tmp_path / "file" / "a.sqlite", "context")
    assert not cache.put(VALUES.items())
    assert (cache.get(list(VALUES)), cache.all_keys()) == ({}, set())


def test_a_full_disk_keeps_what_was_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = file.stat().st_size // 4096
    monkeypatch.setattr(cache_file, "_PRAGMAS", (*cache_file._PRAGMAS, f"max_page_count = {pages + 2}"))
    cache = CacheFile(file, "context")
    assert not cache.put((bytes([number, 0]), bytes(1500)) for number in range(200))
    assert cache.get(list(VALUES)) == VALUES
    assert cache.put([(b"small", b"value")])


def test_one_that_another_process_keeps_locked_is_waited_for_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "_WAIT", 0.05)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache = CacheFile(file, "context")
    assert not cache.put([(b"a", b"b")])
    monkeypatch.setattr(cache_file, "_connected", lambda file: pytest.fail("was tried again"))
    assert cache.get(list(VALUES)) == {}
    other.close()


def test_a_killed_process_leaves_every_put_that_came_to_its_end_whole(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from qa.index.cache_file import CacheFile\n"
        "cache = CacheFile(Path(sys.argv[1]), 'context')\n"
        "for number in range(10**6):\n"
        "    value = number.to_bytes(4, 'big')\n"
        "    cache.put((value + bytes([part]), value * 300) for part in range(64))\n"
        "    print(number, flush=True)\n"
    )
    file = tmp_path / "a.sqlite"
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(file)], cwd=ROOT, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        assert process.stdout is not None
        for _ in range(3):
            done = int(process.stdout.readline())
        process.kill()
        done = max([done, *map(int, process.stdout.read().split())])
        process.wait()
        cache = CacheFile(file, "context")
        numbers = {int.from_bytes(key[:4], "big") for key in cache.all_keys()}
        assert set(range(done + 1)) <= numbers
        for number in numbers:
            value = number.to_bytes(4, "big")
            assert cache.get([value + bytes([part]) for part in range(64)]) == {
                value + bytes([part]): value * 300 for part in range(64)
            }
        cache.remove()
        assert list(tmp_path.iterdir()) == []


def put_some(file: Path, letter: bytes) -> None:
    cache = CacheFile(file, "context")
    for number in range(20):
        assert cache.put([(letter + bytes([number]), letter * 1000)])


def test_several_processes_put_at_once(file: Path) -> None:
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=put_some, args=(file, letter)) for letter in (b"x", b"y", b"z")]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
    keys = [letter + bytes([number]) for letter in (b"x", b"y", b"z") for number in range(20)]
    assert CacheFile(file, "context").get([*VALUES, *keys]) == VALUES | {key: key[:1] * 1000 for key in keys}
