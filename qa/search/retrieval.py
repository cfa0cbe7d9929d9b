"""Which passages a question is about: four kinds of evidence for every candidate, one score.

    score = gate * lexical + 0.6 * dense + 1.4 * sentence + 0.4 * translated

`lexical` is the BM25 of the passage plus half that of its best sentence, over the sum of the idf of the question's terms:
about 1 when the passage holds them all, in any corpus. `dense` is the cosine of question and passage, `sentence` that of
the question and the passage's best sentence, both with the languages' means removed (`language_means.py`). `gate` takes weight
from the lexical part when no passage holds much of the question, as when it is asked in another language: it is the best
lexical score over 0.7, at most 1. `translated` is the BM25 of the question's words in the other language, Chinese or English
(`text/translation.py`), over their best; it is 0 where there is nothing to translate. The numbers were chosen on
cmrc2018_trial and
xquad_dev and checked on drcd_dev; each may be off by a third before recall@1 moves by half a point.

The texts of the ten best are then read. Added are `0.2 * gate * phrases`, the share of the question's runs of three
characters that the passage holds; `0.8 * gate * title`, the share of its words, by idf, that the name, the title or the headings
of the passage's document hold and the passage does not, since what a document is about is seldom said in each of its
paragraphs; and 0.2 when the quoted words, places, years, codes and romanised names of the question stand in it or near it
(recall@1 on drcd_dev 96.6 and 97.0 with it, xquad_dev 97.5 and 97.6 in Chinese, 97.6 and 97.9 in English).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..config import cores
from ..models.encoder import Encoder
from ..text.normalise import normalise
from ..text.romanisation import romanised_names, stands_in
from ..text.scripts import HAN_RUN
from ..text.translation import translated_terms
from ..text.words import QUESTION_WORDS, question_terms
from ..types import Hit, Paragraph
from .engine import Engine
from .question_rules import lacks, named
from .vectors import QuestionVector
from .words import Translation

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

DENSE_WEIGHT, SENTENCE_WEIGHT = 0.6, 1.4
SENTENCE_BM25 = 0.5  # weight of the best sentence's BM25 beside the passage's
FULL_GATE = 0.7
# Candidates that each kind of evidence puts forward. It is the same whatever number is asked for, so that asking for k
# gives the first k of asking for more.
POOL = 200
# Measured on xquad_dev, Chinese and English: 0.3 to 0.5 within a point of recall@1.
TRANSLATED_WEIGHT = 0.4

# Candidates whose texts are read. recall@1 is the same for weights of 0.1 to 0.3 both.
REFINED = 10
PHRASE_WEIGHT, NAMES_WEIGHT = 0.2, 0.2
# What it is worth where the paragraphs of an article are one document under its title: tests/bench/articles.py.
TITLE_WEIGHT = 0.8
HEADING_PENALTY = 1.0  # a heading alone answers nothing, however well it names what is asked about
NEIGHBOURS = 3  # passages before and after that a question's words and names may also stand in

_CONTENT = re.compile(r"[^\W_]")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class TranslatedWords:
    """A question's terms in the other language, and the rows that they put forward."""

    translation: Translation
    rows: Rows


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """What is known of a question without its vector: its terms and the sum of their idf, the rows that they put forward,
    and what `refine` looks for in texts."""

    terms: list[str]
    ideal: float
    rows: Rows
    phrases: tuple[str, ...]
    names: tuple[str, ...]
    romanised: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question's candidates, best first; the arrays have the shape (candidates,).

    `bm25` and `coverage` are of the passage, `lexical` is the fused lexical score described above.
    """

    terms: list[str]
    vector: QuestionVector
    language: int
    ideal: float
    rows: Rows
    score: Floats
    dense: Floats
    sentence: Floats
    bm25: Floats
    lexical: Floats
    translated: Floats
    gate: float
    translation: Translation  # the terms in the other language, to score sentences with

    def __len__(self) -> int:
        return len(self.rows)


def hits(engine: Engine, evidence: Evidence, k: int) -> list[Hit]:
    """The first `k` candidates as hits."""
    return [
        Hit(
            rank=i + 1,
            score=float(evidence.score[i]),
            paragraph=engine.paragraph(int(evidence.rows[i])),
            scores={
                "dense": float(evidence.dense[i]),
                "sentence": float(evidence.sentence[i]),
                "lexical": float(evidence.bm25[i]),
                "coverage": min(1.0, float(evidence.lexical[i])),
                "translated": float(evidence.translated[i]),
            },
        )
        for i in range(min(max(k, 0), len(evidence)))
    ]


class Retriever:
    """Finds the passages that a question is about, with the engine that holds them and the encoder that they were read with."""

    def __init__(self, engine: Engine, encoder: Encoder) -> None:
        self.engine = engine
        self.encoder = encoder
        self._pool = ThreadPoolExecutor(cores(), "words of questions")  # in which words are looked up while the encoder runs

    def gather(self, question: str, within: Collection[str] | None = None) -> Evidence | None:
        """Candidates and their evidence; None when nothing is asked (no letter, no digit) or there is nothing to search."""
        engine = self.engine
        allowed = None if within is None else engine.passages_of(within)
        if not _CONTENT.search(question) or engine.size == 0 or (allowed is not None and not allowed.any()):
            return None
        # what needs no vector, while the encoder runs and the vectors are searched
        reading = self._pool.submit(lambda: read_question(engine, question, allowed))
        likely = _likely_other_language(engine, question)
        translating = self._pool.submit(lambda: translate(engine, question, likely, allowed)) if likely else None
        raw = self.encoder.encode_queries([question])[0]
        vector = QuestionVector(engine.means.centre_question(raw))
        language = engine.means.question_language(raw)
        allowed_sentences = None
        if allowed is not None:
            owners = engine.sentence_passages(np.arange(engine.sentence_dense.size))
            allowed_sentences = (owners >= 0) & allowed[owners]

        by_passage, _ = engine.dense.search(vector, POOL, allowed)
        by_sentence, _ = engine.sentence_dense.search(vector, POOL, allowed_sentences)
        words = reading.result()
        to = _other_language(engine, engine.means.names[language])
        found = translating.result() if translating else None
        translated = found if found and to == likely else translate(engine, question, to, allowed)
        rows = np.unique(np.concatenate([words.rows, translated.rows, by_passage, engine.sentence_passages(by_sentence)]))
        rows = rows[rows >= 0] if allowed is None else rows[allowed[rows]]
        held = engine.lexical.scores(words.terms, rows, translated.translation)
        lexical = np.asarray((held.passages + SENTENCE_BM25 * held.sentences) / ((1 + SENTENCE_BM25) * words.ideal), np.float32)
        fused = fuse(
            Evidence(
                terms=words.terms, vector=vector, language=language, ideal=words.ideal, rows=rows,
                score=np.zeros(len(rows), np.float32),
                dense=engine.dense.scores(vector, rows), sentence=best_sentences(engine, vector, rows),
                bm25=held.passages, lexical=lexical, translated=held.translated, gate=0.0, translation=translated.translation,
            )
        )  # fmt: skip
        return refine(engine, fused, words)


def read_question(engine: Engine, question: str, allowed: NDArray[np.bool_] | None = None) -> QuestionWords:
    """What the words of `question` give, among the rows that are `allowed`."""
    terms = question_terms(question, engine.dictionary)
    return QuestionWords(
        terms=terms,
        ideal=max(engine.lexical.ideal(terms), 1e-6),
        rows=engine.lexical.candidates(terms, POOL, allowed),
        phrases=tuple(question_phrases(question)),
        names=named(question),
        romanised=romanised_names(question),
    )


def translate(engine: Engine, question: str, to: str, allowed: NDArray[np.bool_] | None = None) -> TranslatedWords:
    """The terms of `question` in the language `to`, "" for none, and what they put forward among the rows that are `allowed`."""
    translation = engine.lexical.translation(translated_terms(question, to) if to else [])
    return TranslatedWords(translation, engine.lexical.translated_candidates(translation, POOL, allowed))


def fuse(evidence: Evidence) -> Evidence:
    """The same candidates with gate and score, best first, ties by row."""
    gate = min(1.0, float(evidence.lexical.max()) / FULL_GATE)
    semantic = DENSE_WEIGHT * evidence.dense + SENTENCE_WEIGHT * evidence.sentence
    score = (gate * evidence.lexical + semantic + TRANSLATED_WEIGHT * evidence.translated).astype(np.float32)
    return _sorted(replace(evidence, gate=gate, score=score))


def refine(engine: Engine, evidence: Evidence, words: QuestionWords) -> Evidence:
    """The same candidates with what the texts of the first ten, and of those that tie with the tenth, add to their scores."""
    count = int(np.count_nonzero(evidence.score >= evidence.score[min(REFINED, len(evidence)) - 1]))
    score = evidence.score.copy()
    phrases, names, romanised = words.phrases, words.names, words.romanised
    idf = {term[1:]: engine.lexical.idf(term) for term in words.terms if term[0] == "w"}
    whole = max(sum(idf.values()), 1e-6)
    for i in range(count):
        row = int(evidence.rows[i])
        text = engine.normal_text(row)
        score[i] += PHRASE_WEIGHT * evidence.gate * sum(phrase in text for phrase in phrases) / max(len(phrases), 1)
        score[i] -= HEADING_PENALTY * _is_heading(engine.paragraph(row))
        title = engine.title(row)
        above = sum(weight for word, weight in idf.items() if word in title and word not in text)
        score[i] += TITLE_WEIGHT * evidence.gate * above / whole
        if names or romanised:
            around = engine.around(row, NEIGHBOURS)
            score[i] += NAMES_WEIGHT * (not lacks(names, around) and all(stands_in(name, around) for name in romanised))
    return _sorted(replace(evidence, score=score))


def _is_heading(passage: Paragraph) -> bool:
    """Whether a passage is nothing but the heading that it stands under, with the signs of its markup."""
    headings = passage.mark.headings if passage.mark else ()
    return bool(headings) and passage.text.strip("#= \t\r\n") == headings[-1]


def question_phrases(question: str) -> list[str]:
    """The different runs of three characters of a question, normalised, within its words and between its question words."""
    bare = QUESTION_WORDS.sub(" ", normalise(question))
    return list(dict.fromkeys(run[i : i + 3] for run in _WORDS.findall(bare) for i in range(len(run) - 2)))


def _sorted(evidence: Evidence) -> Evidence:
    order = np.lexsort((evidence.rows, -evidence.score))
    return replace(
        evidence, score=evidence.score[order], rows=evidence.rows[order], dense=evidence.dense[order],
        sentence=evidence.sentence[order], bm25=evidence.bm25[order], lexical=evidence.lexical[order],
        translated=evidence.translated[order],
    )  # fmt: skip


def _other_language(engine: Engine, language: str) -> str:
    """The language to translate a question in `language` to, if there are passages in it and the dictionary has the two."""
    spoken = {name.split("-")[0] for name in engine.passage_languages}
    if language.startswith("zh") and "en" in spoken:
        return "en"
    return "zh" if language == "en" and "zh" in spoken else ""


def _likely_other_language(engine: Engine, question: str) -> str:
    """`_other_language` of a question whose language is not known yet."""
    if HAN_RUN.search(question):
        return _other_language(engine, "zh")
    return _other_language(engine, "en") if question.isascii() else ""


def best_sentences(engine: Engine, vector: QuestionVector, rows: Rows) -> Floats:
    """For each passage the cosine of its best sentence, shape (len(rows),)."""
    first, last = engine.sentence_bounds(rows)
    counts = last - first
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sentences = np.arange(counts.sum()) + np.repeat(first - starts, counts)
    return np.asarray(np.maximum.reduceat(engine.sentence_dense.scores(vector, sentences), starts), np.float32)
