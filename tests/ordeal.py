"""What an index has to live through: builds that are killed at any moment, and bytes that change on the disk.

Used by `test_ordeal.py` in small numbers and by `bench/crash.py` and `bench/flips.py` in large ones.
"""

from __future__ import annotations

import hashlib
import math
import multiprocessing
import shutil
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

from tiny import TinyEncoder

import qa
from qa.index import layout as parts
from qa.index import merge_policy, vector_cache
from qa.index.build import build
from qa.index.damage import find_damage
from qa.index.manifest import Manifest
from qa.index.manifest_file import read_manifest, read_pointer
from qa.index.publish import CACHE
from qa.index.vector_cache import KEY_SIZE, VectorCache
from qa.index.verify import verify_index
from qa.text.words import tokenize

QUESTIONS = ("第3个水库", "洪水", "clinic patients")

tokenize("预热")  # the server that the killed processes are forked from has the dictionaries loaded


def write_document(folder: Path, random: Random) -> None:
    """Add, change, rename or delete one of up to twelve documents."""
    name = f"{random.choice('ab')}/{random.randrange(6)}.txt"
    file = folder / name
    kind = random.random()
    if file.exists() and kind < 0.2 and len(list(folder.rglob("*.txt"))) > 2:
        file.unlink()
    elif file.exists() and kind < 0.4:
        file.rename(file.with_name(f"{random.randrange(6)}.txt"))
    else:
        file.parent.mkdir(exist_ok=True)
        lines = [
            f"第{random.randrange(60)}个水库蓄水{random.randrange(9000)}万立方米。洪水退去。"
            for _ in range(random.randrange(1, 12))
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def documents_of(folder: Path) -> Counter[str]:
    """The digests of the documents in a folder, with repetitions."""
    return Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*.txt"))


def indexed(manifest: Manifest) -> Counter[str]:
    """The digests of the documents in an index, with repetitions."""
    return Counter(entry.sha256 for entry in manifest.documents for _ in entry.sources)


def build_slowly(docs: Path, folder: Path) -> None:
    """A build with many steps, to be killed in."""
    vector_cache.CHUNK = 16
    build(docs, folder, encoder=TinyEncoder())


def build_in_segments(docs: Path, folder: Path) -> None:
    """The same of an index that keeps what segments it can."""
    merge_policy.SMALL, merge_policy.SHARE_CHANGED = 0, math.inf
    build_slowly(docs, folder)


def kill_builds(kills: int, work: Path, seed: int = 0, in_segments: bool = False) -> Counter[str]:
    """Kill first builds and updates at random moments, `kills` times, and check the index each time.

    Asserts that it opens as the old one or the new one, whole; that no vector which was kept is computed again by the next
    build; that this one leaves nothing behind and is bit for bit a first build of the same files.
    """
    step = build_in_segments if in_segments else build_slowly
    random = Random(seed)
    docs, folder = work / "docs", work / "index"
    docs.mkdir()
    for _ in range(8):
        write_document(docs, random)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ordeal"])
    _timed(context, docs, folder)  # this one waits for the server
    usual = _timed(context, docs, work / "first")
    told = Counter[str]()
    for number in range(kills):
        if number % 5 == 0:
            shutil.rmtree(folder)
        before = indexed(read_manifest(folder)[1]) if read_pointer(folder) else None
        write_document(docs, random)
        after = documents_of(docs)
        process = context.Process(target=step, args=(docs, folder))
        process.start()
        time.sleep(random.random() * usual * 1.1)
        process.kill()
        process.join()
        told["killed" if process.exitcode else "finished before"] += 1
        try:
            now = indexed(qa.open(folder, encoder=TinyEncoder()).manifest)
        except qa.IndexNotFound:
            assert before is None
            told["no index yet"] += 1
        else:
            assert now in (before, after)
            told["the new index" if now == after else "the old index"] += 1
            told["in several segments"] += len(read_manifest(folder)[1].segments) > 1
        if number % 3 == 2:
            # an index that holds just this would be left as it is, segments and all
            while in_segments and read_pointer(folder) and indexed(read_manifest(folder)[1]) == documents_of(docs):
                write_document(docs, random)
            told["vectors reused"] += _finish(docs, folder, work / "fresh")
    if not in_segments:
        _finish(docs, folder, work / "fresh")
    return told


def _timed(context: Any, docs: Path, folder: Path) -> float:
    began = time.perf_counter()
    process = context.Process(target=build_slowly, args=(docs, folder))
    process.start()
    process.join()
    assert process.exitcode == 0
    return time.perf_counter() - began


def _finish(docs: Path, folder: Path, fresh: Path) -> int:
    """Build what was killed, to the end; how many vectors were there already."""
    tiny = TinyEncoder()
    kept = set(VectorCache(folder / CACHE, tiny.fingerprint, tiny.dimension).all_keys())
    before = read_manifest(folder)[0] if read_pointer(folder) else None
    index = build(docs, folder, encoder=tiny)
    found, manifest = read_manifest(folder)
    assert indexed(manifest) == documents_of(docs)
    assert verify_index(folder) == []
    names = {path.name for path in folder.iterdir()} - {".lock", CACHE}
    assert names == {"CURRENT", found.name}
    segment = found / f"{parts.SEGMENT}0"
    keys = (segment / parts.PASSAGE_KEYS).read_bytes() + (segment / parts.SENTENCE_KEYS).read_bytes()
    needed = {keys[at : at + KEY_SIZE] for at in range(0, len(keys), KEY_SIZE)}
    if found != before:  # else the killed build had come to its end
        assert index.manifest.report.embedded == len(needed - kept)
    shutil.rmtree(fresh, ignore_errors=True)
    assert build(docs, fresh, encoder=tiny).manifest.files == manifest.files
    return len(needed & kept)


def damage_files(times: int, work: Path, seed: int = 0) -> Counter[str]:
    """Flip a bit or cut the end of a random file of an index, `times` times, and check what comes of it.

    Asserts that the index is then refused or answers as before, and that a build mends it: the same parts, nothing to
    complain of. A damaged cache costs only its own vectors and never gives a wrong one.
    """
    random = Random(seed)
    docs, whole, folder = work / "docs", work / "whole", work / "index"
    docs.mkdir()
    for _ in range(8):
        write_document(docs, random)
    tiny = TinyEncoder()
    index = build(docs, whole, encoder=tiny)
    answers = [index.search(question, 20) for question in QUESTIONS]
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file() and path.name != ".lock")
    told = Counter[str]()
    for number in range(times):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        name = files[number % len(files)]
        data = bytearray((folder / name).read_bytes())
        if random.random() < 0.3:
            del data[random.randrange(len(data)) :]
        else:
            data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        (folder / name).write_bytes(data)
        if name.parts[0] == CACHE:
            (folder / "CURRENT").unlink()  # so that the next build stands on the cache
            told["in the cache"] += 1
        else:
            try:
                opened = qa.open(folder, encoder=tiny)
                assert [opened.search(question, 20) for question in QUESTIONS] == answers
                told["answered as before"] += 1
            except (qa.IndexCorrupt, qa.IndexNotFound, qa.IndexMismatch) as error:
                told["refused" if str(error).isprintable() else "refused in several lines"] += 1
        mended = build(docs, folder, encoder=tiny)
        assert mended.manifest.files == index.manifest.files
        assert find_damage(*read_manifest(folder)) is None
    return told
