"""Damage the files of an index 500 times: .venv/bin/python tests/bench/flips.py"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, store

sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    from ordeal import damage_files

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        told = damage_files(options.times, Path(folder))
    store("flips", {"encoder": "tiny", "times": options.times, **told, "seconds": round(time.monotonic() - began, 1)})


if __name__ == "__main__":
    main()
