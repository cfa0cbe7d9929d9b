"""What the caches of an index cost: .venv/bin/python tests/bench/caches.py

20,480 vectors are written, 512 at a time as a build does, and read by a cache that is opened anew; then 2,000 small files are
indexed twice with an encoder that costs next to nothing (that of folder.py), the second time with one file changed; then the
dictionary of translation is made, opened and asked. Every figure is the best of `--rounds`.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from common import store
from folder import TEXT, Hashing

import qa
from qa.index.vector_cache import VectorCache, text_key
from qa.text import translation

VECTORS, AT_ONCE, DIMENSION, FILES = 20_480, 512, 384, 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--name", default="caches", help="of the result")
    options = parser.parse_args()
    rounds = [measured() for _ in range(options.rounds)]
    best = {figure: min(each[figure] for each in rounds) for figure in rounds[0]}
    store(options.name, {"vectors": VECTORS, "files": FILES, "rounds": options.rounds, **best})


def measured() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as work:
        return vectors(Path(work) / "cache") | builds(Path(work)) | lookups(Path(work))


def vectors(folder: Path) -> dict[str, float]:
    random = np.random.default_rng(1)
    made = random.standard_normal((VECTORS, DIMENSION)).astype(np.float32)
    keys = [text_key(str(n)) for n in range(VECTORS)]

    def write() -> None:
        cache = VectorCache(folder, "bench", DIMENSION)
        for at in range(0, VECTORS, AT_ONCE):
            cache.add(keys[at : at + AT_ONCE], made[at : at + AT_ONCE])

    def read() -> None:
        cache = VectorCache(folder, "bench", DIMENSION)
        for at in range(0, VECTORS, 8192):
            found = cache.get(keys[at : at + 8192])
            assert np.array_equal([found[key] for key in keys[at : at + 8192]], made[at : at + 8192])

    result = {"write_seconds": seconds(write), "read_seconds": seconds(read)}
    return result | {"megabytes": round(size(folder) / 1e6, 1)}


def builds(work: Path) -> dict[str, float]:
    random = Random(1)
    for n in range(FILES):
        file = work / "docs" / f"{n // 100:02}" / f"{n:04}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            TEXT[n % 3].format(n=random.randrange(9999), m=random.randrange(2030), a=n, b=random.randrange(99)) for _ in range(5)
        ]
        file.write_text("\n".join(lines) + "\n", "utf-8")

    def build() -> None:
        qa.build(work / "docs", work / "index", encoder=Hashing())

    qa.build(work / "docs" / "00", work / "warm", encoder=Hashing())  # dictionaries
    first = seconds(build)
    (work / "docs" / "00" / "0001.txt").write_text("洪水退去。\n", "utf-8")
    changed = seconds(build)
    return {
        "first_build_seconds": first,
        "changed_build_seconds": changed,
        "unchanged_build_seconds": seconds(build),
        "cache_megabytes": round(size(work / "index" / "cache") / 1e6, 1),
    }


def lookups(work: Path) -> dict[str, float]:
    os.environ["QA_CACHE"] = str(work / "user")
    random = Random(2)
    words = ["".join(random.choices("水火山人大小年月国家会议", k=2)) for _ in range(5000)]

    def opened() -> Any:
        translation._dictionary.cache_clear()
        return translation._dictionary()

    made = seconds(opened)
    again = seconds(opened)
    dictionary = translation._dictionary()
    asked = seconds(lambda: [dictionary.get("zh " + word) for word in words])
    return {
        "dictionary_made_seconds": made,
        "dictionary_opened_seconds": again,
        "dictionary_lookup_microseconds": round(asked / len(words) * 1e6, 1),
        "dictionary_megabytes": round(size(work / "user") / 1e6, 1),
    }


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 4)


def size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
