"""Folders of documents with questions, as `questions/` keeps them: without other people's texts, the answers as spans.

    python tests/bench/reader/folders.py store FOLDER       # FOLDER has documents/, questions.jsonl and SOURCES.tsv
    python tests/bench/reader/folders.py restore NAME --repositories FOLDER --out FOLDER

`restore` takes the documents from clones of the repositories that `questions/sources.tsv` names, in `--repositories` as
`owner/name`, and the project's own from `questions/own.tar.gz`. What differs from the text that the questions were written on is
named and left out with its questions.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))

from common import json_lines
from examples import places, quotes_of

QUESTIONS = Path(__file__).with_name("questions")
COLUMNS = ("set", "file", "licence", "repository", "commit", "path", "sha256")
JOINED = "**/*.md (joined in order)"
KEPT = ("question", "kind", "type", "source", "row")
Answers = list[list[tuple[int, int]]]  # of each answer the parts, all of which are needed


def spans_of(text: str, asked: dict[str, Any]) -> tuple[Answers, Answers] | None:
    """The spans of a question's quotes and of their sentences, None when one is not there."""
    quotes, sentences = [], []
    named = asked.get("sentence") or []
    for i, parts in enumerate(quotes_of(asked)):
        whole = named[i] if i < len(named) else None
        within = whole["all"] if isinstance(whole, dict) else [whole] * len(parts)
        if len(within) != len(parts):
            return None
        found, around = [], []
        for part, sentence in zip(parts, within, strict=True):
            areas = places(text, sentence) if sentence else [(0, len(text))]
            inside = [(span, area) for area in areas for span in places(text, part) if area[0] <= span[0] and span[1] <= area[1]]
            if not inside:
                return None
            found.append(inside[0][0])
            around.append(inside[0][1] if sentence else inside[0][0])
        quotes.append(found)
        sentences.append(around)
    return quotes, sentences


def stored(folder: Path) -> Iterator[dict[str, Any]]:
    """The questions of a folder as they are kept."""
    texts: dict[str, str] = {}
    for asked in json_lines((folder / "questions.jsonl").read_text("utf-8")):
        kept = {name: asked[name] for name in KEPT if asked.get(name)}
        if asked["quote"]:
            source = asked["source"]
            text = texts.setdefault(source, (folder / "documents" / source).read_text("utf-8"))
            spans = spans_of(text, asked)
            if spans is None:
                continue
            kept["quote"], kept["sentence"] = spans
        yield kept


def store(folder: Path) -> None:
    """Add a folder to `questions/`, in place of what it has by that name."""
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in stored(folder)]
    with gzip.GzipFile(QUESTIONS / f"{folder.name}.jsonl.gz", "wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    with (QUESTIONS / "sources.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["set"] != folder.name]
    own = {name: data for name, data in _own() if not name.startswith(f"{folder.name}/")}
    for line in (folder / "SOURCES.tsv").read_text("utf-8").splitlines():
        name, licence, repository, commit, path = [cell.strip() for cell in [*line.split("\t"), "", "", "", ""][:5]]
        document = folder / "documents" / name
        if not document.is_file():
            continue
        data = document.read_bytes()
        public = "/" in repository
        if not public:
            own[f"{folder.name}/{name}"] = data
            licence, repository, commit, path = "own", "", "", ""
        rows.append(dict(zip(COLUMNS, [folder.name, name, licence, repository, commit, path, _sha256(data)], strict=True)))
    with (QUESTIONS / "sources.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with gzip.GzipFile(QUESTIONS / "own.tar.gz", "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, data in sorted(own.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    print(f"{folder.name}: {len(lines)} questions, {sum(row['set'] == folder.name for row in rows)} documents")


def restore(name: str, repositories: Path, out: Path) -> list[str]:
    """Write the folder `name` of `questions/` to `out`; the documents that are not to be had, or differ."""
    own, missing = dict(_own()), []
    texts: dict[str, str] = {}
    (out / "documents").mkdir(parents=True)
    with (QUESTIONS / "sources.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["set"] == name]
    for row in rows:
        data = _committed(repositories, row) if row["repository"] else own.get(f"{name}/{row['file']}")
        if data is None or _sha256(data) != row["sha256"]:
            missing.append(row["file"])
            continue
        target = out / "documents" / row["file"]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        texts[row["file"]] = data.decode("utf-8")
    lines = []
    for asked in json_lines(gzip.decompress((QUESTIONS / f"{name}.jsonl.gz").read_bytes()).decode("utf-8")):
        text = texts.get(asked.get("source", ""))
        if asked.get("quote"):
            if text is None:
                continue
            for field in ("quote", "sentence"):
                parts = [[text[a:b] for a, b in answer] for answer in asked[field]]
                asked[field] = [part[0] if len(part) == 1 else {"all": part} for part in parts]
        lines.append(json.dumps({"quote": None, **asked}, ensure_ascii=False))
    (out / "questions.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return missing


def _own() -> Iterator[tuple[str, bytes]]:
    with tarfile.open(QUESTIONS / "own.tar.gz") as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                yield member.name, file.read()


def _committed(repositories: Path, row: dict[str, str]) -> bytes | None:
    """The file of a row as it was committed; of a path that ends with JOINED, all files below it as one."""
    repository, commit = repositories / row["repository"], row["commit"]
    if not row["path"].endswith(JOINED):
        return _git(repository, "show", f"{commit}:{row['path']}")
    below = _git(repository, "ls-tree", "-r", "--name-only", commit, row["path"].removesuffix(JOINED)) or b""
    parts = [_git(repository, "show", f"{commit}:{path}") or b"" for path in below.decode().splitlines() if path.endswith(".md")]
    ways = b"\n\n".join(parts), b"".join(part + b"\n" for part in parts)
    return next((data for data in ways if _sha256(data) == row["sha256"]), None)


def _git(repository: Path, *what: str) -> bytes | None:
    shown = subprocess.run(["git", "-C", str(repository), *what], capture_output=True, check=False)
    return shown.stdout if shown.returncode == 0 else None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("store")
    one.add_argument("folder", type=Path)
    one = verbs.add_parser("restore")
    one.add_argument("name")
    one.add_argument("--repositories", type=Path, required=True)
    one.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if given.verb == "store":
        store(given.folder)
    else:
        for file in restore(given.name, given.repositories, given.out):
            print(f"not to be had as it was: {file}")


if __name__ == "__main__":
    main()
