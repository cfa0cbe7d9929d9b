"""The reader of PDFs beside the field's libraries, on PDFs of many kinds that are made here.

    pip install --target FOLDER docling-parse==7.23.1 pdf-oxide==0.3.78 kreuzberg==4.10.4 liteparse==2.18.0 pdfplumber==0.11.10
    python tests/bench/pdf/compare.py --libraries FOLDER

"pairs": of the neighbouring words (characters of Chinese) of the truth's paragraphs, how many are neighbours in what was read.
"cells": cells of tables that stand apart from what is beside them. "rows": rows of tables with every value under its column's
name. "over 30 % out of order": files that keep fewer than 70 % of their pairs. "once": lines on every page that are read exactly
once. "pages a second" is of CPU time, on one report of 400 pages. "MB on disk" is the library with what it alone needs.
"""

from __future__ import annotations

import argparse
import pickle
import random
import re
import statistics
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from common import ROOT, store
from engines import ENGINES
from kinds import Made, Sheet, drawn_cases, prose
from printed import printed_cases

_TOKEN = re.compile(r"[⺀-鿿豈-﫿]|[^\W⺀-鿿]+|[^\w\s]")
# Character boxes, as the documentation of each says; which of its folders belong to it alone.
BOXES = {"shipped": True, "pdfplumber": True, "pdf_oxide": True, "liteparse": False, "liteparse, plain text": False,
         "kreuzberg": False, "docling-parse": True}  # fmt: skip
FOLDERS = {
    "shipped": ("pypdfium2", "pypdfium2_raw"), "pdfplumber": ("pdfplumber", "pdfminer", "pypdfium2", "pypdfium2_raw"),
    "pdf_oxide": ("pdf_oxide",), "liteparse": ("liteparse",), "liteparse, plain text": ("liteparse",),
    "kreuzberg": ("kreuzberg", "kreuzberg.libs"), "docling-parse": ("docling_parse", "docling_core", "docling_parse.libs"),
}  # fmt: skip


def tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text.replace("⁶", "^6").replace("-\n", "-")).casefold()
    return [token for token in _TOKEN.findall(folded) if token.isalnum()]


def pairs(text: str) -> Counter[tuple[str, str]]:
    words = tokens(text)
    return Counter(pairwise(words))


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def scores(case: Made, read: dict[str, Any]) -> dict[str, float]:
    """How right a file was read, each figure of 0 to 1."""
    found: dict[str, float] = {}
    text = unicodedata.normalize("NFKC", read["text"])
    wanted = sum((pairs(paragraph) for paragraph in case.paragraphs), Counter())
    if wanted:
        had = pairs(read["text"])
        found["pairs"] = sum(min(count, had[pair]) for pair, count in wanted.items()) / wanted.total()
    if case.rows:
        cells = [unicodedata.normalize("NFKC", cell) for row in case.rows for cell in row.values()]
        apart = [re.search(rf"(?<!\w){re.escape(cell)}(?!\w)", text) is not None for cell in cells]
        found["cells"] = sum(apart) / len(cells)
        had = Counter(frozenset((squeezed(k), squeezed(v)) for k, v in row.items()) for row in read["rows"])
        wanted_rows = Counter(frozenset((squeezed(k), squeezed(v)) for k, v in row.items()) for row in case.rows)
        found["rows"] = sum(min(count, had[row]) for row, count in wanted_rows.items()) / len(case.rows)
    if case.once:
        found["once"] = sum(squeezed(text).count(squeezed(line)) == 1 for line in case.once) / len(case.once)
    if case.absent:
        found["absent"] = sum(squeezed(line) not in squeezed(text) for line in case.absent) / len(case.absent)
    return found


def report(pages: int = 400) -> bytes:
    """A long report: a heading and some 1,300 characters a page."""
    from drawing import made

    chance = random.Random(5)

    def draw(canvas: Any) -> None:
        for number in range(pages):
            sheet = Sheet(canvas)
            y = sheet.paragraph(f"第{number + 1}节 运行情况", 72, 780, 440, 15) - 6
            while y > 80:
                y = sheet.paragraph(prose(chance, "zh", 4), 72, y, 440, 10.5) - 6
            canvas.showPage()

    return made(draw)


def measured(name: str, files: list[bytes], libraries: str) -> tuple[list[dict[str, Any]], int]:
    with tempfile.TemporaryDirectory() as folder:
        cases, out = Path(folder) / "cases", Path(folder) / "out"
        cases.write_bytes(pickle.dumps(files))
        places = [str(Path(__file__).parent), str(ROOT)]
        program = f"import sys; sys.path = {places!r} + sys.path + sys.argv[1:2]; import engines; engines.main(*sys.argv[2:])"
        command = [sys.executable, "-c", program]
        subprocess.run([*command, libraries, name, str(cases), str(out)], check=True, stderr=subprocess.DEVNULL)
        found: tuple[list[dict[str, Any]], int] = pickle.loads(out.read_bytes())
    return found


def megabytes(name: str, libraries: str) -> float:
    total = 0
    for folder in FOLDERS[name]:
        place = next((Path(path) / folder for path in (libraries, *sys.path) if path and (Path(path) / folder).is_dir()), None)
        total += sum(file.stat().st_size for file in place.rglob("*") if file.is_file()) if place else 0
    return round(total / 2**20, 1)


def summary(cases: list[Made], read: list[dict[str, Any]]) -> dict[str, Any]:
    each = [scores(case, found) for case, found in zip(cases, read, strict=True)]
    kept = [score["pairs"] for score in each if "pairs" in score]
    kinds: dict[str, list[float]] = {}
    for case, score in zip(cases, each, strict=True):
        kinds.setdefault(case.kind, []).append(min(score.values()))
    return {
        "refused": sum(bool(found["error"]) for found in read),
        **{name: round(100 * statistics.mean(s[name] for s in each if name in s), 1)
           for name in ("pairs", "cells", "rows", "once", "absent")},
        "over 30 % out of order": sum(score < 0.7 for score in kept),
        "by kind, the worst figure of each file": {kind: round(100 * statistics.mean(of), 1) for kind, of in kinds.items()},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--libraries", default="", help="where the libraries are that are compared with")
    parser.add_argument("--only", help="one of: " + ", ".join(ENGINES))
    parser.add_argument("--verbose", action="store_true", help="list the files that are not read right")
    options = parser.parse_args()
    cases = [*drawn_cases(), *printed_cases()]
    long = report()
    result: dict[str, Any] = {"files": len(cases), "engines": {}}
    for name in [options.only] if options.only else list(ENGINES):
        read, memory = measured(name, [case.data for case in cases], options.libraries)
        speed, _ = measured(name, [long], options.libraries)
        result["engines"][name] = summary(cases, read) | {
            "pages a second": round(400 / speed[0]["seconds"], 0), "MB of memory": memory,
            "MB on disk": megabytes(name, options.libraries), "characters have boxes": BOXES[name],
        }  # fmt: skip
        if options.verbose:
            for case, found in zip(cases, read, strict=True):
                score = scores(case, found)
                if min(score.values()) < 0.995:
                    print(name, "|", case.name, {key: round(value, 3) for key, value in score.items()}, found["error"])
    if options.only:
        print(result)
    else:
        result["versions"] = {}
        for package in ("pypdfium2", "docling-parse", "pdf-oxide", "kreuzberg", "liteparse", "pdfplumber"):
            sys.path.append(options.libraries)
            try:
                result["versions"][package] = version(package)
            except PackageNotFoundError:
                result["versions"][package] = "not installed"
        store("pdf_engines", result)


if __name__ == "__main__":
    main()
