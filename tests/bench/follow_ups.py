"""Follow-up questions: what understanding them brings, against asking them alone and against questions rewritten by hand; and
what it does to questions that stand by themselves.

python tests/bench/follow_ups.py ../shared/eval

A dialogue's earlier questions are asked first, each after those before it, so that the answers in the history are the
index's own. `harm` asks every question of a file after the one before it, which is mostly about the same passage, and after
one from another place in the file; many of the questions that are altered do refer to another one ("该漫画", "he").
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from common import ROOT, json_lines, store

import qa
from qa.evaluation.question_files import SquadQuestion, holds_answer, read_squad
from qa.index.build import build_documents
from qa.index.index import Index
from qa.progress import ProgressBar
from qa.types import Document

DATA = ROOT / "tests" / "data"
FILES = ("cmrc2018_trial", "xquad_dev.zh", "drcd_dev", "xquad_dev.en", "xquad_dev.es")
ELSEWHERE = 101  # places further on in the file: another passage
DEPTH = 200


def read(name: str) -> list[dict[str, Any]]:
    """The follow-ups of one file, a line each: `part` is "choose" for those that were looked at, else "confirm"."""
    return json_lines((DATA / f"{name}.jsonl").read_text("utf-8"))


def right(index: Index, entry: dict[str, Any], answer: qa.Answer) -> tuple[bool, bool]:
    """Whether the right passage comes first, and whether the first citation holds the answer."""
    first = answer.hits[0].paragraph if answer.hits else None
    if "context" in entry:
        found = first is not None and index.document_number(first.row) == entry["context"]
    else:
        found = first is not None and holds_answer(first.text, [entry["quote"]])
    return found, bool(answer.citations) and holds_answer(answer.citations[0].quote, [entry["quote"]])


def ask(index: Index, entry: dict[str, Any]) -> dict[str, Any]:
    """One follow-up: with its history, without, and as rewritten by hand."""
    history: list[qa.Answer | str] = []
    for earlier in entry["history"]:
        history.append(index.ask(earlier, history=history))
    answered = index.ask(entry["question"], DEPTH, 0.0, history=history)
    results = {
        "without": index.ask(entry["question"], DEPTH, 0.0),
        "understood": answered,
        "rewritten by hand": index.ask(entry["complete"], DEPTH, 0.0),
    }
    return {"as": answered.understood, **{name: right(index, entry, answer) for name, answer in results.items()}}


def figures(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """recall@1 and sentence@1 of each way to ask."""
    made: dict[str, Any] = {"follow-ups": len(rows)}
    for at, name in enumerate(("recall@1", "sentence@1")):
        made[name] = {way: share([row[way][at] for row in rows]) for way in ("without", "understood", "rewritten by hand")}
    return made


def share(values: Sequence[bool]) -> float:
    return round(sum(values) / max(len(values), 1), 4)


def harm(index: Index, questions: Sequence[SquadQuestion], show: bool) -> dict[str, Any]:
    """How many questions are altered after another one, and how many more of these are right than when asked alone."""
    made: dict[str, Any] = {"questions": len(questions)}
    for name, step in (("after the one before", 1), ("after one from elsewhere", ELSEWHERE)):
        altered, gained = 0, [0, 0]
        for number, question in enumerate(questions):
            complete = index.ask(question.text, 1, 0.0, history=[questions[number - step].text]).understood or question.text
            if complete == question.text:
                continue
            entry = {"context": question.context, "quote": question.answers[0] if question.answers else ""}
            alone, after = (right(index, entry, index.ask(text, 1, 0.0)) for text in (question.text, complete))
            altered += 1
            gained = [total + after[at] - alone[at] for at, total in enumerate(gained)]
            if show:
                print(f"{name} {alone} {after} {question.text} -> {complete}", file=sys.stderr)
        made[name] = {
            "altered": round(altered / len(questions), 4),
            "recall@1 change": round(gained[0] / len(questions), 4),
            "sentence@1 change": round(gained[1] / len(questions), 4),
        }
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the files in SQuAD format")
    parser.add_argument("--indexes", type=Path, help="keep the indexes here for the next run")
    parser.add_argument("--show", choices=("choose", "confirm", "harm"), help="list what went wrong, or was altered")
    options = parser.parse_args()
    entries = read("follow_ups")
    rows: list[dict[str, Any]] = []
    harmed = {}
    with tempfile.TemporaryDirectory() as temporary, ProgressBar() as bar:
        indexes = options.indexes or Path(temporary)
        encoder = qa.load_encoder(progress=bar)
        index = qa.build(ROOT / "seeds", indexes / "seed", progress=bar, encoder=encoder)
        rows += [{**entry, **ask(index, entry)} for entry in read("seed_follow_ups")]
        for name in FILES:
            questions = read_squad(options.folder / f"{name}.json")
            documents = [Document(str(i), "", text, "", "utf-8") for i, text in enumerate(questions.contexts)]
            index = build_documents(documents, indexes / name, Path(temporary), encoder, bar)
            rows += [{**entry, **ask(index, entry)} for entry in entries if entry["file"] == name]
            harmed[name] = harm(index, questions.questions, options.show == "harm")
        del index
    if options.show in ("choose", "confirm"):
        for row in rows:
            if row["part"] == options.show and not row["understood"][1]:
                print(json.dumps(row, ensure_ascii=False), file=sys.stderr)
    groups = {part: [row for row in rows if row["part"] == part] for part in ("choose", "confirm")}
    groups |= {"seed document": [row for row in rows if "context" not in row], "files": [row for row in rows if "context" in row]}
    store("follow_ups", {**{name: figures(group) for name, group in groups.items()}, "harm": harmed})


if __name__ == "__main__":
    sys.exit(main())
