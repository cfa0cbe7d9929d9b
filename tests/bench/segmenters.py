"""The segmenter of this project against jieba itself and jieba in Rust: the same words? how fast, how large, how soon?

    pip install rjieba==0.2.2
    python tests/bench/segmenters.py FOLDER... [--dictionaries 12]

The texts are those of the FOLDERs: every string of a .json file, and every other file that the project reads. All three cut the
distinct runs of Han characters of the normalised texts. jieba is the reference for words. "start" is the CPU time of importing a
segmenter and cutting one question, in a separate process that has numpy loaded, as every question needs it, and jieba's cache.
"user words" are dictionaries of 1, 5 or 200 random pieces of the texts, with and without frequencies, each in a segmenter of its
own; "apart" tells whether another segmenter is untouched.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jieba
from common import ROOT, store

import qa
from qa.text.normalise import normalise
from qa.text.scripts import HAN_RUN
from qa.text.segmenter import Segmenter, jieba_dictionary

Cut = Callable[[str], list[str]]
QUESTION = "綦河洪峰水位是多少"
START = {
    "own": "from qa.text.segmenter import Segmenter, jieba_dictionary; cut = Segmenter(jieba_dictionary()).cut_for_search",
    "jieba": "import jieba; jieba.setLogLevel(60); jieba.dt.tmp_dir = {cache!r}; cut = jieba.cut_for_search",
    "rjieba": "import rjieba; cut = rjieba.cut_for_search",
    "rjieba, a segmenter of its own": "import rjieba; cut = rjieba.Jieba().cut_for_search",
}
MEMORY = "int(next(line for line in open('/proc/self/status') if line.startswith('VmRSS')).split()[1]) // 1024"


class Rust:
    """rjieba under the names of jieba. It has no part of speech of a word, only of a text that it cuts itself."""

    def __init__(self) -> None:
        import rjieba

        made = rjieba.Jieba()
        self.cut_for_search, self.add_word, self.tagged = made.cut_for_search, made.add_word, made.tag
        self.cut: Callable[..., list[str]] = lambda text, HMM=True: made.cut(text, HMM)

    def tag(self, word: str) -> str:
        """The part of speech of a word that is not cut in two; "" for others."""
        found = self.tagged(word, False)
        return "" if len(found) > 1 else "n" if found[0][1] in ("i", "l") else str(found[0][1])


def reference() -> Any:
    """jieba's segmenter with its whole dictionary."""
    made = jieba.Tokenizer()
    made.FREQ, made.total = made.gen_pfdict(made.get_dict_file())
    made.initialized = True
    return made


def runs_of(folders: list[Path]) -> list[str]:
    """The different runs of Han characters in the texts of the folders."""
    texts: list[str] = []
    for file in sorted(file for folder in folders for file in folder.rglob("*") if file.is_file()):
        if file.suffix == ".json":
            texts += strings(json.loads(file.read_text("utf-8")))
            continue
        try:
            texts.append(qa.read_document(file).text)
        except qa.DocumentError as error:
            print(error, file=sys.stderr)
    return sorted({run for text in texts for run in HAN_RUN.findall(normalise(text))})


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def differing(runs: Iterable[str], one: Cut, other: Cut) -> list[dict[str, str]]:
    """The runs that two segmenters cut otherwise."""
    pairs = ((run, " ".join(one(run)), " ".join(other(run))) for run in runs)
    return [{"run": run, "jieba": words, "found": found} for run, words, found in pairs if words != found]


def modes(segmenter: Any) -> dict[str, Cut]:
    return {
        "search mode": lambda run: list(segmenter.cut_for_search(run)),
        "plain": lambda run: list(segmenter.cut(run)),
        "without HMM": lambda run: list(segmenter.cut(run, HMM=False)),
    }


def words_of(name: str, make: Callable[[], Any], runs: list[str], whole: Any, dictionaries: int) -> dict[str, Any]:
    """What a segmenter says otherwise than jieba."""
    segmenter = make()
    found = {mode: differing(runs, modes(whole)[mode], cut) for mode, cut in modes(segmenter).items()}
    tags = {word: "n" if tag in ("i", "l") else tag for word, _, tag in jieba_dictionary().all_words() if HAN_RUN.fullmatch(word)}
    wrong = [word for word, tag in tags.items() if segmenter.tag(word) != tag]
    with ThreadPoolExecutor(8) as pool:
        threaded = list(pool.map(make().cut_for_search, runs[:20_000]))
    chance = random.Random(3)
    users = []
    untouched = make()
    before = [untouched.cut_for_search(run) for run in runs[:2000]]
    before = [list(words) for words in before]
    for _ in range(dictionaries):
        theirs, ours = reference(), make()
        count = chance.choice([1, 5, 200])
        for _ in range(count):
            run = chance.choice(runs)
            start = chance.randrange(len(run))
            word = (
                run[start : start + chance.randint(1, 5)],
                chance.choice([None, 1, 5, 100, 10_000]),
                chance.choice([None, "ns"]),
            )
            theirs.add_word(*word)
            ours.add_word(*word)
        sample = chance.sample(runs, min(20_000, len(runs)))
        users.append(
            {"words": count, "runs": len(sample), "differ": len(differing(sample, modes(theirs)["plain"], modes(ours)["plain"]))}
        )
    return {
        "differ": {mode: {"runs": len(each), "first": each[:3]} for mode, each in found.items()},
        "parts of speech": {"words": len(tags), "differ": len(wrong), "first": wrong[:3]},
        "eight threads differ": sum(
            list(words) != list(segmenter.cut_for_search(run)) for words, run in zip(threaded, runs, strict=False)
        ),
        "user words": users,
        "apart": before == [list(untouched.cut_for_search(run)) for run in runs[:2000]],
    }  # fmt: skip


def started(name: str, cache: str) -> tuple[float, int]:
    """Milliseconds of CPU and MB of resident memory that importing a segmenter and cutting one question take."""
    program = (
        f"import warnings; warnings.simplefilter('ignore'); import time, numpy; began = time.process_time(); before = {MEMORY}\n"
        f"{START[name].format(cache=cache)}; list(cut({QUESTION!r}))\n"
        f"print((time.process_time() - began) * 1000, {MEMORY} - before)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    milliseconds, memory = done.stdout.split()
    return float(milliseconds), int(memory)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--dictionaries", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    if importlib.util.find_spec("rjieba") is None:
        raise SystemExit("pip install rjieba==0.2.2")
    runs = runs_of(options.folders)
    makers: dict[str, Callable[[], Any]] = {"own": lambda: Segmenter(jieba_dictionary()), "rjieba": Rust}
    whole = reference()
    speed: dict[str, list[float]] = {name: [] for name in ("own", "jieba", "rjieba")}
    segmenters = {"own": makers["own"](), "jieba": whole, "rjieba": Rust()}
    characters = sum(map(len, runs))
    for _ in range(3):
        for name, segmenter in segmenters.items():
            began = time.process_time()
            for run in runs:
                list(segmenter.cut_for_search(run))
            speed[name].append(characters / (time.process_time() - began))
    starts: dict[str, list[tuple[float, int]]] = {name: [] for name in START}
    with tempfile.TemporaryDirectory() as cache:
        started("jieba", cache)
        for _ in range(options.rounds):
            for name, measured in starts.items():
                measured.append(started(name, cache))
    store(
        "segmenters",
        {
            "rjieba": version("rjieba"),
            "runs": len(runs),
            "characters": characters,
            "words in search mode": sum(len(list(whole.cut_for_search(run))) for run in runs),
            "against jieba": {name: words_of(name, make, runs, whole, options.dictionaries) for name, make in makers.items()},
            "characters a second of CPU": {name: round(statistics.median(each)) for name, each in speed.items()},
            "start": {
                name: {"ms": round(statistics.median(ms for ms, _ in each)), "MB": statistics.median(mb for _, mb in each)}
                for name, each in starts.items()
            },
        },
    )


if __name__ == "__main__":
    main()
