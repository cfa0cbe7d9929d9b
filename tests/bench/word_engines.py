"""The word index against bm25s and tantivy: candidates for real questions, memory, disk, build, update, recall@10, kills.

.venv/bin/python tests/bench/word_engines.py ../shared/eval --sizes 30000 1000000

All three get the same tokens, `qa.text.words.tokenize`; tantivy as one text with spaces, cut by its whitespace tokenizer.
Passages are three sentences of one context of the question files and two rare words, drawn by Zipf's law (exponent 1.3), so that
the vocabulary grows with the index. tantivy's k1 and b are 1.2 and 0.75 and cannot be set. bm25s scores every passage exactly:
the share of its ten best among the others' candidates is `ten_best_found`. `recall@10` is that of the gold contexts of the
question files, all of them in one index, when the 200 candidates of each engine are scored by `LexicalIndex.scores`.

Each engine is built, updated and killed in processes of its own, `memory_mb` is that of one that opened it and asked every
question; times are taken in one process that asks the three in turn. Needs `pip install bm25s tantivy rjieba`.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from common import store

from qa.search.question import read_question
from qa.search.words import LexicalIndex, Postings, PostingsWriter
from qa.search.words import bm25 as formula
from qa.text.words import tokenize

FILES = ("cmrc2018_trial", "drcd_dev", "xquad_dev.zh", "xquad_dev.en", "xquad_dev.es")
SENTENCES, DOCUMENT, CANDIDATES = 3, 100, 200  # of a passage; passages of a document; put forward for a question


class Source:
    """The sentences, contexts and questions of the question files, tokenised once; kept in `kept`."""

    def __init__(self, folder: Path) -> None:
        from qa.passages.split import split_passages
        from qa.text.sentences import split_sentences

        self.texts: list[str] = []
        self.contexts: list[tuple[int, int]] = []  # sentences [first, last)
        self.gold: list[tuple[str, int, str]] = []  # question, context, file
        for name in FILES:
            for article in json.loads((folder / f"{name}.json").read_text("utf-8"))["data"]:
                for entry in article["paragraphs"]:
                    text, first = entry["context"], len(self.texts)
                    for start, end in ((each.start, each.end) for each in split_passages(text)):
                        self.texts += [text[a:b] for a, b in split_sentences(text, start, end)]
                    self.gold += [(each["question"], len(self.contexts), name) for each in entry["qas"]]
                    self.contexts.append((first, len(self.texts)))
        self.tokens = [tokenize(text) for text in self.texts]
        self.terms = {question: list(read_question(question).terms) for question, _, _ in self.gold}


def passages(source: Source, count: int) -> Iterator[list[list[str]]]:
    """So many passages, each the tokens of its sentences; 0: the contexts themselves."""
    if not count:
        yield from (source.tokens[first:last] for first, last in source.contexts)
        return
    chance = np.random.default_rng(count)
    long = [each for each in source.contexts if each[1] - each[0] >= SENTENCES]
    rare = chance.zipf(1.3, (count, 2)).tolist()
    for number, names in zip(chance.integers(0, len(long), count).tolist(), rare, strict=True):
        chosen = sorted(random.Random(names[0] * 31 + number).sample(range(*long[number]), SENTENCES))
        held = [source.tokens[i] for i in chosen]
        yield [held[0] + [f"wz{name % 10**9}" for name in names], *held[1:]]


class Own:
    """The word index of this project."""

    def __init__(self, folder: Path) -> None:
        first = np.load(folder / "first.npy")
        self.index = LexicalIndex([Postings.open(folder / "words")], first)

    def candidates(self, terms: list[str]) -> Any:
        return self.index.candidates(terms, CANDIDATES)

    @staticmethod
    def build(folder: Path, rows: Iterator[list[list[str]]]) -> None:
        (folder / "words").mkdir(parents=True)
        writer = PostingsWriter(folder / "words")
        sizes = []
        for row in rows:
            for sentence in row:
                writer.add(sentence)
            sizes.append(len(row))
        writer.finish(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))
        np.save(folder / "first.npy", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))

    @staticmethod
    def update(folder: Path, source: Source, _count: int) -> None:
        """A document of 100 passages comes: a segment of its own, opened beside the one there is."""
        rows = list(passages(source, DOCUMENT))
        with tempfile.TemporaryDirectory() as temporary:
            new = Path(temporary) / "new"
            Own.build(new, iter(rows))
            first = np.load(folder / "first.npy")
            both = np.concatenate([first, first[-1] + np.load(new / "first.npy")[1:]])
            parts = [Postings.open(folder / "words"), Postings.open(new / "words")]
            LexicalIndex(parts, both).candidates(source.terms[source.gold[0][0]], CANDIDATES)


class Bm25s:
    """bm25s, mapped."""

    def __init__(self, folder: Path) -> None:
        import bm25s

        self.index = bm25s.BM25.load(folder, mmap=True)

    def candidates(self, terms: list[str]) -> Any:
        found = self.index.retrieve([terms], k=min(CANDIDATES, self.index.scores["num_docs"]), sorted=False, show_progress=False)
        return np.sort(found.documents[0][found.scores[0] > 0])

    def best(self, terms: list[str], k: int) -> list[int]:
        scores = self.index.get_scores(terms)
        return [int(row) for row in np.lexsort((np.arange(len(scores)), -scores))[:k] if scores[row] > 0]

    @staticmethod
    def build(folder: Path, rows: Iterator[list[list[str]]]) -> None:
        import bm25s
        from bm25s.tokenization import Tokenized

        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(token, len(vocabulary)) for sentence in row for token in sentence] for row in rows]
        index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
        index.index(Tokenized(ids=ids, vocab=vocabulary), show_progress=False)
        index.save(folder, show_progress=False)

    @staticmethod
    def update(folder: Path, source: Source, count: int) -> None:
        """The same: all is counted again."""
        with tempfile.TemporaryDirectory() as temporary:
            Bm25s.build(Path(temporary) / "new", (row for size in (count, DOCUMENT) for row in passages(source, size)))


class Tantivy:
    """tantivy, one thread, merged as it likes."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.tantivy, self.index = tantivy, self._open(folder)
        self.index.reload()
        self.searcher = self.index.searcher()

    def candidates(self, terms: list[str]) -> Any:
        t = self.tantivy
        schema = self.index.schema
        query = t.Query.boolean_query([(t.Occur.Should, t.Query.term_query(schema, "text", term)) for term in terms])
        hits = self.searcher.search(query, CANDIDATES, count=False).hits
        return np.sort(np.array(self.searcher.fast_field_values("row", [at for _, at in hits]), np.int64))

    @staticmethod
    def _open(folder: Path) -> Any:
        import tantivy

        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", tokenizer_name="whitespace", index_option="freq")
        schema.add_unsigned_field("row", fast=True)
        schema.add_unsigned_field("document", indexed=True)
        return tantivy.Index(schema.build(), path=str(folder))

    @staticmethod
    def _add(writer: Any, rows: Iterator[list[list[str]]], at: int) -> None:
        import tantivy

        for row, held in enumerate(rows, at):
            document = tantivy.Document()
            document.add_text("text", " ".join(token for sentence in held for token in sentence))
            document.add_unsigned("row", row)
            document.add_unsigned("document", row // DOCUMENT)
            writer.add_document(document)

    @staticmethod
    def build(folder: Path, rows: Iterator[list[list[str]]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        writer = Tantivy._open(folder).writer(heap_size=256_000_000, num_threads=1)
        Tantivy._add(writer, rows, 0)
        writer.commit()
        writer.wait_merging_threads()

    @staticmethod
    def update(folder: Path, source: Source, _count: int) -> None:
        """A document of 100 passages is replaced."""
        index = Tantivy._open(folder)
        writer = index.writer(num_threads=1)
        writer.delete_documents_by_term("document", 0)
        Tantivy._add(writer, passages(source, DOCUMENT), 0)
        writer.commit()
        index.reload()
        index.searcher().num_docs  # noqa: B018


ENGINES: dict[str, Any] = {"own": Own, "bm25s": Bm25s, "tantivy": Tantivy}


def step(name: str, engine: str, work: Path, size: int) -> dict[str, Any]:
    """One step of one engine, in this process: seconds of the clock and of the processor, memory at the end and at the most."""
    source: Source = pickle.loads((work / "source.pickle").read_bytes())
    folder = work / f"{engine}-{size}"
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM from here on
    before = _memory()
    began, cpu = time.perf_counter(), time.process_time()
    if name == "build":
        ENGINES[engine].build(folder, passages(source, size))
    elif name == "update":
        ENGINES[engine].update(folder, source, size)
    elif name == "rewrite":  # 1,000 passages more
        print(flush=True)
        if engine == "bm25s":
            Bm25s.build(folder, passages(source, size + 1000))
        else:
            writer = Tantivy._open(folder).writer(num_threads=1)
            Tantivy._add(writer, passages(source, 1000), size)
            writer.commit()
            writer.wait_merging_threads()
    elif name == "only_tokens":  # what making the passages costs all of them
        for _ in passages(source, size):
            pass
    else:
        opened = ENGINES[engine](folder)
        for question in _asked(source, 300):
            opened.candidates(source.terms[question])
    taken = {"s": round(time.perf_counter() - began, 3), "cpu_s": round(time.process_time() - cpu, 3)}
    after = _memory()
    return taken | {"most_mb": after["VmHWM"] - before["VmRSS"]} | {key: after[key] - before[key] for key in ("VmRSS", "RssAnon")}


def _memory() -> dict[str, int]:
    lines = Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith(("VmRSS", "VmHWM", "RssAnon"))}


def _asked(source: Source, count: int) -> list[str]:
    questions = [question for question, _, _ in source.gold]
    return [questions[i] for i in np.random.default_rng(7).permutation(len(questions))[:count]]


def in_process(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE, text=True)


def own_process(name: str, engine: str, work: Path, size: int) -> dict[str, Any]:
    done = in_process("--step", name, engine, str(work), str(size))
    told, _ = done.communicate()
    if done.returncode:
        sys.exit(f"{name} {engine} {size}: exit {done.returncode}")
    return dict(json.loads(told.splitlines()[-1]))


def times(work: Path, size: int, source: Source, questions: int) -> dict[str, Any]:
    """Milliseconds for candidates, the engines in turn for each question, and how many of the ten best are among them."""
    opened = {name: engine(work / f"{name}-{size}") for name, engine in ENGINES.items()}
    asked = _asked(source, questions)
    for question in asked[:20]:
        for each in opened.values():
            each.candidates(source.terms[question])
    taken: dict[str, list[float]] = {name: [] for name in (*ENGINES, "own scored")}
    held: dict[str, list[float]] = {name: [] for name in ENGINES}
    for number, question in enumerate(asked):
        terms = source.terms[question]
        best = opened["bm25s"].best(terms, 10)
        turn = list(opened.items())
        for name, each in turn[number % 3 :] + turn[: number % 3]:
            began = time.perf_counter()
            rows = each.candidates(terms)
            taken[name].append((time.perf_counter() - began) * 1e3)
            held[name].append(len(set(best) & set(rows.tolist())) / max(len(best), 1))
        began = time.perf_counter()
        opened["own"].index.scores(terms, rows)
        taken["own scored"].append((time.perf_counter() - began) * 1e3)
    own = np.array(taken["own"])
    return {
        name: {f"p{q}_ms": round(float(np.percentile(each, q)), 2) for q in (50, 95)}
        | {"median_of_ratios_to_own": round(float(np.median(np.array(each) / own)), 2)}
        | ({"ten_best_found": round(float(np.mean(held[name])), 4)} if name in held else {})
        for name, each in taken.items()
    }


def recall(work: Path, source: Source) -> dict[str, Any]:
    """recall@1 and @10 of each file's gold contexts among all contexts, in percent: candidates scored by the word index alone."""
    opened = {name: engine(work / f"{name}-0") for name, engine in ENGINES.items()}
    rank: dict[str, dict[str, list[int]]] = {name: {file: [] for file in FILES} for name in ENGINES}
    for question, gold, file in source.gold:
        terms = source.terms[question]
        for name, each in opened.items():
            rows = np.asarray(each.candidates(terms), np.int64)
            evidence = opened["own"].index.scores(terms, rows)
            order = np.lexsort((rows, -(evidence.passages + 0.5 * evidence.sentences)))
            place = np.flatnonzero(rows[order] == gold)
            rank[name][file].append(int(place[0]) if len(place) else 10**6)
    return {
        name: {
            file: {f"recall@{k}": round(100 * float(np.mean(np.array(places) < k)), 2) for k in (1, 10)}
            for file, places in of.items()
        }
        for name, of in rank.items()
    }


def from_texts(work: Path, source: Source, questions: int) -> dict[str, Any]:
    """Evidence of 200 candidates from postings and from their texts, tokenised for each question with jieba and with rjieba."""
    import rjieba

    from qa.text import words

    index = Own(work / "own-0").index
    ways: dict[str, Callable[[list[str], Any], Any]] = {
        "postings": index.scores,
        "texts": lambda terms, rows: scored_from_texts(index, source, terms, rows),
        "texts, their words known": lambda terms, rows: scored_from_texts(index, source, terms, rows, kept=True),
    }
    segmenter = words._lexicon(words.NO_WORDS).segmenter
    cuts = {"jieba": segmenter.cut_for_search, "rjieba": rjieba.Jieba().cut_for_search}
    taken: dict[str, list[float]] = {}
    apart, characters = 0.0, []
    for question in _asked(source, questions):
        terms = source.terms[question]
        rows = index.candidates(terms, CANDIDATES)
        rows = rows[np.argsort(-index.scores(terms, rows).passages, kind="stable")[:CANDIDATES]]
        characters.append(sum(len(text) for row in rows for text in source.texts[slice(*source.contexts[row])]))
        found: list[Any] = []
        for name, way in ways.items():
            for library in ("jieba", "rjieba") if name == "texts" else ("",):
                segmenter.cut_for_search = cuts.get(library, cuts["jieba"])
                began = time.perf_counter()
                found.append(way(terms, rows))
                taken.setdefault(f"{name} {library}".strip(), []).append((time.perf_counter() - began) * 1e3)
        for each in found[1:]:
            apart = max(
                apart,
                *(float(np.abs(a - b).max(initial=0)) for a, b in ((each[0], found[0].passages), (each[1], found[0].sentences))),
            )
    base = np.array(taken["postings"])
    return {
        "characters_of_200": round(float(np.mean(characters))),
        "largest_difference": apart,
        **{
            name: {f"p{q}_ms": round(float(np.percentile(each, q)), 2) for q in (50, 95)}
            | {"median_of_ratios": round(float(np.median(np.array(each) / base)), 2)}
            for name, each in taken.items()
        },
    }


def scored_from_texts(index: LexicalIndex, source: Source, terms: Sequence[str], rows: Any, kept: bool = False) -> Any:
    """BM25 of passages and of the best of their sentences from the texts alone, with the index's idf."""
    wanted = {term: i for i, term in enumerate(dict.fromkeys(terms))}
    idf = np.array([index.idf(term) for term in wanted], np.float32)
    sentence_idf = np.array([index.sentence_idf(term) for term in wanted], np.float32)
    passage, sentence = np.zeros((2, len(rows)), np.float32)
    for place, row in enumerate(rows.tolist()):
        first, last = source.contexts[row]
        held = source.tokens[first:last] if kept else [tokenize(text) for text in source.texts[first:last]]
        counts = np.zeros((len(held), len(wanted)), np.float32)
        for number, tokens in enumerate(held):
            for token in tokens:
                if token in wanted:
                    counts[number, wanted[token]] += 1
        length = np.array([len(tokens) for tokens in held], np.int32)
        norm = formula.norms(length.sum(keepdims=True), index.terms.average)
        whole = counts.sum(axis=0)
        passage[place] = (idf * formula.weights(whole, norm)).sum()
        norms = formula.norms(length, index.terms.sentence_average)[:, None]
        sentence[place] = (sentence_idf * formula.weights(counts, norms)).sum(axis=1).max(initial=0)
    return passage, sentence


def kills(work: Path, source: Source, count: int, size: int = 3000) -> dict[str, Any]:
    """Kill a process that writes an index over one that is whole; what a reader finds then. Own: into a folder of its own, as a
    build does, so that the earlier one is not touched; bm25s and tantivy: where the earlier one is."""
    told: dict[str, Any] = {}
    asked = _asked(source, 5)
    whole = work / "whole"

    def found(engine: str) -> list[list[int]]:
        opened = ENGINES[engine](work / f"{engine}-{size}")
        return [opened.candidates(source.terms[question]).tolist() for question in asked]

    for engine in ("bm25s", "tantivy"):
        folder = work / f"{engine}-{size}"
        for each in (folder, whole):
            shutil.rmtree(each, ignore_errors=True)
        own_process("build", engine, work, size)
        shutil.copytree(folder, whole)
        before = found(engine)
        took = own_process("rewrite", engine, work, size)["s"]
        after = found(engine)
        outcome: dict[str, Any] = {"as before": 0, "as after": 0, "neither": 0, "cannot be opened": 0}
        for number in range(count):
            shutil.rmtree(folder)
            shutil.copytree(whole, folder)
            process = in_process("--step", "rewrite", engine, str(work), str(size))
            assert process.stdout is not None
            process.stdout.readline()  # it begins
            time.sleep(random.Random(number).uniform(0.3, 1.1) * took)
            process.send_signal(signal.SIGKILL)
            process.wait()
            try:
                now = found(engine)
                outcome["as before" if now == before else "as after" if now == after else "neither"] += 1
            except Exception as error:
                outcome["cannot be opened"] += 1
                outcome["error"] = f"{type(error).__name__}: {str(error)[:80]}"
        told[engine] = outcome
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--sizes", type=int, nargs="*", default=[30_000, 1_000_000])
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--work", type=Path, help="a folder to keep the indexes in between runs")
    parser.add_argument("--name", default="word_engines")
    parser.add_argument("--step", nargs=4, metavar=("STEP", "ENGINE", "WORK", "SIZE"))
    options = parser.parse_args()
    if options.step:
        name, engine, work, size = options.step
        print(json.dumps(step(name, engine, Path(work), int(size))))
        return
    with tempfile.TemporaryDirectory() as temporary:
        work = options.work or Path(temporary)
        work.mkdir(exist_ok=True)
        if not (work / "source.pickle").exists():
            (work / "source.pickle").write_bytes(pickle.dumps(Source(options.folder)))
        source: Source = pickle.loads((work / "source.pickle").read_bytes())
        result: dict[str, Any] = {}
        for size in [0, *options.sizes]:
            row: dict[str, Any] = {"only tokens": own_process("only_tokens", "own", work, size)} if size else {}
            for engine in ENGINES:
                folder = work / f"{engine}-{size}"
                built = folder.with_suffix(".json")
                if not built.exists():
                    shutil.rmtree(folder, ignore_errors=True)
                    built.write_text(json.dumps(own_process("build", engine, work, size)))
                row[engine] = {"build": json.loads(built.read_text())}
                row[engine]["disk_mb"] = round(sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6, 1)
                row[engine]["memory_mb"] = own_process("ask", engine, work, size)
            row["candidates"] = times(work, size, source, options.questions)
            if size:
                for engine in ENGINES:
                    if engine != "bm25s" or size <= 30_000:  # which is built anew
                        row[engine]["update"] = own_process("update", engine, work, size)
            result[str(size or len(source.contexts))] = row
            print(json.dumps({size: row}), file=sys.stderr, flush=True)
        result["recall"] = recall(work, source)
        result["evidence of 200 candidates"] = from_texts(work, source, min(options.questions, 60))
        result["kills"] = kills(work, source, options.kills)
    store(options.name, result)


if __name__ == "__main__":
    main()
