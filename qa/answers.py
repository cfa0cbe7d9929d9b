"""Evidence to an answer: the sentences that answer, quoted and cited, or that the documents do not hold it.

The sentence is chosen by `gate * bm25 / ideal + cosine`, the kinds of evidence that `retrieval.py` describes, among the
sentences of the best passage. Whether it is an answer at all is decided by a logistic model on five numbers:

    same language     14.2 semantic + 4.6 gate * lexical + 6.7 coverage - 9.3 background - 10.7
    other language    18.2 score - 10.7 background - 7.9

`semantic` is 0.6 dense + 1.4 sentence, `coverage` the share, by idf, of the question's words in the passage,
`background` the score of the candidate at rank 20: what an unrelated passage of these documents gets. Fitted on
cmrc2018_trial and the halves of xquad_dev (questions of the other half or file as those without an answer), not on
drcd_dev; `tests/bench/fit_confidence.py` fits it again and prints the error rates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .messages import not_found
from .retrieval import (
    DENSE_WEIGHT,
    SENTENCE_WEIGHT,
    Evidence,
    Floats,
    Rows,
    Searchable,
    gather,
    hits,
)  # fmt: skip
from .tokens import tokenize
from .types import Answer, Citation

# An answer is shown from this confidence on. README has the error rates; a higher one refuses more and errs less.
THRESHOLD = 0.5

_SAME = {"semantic": 14.2, "words": 4.6, "coverage": 6.7, "background": -9.3, "bias": -10.7}
_OTHER = {"score": 18.2, "background": -10.7, "bias": -7.9}
BACKGROUND_RANK = 20
# what the candidate at that rank scores on the development files, for documents of fewer passages
USUAL_BACKGROUND = 0.4

# Further sentences are cited when they are nearly as good as the first, from passages nearly as good as the first.
CLOSE_SENTENCE, CLOSE_PASSAGE = 0.9, 0.9
MOST_CITATIONS = 3


class Citable(Searchable, Protocol):
    """What answering needs of an index beside what retrieval does."""

    def sentence_span(self, row: int) -> tuple[int, int]: ...

    def passage_language(self, row: int) -> int: ...

    def cite(self, number: int, row: int, start: int, end: int) -> Citation: ...


@dataclass(frozen=True, slots=True)
class Assessment:
    """A question's evidence and what follows from it.

    `sentences` are the rows of the sentences that answer best, `passages` the rows of the passages they stand in.
    """

    evidence: Evidence
    confidence: float
    sentences: tuple[int, ...]
    passages: tuple[int, ...]


def answer(index: Citable, question: str, k: int = 5, threshold: float = THRESHOLD) -> Answer:
    """What the documents say to `question`, with the `k` nearest passages.

    `threshold`, 0 to 1, is the least confidence of an answer; below it `found` is False and nothing is cited.
    """
    assessed = assess(index, question)
    if assessed is None:
        return Answer(question, False, 0.0, not_found(question, None, asked=False))
    nearest = tuple(hits(index, assessed.evidence, k))
    if assessed.confidence < threshold:
        language = index.means.names[assessed.evidence.language]
        return Answer(question, False, assessed.confidence, not_found(question, language), (), nearest)
    citations = tuple(
        index.cite(number, passage, *index.sentence_span(sentence))
        for number, (sentence, passage) in enumerate(zip(assessed.sentences, assessed.passages, strict=True), 1)
    )
    text = "\n".join(f"{citation.quote} [{citation.number}]" for citation in citations)
    return Answer(question, True, assessed.confidence, text, citations, nearest)


def assess(index: Citable, question: str) -> Assessment | None:
    """How sure an answer to `question` would be and which sentences would give it; None for a question that asks nothing."""
    evidence = gather(index, question)
    if evidence is None:
        return None
    passages = [i for i in range(min(MOST_CITATIONS, len(evidence))) if evidence.score[i] >= CLOSE_PASSAGE * evidence.score[0]]
    ranked: list[tuple[float, int, int]] = []  # -score, sentence row, passage row
    for i in passages:
        passage = int(evidence.rows[i])
        rows = np.asarray(index.sentence_rows(passage), np.int64)
        scores = sentence_scores(index, evidence, rows)
        ranked += [(-float(score), int(row), passage) for row, score in zip(rows, scores, strict=True)]
    first = min(entry for entry in ranked if entry[2] == int(evidence.rows[0]))
    close = [entry for entry in sorted(ranked) if entry != first and entry[0] < 0 and entry[0] <= CLOSE_SENTENCE * first[0]]
    chosen = [(sentence, passage) for _, sentence, passage in [first, *close][:MOST_CITATIONS]]
    return Assessment(
        evidence,
        confidence(index, evidence),
        tuple(sentence for sentence, _ in chosen),
        tuple(passage for _, passage in chosen),
    )


def sentence_scores(index: Citable, evidence: Evidence, rows: Rows) -> Floats:
    """How well each sentence row answers, shape (len(rows),)."""
    words = evidence.sentence_bm25[rows] / np.float32(evidence.ideal)
    return np.asarray(evidence.gate * words + index.sentence_dense.scores(evidence.vector, rows), np.float32)


def features(index: Citable, evidence: Evidence) -> dict[str, float]:
    """The numbers that the confidence is made of, and `same_language`, 1 or 0."""
    row = int(evidence.rows[0])
    held = set(tokenize(index.paragraph(row).text))
    words = [term for term in evidence.terms if term.startswith("w")]
    weights = [index.lexical.idf(word) for word in words]
    covered = sum(weight for word, weight in zip(words, weights, strict=True) if word in held)
    asked = index.means.names[evidence.language].split("-")[0]
    spoken = index.means.names[index.passage_language(row)].split("-")[0]
    enough = len(evidence) >= BACKGROUND_RANK
    return {
        "semantic": float(DENSE_WEIGHT * evidence.dense[0] + SENTENCE_WEIGHT * evidence.sentence[0]),
        "words": evidence.gate * float(evidence.lexical[0]),
        "coverage": covered / max(sum(weights), 1e-6),
        "background": float(evidence.score[BACKGROUND_RANK - 1]) if enough else USUAL_BACKGROUND,
        "score": float(evidence.score[0]),
        "same_language": float(asked == spoken),
    }


def confidence(index: Citable, evidence: Evidence) -> float:
    """The estimated probability, 0 to 1, that the best passage answers the question."""
    values = features(index, evidence)
    weights = _SAME if values["same_language"] else _OTHER
    logit = weights["bias"] + sum(weight * values[name] for name, weight in weights.items() if name != "bias")
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
