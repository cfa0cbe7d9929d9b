"""The encoder and the whole index build against four peers with the same model, texts and machine, alternating.

    python tests/bench/peers.py FOLDER [--work FOLDER] [--texts 64] [--rounds 5]

FOLDER holds `cmrc2018_trial.json` and `drcd_dev.json`; the texts are contexts of 100 to 900 characters. Each peer is installed
from PyPI into a virtual environment of its own under --work, which is kept for the next run, and runs as its documentation
shows (`peer.py`). "encoder" is one vector a text. "build" is an index on disk: for the peers of these vectors and the texts, for
this project of vectors of passages and sentences and of words, from a folder with a file for each text, with nothing cached.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from common import store

import qa
from qa.evaluation.question_files import read_squad

TORCH = "torch==2.13.0"
PEERS = {
    "langchain": ("langchain-huggingface", "langchain-community", "faiss-cpu", "sentence-transformers"),
    "llamaindex": (
        "llama-index-core", "llama-index-embeddings-huggingface", "llama-index-vector-stores-faiss", "faiss-cpu",
    ),
    "txtai": ("txtai",),
    "haystack": ("haystack-ai", "sentence-transformers-haystack"),
}  # fmt: skip
NAMES = ("langchain-community", "llama-index-core", "txtai", "haystack-ai", "sentence-transformers", "transformers", "torch")
OWN = "this project"


def install(name: str, work: Path) -> Path:
    """The Python of a peer's virtual environment, made now unless it is there."""
    folder = work / name
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not (folder / "installed").exists():
        print(f"installing {name} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        for packages in ((TORCH,), PEERS[name]):
            subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "installed").touch()
    return python


def versions(python: Path) -> dict[str, str]:
    listed = subprocess.run([python, "-m", "pip", "list", "--format", "json"], capture_output=True, text=True, check=True)
    found = {entry["name"]: entry["version"] for entry in json.loads(listed.stdout)}
    return {name: found[name] for name in NAMES if name in found}


class Peer:
    """A process that waits for `encode` or `build`."""

    def __init__(self, name: str, python: Path, model: Path, texts: Path) -> None:
        command = [python, Path(__file__).with_name("peer.py"), name, model, texts]
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True)
        self._answer()

    def run(self, what: str) -> dict[str, Any]:
        assert self._process.stdin
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self._process.communicate()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self._process.args!r} ended with {self._process.wait()}")
        return dict(json.loads(line))


def chosen_texts(folder: Path, count: int) -> list[str]:
    contexts = [text for name in ("cmrc2018_trial", "drcd_dev") for text in read_squad(folder / f"{name}.json").contexts]
    contexts = sorted({text for text in contexts if 100 <= len(text) <= 900})
    random.Random(1).shuffle(contexts)
    return contexts[:count]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "cited-qa-peers")
    parser.add_argument("--texts", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    texts = chosen_texts(options.folder, options.texts)
    pythons = {name: install(name, options.work) for name in PEERS}
    encoder = qa.load_encoder()
    model = encoder.prepared.folder / "sentence-transformers"

    with tempfile.TemporaryDirectory() as temporary:
        file, documents = Path(temporary) / "texts.json", Path(temporary) / "documents"
        file.write_text(json.dumps(texts), encoding="utf-8")
        documents.mkdir()
        for number, text in enumerate(texts):
            (documents / f"{number:04}.txt").write_text(text, encoding="utf-8")
        peers = {name: Peer(name, python, model, file) for name, python in pythons.items()}
        stored: dict[str, int] = {}

        def build(number: int) -> None:
            index = qa.build(documents, Path(temporary) / f"index-{number}", encoder=encoder)
            stored.update(passages=index.manifest.passages, sentences=index.manifest.sentences)

        encoder.encode_passages(texts[:8])
        build(-1)
        times: dict[str, dict[str, list[float]]] = {what: {name: [] for name in (OWN, *peers)} for what in ("encode", "build")}
        memory: dict[str, int] = {}
        for number in range(options.rounds):
            for what, taken in times.items():
                began = time.perf_counter()
                if what == "encode":
                    encoder.encode_passages(texts)
                else:
                    build(number)
                taken[OWN].append(time.perf_counter() - began)
                for name, peer in peers.items():
                    answer = peer.run(what)
                    taken[name].append(answer["seconds"])
                    memory[name] = answer["peak_memory_mb"]
                print(what, {name: round(values[-1], 2) for name, values in taken.items()}, file=sys.stderr, flush=True)
        for peer in peers.values():
            peer.close()

    def row(taken: dict[str, list[float]]) -> dict[str, Any]:
        middle = {name: statistics.median(values) for name, values in taken.items()}
        fastest = min((name for name in middle if name != OWN), key=lambda name: middle[name])
        return {
            "seconds": {name: round(value, 2) for name, value in middle.items()},
            "texts per second": {name: round(len(texts) / value, 1) for name, value in middle.items()},
            "fastest peer": fastest,
            "times the fastest peer": round(middle[fastest] / middle[OWN], 2),
            "every round": {name: [round(value, 2) for value in values] for name, values in taken.items()},
        }

    store(
        "peers",
        {
            "texts": len(texts),
            "characters a text": round(statistics.mean(map(len, texts))),
            "rounds": options.rounds,
            "encoder": row(times["encode"]),
            "build": {**row(times["build"]), "stored": stored},
            "peak memory of the peer's process, MB": memory,
            "versions": {name: versions(python) for name, python in pythons.items()},
        },
    )


if __name__ == "__main__":
    sys.exit(main())
