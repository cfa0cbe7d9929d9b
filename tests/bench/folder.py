"""Build a folder of 10,000 mixed files, then bring it up to date: .venv/bin/python tests/bench/folder.py

The vectors are those of a small encoder made for the tests (384 dimensions, hashed characters), so that the figures are of
everything but the model: what the model takes is in the README under "Figures".
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from common import store

import qa
from qa.progress import Step

TEXT = (
    "第{n}号水库在第{m}年建成，蓄水{a}万立方米，灌溉下游的农田。洪峰水位{b}.{m}米，疏散群众{a}人。",
    "The reservoir number {n} was filled in year {m} and holds {a} thousand cubic metres. It waters the fields below.",
    "第{n}期会议决定：减轻基层负担，取消{m}项考核，整改{a}个问题。",
)


class Hashing:
    """An encoder that costs next to nothing: characters hashed into as many dimensions as the default model has."""

    name, fingerprint, dimension = "hashing", "hashing-1", 384

    def encode_queries(self, texts: Sequence[str]) -> Any:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Any:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            codes = np.frombuffer(text.encode("utf-16-le"), np.uint16).astype(np.int64)
            np.add.at(vectors[row], (codes * 2654435761 + zlib.crc32(text[:4].encode())) % self.dimension, 1)
        if progress is not None:
            progress(sum(map(len, texts)))
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def write_files(folder: Path, count: int) -> None:
    """Texts in four encodings and two languages, one in twenty a copy, one in twenty of a kind that is not read."""
    random = Random(1)
    for n in range(count):
        file = folder / f"{n // 1000:02}" / f"{n // 100:03}" / f"{n:05}"
        file.parent.mkdir(parents=True, exist_ok=True)
        if n % 20 == 7:
            file.with_suffix(".bin").write_bytes(random.randbytes(2000))
            continue
        n = n - 7 if n % 20 == 11 else n  # noqa: PLW2901 a copy
        own = Random(n)
        text = TEXT[n % 3]
        lines = [
            text.format(n=n, m=own.randrange(2000), a=own.randrange(9999), b=own.randrange(300))
            for _ in range(own.randrange(2, 30))
        ]
        encoding = ("utf-8", "gb18030", "utf-16", "utf-8-sig")[n % 4]
        file.with_suffix(".md" if n % 5 == 0 else ".txt").write_bytes("\n".join(lines).encode(encoding))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        docs, folder = Path(temporary) / "docs", Path(temporary) / "index"
        write_files(docs, options.files)
        result: dict[str, Any] = {"encoder": "hashing, 384 dimensions", "files": options.files}
        result["bytes"] = sum(file.stat().st_size for file in docs.rglob("*") if file.is_file())
        time.sleep(4)  # so that the files' times can be relied on

        def measure(name: str) -> qa.Index:
            steps: list[tuple[float, str, float]] = []

            def progress(label: str, done: int, total: int) -> None:
                steps.append((time.monotonic(), label, done / max(total, 1)))

            began = time.monotonic()
            index = qa.build(docs, folder, progress=progress, encoder=Hashing())
            seconds = time.monotonic() - began
            result[name] = {
                "seconds": round(seconds, 2),
                "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
            if name != "nothing changed":
                report = index.manifest.report
                for figure in ("read", "unchanged", "duplicates", "skipped", "embedded"):
                    result[name][figure] = getattr(report, figure)
            label = Step.READING
            times = [(when, share) for when, step, share in steps if step == label]
            if name == "first build":  # how far the bar is from the share of the step's time, at the worst
                start, whole = times[0][0], times[-1][0] - times[0][0]
                result["progress_error"] = round(max(abs((when - start) / whole - share) for when, share in times), 3)
            return index

        index = measure("first build")
        result["passages"], result["sentences"] = index.manifest.passages, index.manifest.sentences
        result["index_bytes"] = sum(size for size, _ in index.manifest.files.values())
        del index
        began = time.monotonic()
        qa.open(folder, encoder=Hashing())
        result["open_seconds"] = round(time.monotonic() - began, 2)
        measure("nothing changed")
        (docs / "00" / "000" / "00001.txt").write_text("火山爆发了。\n", encoding="utf-8")
        measure("one file changed")
    store("folder", result)


if __name__ == "__main__":
    sys.exit(main())
