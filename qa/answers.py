"""Evidence to an answer: the sentences that answer, quoted and cited, or that the documents do not hold it.

The sentence is chosen by `gate * bm25 / ideal + cosine + 0.3 * translated`, the kinds of evidence that `retrieval.py`
describes, among the sentences of the best passage. Whether it is an answer at all is decided by a logistic model of what is
known of question and passage (`features`), one for questions in the language of the passage and two for others. The weights
were fitted on cmrc2018_trial and xquad_dev, against the same questions with their passage taken away, so that only others on
the same subject are left, and against those of another file; drcd_dev and the seed questions were kept for the check.
`tests/bench/fit_confidence.py` fits them again and prints the error rates.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .messages import not_found
from .retrieval import (
    TRANSLATED_WEIGHT,
    Evidence,
    Floats,
    Rows,
    Searchable,
    gather,
    hits,
)  # fmt: skip
from .support import covered_weight, is_small_talk, missing_name, missing_words, wrong_kind
from .tokens import normalise
from .types import Answer, Citation

# An answer is shown from this confidence on. README has the error rates; a higher one refuses more and errs less.
THRESHOLD = 0.5

_SAME_LANGUAGE = {
    "dense": 3.8,
    "sentence": 10.3,
    "coverage": 4.7,
    "background": -2.8,
    "missing_words": -2.6,
    # Fitted -1.6 and -1.8 on files in which a wrong passage has many other signs. Few good questions have either (under 1 and
    # 2 in a hundred), and in the files of one owner, about one subject, they are often the only sign: so they weigh more.
    "wrong_kind": -4.0,
    "missing_name": -4.0,
    # fitted -5.5 with as many questions without an answer as with one; four in five are supposed to have one
    "bias": -5.5 + 1.4,
}
# for a question in Chinese and a passage in English, or the other way, whose words were translated
_TRANSLATED = {
    "dense": 5.0,
    "sentence": 10.4,
    "translated": 3.3,
    "background": -2.2,
    "bias": -5.3 + 0.5,  # fitted -5.3; nearly as many without an answer as with one: these questions are harder to tell
}
_OTHER_LANGUAGE = {
    "dense": 8.2,
    "sentence": 14.9,
    "background": -7.4,
    "bias": -4.8 + 0.2,  # fitted -4.8
}
BACKGROUND_RANK = 20
USUAL_BACKGROUND = 0.2  # what the candidate at that rank scores on small files, for documents of fewer passages
NEIGHBOURS = 3  # passages before and after that a question's words may also stand in

# Further sentences are cited when they are nearly as good as the first, from passages nearly as good. With 0.9 there are 1.3
# citations an answer on cmrc2018_trial, and one in six of the further ones holds an answer: they seldom repay the reading.
CLOSE_SENTENCE, CLOSE_PASSAGE = 0.95, 0.95
MOST_CITATIONS = 3


class Citable(Searchable, Protocol):
    """What answering needs of an index beside what retrieval does."""

    def sentence_rows(self, row: int) -> range: ...

    def sentence_span(self, row: int) -> tuple[int, int]: ...

    def around(self, row: int, reach: int) -> str: ...

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
    """How sure an answer to `question` would be and which sentences would give it; None when nothing is asked."""
    evidence = None if is_small_talk(question) else gather(index, question)
    if evidence is None:
        return None
    others = range(1, min(MOST_CITATIONS, len(evidence)))
    passages = [0, *(i for i in others if evidence.score[i] >= CLOSE_PASSAGE * evidence.score[0])]
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
        confidence(features(index, question, evidence)),
        tuple(sentence for sentence, _ in chosen),
        tuple(passage for _, passage in chosen),
    )


def sentence_scores(index: Citable, evidence: Evidence, rows: Rows) -> Floats:
    """How well each sentence row answers, shape (len(rows),)."""
    words = evidence.gate * evidence.sentence_bm25[rows] / evidence.ideal
    words += TRANSLATED_WEIGHT * evidence.sentence_translated[rows]
    return np.asarray(words + index.sentence_dense.scores(evidence.vector, rows), np.float32)


def features(index: Citable, question: str, evidence: Evidence) -> dict[str, float]:
    """What the confidence is made of, for the best passage.

    `dense` and `sentence` are the evidence's cosines; `background` is the score of the candidate at rank 20: what a passage
    of these documents gets for being one of them. `coverage` is the share, by idf, of the question's words that stand in
    the passage or up to three before and after it, `missing_words` the share, by count, that do not. `wrong_kind` and
    `missing_name` are 1 when the passage lacks the kind of answer asked for, and the neighbourhood a name in the question.
    `translated` is the evidence's, and `same_language` is 1 when question and passage are in one language.
    """
    row = int(evidence.rows[0])
    around = normalise(index.around(row, NEIGHBOURS))
    words = [term for term in evidence.terms if term.startswith("w")]
    weights = [index.lexical.idf(word) for word in words]
    asked = index.means.names[evidence.language].split("-")[0]
    spoken = index.means.names[index.passage_language(row)].split("-")[0]
    return {
        "dense": float(evidence.dense[0]),
        "sentence": float(evidence.sentence[0]),
        "background": float(evidence.score[BACKGROUND_RANK - 1]) if len(evidence) >= BACKGROUND_RANK else USUAL_BACKGROUND,
        "coverage": covered_weight([word[1:] for word in words], weights, around),
        "missing_words": missing_words(question, around),
        "wrong_kind": float(wrong_kind(question, normalise(index.paragraph(row).text))),
        "missing_name": float(missing_name(question, around)),
        "translated": float(evidence.translated[0]),
        "same_language": float(asked == spoken),
    }


def weights_for(values: dict[str, float]) -> dict[str, float]:
    """The weights of the model that is for a passage with these `features`."""
    if values["same_language"]:
        return _SAME_LANGUAGE
    return _TRANSLATED if values["translated"] else _OTHER_LANGUAGE


def confidence(values: dict[str, float]) -> float:
    """The estimated probability, 0 to 1, that the passage with these `features` answers the question."""
    weights = weights_for(values)
    logit = weights["bias"] + sum(weight * values[name] for name, weight in weights.items() if name != "bias")
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))
