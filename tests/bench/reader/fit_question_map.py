"""Fits the map of questions' vectors, `qa/models/question_map.npz`, on questions and the passages that answer them.

    python tests/bench/reader/fit_question_map.py --rows FOLDER --fit PART ... [--check PART ...]

A PART is a folder of documents with questions (`documents/`, `questions.jsonl`), or a question file in SQuAD format, of which
`FILE@N` takes N contexts, or several with commas between that are translations of each other: the questions of each over the
contexts of each. In `--rows` the vectors are kept. The vectors of passages and sentences stay as they are, so that all passages
and sentences of a part compete for its questions: the loss is the cross entropy of those that answer, at a temperature, and a
share of how far the vector is moved. Nothing is fitted on `--check`, of which it stores how often vectors alone find a right
passage first, and among the first six and ten, without the map and with it. Needs torch.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

sys.path.append(str(Path(__file__).resolve().parents[1]))

from common import json_lines, store
from examples import bare, of_source, places, quotes_of

import qa
from qa.models.question_map import WEIGHTS, QuestionMap
from qa.search.engine import Cosines, Engine
from qa.search.retrieval import DENSE_WEIGHT, SENTENCE_WEIGHT
from qa.search.vectors import QuestionVector

# Of tau and epochs, .03 to .07 and 4 to 8 were within half a point; a hidden layer of 768, or four layers of a transformer over
# the lower eight (7 MB), within one.
TEMPERATURE, KEEP, EPOCHS, BATCH, RATE, SEED = 0.05, 1.0, 4, 64, 1e-3, 0


@dataclass(slots=True)
class Part:
    """The vectors of the passages and sentences of an index, the passage of each sentence, and those of the questions asked of
    it, with the rows of the passages and of the sentences that answer each."""

    passages: np.ndarray
    sentences: np.ndarray
    owners: np.ndarray
    questions: np.ndarray
    answering: list[list[int]]
    saying: list[list[int]]

    def masks(self, rows: np.ndarray) -> tuple[Tensor, Tensor]:
        """Which passages and which sentences answer the questions in `rows`."""
        found = []
        for gold, count in ((self.answering, len(self.passages)), (self.saying, len(self.sentences))):
            mask = torch.zeros(len(rows), count, dtype=torch.bool)
            for i, row in enumerate(rows):
                mask[i, gold[row]] = True
            found.append(mask)
        return found[0], found[1]


def all_vectors(index: Cosines, count: int) -> np.ndarray:
    """The vectors of an index: their cosines with each axis."""
    rows = np.arange(count)
    width = qa.models.encoder.load_encoder().dimension
    return np.stack([index.scores(QuestionVector(axis), rows) for axis in np.eye(width, dtype=np.float32)], 1)


def part_of(folder: Path, questions: Path, at: Path) -> Part:
    """The documents of a folder, indexed at `at`, and the answerable questions of a file (but follow-ups) asked of it."""
    index = qa.build(folder, at)
    engine, encoder = index.store, index.encoder
    first, last = engine.sentence_bounds(np.arange(engine.size))
    asked, answering, saying = [], [], []
    for one in json_lines(questions.read_text("utf-8")):
        rows = [] if one.get("history") else [row for row in range(engine.size) if _answers(engine, row, one)]
        if rows:
            asked.append(one["question"])
            answering.append(rows)
            parts = [part for quote in quotes_of(one) for part in quote]
            saying.append([s for row in rows for s in range(first[row], last[row]) if _says(engine, row, s, parts)])
    vectors = np.stack([engine.means.centre_question(vector) for vector in encoder.encode_queries(asked)])
    passages, sentences = all_vectors(engine.dense, engine.size), all_vectors(engine.sentence_dense, int(last[-1]))
    owners = np.repeat(np.arange(engine.size), last - first)
    return Part(passages, sentences, owners, vectors, answering, saying)


def _answers(engine: Engine, row: int, one: dict[str, Any]) -> bool:
    paragraph = engine.paragraph(row)
    key = bare(str(one.get("row") or ""))[0]
    return (
        of_source(one, paragraph.source)
        and key in bare(paragraph.text)[0]
        and any(all(places(paragraph.text, part) for part in quote) for quote in quotes_of(one))
    )


def _says(engine: Engine, row: int, sentence: int, parts: list[str]) -> bool:
    paragraph = engine.paragraph(row)
    start, end = engine.sentence_span(sentence)
    text = paragraph.text[start - paragraph.start : end - paragraph.start]
    whole = bare(text)[0]
    return any(places(text, part) or (len(whole) > 6 and whole in bare(part)[0]) for part in parts)


def folders_of(part: str, at: Path) -> Iterator[tuple[Path, Path]]:
    """The folders of documents that a PART names, each with a file of questions; what is no folder is written to one in `at`."""
    if (Path(part) / "documents").is_dir():
        yield Path(part) / "documents", Path(part) / "questions.jsonl"
        return
    names, _, most = part.partition("@")
    read = []
    for name in names.split(","):
        raw = Path(name).read_bytes()
        data = json.loads(gzip.decompress(raw) if name.endswith(".gz") else raw)["data"]
        contexts = [paragraph for article in data for paragraph in article["paragraphs"]]
        read.append(random.Random(SEED).sample(contexts, min(int(most or len(contexts)), len(contexts))))
    asked = [{qa["id"]: qa["question"] for context in contexts for qa in context["qas"]} for contexts in read]
    for i, contexts in enumerate(read):
        documents = at / f"{i}" / "documents"
        documents.mkdir(parents=True)
        lines: list[list[str]] = [[] for _ in read]
        for number, context in enumerate(contexts):
            (documents / f"{number}.txt").write_text(context["context"], "utf-8")
            for one in context["qas"]:
                for j, questions in enumerate(asked):
                    said = {"question": questions.get(one["id"]), "quote": [one["answers"][0]["text"]], "source": f"{number}.txt"}
                    if said["question"]:
                        lines[j].append(json.dumps(said))
        for j, line in enumerate(lines):
            file = documents.with_name(f"{j}.jsonl")
            file.write_text("\n".join(line), "utf-8")
            yield documents, file


def name_of(part: str) -> str:
    """The name of the folder or of the first file of a PART."""
    return re.split("[.@]", Path(part.partition(",")[0]).name)[0]


def kept(part: str, rows: Path) -> list[Part]:
    """The parts of a PART, with their vectors from `rows` where they are there."""
    name = f"{name_of(part)}-{hashlib.sha256(part.encode()).hexdigest()[:8]}"
    if not list(rows.glob(f"{name}-*.npy")):
        with tempfile.TemporaryDirectory() as temporary:
            for number, (documents, questions) in enumerate(folders_of(part, Path(temporary))):
                one = part_of(documents, questions, Path(temporary) / "indexes" / documents.parent.name)
                fields = np.array([*(getattr(one, field) for field in Part.__slots__), None], object)[:-1]
                np.save(rows / f"{name}-{number}.npy", fields, allow_pickle=True)
    return [Part(*np.load(file, allow_pickle=True)) for file in sorted(rows.glob(f"{name}-*.npy"))]


def fit(parts: list[Part]) -> QuestionMap:
    torch.manual_seed(SEED)
    chance = np.random.default_rng(SEED)
    width = parts[0].questions.shape[1]
    matrix, bias = torch.zeros(width, width, requires_grad=True), torch.zeros(width, requires_grad=True)
    optimiser = torch.optim.AdamW([matrix, bias], lr=RATE, weight_decay=0.0)
    counts = np.array([len(part.questions) for part in parts])
    steps = EPOCHS * counts.sum() // BATCH
    for step in range(steps):
        part = parts[chance.choice(len(parts), p=counts / counts.sum())]
        rows = chance.choice(len(part.questions), min(BATCH, len(part.questions)), replace=False)
        asked = torch.from_numpy(part.questions[rows])
        moved = F.normalize(asked + asked @ matrix + bias, dim=-1)
        loss = KEEP * (1 - (moved * asked).sum(1)).mean()
        for vectors, mask in zip((part.passages, part.sentences), part.masks(rows), strict=True):
            logits = moved @ torch.from_numpy(vectors).T / TEMPERATURE
            lost = torch.logsumexp(logits, 1) - torch.logsumexp(logits.masked_fill(~mask, -1e4), 1)
            loss = loss + (lost * mask.any(1)).sum() / mask.any(1).sum().clamp(min=1)
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / 50) * (1 - step / steps)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return QuestionMap(matrix.detach().numpy(), bias.detach().numpy())


def found_by_vectors(parts: list[Part], question_map: QuestionMap | None) -> dict[str, float]:
    """How often a passage that answers is among the first by the cosines of passage and best sentence, in percent."""
    ranks = []
    for part in parts:
        first = np.flatnonzero(np.diff(part.owners, prepend=-1))
        for vector, gold in zip(part.questions, part.answering, strict=True):
            moved = vector if question_map is None else question_map(vector)
            sentence = np.maximum.reduceat(part.sentences @ moved, first)
            score = DENSE_WEIGHT * (part.passages @ moved) + SENTENCE_WEIGHT * sentence
            ranks.append(int((score > score[gold].max()).sum()))
    return {f"in {k}": round(100 * float(np.mean(np.array(ranks) < k)), 1) for k in (1, 6, 10)} | {"questions": len(ranks)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--fit", nargs="*", default=[], help="none: the stored map is checked")
    parser.add_argument("--check", nargs="*", default=[])
    given = parser.parse_args()
    given.rows.mkdir(parents=True, exist_ok=True)
    if given.fit:
        made = fit([one for part in given.fit for one in kept(part, given.rows)])
        np.savez_compressed(WEIGHTS, matrix=made.matrix.astype(np.float16), bias=made.bias.astype(np.float16))
        QuestionMap.fitted.cache_clear()
    result = {}
    for part in given.check:
        parts = kept(part, given.rows)
        shares = {"as encoded": found_by_vectors(parts, None), "mapped": found_by_vectors(parts, QuestionMap.fitted())}
        result[name_of(part)] = shares
    store("question_map", result)


if __name__ == "__main__":
    main()
