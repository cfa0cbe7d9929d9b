"""What grows with the corpus and what does not: 1,000 to 1,000,000 passages, without the model.

.venv/bin/python tests/bench/growth.py ../shared/eval
.venv/bin/python tests/bench/growth.py ../shared/eval --sizes 1000000 --name million

With --indexes the indexes stay in a folder, and one that is there is measured without writing it again.

Searches and opening are measured in a process of their own, after a first question; its memory is the resident set at the
end, mapped files included. `private_mb` is what of it no file backs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import store

import qa

WRITTEN = "written.json"


def measure(folder: Path) -> dict[str, Any]:
    """Open an index and ask it the questions beside it; times in ms but `open_s`."""
    from synthetic import Known

    from qa.answers.answering import answer
    from qa.search.question import read_question
    from qa.search.retrieval import POOL
    from qa.search.vectors import QuestionVector

    kept = np.load(folder / "questions.npz", allow_pickle=False)
    questions = [str(text) for text in kept["questions"]]

    class Model:
        name, fingerprint, dimension = str(kept["name"]), str(kept["fingerprint"]), kept["asked"].shape[1]

    encoder = Known(Model, dict(zip(questions, kept["asked"], strict=True)))
    read_question(questions[0])
    import faiss  # noqa: F401

    base = _memory()
    began = time.perf_counter()
    index = qa.open(folder, encoder=encoder)
    opened = time.perf_counter() - began
    began = time.perf_counter()
    index.search(questions[0])
    result: dict[str, Any] = {"open_s": round(opened, 3), "first_question_ms": round((time.perf_counter() - began) * 1e3, 1)}
    for question in questions[:50]:
        answer(index.retriever, question)
    vectors = [QuestionVector(index.store.means.centre_question(vector)) for vector in kept["asked"]]
    steps = {
        "search": lambda i: index.search(questions[i]),
        "ask": lambda i: answer(index.retriever, questions[i]),
        "words": lambda i: scored_words(index, list(read_question(questions[i]).terms), POOL),
        "passage vectors": lambda i: index.store.dense.search(vectors[i], POOL),
        "sentence vectors": lambda i: index.store.by_sentences(vectors[i], 2 * POOL),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for i in range(len(questions)):
        for name, step in steps.items():
            began = time.perf_counter()
            step(i)
            times[name].append((time.perf_counter() - began) * 1e3)
    for name, taken in times.items():
        result[f"{name}_ms"] = {f"p{q}": round(float(np.percentile(taken, q)), 2) for q in (50, 95)}
    found = [index.store.dense.search(vector, 10)[0] for vector in vectors]
    shares = [len(set(row.tolist()) & set(right.tolist())) / 10 for row, right in zip(found, kept["nearest"], strict=True)]
    result["recall@10"] = round(float(np.mean(shares)), 4)
    memory = _memory()
    result["memory_mb"] = {name: memory[name] for name in ("VmRSS", "RssAnon")} | {"before": base["VmRSS"]}
    result["vectors"] = index.manifest.vectors
    return result


def scored_words(index: qa.Index, terms: list[str], k: int) -> Any:
    """What the words of a question put forward, scored."""
    return index.store.lexical.scores(terms, index.store.lexical.candidates(terms, k))


def _memory() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith(("VmRSS", "RssAnon"))}


def write(folder: Path, source: Any, size: int, questions: int) -> None:
    """Write an index of so many passages, the questions to ask it, and what that took."""
    from synthetic import DOCUMENT, SENTENCES, Corpus, nearest

    folder.mkdir(parents=True)
    began = time.monotonic()
    corpus = Corpus(source, size)
    row: dict[str, Any] = {"passages": size, "sentences": size * SENTENCES, "documents": -(-size // DOCUMENT)}
    lengths = np.array([len(text) for text in source.texts])[corpus.chosen].sum(axis=1)
    row["characters_of_a_passage"] = {"mean": round(float(lengths.mean()), 1), "p95": int(np.percentile(lengths, 95))}
    row["write_s"] = corpus.write(folder)
    asked = source.asked[:questions]
    vectors = np.array([source.means.centre_question(vector) for vector in asked])
    np.savez(
        folder / "questions.npz", questions=np.array(source.questions[:questions]), asked=asked,
        nearest=nearest(corpus, vectors, 10), name=source.encoder.name, fingerprint=source.encoder.fingerprint,
    )  # fmt: skip
    row["total_s"] = round(time.monotonic() - began, 1)
    (folder / WRITTEN).write_text(json.dumps(row) + "\n", "ascii")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="question files, or an index to measure with --measure")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--name", default="growth")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--kept", type=Path, help="an .npz file to keep the vectors in between runs")
    parser.add_argument("--indexes", type=Path, help="a folder to keep the indexes in between runs")
    parser.add_argument("--measure", action="store_true")
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.folder)))
        return
    source: Any = None
    result = []
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as temporary:
            folder = (options.indexes or Path(temporary)) / str(size)
            if not (folder / WRITTEN).exists():
                if source is None:
                    from synthetic import Source

                    source = Source(options.folder, qa.load_encoder(), options.kept)
                write(folder, source, size, options.questions)
            row = json.loads((folder / WRITTEN).read_text("ascii"))
            sizes: dict[str, int] = {}
            for file in (folder / "build-0").rglob("*"):
                if file.is_file():
                    part = file.relative_to(folder / "build-0").parts
                    name = part[1] if len(part) > 2 else part[-1]
                    sizes[name] = sizes.get(name, 0) + file.stat().st_size
            row["disk_mb"] = {"all": round(sum(sizes.values()) / 1e6, 1)} | {
                name: round(size / 1e6, 1) for name, size in sorted(sizes.items(), key=lambda item: -item[1]) if size > 5e5
            }
            command = [sys.executable, __file__, str(folder), "--measure"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr)
            row |= json.loads(done.stdout)
            result.append(row)
            print(json.dumps(row), flush=True)
    store(options.name, result)


if __name__ == "__main__":
    main()
