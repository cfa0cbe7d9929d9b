"""Writes examples as arrays, from which `fit.py` fits on any machine.

    python tests/bench/reader/pack.py --model PREPARED --out FILE.npz --parts PART=SHARE ...

A PART is a question file in SQuAD format; several with `cross:` before them and commas between (translations of each other: the
questions of one language over the contexts of another); a file that `generate.py` wrote (`.jsonl`); a folder of documents with
questions (`documents/`, `questions.jsonl`; `folders.py` makes them); or a `.pickle` of examples. With `half:` before it, only the
first half of a question file's articles is taken; `PART@N` takes at most N questions. SHARE is how often each is taken in an
epoch. `--apart-from` names folders of documents with questions that are kept for the check: what is asked of a text that stands
in their documents is left out. PREPARED is the folder of the prepared default model: `qa.models.prepare.prepare().folder`.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import tempfile
from array import array
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
from examples import Candidate, Example, crossed, read_generated, read_real, read_squad, taken_out
from wording import augment

from qa.models.e5 import bert_state
from qa.models.e5_weights import read_weights, weights_file
from qa.models.reader import MOST_UNITS, ReadPassage, passage_tokens, question_tokens
from qa.models.vocabulary import UnigramTokenizer

SEED = 5
WORDINGS = 4  # of a question beside its own
WINDOW, SAME = 25, 0.3  # characters of a window; the share of a passage's windows with which it is of another document too


class Ragged:
    """Rows of integers of any length, each row once."""

    def __init__(self) -> None:
        self.flat, self.ends, self.known = array("i"), array("q", [0]), {}

    def add(self, row: Iterable[int], key: object) -> int:
        """The number of a row, which is added if its `key` is new."""
        found = self.known.setdefault(key, len(self.ends) - 1)
        if found == len(self.ends) - 1:
            self.flat.extend(row)
            self.ends.append(len(self.flat))
        return found


class Pack:
    """Questions and passages as token ids, and which of them answer."""

    def __init__(self, tokenizer: UnigramTokenizer) -> None:
        self.tokenizer = tokenizer
        self.questions, self.passages, self.units = Ragged(), Ragged(), Ragged()
        self.covered: dict[tuple[object, ...], tuple[list[tuple[int, int]], list[list[tuple[int, int]]]]] = {}
        self.pairs: list[tuple[int, int, int, int, int, int]] = []  # group, passage, gold as bits, first, last token, rank
        self.wordings: list[tuple[int, int]] = []  # group, question
        self.shares: list[float] = []  # of each group
        self.chance = random.Random(SEED)

    def question(self, text: str) -> int:
        ids = tuple(question_tokens(self.tokenizer, text))
        return self.questions.add(ids, ids)

    def add(self, example: Example, share: float, wordings: int = WORDINGS) -> None:
        """An example as a group; from a passage that answers, one without the answer is made too."""
        group = len(self.shares)
        self.shares.append(share)
        said = [example.question, *(augment(example.question, self.chance) for _ in range(wordings))]
        self.wordings += [(group, self.question(text)) for text in said]
        rank = 0
        for candidate in example.candidates:
            self.pair(group, candidate, rank)
            rank += not candidate.gold
            passage = candidate.passage
            if candidate.gold and len(passage.units) > len(candidate.gold) + 1:
                without = taken_out(passage, candidate.gold)
                answers = [passage.text[slice(*(candidate.span or passage.units[i]))].strip() for i in candidate.gold]
                if not any(answer in without.text for answer in answers):
                    self.pair(group, Candidate(without, []), 1)

    def pair(self, group: int, candidate: Candidate, rank: int) -> None:
        passage = candidate.passage
        key = (passage.title, passage.text, tuple(passage.units))
        if key not in self.covered:
            tokens = passage_tokens(self.tokenizer, ReadPassage(passage.title, passage.text, tuple(passage.units)))
            self.covered[key] = tokens.units, tokens.covered
            unit = [-1] * len(tokens.ids)
            for i, (start, end) in enumerate(tokens.units):
                unit[start:end] = [i] * (end - start)
            self.passages.add(tokens.ids, key)
            self.units.add(unit, key)
        units, covered = self.covered[key]
        gold = sum(1 << i for i in candidate.gold if i < MOST_UNITS and units[i][1] > units[i][0])
        hit: list[int] = []
        if candidate.span is not None and gold:
            hit = [
                at
                for unit, spans in zip(units, covered, strict=True)
                for at, (start, end) in zip(range(*unit), spans, strict=False)
                if start < candidate.span[1] and candidate.span[0] < end
            ]
        if candidate.gold and not gold:
            return  # the answer is behind what is read
        first, last = (hit[0], hit[-1]) if hit else (-1, -1)
        self.pairs.append((group, self.passages.known[key], gold, first, last, rank))

    def save(self, file: Path, model: Path) -> None:
        flat = np.concatenate([np.array(part.flat, np.int64) for part in (self.questions, self.passages)])
        used, numbers = np.unique(flat, return_inverse=True)
        if len(used) > 1 << 16:
            raise SystemExit(f"{len(used)} different tokens: make the pack smaller")
        asked = len(self.questions.flat)
        pairs = np.array(self.pairs, dtype=[(name, np.int64) for name in ("group", "passage", "gold", "first", "last", "rank")])
        np.savez_compressed(
            file,
            question_ids=numbers[:asked].astype(np.uint16), question_ends=np.array(self.questions.ends),
            passage_ids=numbers[asked:].astype(np.uint16), passage_ends=np.array(self.passages.ends),
            units=np.array(self.units.flat, np.int8), shares=np.array(self.shares, np.float32),
            wordings=np.array(self.wordings, np.int32), rarity=self.tokenizer.rarity[used], used=used,
            **{name: pairs[name] for name in pairs.dtype.names}, **embeddings(model, used),
        )  # fmt: skip


def embeddings(model: Path, used: np.ndarray) -> dict[str, np.ndarray]:
    """The rows of the prepared model's table of embeddings, and what is added to them: a word's, its place's and its kind's."""
    graph = onnx.load(str(model / "lower.onnx")).graph
    tensors = {
        tensor.name.partition(".embeddings.")[2]: onnx.numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if ".embeddings." in tensor.name
    }

    def real(name: str, rows: np.ndarray | slice) -> np.ndarray:
        scale, zero = tensors[f"{name}.weight_scale"], tensors[f"{name}.weight_zero_point"]
        return ((tensors[f"{name}.weight_quantized"][rows].astype(np.float32) - zero) * scale).astype(np.float32)

    scale, zero = tensors["word_embeddings.weight_scale"], tensors["word_embeddings.weight_zero_point"]
    places = real("position_embeddings", slice(None)) + real("token_type_embeddings", slice(0, 1))
    return {
        "words": (tensors["word_embeddings.weight_quantized"][used].astype(np.int16) - zero).astype(np.int8),
        "scale": np.float32(scale), "places": places.astype(np.float16),
        "norm": np.stack([tensors["LayerNorm.weight"], tensors["LayerNorm.bias"]]).astype(np.float32),
    }  # fmt: skip


def write_start(file: Path) -> None:
    """The encoder's layers, from which the reader's begin, as `fit.py --start` takes them."""
    state = bert_state(read_weights(weights_file()))
    kept: dict[str, np.ndarray] = {}
    for name, tensor in state.items():
        if name.startswith("encoder.layer.") and tensor.ndim == 2:
            scale = np.abs(tensor).max(1, keepdims=True) / 127  # int8, as what follows changes them much more
            kept[name], kept[f"{name}/scale"] = np.round(tensor / scale).astype(np.int8), scale
        elif name.startswith("encoder.layer."):
            kept[name] = tensor
    np.savez_compressed(file, **kept)


def read_part(name: str) -> list[Example]:
    """The examples of a part."""
    name, _, limit = name.partition("@")
    most = int(limit or 1_000_000)
    if name.startswith("half:"):
        with tempfile.TemporaryDirectory() as folder:
            kind, _, files = name[5:].rpartition(":")
            halves = [first_half(Path(file), Path(folder)) for file in files.split(",")]
            return read_part(f"{kind and kind + ':'}{','.join(map(str, halves))}@{most}")
    if name.startswith("cross:"):
        return crossed([Path(file) for file in name[6:].split(",")], most, SEED)
    path = Path(name)
    if path.suffix == ".pickle":
        return list(pickle.loads(path.read_bytes()))[:most]
    if path.is_dir():
        return read_real(path)[:most]
    return read_generated(path, most, SEED) if path.suffix == ".jsonl" else read_squad(path, most, SEED)


def first_half(file: Path, folder: Path) -> Path:
    """The first half of a question file's articles, as a file in `folder`."""
    data = json.loads(file.read_text("utf-8"))["data"]
    (folder / file.name).write_text(json.dumps({"data": data[: len(data) // 2]}, ensure_ascii=False), "utf-8")
    return folder / file.name


def windows(text: str, step: int = 1) -> set[int]:
    """Hashes of the windows of a text without its white space."""
    bare = "".join(text.split())
    return {hash(bare[at : at + WINDOW]) for at in range(0, len(bare) - WINDOW + 1, step)}


def stands_in(example: Example, known: set[int]) -> bool:
    """Whether the passages that answer an example, or the first where none does, stand in documents with the windows `known`."""
    right = [candidate for candidate in example.candidates if candidate.gold] or example.candidates[:1]
    return any(len(own & known) > SAME * len(own) for own in (windows(one.passage.text, 3) for one in right))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True, help="folder of the prepared default model")
    parser.add_argument("--parts", nargs="+", required=True)
    parser.add_argument("--apart-from", nargs="*", type=Path, default=[], help="folders kept for the check")
    given = parser.parse_args()
    for folder in given.apart_from:
        if not (folder / "documents").is_dir():
            parser.error(f"{folder}: has no documents/")
    files = (file for folder in given.apart_from for file in (folder / "documents").rglob("*") if file.is_file())
    known = set().union(*(windows(file.read_text("utf-8", "replace")) for file in files))
    pack = Pack(UnigramTokenizer(given.model / "vocabulary.bin"))
    for part in given.parts:
        name, _, share = part.rpartition("=")
        examples = [example for example in read_part(name) if not (known and stands_in(example, known))]
        for example in examples:
            pack.add(example, float(share))
        print(f"{name}: {len(examples)} questions x {share}; {len(pack.pairs)} pairs so far", flush=True)
    pack.save(given.out, given.model)
    write_start(given.out.with_name("start.npz"))


if __name__ == "__main__":
    main()
