"""Kill 300 builds at random moments: .venv/bin/python tests/bench/crash.py"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, store

sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    from ordeal import kill_builds

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        told = kill_builds(options.kills, Path(folder))
    store("crash", {"encoder": "tiny", "kills": options.kills, **told, "seconds": round(time.monotonic() - began, 1)})


if __name__ == "__main__":
    main()
