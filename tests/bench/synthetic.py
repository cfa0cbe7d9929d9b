"""Indexes of any size of real text recombined and real vectors perturbed, written part by part without the model.

A passage is three sentences, in their order, of one context of the question files. A sentence's vector is that of the
sentence plus noise of a quarter of its length in a random direction, made of length 1 again; a passage's vector is the mean
of its context's and its sentences' vectors, with the same noise. Sentences are tokenised and embedded once each. A document
is 100 passages, a line each.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import common  # noqa: F401
import numpy as np

import qa
from qa.disk import sha256_of
from qa.documents.folders import Root
from qa.documents.read import READERS, abilities
from qa.index import layout
from qa.index.manifest import INDEX_FORMAT, BuildReport, DocumentEntry, Manifest
from qa.index.publish import CACHE, publish
from qa.index.vector_cache import text_key
from qa.passages.split import SPLITTER, split_passages
from qa.search.language_means import LanguageMeans, centre_passages
from qa.search.vectors import DenseIndex
from qa.search.words import PostingsWriter
from qa.text.sentences import split_sentences
from qa.text.words import TOKENIZER, tokenize

FILES = ("cmrc2018_trial", "drcd_dev", "xquad_dev.zh", "xquad_dev.en", "xquad_dev.es")
SENTENCES, DOCUMENT = 3, 100  # of a passage; passages of a document
NOISE = 0.25
_PART = 8192


class Known:
    """An encoder that knows the vectors of some questions, and costs nothing."""

    def __init__(self, encoder: Any, questions: dict[str, Any]) -> None:
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self._questions = questions

    def encode_queries(self, texts: Sequence[str]) -> Any:
        return np.array([self._questions[text] for text in texts], np.float32)

    def encode_passages(self, texts: Sequence[str], progress: Any = None) -> Any:
        raise NotImplementedError


class Source:
    """The sentences and questions of the files, embedded; kept in `kept` when that is named."""

    def __init__(
        self, folder: Path, encoder: Any, kept: Path | None = None, questions: int = 1500, files: Sequence[str] = FILES
    ) -> None:
        self.texts: list[str] = []
        passages: list[str] = []
        asked: list[str] = []
        context: list[int] = []
        for name in files:
            for article in json.loads((folder / f"{name}.json").read_text("utf-8"))["data"]:
                for entry in article["paragraphs"]:
                    text = entry["context"]
                    asked += [each["question"] for each in entry["qas"]]
                    for start, end in ((each.start, each.end) for each in split_passages(text)):
                        spans = split_sentences(text, start, end)
                        if len(spans) >= SENTENCES:
                            self.texts += [text[a:b] for a, b in spans]
                            context += [len(passages)] * len(spans)
                            passages.append(text[start:end])
        order = np.random.default_rng(7).permutation(len(asked))[:questions]
        self.questions = [asked[i] for i in order]
        self.context = np.array(context)
        self.first = np.searchsorted(self.context, np.arange(len(passages) + 1))
        digest = hashlib.sha256("\0".join([encoder.fingerprint, *self.texts, *self.questions]).encode()).hexdigest()
        found = np.load(kept, allow_pickle=False) if kept and kept.exists() else None
        if found is None or str(found["digest"]) != digest:
            means = LanguageMeans.measure(encoder)
            found = {
                "digest": digest,
                "sentences": encoder.encode_passages(self.texts),
                "passages": encoder.encode_passages(passages),
                "asked": encoder.encode_queries(self.questions),
                "question_means": means.questions,
                "passage_means": means.passages,
                "names": np.array(means.names),
            }
            if kept:
                np.savez(kept, **found)
        self.sentences, self.passages, self.asked = (np.asarray(found[name]) for name in ("sentences", "passages", "asked"))
        self.means = LanguageMeans(tuple(map(str, found["names"])), found["question_means"], found["passage_means"])
        self.encoder = Known(encoder, dict(zip(self.questions, self.asked, strict=True)))
        self.tokens = [tokenize(text) for text in self.texts]
        self.keys = [text_key(text) for text in self.texts]
        self.bytes = [layout.encoded(text) for text in self.texts]


def _unit(vectors: Any) -> Any:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


class Corpus:
    """`count` passages of a source."""

    def __init__(self, source: Source, count: int) -> None:
        self.source, self.count = source, count
        random = np.random.default_rng(count)
        self.contexts = random.integers(0, len(source.first) - 1, count)
        size = np.diff(source.first)[self.contexts]
        chosen = np.sort(
            np.argsort(random.random((count, int(size.max()))) + (np.arange(size.max()) >= size[:, None]))[:, :SENTENCES]
        )
        self.chosen = source.first[self.contexts][:, None] + chosen
        languages = source.means.passage_languages(source.passages)
        self.languages = languages[self.contexts]
        self.centres = [source.means.corpus_means(self._raw(sentences)) for sentences in (False, True)]

    def _noise(self, number: int, count: int) -> Any:
        return NOISE * _unit(np.random.default_rng(number).standard_normal((count, self.source.sentences.shape[1])))

    def _raw(self, sentences: bool) -> Iterator[tuple[Any, Any]]:
        source = self.source
        for at in range(0, self.count, _PART):
            chosen = self.chosen[at : at + _PART]
            own = source.sentences[chosen]
            if sentences:
                flat = own.reshape(-1, own.shape[2])
                yield _unit(flat + self._noise(2 * at, len(flat))), np.repeat(self.languages[at : at + _PART], SENTENCES)
            else:
                middle = _unit(own.mean(axis=1)) + source.passages[self.contexts[at : at + _PART]]
                yield _unit(_unit(middle) + self._noise(2 * at + 1, len(middle))), self.languages[at : at + _PART]

    def vectors(self, sentences: bool) -> Iterator[Any]:
        """The vectors of all passages or of all sentences as they are stored, in parts."""
        for vectors, languages in self._raw(sentences):
            yield centre_passages(vectors, languages, self.centres[sentences])

    def write(self, folder: Path) -> dict[str, float]:
        """Write the index to `folder`; the seconds that each step took."""
        source, count = self.source, self.count
        seconds: dict[str, float] = {}

        def timed(name: str, step: Callable[[], Any]) -> Any:
            began = time.monotonic()
            result = step()
            seconds[name] = round(time.monotonic() - began, 2)
            return result

        build = folder / "build-0"
        segment = build / f"{layout.SEGMENT}0"
        (segment / layout.WORDS).mkdir(parents=True)
        (folder / CACHE).mkdir()
        documents = timed("texts and spans", lambda: self._write_spans(segment))
        timed("words", lambda: self._write_words(segment))
        np.save(segment / layout.PASSAGE_LANGUAGES, self.languages.astype(np.uint8))
        choices = {}
        for part, sentences, rows in ((layout.PASSAGE_VECTORS, False, count), (layout.SENTENCE_VECTORS, True, count * SENTENCES)):

            def write(part: str = part, sentences: bool = sentences, rows: int = rows) -> Any:
                return DenseIndex.write(
                    segment / part, lambda: self.vectors(sentences), rows, source.sentences.shape[1], precise=not sentences
                )

            choices[f"{layout.SEGMENT}0/{part}"] = str(timed(part.replace("_", " "), write))
        places = np.zeros(len(documents), layout.DOCUMENT)
        places["number"] = np.arange(len(documents))
        places["passage"] = np.arange(len(documents)) * DOCUMENT
        for name, values in {
            layout.DOCUMENTS: places,
            layout.QUESTION_MEANS: source.means.questions,
            layout.PASSAGE_MEANS: source.means.passages,
            layout.PASSAGE_CENTRES: self.centres[False],
            layout.SENTENCE_CENTRES: self.centres[True],
        }.items():
            np.save(build / name, values)
        files = {
            file.relative_to(build).as_posix(): (file.stat().st_size, sha256_of(file))
            for file in sorted(build.rglob("*"))
            if file.is_file()
        }
        encoder = source.encoder
        manifest = Manifest(
            format=INDEX_FORMAT, created="2000-01-01T00:00:00Z", model=encoder.name, fingerprint=encoder.fingerprint,
            dimension=encoder.dimension, tokenizer=TOKENIZER, splitter=SPLITTER, readers=READERS, abilities=abilities(),
            roots=(Root("/synthetic"),), relative=("",), documents=documents, unread=(), passages=count,
            sentences=count * SENTENCES, segments=(0,), measured=count, changed=0, languages=source.means.names,
            vectors=choices, report=BuildReport(), files=files,
        )  # fmt: skip
        publish(folder, build, manifest)
        return seconds

    def _write_spans(self, segment: Path) -> tuple[DocumentEntry, ...]:
        source, count = self.source, self.count
        characters = np.array([len(text) for text in source.texts])[self.chosen]
        sizes = np.array([len(data) for data in source.bytes])[self.chosen]
        length = characters.sum(axis=1)
        place = np.arange(count) % DOCUMENT
        whole = np.cumsum(length + 1) - (length + 1)
        start = whole - whole[np.arange(count) // DOCUMENT * DOCUMENT]
        passages = np.zeros(count, layout.PASSAGE)
        passages["document"] = np.arange(count) // DOCUMENT
        passages["start"], passages["end"] = start, start + length
        passages["number"] = passages["line"] = place + 1
        passages["text"] = np.cumsum(sizes.sum(axis=1)) - sizes.sum(axis=1)
        passages["sentence"] = np.arange(count) * SENTENCES
        passages["mark"] = layout.NO_MARK
        np.save(segment / layout.PASSAGES, passages)
        sentences = np.zeros(count * SENTENCES, layout.SENTENCE)
        begin = start[:, None] + np.cumsum(characters, axis=1) - characters
        sentences["start"], sentences["end"] = begin.ravel(), (begin + characters).ravel()
        np.save(segment / layout.SENTENCES, sentences)
        layout.save_marks(segment / layout.MARKS, [])
        layout.save_titles(segment / layout.TITLES, [""] * -(-count // DOCUMENT))  # as of files named by numbers
        with (segment / layout.TEXTS).open("wb") as texts, (segment / layout.PASSAGE_KEYS).open("wb") as passage_keys:
            for row in self.chosen.tolist():
                texts.write(b"".join([source.bytes[i] for i in row]))
                passage_keys.write(text_key("".join([source.texts[i] for i in row])))
        with (segment / layout.SENTENCE_KEYS).open("wb") as keys:
            keys.writelines(source.keys[i] for i in self.chosen.ravel().tolist())
        ends = np.append(np.arange(0, count, DOCUMENT)[1:], count)
        return tuple(
            DocumentEntry(f"{i}.txt", "0" * 64, "utf-8", int(passages["end"][end - 1]), int(end - i * DOCUMENT))
            for i, end in enumerate(ends.tolist())
        )

    def _write_words(self, segment: Path) -> None:
        counting = PostingsWriter(segment / layout.WORDS)
        for i in self.chosen.ravel().tolist():
            counting.add(self.source.tokens[i])
        counting.finish(np.repeat(np.arange(self.count, dtype=np.int32), SENTENCES))


def nearest(corpus: Corpus, questions: Any, k: int) -> Any:
    """The `k` passages nearest to each question by the vectors themselves, shape (len(questions), k)."""
    import faiss

    found: list[Any] = []
    at = 0
    for vectors in corpus.vectors(sentences=False):
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        scores, rows = index.search(questions, k)
        found.append((scores, rows + at))
        at += len(vectors)
        if len(found) > 1:
            scores, rows = (np.hstack(parts) for parts in zip(*found, strict=True))
            order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
            found = [(np.take_along_axis(scores, order, 1), np.take_along_axis(rows, order, 1))]
    return found[0][1]


def opened(folder: Path, source: Source) -> qa.Index:
    """The index in `folder`, with the encoder that knows the questions."""
    return qa.open(folder, encoder=source.encoder)
