"""How sure an answer is: a logistic model of what is known of a question and the passage that comes first for it.

There is one model for questions in the language of the passage and two for others. The weights were fitted on
cmrc2018_trial and xquad_dev, against the same questions with their passage taken away, so that only others on the same
subject are left, and against those of another file; drcd_dev and the seed questions were kept for the check.
`tests/bench/fit_confidence.py` fits them again and prints the error rates.
"""

from __future__ import annotations

import math
from typing import Protocol

from .retrieval import Evidence, Searchable
from .support import covered_weight, missing_name, missing_words, wrong_kind
from .tokens import normalise

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


class Assessable(Searchable, Protocol):
    """What the confidence needs of an index beside what retrieval does."""

    def around(self, row: int, reach: int) -> str: ...

    def passage_language(self, row: int) -> int: ...


def features(index: Assessable, question: str, evidence: Evidence) -> dict[str, float]:
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
