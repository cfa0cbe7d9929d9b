"""From the start of a process to the first answer: `python -m qa ask` against twenty lines of sentence-transformers and FAISS.

    python tests/bench/starting.py [--rounds 5]

Both are started anew each time, in turn, on the same document with the same model, prepared beforehand. The script below keeps
its vectors in a file, as the index does, so that it encodes the question alone. Memory is the most that was resident.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from common import ROOT, store

import qa

QUESTION = "綦河洪峰水位是多少？"
SCRIPT = """
import sys
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

model, document, kept, question = sys.argv[1:]
passages = [line.strip() for line in Path(document).read_text("utf-8").split("\\n") if line.strip()]
encoder = SentenceTransformer(model, device="cpu")
if Path(kept).exists():
    index = faiss.read_index(kept)
else:
    index = faiss.IndexFlatIP(encoder.get_embedding_dimension())
    index.add(encoder.encode_document(passages, normalize_embeddings=True))
    faiss.write_index(index, kept)
_, rows = index.search(encoder.encode_query([question], normalize_embeddings=True), 3)
for row in rows[0]:
    print(passages[row])
"""


def run(command: list[str | Path]) -> tuple[float, int, str]:
    """Seconds, peak memory in MB and output of a process of its own."""
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = status
    if status:
        raise SystemExit(f"{command!r} ended with {status}")
    return seconds, used.ru_maxrss // 1024, output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    encoder = qa.load_encoder()
    (document,) = (ROOT / "seeds").glob("*.txt")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        # in a process of its own: a child's peak memory begins with what its parent holds
        build = [sys.executable, "-m", "qa", "build", "seeds", "--index", folder / "index", "--quiet"]
        subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
        model = encoder.prepared.folder / "sentence-transformers"
        commands: dict[str, list[str | Path]] = {
            "python -m qa ask": [sys.executable, "-m", "qa", "ask", QUESTION, "--index", folder / "index"],
            "sentence-transformers and faiss": [
                sys.executable, folder / "script.py", model, document, folder / "kept.faiss", QUESTION,
            ],
        }  # fmt: skip
        for name, command in commands.items():  # once without a watch: files into the system's cache, vectors kept
            _, _, output = run(command)
            assert "227.6" in output, (name, output)
        measured: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
        for _ in range(options.rounds):
            for name, command in commands.items():
                measured[name].append(run(command)[:2])
    seconds = {name: statistics.median(pair[0] for pair in pairs) for name, pairs in measured.items()}
    memory = {name: statistics.median(pair[1] for pair in pairs) for name, pairs in measured.items()}
    own, other = commands
    store(
        "starting",
        {
            "rounds": options.rounds,
            "seconds": {name: round(value, 2) for name, value in seconds.items()},
            "peak memory, MB": memory,
            "share of the script's time": round(seconds[own] / seconds[other], 3),
            "share of the script's memory": round(memory[own] / memory[other], 3),
            "every round, seconds": {name: [round(pair[0], 2) for pair in pairs] for name, pairs in measured.items()},
        },
    )


if __name__ == "__main__":
    sys.exit(main())
