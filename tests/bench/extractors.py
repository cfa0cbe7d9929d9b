"""What is read of real files, beside what independent programs read of them.

    apt-get install poppler-utils pandoc libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui
    python tests/bench/extractors.py FOLDER --cache CACHE [--kinds pdf docx] [--most 300]

FOLDER holds files of any kinds, such as the test files of pdf.js, Apache POI, Apache Tika, pandoc and docling; none of them is in
this project. PDFs are compared with pdftotext, Word (.docx) and other texts with pandoc, older Word, Rich Text, slides and
workbooks with LibreOffice; with `--kinds pptx --beside python-pptx` slides with that library: LibreOffice's pages break words in
narrow boxes and show what no file says, such as the numbers along the axes of charts. CACHE keeps what those read, and what this
project did.

"missing": words (characters of Chinese) of the other program that were not read, of all, and the files that lack more than 5 %.
"out of order": PDFs of which fewer than 70 % of the words that stand beside each other on a line of pdftotext do so in what was
read. "silent": files that were read as without text, and no reason given. What another program cannot read is left out; so are
texts of fewer than 20 words. Not counted are errors that cells show (#N/A), zeros before a number (07/02 is 7/2 elsewhere), and
pieces of words that a narrow box breaks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from common import store

from qa.documents.read import read_document
from qa.errors import QAError

TOKEN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7af]|[^\W_\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
_SPLIT = re.compile(r"-\n\s*(?=[a-z])")  # a word parted at the end of a line
_LINES = re.compile(r"\s{2,}|\n|\t")
_ERROR = re.compile(r"#(?:REF|VALUE|NAME|NUM|NULL|DIV/0|N/A)[!?]?|Err:\d+")  # what cells without a value show; it is not read
_AROUND = 8  # letters before and after a piece of a word
_SHORT = 3  # letters of a word that may stand in another by chance
_MOST_PIECES = 40  # into which a word may be broken: letters below one another
_REACH = 3  # words that may stand between two neighbours: names of columns
_SECONDS, _BATCH, _LEAST = 120, 20, 20  # for one run of another program; files a run of LibreOffice; words that count
_KINDS = {
    "pdf": "pdftotext", "docx": "pandoc", "odt": "pandoc", "rtf": "text", "epub": "pandoc", "fb2": "pandoc", "ipynb": "pandoc",
    "tex": "pandoc", "doc": "text", "ppt": "slides", "pptx": "slides", "odp": "slides", "xls": "cells", "xlsx": "cells",
    "ods": "cells",
}  # fmt: skip
_FILTERS = {
    "text": ("txt:Text (encoded):UTF8", "txt"), "slides": ("pdf", "pdf"),
    "cells": ("csv:Text - txt - csv (StarCalc):9,34,76,1,,0,false,true,true,false,false,-1", "csv"),
}  # fmt: skip


def words(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", _SPLIT.sub("", text.replace("\u00ad", "")))
    return [word.lstrip("0") or "0" if word.isdecimal() else word for word in TOKEN.findall(_ERROR.sub(" ", text).casefold())]


def missing(truth: str, read: str) -> tuple[int, int]:
    """Words of `truth` that `read` lacks, and all of them. What is written together in one and apart in the other is there."""
    said, own = words(truth), words(read)
    left = Counter(said) - Counter(own)
    run = "".join(own)
    _join(said, left, Counter(own) - Counter(said))
    whole, at = "".join(said), 0
    parted: Counter[str] = Counter()  # pieces of a word that stand in what was read as they do here
    for word in said:
        start, at = at, at + len(word)
        if word in left and whole[max(start - _AROUND, 0) : at] in run and whole[start : at + _AROUND] in run:
            parted[word] += 1
    gone = sum((left - parted)[word] for word in left if len(word) <= _SHORT or run.count(word) < left[word])
    return gone, len(said)


def _join(said: list[str], left: Counter[str], whole: Counter[str]) -> None:
    """Takes from `left` what together makes a word of `whole`: words that a narrow box breaks into lines."""
    longest = max(map(len, whole), default=0)
    for start in range(len(said)):
        word = said[start]
        for end in range(start + 1, min(start + _MOST_PIECES, len(said))):
            word += said[end]
            if len(word) > longest:
                break
            if whole[word] > 0:
                whole[word] -= 1
                left.subtract(piece for piece in said[start : end + 1] if left[piece] > 0)
                break


def in_order(truth: str, read: str) -> float | None:
    """The share of the neighbours on a line of `truth` that are neighbours in `read`; None if there are too few."""
    said = words(read)
    near = {(one, other) for i, one in enumerate(said) for other in said[i + 1 : i + 2 + _REACH]}
    known = set(said)
    pairs = [
        pair for line in _LINES.split(truth) for pair in pairwise(words(line)) if pair[0] in known and pair[1] in known
    ]  # fmt: skip
    return sum(pair in near for pair in pairs) / len(pairs) if len(pairs) >= _LEAST else None


def truths(files: Iterable[Path], tool: str, cache: Path) -> Iterator[tuple[Path, str]]:
    """What `tool` reads of each file, from the cache if it is there; files that it cannot read are left out."""
    todo = [file for file in files if not _kept(cache, file, tool).exists()]
    for at in range(0, len(todo), _BATCH):
        batch = todo[at : at + _BATCH]
        with tempfile.TemporaryDirectory() as folder:
            for file, text in _extracted(batch, tool, Path(folder)):
                _kept(cache, file, tool).write_text(text, encoding="utf-8")
        for file in batch:
            if not _kept(cache, file, tool).exists():
                _kept(cache, file, tool).write_text("", encoding="utf-8")
    for file in files:
        text = _kept(cache, file, tool).read_text(encoding="utf-8")
        if tool in ("slides", "python-pptx"):  # what stands on every slide is read once, and its number never
            text = "\n".join(line for line in dict.fromkeys(map(str.strip, text.split("\n"))) if not line.isdigit())
        if len(words(text)) >= _LEAST:
            yield file, text


def _kept(cache: Path, file: Path, tool: str) -> Path:
    how = hashlib.sha256(repr(_FILTERS[tool]).encode()).hexdigest()[:6] if tool in _FILTERS else ""
    return cache / f"{hashlib.sha256(file.read_bytes()).hexdigest()[:20]}.{tool}{how}"


def _extracted(batch: list[Path], tool: str, folder: Path) -> Iterator[tuple[Path, str]]:
    if tool in _ONE_BY_ONE:
        for file in batch:
            yield file, _ONE_BY_ONE[tool](file)
        return
    to, suffix = _FILTERS[tool]
    copies = {f"f{number}": file for number, file in enumerate(batch)}
    for name, file in copies.items():
        shutil.copy(file, folder / (name + file.suffix))
    out = folder / "out"
    profile = f"-env:UserInstallation=file://{folder}/profile"
    _output("soffice", profile, "--headless", "--convert-to", to, "--outdir", str(out), *map(str, sorted(folder.glob("f*.*"))))
    for name, file in copies.items():
        made = sorted(out.glob(f"{name}[.-]*{suffix}"))
        if made and suffix == "pdf":
            yield file, _pdftotext(made[0])
        elif made:
            yield file, "\n".join(part.read_text(encoding="utf-8", errors="replace") for part in made)


def _pdftotext(file: Path) -> str:
    return _output("pdftotext", "-enc", "UTF-8", str(file), "-").replace("\f", "\n")


def _pandoc(file: Path) -> str:
    return _output("pandoc", "-t", "plain", "--wrap=none", str(file))


def _library(file: Path) -> str:
    """What python-pptx finds on slides: texts, tables, notes, names of the parts of charts; nothing of a file that it refuses."""
    from pptx import Presentation

    def texts(shapes: Any) -> Iterator[str]:
        for shape in shapes:
            if hasattr(shape, "shapes"):
                yield from texts(shape.shapes)
            elif shape.has_text_frame:
                yield shape.text_frame.text
            elif shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)
            elif shape.has_chart:
                yield from (str(name) for plot in shape.chart.plots for name in plot.categories)
                yield from (str(series.name) for series in shape.chart.series)

    said: list[str] = []
    try:
        for slide in Presentation(str(file)).slides:
            said += texts(slide.shapes)
            if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
                said.append(slide.notes_slide.notes_text_frame.text)
    except Exception:
        return ""
    return "\n".join(said)


_ONE_BY_ONE: dict[str, Callable[[Path], str]] = {"pdftotext": _pdftotext, "pandoc": _pandoc, "python-pptx": _library}


def _output(*command: str) -> str:
    try:
        run = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return run.stdout.decode("utf-8", "replace")


def read(file: Path, kept: Path) -> dict[str, Any]:
    if not kept.exists():
        began = time.perf_counter()
        try:
            document = read_document(file)
            found: dict[str, Any] = {"text": document.text, "problems": [problem.code for problem in document.problems]}
        except QAError as error:
            found = {"text": "", "refused": error.code, "said": str(error)}
        kept.write_text(json.dumps({**found, "seconds": round(time.perf_counter() - began, 2)}), encoding="utf-8")
    result: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return result


def compared(files: list[Path], kind: str, tool: str, cache: Path, again: bool) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rows = []
    for file, truth in truths(files, tool, cache):
        kept = _kept(cache, file, "read")
        if again:
            kept.unlink(missing_ok=True)
        own = read(file, kept)
        gone, count = missing(truth, own["text"])
        row = {"file": file.name, "words": count, "missing": gone, **{k: v for k, v in own.items() if k != "text"}}
        if kind == "pdf" and own["text"]:
            row["in order"] = in_order(truth, own["text"])
        row["silent"] = not own["text"].strip() and "refused" not in own
        rows.append(row)
    taken = [row for row in rows if "refused" not in row]
    ordered = [row["in order"] for row in taken if row.get("in order") is not None]
    result: dict[str, Any] = {
        "files": len(rows), "beside": tool if tool in _ONE_BY_ONE else "LibreOffice",
        "words": sum(row["words"] for row in taken),
        "missing %": round(100 * sum(row["missing"] for row in taken) / max(sum(row["words"] for row in taken), 1), 2),
        "files with over 5 % missing": sum(row["missing"] > 0.05 * row["words"] for row in taken),
        "refused": dict(Counter(row["refused"] for row in rows if "refused" in row)),
        "silent": sum(row["silent"] for row in rows),
    }  # fmt: skip
    if kind == "pdf":
        result["over 30 % out of order"] = sum(share < 0.7 for share in ordered)
        result["over 30 % out of order, % of files"] = round(
            100 * sum(share < 0.7 for share in ordered) / max(len(ordered), 1), 1
        )
    return result, rows


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("folder", type=Path)
    options.add_argument("--cache", type=Path, required=True, help="folder for what the programs read")
    options.add_argument("--kinds", nargs="+", default=list(_KINDS), choices=list(_KINDS))
    options.add_argument("--beside", default="", choices=("python-pptx",), help="the program to compare with, for --kinds pptx")
    options.add_argument("--most", type=int, default=300, help="files of a kind")
    options.add_argument("--again", action="store_true", help="read the files anew with this project")
    options.add_argument("--rows", type=Path, help="write a line of JSON for each file there, the worst first")
    options.add_argument("--name", default="extractors", help="of the result")
    options.add_argument("--dry", action="store_true", help="print the result without storing it")
    given = options.parse_args()
    if given.beside and given.kinds != ["pptx"]:
        options.error("python-pptx reads slides only: add --kinds pptx")
    given.cache.mkdir(parents=True, exist_ok=True)
    result, rows = {}, []
    for kind in given.kinds:
        files = [file for file in given.folder.rglob("*") if file.is_file() and file.suffix.lower() == f".{kind}"]
        files.sort(key=lambda file: hashlib.sha256(file.read_bytes()).hexdigest())
        if files:
            result[kind], own = compared(files[: given.most], kind, given.beside or _KINDS[kind], given.cache, given.again)
            rows += sorted(own, key=lambda row: -row["missing"] / row["words"])
            print(kind, json.dumps(result[kind], ensure_ascii=False), file=sys.stderr, flush=True)
    if given.rows:
        given.rows.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    if given.dry:
        print(json.dumps(result, ensure_ascii=False, indent=1))
    else:
        store(given.name, result)


if __name__ == "__main__":
    main()
