"""`cited-qa log`: what was asked of a chat that is served with --question-log, and what of it had no answer."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..errors import one_line
from ..progress import Progress
from ..service.question_log import read_log

COLUMNS = (
    "time",
    "user",
    "by",
    "collection",
    "question",
    "understood",
    "found",
    "answer",
    "sources",
    "confidence",
    "ms",
    "error",
)
GROUP_COLUMNS = ("group", "asked", "last", "question")
MOST_GROUPED = 3000  # different questions, the newest; clustering compares each with each
# The least mean cosine of the questions of a group. Of 153 questions that five sets of real documents do not answer, 24 groups
# are made at 0.9, 15 of them of one subject; at 0.88 35, of which 15 are.
ALIKE = 0.9


def run_log(options: argparse.Namespace, progress: Progress) -> int:
    """Print the log `options.file`. Raises `QAError`."""
    entries = read_log(Path(options.file))
    shown: Iterable[dict[str, Any]] = entries
    columns: tuple[str, ...] = COLUMNS
    if options.unanswered:
        missing = [entry for entry in entries if not entry.get("found") and not entry.get("error")]
        groups = grouped(missing, _encoder(options.index, progress).encode_queries) if missing else []
        if options.json:
            print(json.dumps(groups, ensure_ascii=False, indent=2))
            return 0
        shown = [{"group": number, **one} for number, group in enumerate(groups, 1) for one in group["questions"]]
        columns = GROUP_COLUMNS
    if options.json:
        print(json.dumps(list(shown), ensure_ascii=False, indent=2))
    elif options.csv:
        sys.stdout.write("\ufeff")  # by which Excel knows that it is UTF-8
        table = csv.writer(sys.stdout, lineterminator="\r\n")
        table.writerow(columns)
        table.writerows([_cell(entry.get(name, "")) for name in columns] for entry in shown)
    else:
        for entry in shown:
            print(_grouped_line(entry) if options.unanswered else _line(entry))
    return 0


def add_log_options(made: argparse.ArgumentParser) -> None:
    """The options of `log`."""
    made.add_argument("file", help="the file that serve --question-log names; older ones beside it are read too")
    made.add_argument("--csv", action="store_true", help="print a table for a spreadsheet")
    made.add_argument("--unanswered", action="store_true", help="only what had no answer, questions of one meaning together")
    made.add_argument(
        "--index", default="index", metavar="FOLDER", help="whose model compares the questions of --unanswered (default: index)"
    )


def grouped(entries: Sequence[dict[str, Any]], encode: Callable[[Sequence[str]], Any]) -> list[dict[str, Any]]:
    """The questions of `entries` in groups of one meaning, `{asked, question, questions}`, what is asked most often first.

    Average linkage over the vectors that `encode` makes; the `question` of a group is the one nearest to its middle.
    """
    from sklearn.cluster import AgglomerativeClustering

    counted: dict[str, dict[str, Any]] = {}
    for entry in entries:  # the oldest first
        question = entry.get("understood") or entry["question"]
        before = counted.pop(question, {"asked": 0})
        counted[question] = {"question": question, "asked": before["asked"] + 1, "last": str(entry.get("time", ""))}
    questions = list(counted.values())[-MOST_GROUPED:]
    vectors = encode([one["question"] for one in questions])
    labels = [0] * len(questions)
    if len(questions) > 1:
        clustering = AgglomerativeClustering(None, metric="cosine", linkage="average", distance_threshold=1 - ALIKE)
        labels = clustering.fit_predict(vectors).tolist()
    groups = []
    for label in dict.fromkeys(labels):
        members = [number for number, one in enumerate(labels) if one == label]
        near = vectors[members] @ vectors[members].mean(axis=0)
        asked = sorted((questions[number] for number in members), key=lambda one: -one["asked"])
        groups.append(
            {
                "asked": sum(one["asked"] for one in asked),
                "question": questions[members[int(near.argmax())]]["question"],
                "questions": asked,
            }
        )
    return sorted(groups, key=lambda group: -group["asked"])


def _encoder(index: str, progress: Progress) -> Any:
    from ..index.open import load_encoder_of

    return load_encoder_of(index, progress)


def _line(entry: dict[str, Any]) -> str:
    outcome = entry.get("error") or (", ".join(entry.get("sources", ())) if entry.get("found") else "not found")
    who = f" {entry['user']}" if entry.get("user") else ""
    return one_line(f"{entry.get('time', '')}{who} ({entry.get('ms', 0)} ms): {entry['question']} -> {outcome}")


def _grouped_line(one: dict[str, Any]) -> str:
    return one_line(f"{one['group']:>4} {one['asked']:>5} x  {one['question']}")


def _cell(value: object) -> str:
    """A value as a spreadsheet takes it: a text that begins like a formula, which anybody may have asked, stays a text."""
    text = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
    text = text.encode("utf-8", "replace").decode()
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
