"""A fault at every system call that changes a file, in turn, while an index is built, updated, and loses a document.

    python tests/bench/faults.py [--every N] [--out NAME]

Needs Linux and a C compiler: faults.c is compiled and preloaded. Each call fails once with EIO, with ENOSPC, EACCES and EDQUOT
from then on, by writing half of its bytes on a full disk, and by the death of the process. After each the index has to open as
the old one or the new one, what failed has to be told in one line, the next build has to make the new one, and nothing may be
left over.
"""

from __future__ import annotations

import argparse
import ctypes
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FAULTS = {  # name -> errno (0: half a write, -1: death), whether it lasts
    "EIO once": (errno.EIO, 0),
    "ENOSPC for good": (errno.ENOSPC, 1),
    "EACCES for good": (errno.EACCES, 1),
    "EDQUOT for good": (errno.EDQUOT, 1),
    "half a write": (0, 1),
    "death": (-1, 0),
}
OLD = {"a.md": "# 水库\n\n水库于1999年建成。\n", "b.txt": "大桥长227米。\n"}
NEW = {"a.md": "# 水库\n\n水库于2001年建成。\n", "b.txt": "大桥长227米。\n", "c.txt": "火山爆发了。\n"}
ACTIONS = {"build": ({}, OLD), "update": (OLD, NEW), "delete": (OLD, {"b.txt": OLD["b.txt"]})}  # name -> documents before, after


def compiled(folder: Path) -> Path | None:
    """The library of faults.c, compiled into `folder`; None without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, Path(__file__).with_suffix(".c"), "-ldl"], check=True)
    return library


def run(every: int = 1) -> dict[str, Any]:
    """Try the faults at every `every`-th call; to be run in a process into which the library is preloaded."""
    from tiny import TinyEncoder

    import qa

    library = ctypes.CDLL(None)
    encoder = TinyEncoder()
    counts, wrong = Counter[str](), []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name).resolve()
        docs, folder, kept = work / "docs", work / "index", work / "kept"
        for action, (before, after) in ACTIONS.items():
            shutil.rmtree(folder, ignore_errors=True)
            if before:
                _put(docs, before)
                qa.build(docs, folder, encoder=encoder)
            shutil.rmtree(kept, ignore_errors=True)
            if before:
                folder.rename(kept)
            _put(docs, after)
            told = work / "told"

            def tried(number: int, what: int, lasts: int, told: Path = told) -> tuple[int, str, int]:
                """Do it in a child with a fault at the call `number`: its exit status, what it told, and the calls."""
                shutil.rmtree(folder, ignore_errors=True)
                if kept.exists():
                    shutil.copytree(kept, folder)
                told.write_text("")
                child = os.fork()
                if child == 0:
                    status = 1
                    try:
                        library.faults_begin(str(folder).encode(), number, what, lasts)
                        qa.build(docs, folder, encoder=encoder)
                        status = 0
                    except qa.QAError as error:
                        status, text = 3, str(error)
                        told.write_text(text)
                    except BaseException:
                        told.write_text(traceback.format_exc())
                    with suppress(OSError):
                        (work / "calls").write_text(str(library.faults_counted()))
                    os._exit(status)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                return status, told.read_text(), int((work / "calls").read_text()) if status >= 0 else 0

            def sources() -> set[str] | None:
                try:
                    return {entry.source for entry in qa.open(folder, encoder=encoder).manifest.documents}
                except qa.IndexNotFound:
                    return None

            _, _, calls = tried(0, 0, 0)
            counts[f"calls of {action}"] = calls
            for number in range(1, calls + 1, every):
                for fault, (what, lasts) in FAULTS.items():
                    status, text, _ = tried(number, what, lasts)
                    counts["faults"] += 1
                    counts["failed" if status == 3 else "done all the same" if status == 0 else "died"] += 1
                    found = _problems(
                        status, text, set(before), set(after), sources, lambda: qa.build(docs, folder, encoder=encoder)
                    )
                    wrong += [f"{action}, call {number}, {fault}: {problem}" for problem in found]
                    if list(folder.glob(".building-*")) or list(folder.glob(".writing-*")):
                        wrong.append(f"{action}, call {number}, {fault}: something is left over")
    return {"counts": dict(counts), "wrong": wrong}


def _problems(status: int, text: str, before: set[str], after: set[str], sources: Any, again: Any) -> Iterator[str]:
    if status not in (0, 3, -signal.SIGKILL):
        yield f"ended with {status}: {text[-300:]}"
    if status == 3 and (not text.strip() or len(text.strip().splitlines()) != 1):
        yield f"told {text[:200]!r}"
    try:
        there = sources()
        if there != after and (status == 0 or there != (before or None)):
            yield f"holds {there} after {status}"
        again()
        if sources() != after:
            yield f"the next build holds {sources()}"
    except Exception as error:
        yield f"{type(error).__name__}: {str(error)[:200]}"


def _put(folder: Path, texts: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")


def tried_in_a_process(every: int) -> dict[str, Any] | None:
    """`run` in a process with the library; None where it cannot be compiled."""
    with tempfile.TemporaryDirectory() as name:
        library = compiled(Path(name))
        if library is None:
            return None
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # a process that forks has no others
        environment = {**os.environ, **one_thread, "LD_PRELOAD": str(library), "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"}
        command = [sys.executable, __file__, "--inside", "--every", str(every)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--out")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(run(options.every)))
        return
    found = tried_in_a_process(options.every)
    if found is None:
        sys.exit("no C compiler, or not Linux")
    if options.out:
        sys.path.insert(0, str(ROOT / "tests" / "bench"))
        from common import store

        store(options.out, found)
    print(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
