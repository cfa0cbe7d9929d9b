"""Damage the golden files of every kind 10,000 times and read them: .venv/bin/python tests/bench/mutations.py

Each is a document or one line with the reason; anything else is an error of the project. Time and memory are those of the process
that reads.
"""

from __future__ import annotations

import argparse
import collections
import random
import resource
import sys
import time
from pathlib import Path

from common import ROOT, store

sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "documents")]


def main() -> None:
    from mutations import mutated
    from test_readers import FILES

    from qa.config import Limits
    from qa.documents.content import Unreadable
    from qa.documents.kinds import kind_of
    from qa.documents.readers import read_content

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10_000)
    parser.add_argument("--kinds", default="", help="suffixes, separated by commas; all if left out")
    options = parser.parse_args()
    chosen = {name: entry[0] for name, entry in FILES.items() if Path(name).suffix.strip(".") in options.kinds.split(",")}
    files = chosen or {name: entry[0] for name, entry in FILES.items()}
    limits = Limits()
    told: dict[str, collections.Counter[str]] = {name: collections.Counter() for name in files}
    slowest: dict[str, float] = dict.fromkeys(files, 0.0)
    bad: list[str] = []
    for number in range(options.times):
        name = list(files)[number % len(files)]
        data = mutated(files[name], random.Random(number))
        began = time.process_time()
        try:
            content = read_content(kind_of(Path(name).suffix, data, limits), data, limits)
            outcome = "read in part" if content.problems else "read"
            starts = [mark.start for mark in content.marks]
            if starts != sorted(starts) or any(not 0 <= start <= len(content.text) for start in starts):
                bad.append(f"{name} {number}: marks")
        except Unreadable as error:
            outcome = error.code
        except Exception as error:
            outcome = "error"
            bad.append(f"{name} {number}: {type(error).__name__}")
        told[name][outcome] += 1
        slowest[name] = max(slowest[name], time.process_time() - began)
    result = {
        "times": options.times,
        "neither document nor reason": bad,
        "slowest": {name: round(seconds, 2) for name, seconds in slowest.items()},
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "outcomes": {name: dict(counts.most_common()) for name, counts in told.items()},
    }
    if chosen:
        print(result)
    else:
        store("mutations", result)


if __name__ == "__main__":
    main()
