"""Which passages a question is about: candidates by words and by vectors, five kinds of evidence for each, one score.

    score = 0.5287 * dense + 1.4713 * sentence + 0.0042 * bm25 + 0.2025 * translated + beside

`dense` is the cosine of question and passage, `sentence` that of the question and the passage's best sentence, both with the
languages' means removed (`language_means.py`); `bm25` is the BM25 of the question's terms; `translated` is that of its words in
the other language, Chinese or English (`text/translation.py`), over their best; it is 0 where there is nothing to translate.

The texts of the twenty best are then read. Added are `0.3746 * title + 0.1442 * covered`: `covered` is the share of the
question's words, by idf, that the passage holds, `title` that of those which stand in the name, the title or the headings of its
document and not in it, since what a document is about is seldom said in each of its paragraphs; and 0.2 when the quoted words,
places, years, codes and romanised names of the question stand in the passage or near it, and for each identifier that stands
above it and not in it.

`tests/bench/reader/fit_ranking.py` fits the six weights, by the likelihood that the right passage comes first, on questions of
users' kind over documents of many kinds. `beside` is what the background told with a question adds, `0.3 * (0.6 *
dense + 1.4 * sentence)` of question and background together, and 0.2 for each identifier (E101, XT-200) that stands whole in
the passage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from ..config import cores
from ..models.encoder import Encoder, load_question_map
from ..models.reader import Reader
from ..passages.structure import MARKUP
from ..progress import wanted
from ..text.identifiers import identifier_tokens
from ..text.scripts import HAN_RUN
from ..text.synonyms import SynonymFiles
from ..text.translation import to_chinese, to_english
from ..types import Hit, Paragraph
from .engine import Engine
from .question import Question, encode, read_question
from .rows import Floats, Ints, Mask
from .slips import corrected
from .text_evidence import NEIGHBOURS, holds_names, identifiers_above, word_shares
from .vectors import QuestionVector
from .wordings import stands, with_synonyms
from .words import Translation

T = TypeVar("T")

# Fitted together. Only their ratios were: their sum over the two cosines is 2, so that what is chosen by hand below fits them.
DENSE_WEIGHT, SENTENCE_WEIGHT, BM25_WEIGHT, TRANSLATED_WEIGHT = 0.5287, 1.4713, 0.0042, 0.2025
TITLE_WEIGHT, COVERED_WEIGHT = 0.3746, 0.1442

# Of the best lexical score, so that words count for less when no passage holds much of the question, as when it is asked in
# another language.
FULL_GATE = 0.7
# Candidates that each kind of evidence puts forward. It is the same whatever number is asked for, so that asking for k
# gives the first k of asking for more.
POOL = 200
# Of what is told beside the question. Questions of an office with a sentence that has nothing to do with them before them keep
# their first quotation in 296 of 300; "我怀孕了。可以休几天假？" needs it.
BACKGROUND_DENSE, BACKGROUND_SENTENCE = 0.3 * 0.6, 0.3 * 1.4

# Of each identifier of the question that stands whole in a passage, its headings or the name of its document. Of 166 questions
# that name one a right passage is first for 77 to 78 % with 0.1 to 0.3, among six for 94 to 96; for 76 and 94 with 0.
IDENTIFIER_WEIGHT = 0.2

# Of the candidates that words put forward, those whose vectors are made for the question while the index has none of them: as
# many as are read.
EMBEDDED_WHEN_ASKED = 6

# A corrected question is what was meant when it fits its best passage so much better than what was typed. Of 512 real
# questions without a slip put in, 13 get a second wording; one was taken for it, 冲电 for 充电, rightly.
LESS_LIKELY = 0.1

# Candidates whose texts are read; with 10 to 40 the right passage is among the first ten as often.
REFINED = 20
NAMES_WEIGHT = 0.2  # recall@1 is the same for 0.1 to 0.3
TITLES_READ = 30  # of the best candidates, for an identifier that no passage holds
HEADING_PENALTY = 1.0  # a heading alone answers nothing, however well it names what is asked about


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a question's candidates, best first; the arrays have the shape (candidates,).

    `bm25` is of the passage, `lexical` that over the most which the question's words could give, and `gate` the best one's over
    FULL_GATE, at most 1, by which words count for sentences. `beside` is what the background and the identifiers add to the
    score, `translation` the question's terms in the other language.
    """

    question: Question
    rows: Ints
    score: Floats
    dense: Floats
    sentence: Floats
    bm25: Floats
    lexical: Floats
    translated: Floats
    beside: Floats
    gate: float
    translation: Translation

    def __len__(self) -> int:
        return len(self.rows)


PER_ROW = ("score", "dense", "sentence", "bm25", "lexical", "translated", "beside")  # of an `Evidence`


@dataclass(frozen=True, slots=True)
class _Translated:
    """A question in the language `to`, "" for none, and the rows that its words there put forward."""

    to: str
    translation: Translation
    rows: Ints


@dataclass(frozen=True, slots=True)
class _Found:
    """An encoded question, its translation, and the rows put forward for it."""

    question: Question
    translation: Translation
    rows: Ints


class Retriever:
    """Finds the passages that a question is about, with the engine that holds them and the encoder that they were embedded with.

    `reader`, for whoever answers, reads what was found; None where the encoder has none or none is wanted.
    """

    def __init__(self, engine: Engine, encoder: Encoder, reader: Reader | None = None) -> None:
        self.engine = engine
        self.encoder = encoder
        self.reader = reader
        self._question_map = load_question_map(encoder)
        self.synonyms = SynonymFiles()  # those of the index, if any
        self._pool = ThreadPoolExecutor(cores(), "words of questions")  # in which words are looked up while the encoder runs

    def read(self, text: str, whole: bool = False) -> Question:
        """Analyse what `text` asks, with `whole` all of it, by the words of this index."""
        engine = self.engine
        question = read_question(text, engine.dictionary, whole)
        wordings = with_synonyms(
            question.text, question.normal, self.synonyms.current(), lambda word: stands(engine.lexical, word, engine.dictionary)
        )
        others = [read_question(wording, engine.dictionary, whole=True) for wording in wordings]
        if not others and (meant := corrected(question, engine.lexical)):
            others = [replace(read_question(meant, engine.dictionary, whole=True), corrected=True)]
        return replace(question, others=tuple(replace(other, background=question.background) for other in others))

    def encode(self, question: Question) -> Question:
        """The same question with its vector and its language."""
        return encode(question, self.encoder, self.engine.means, self._question_map)

    def gather(self, question: Question, within: Collection[str] | None = None) -> Evidence | None:
        """Candidates and their evidence; None when nothing is asked (no letter, no digit) or nothing is found.

        `within` names the documents or folders to search; None is all. Raises `DocumentError` for a name that is neither.
        """
        wanted().check()
        engine = self.engine
        allowed = None if within is None else engine.passages_of(within)
        if not question.has_letter or engine.size == 0 or (allowed is not None and not allowed.any()):
            return None
        found = [self._candidates(each, allowed) for each in (question, *question.others)]
        rows = np.unique(np.concatenate([each.rows for each in found]))
        if not len(rows):  # no words in common, and no vectors yet
            return None
        engine.fetch(rows)
        return merged([self._judged(each, rows) for each in found])

    def _candidates(self, question: Question, allowed: Mask | None) -> _Found:
        """The encoded question and the rows that its words and its vector put forward; `allowed` masks the rows to search."""
        engine = self.engine
        # what needs no vector, while the encoder runs and the vectors are searched
        looking_up = self._beside(engine.lexical.candidates, question.terms, POOL, allowed)
        likely = _other_language(engine, _likely_language(question))
        translating = self._beside(_translate, engine, question, likely, allowed) if likely else None
        question = self.encode(question)
        by_passage, _ = engine.dense.search(question.vector, POOL, allowed)
        by_sentence = engine.by_sentences(question.vector, POOL, allowed)
        by_words = looking_up.result()
        to = _other_language(engine, question.language)
        likely_translated = translating.result() if translating else None
        if likely_translated is not None and likely_translated.to == to:
            translated = likely_translated
        else:
            translated = _translate(engine, question, to, allowed)
        by_background = engine.dense.search(question.beside, POOL, allowed)[0] if question.beside else by_words[:0]
        found = [by_words, translated.rows, by_passage, by_sentence, by_background]
        return _Found(question, translated.translation, np.concatenate(found))

    def _beside(self, work: Callable[..., T], *given: object) -> Future[T]:
        """Do `work` in another thread, as long as what this one works on is wanted."""
        return self._pool.submit(copy_context().run, work, *given)

    def _judged(self, found: _Found, rows: Ints) -> Evidence:
        """The evidence of `rows` for a question. Where vectors are still to be made, those of the first rows are made now."""
        engine, question = self.engine, found.question
        evidence = fuse(_evidence(engine, question, rows, found.translation))
        vectors = [question.vector, *([question.beside] if question.beside else [])]
        if engine.by_words and engine.embed(evidence.rows[:EMBEDDED_WHEN_ASKED], vectors, self.encoder):
            evidence = fuse(_evidence(engine, question, rows, found.translation))
        return refine(engine, evidence)


def _evidence(engine: Engine, question: Question, rows: Ints, translation: Translation) -> Evidence:
    """The evidence for candidates, by row, with no score yet."""
    held = engine.lexical.scores(question.terms, rows, translation)
    ideal = max(engine.lexical.ideal(question.terms), 1e-6)
    lexical = held.passages / ideal
    dense, sentence = engine.dense.scores(question.vector, rows), _best_sentences(engine, question.vector, rows)
    beside = np.zeros(len(rows), np.float32)
    for identifier in question.identifiers:
        beside += IDENTIFIER_WEIGHT * (engine.lexical.scores(["i" + identifier.token], rows).passages > 0)
    if question.beside:
        beside += BACKGROUND_DENSE * engine.dense.scores(question.beside, rows)
        beside += BACKGROUND_SENTENCE * _best_sentences(engine, question.beside, rows)
    return Evidence(
        question=question, rows=rows, score=np.zeros(len(rows), np.float32), dense=dense, sentence=sentence,
        bm25=held.passages, lexical=np.asarray(lexical, np.float32), translated=held.translated, beside=beside, gate=0.0,
        translation=translation,
    )  # fmt: skip


def fuse(evidence: Evidence) -> Evidence:
    """The same candidates with gate and score, best first, ties by row."""
    gate = min(1.0, float(evidence.lexical.max()) / FULL_GATE)
    semantic = DENSE_WEIGHT * evidence.dense + SENTENCE_WEIGHT * evidence.sentence
    words = BM25_WEIGHT * evidence.bm25 + TRANSLATED_WEIGHT * evidence.translated
    score = (semantic + words + evidence.beside).astype(np.float32)
    return _sorted(replace(evidence, gate=gate, score=score))


def merged(wordings: Sequence[Evidence]) -> Evidence:
    """The evidence for several wordings of a question over the same rows: for each row that of the wording which it fits best.

    The question is the wording that the best row fits best.
    """
    if len(wordings) == 1:
        return wordings[0]
    best = max(wordings, key=lambda evidence: float(evidence.score[0]) - LESS_LIKELY * evidence.question.corrected)
    placed = [_in_order(evidence, np.argsort(evidence.rows)) for evidence in wordings]
    wording = np.argmax(np.stack([evidence.score for evidence in placed]), axis=0)
    columns = np.arange(len(wording))
    taken = {name: np.stack([getattr(evidence, name) for evidence in placed])[wording, columns] for name in PER_ROW}
    return _sorted(replace(best, rows=placed[0].rows, **taken))


def refine(engine: Engine, evidence: Evidence) -> Evidence:
    """The same candidates with what the texts of the first REFINED, and of those that tie with the last of these, add to their
    scores."""
    question = evidence.question
    count = int(np.count_nonzero(evidence.score >= evidence.score[min(REFINED, len(evidence)) - 1]))
    score = evidence.score.copy()
    idf = {term: engine.lexical.idf(term) for term in question.word_terms}
    engine.fetch_around(evidence.rows[:count], NEIGHBOURS if question.names or question.romanised else 0)
    score[:count] += NAMES_WEIGHT * holds_names(engine, question, evidence.rows[:count])
    for i in range(count):
        row = int(evidence.rows[i])
        score[i] -= HEADING_PENALTY * is_heading(engine.paragraph(row))
        covered, above = word_shares(engine, idf, row)
        score[i] += COVERED_WEIGHT * covered + TITLE_WEIGHT * above
        score[i] += IDENTIFIER_WEIGHT * identifiers_above(engine, question, row)
    return _sorted(replace(evidence, score=score))


def absent(engine: Engine, evidence: Evidence) -> list[str]:
    """The identifiers of the question, as typed, that stand in no passage and in no name or heading of the best ones."""
    question, missing = evidence.question, []
    if question.identifiers:
        engine.fetch_around(evidence.rows[:TITLES_READ], 0)
    for identifier in question.identifiers:
        if not engine.lexical.scores(["i" + identifier.token], evidence.rows).passages.any() and not any(
            identifier.token in identifier_tokens(engine.title(int(row))) for row in evidence.rows[:TITLES_READ]
        ):
            typed = re.search(re.escape(identifier.text), question.text, re.IGNORECASE)
            missing.append(typed.group() if typed else identifier.text)
    return missing


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


def _sorted(evidence: Evidence) -> Evidence:
    return _in_order(evidence, np.lexsort((evidence.rows, -evidence.score)))


def _in_order(evidence: Evidence, order: Ints) -> Evidence:
    return reordered(replace(evidence, score=evidence.score[order]), order)


def reordered(evidence: Evidence, order: Ints) -> Evidence:
    """The candidates in another order; the scores stay where they are."""
    kept = {name: getattr(evidence, name)[order] for name in ("rows", *PER_ROW) if name != "score"}
    return replace(evidence, **kept)


def is_heading(passage: Paragraph) -> bool:
    """Whether a passage is nothing but the heading that it stands under, with the signs of its markup."""
    headings = passage.mark.headings if passage.mark else ()
    return bool(headings) and passage.text.strip(MARKUP) in headings


def _translate(engine: Engine, question: Question, to: str, allowed: Mask | None) -> _Translated:
    groups = {"zh": lambda: to_chinese(question.terms), "en": lambda: to_english([word.text for word in question.words])}
    translation = engine.lexical.translation(groups[to]() if to else [])
    return _Translated(to, translation, engine.lexical.translated_candidates(translation, POOL, allowed))


def _other_language(engine: Engine, language: str) -> str:
    """The language to translate a question in `language` to, if there are passages in it and the dictionary has the two."""
    spoken = {name.split("-")[0] for name in engine.passage_languages}
    if language.startswith("zh") and "en" in spoken:
        return "en"
    return "zh" if language == "en" and "zh" in spoken else ""


def _likely_language(question: Question) -> str:
    """Chinese, English, or "" for others, by the letters of a question whose vector is not known yet."""
    if HAN_RUN.search(question.text):
        return "zh"
    return "en" if question.text.isascii() else ""


def _best_sentences(engine: Engine, vector: QuestionVector, rows: Ints) -> Floats:
    """For each passage the cosine of its best sentence, shape (len(rows),)."""
    first, last = engine.sentence_bounds(rows)
    counts = last - first
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    sentences = np.arange(counts.sum()) + np.repeat(first - starts, counts)
    return np.asarray(np.maximum.reduceat(engine.sentence_dense.scores(vector, sentences), starts), np.float32)
