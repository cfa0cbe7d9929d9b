"""Subtracts from a vector the mean vector of its language, so that similarity depends less on the language.

A multilingual encoder gives texts of one language similar vectors whatever they say: an English question is nearer to any
English passage than to the Chinese passage that answers it. Most of this effect is the mean vector of the language, one for
questions and one for passages. Both are measured with translations of sixteen everyday questions (`language_questions.json`), so
that only the language differs. The mean for passages is then averaged with the passages of the index (`corpus_means`).

recall@1 on xquad_dev by the cosine of the passage alone, without and with: English questions over Chinese passages 76.7 and 85.8,
Chinese over English 72.8 and 84.3, Chinese over Chinese 94.5 and 94.6.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..models.encoder import Encoder, Vectors
from .rows import Ints

# Share of the mean that is subtracted from a question. From 0.7 to 1, recall@1 on xquad_dev differs by less than a point.
QUESTION_SHARE = 0.8
# Weight of a language's measured mean for passages, in passages of the index.
PRIOR_PASSAGES = 20


def sample_questions() -> dict[str, list[str]]:
    """Language -> the questions that the means are measured with; the i-th question is the same in all languages."""
    stored = json.loads(Path(__file__).with_name("language_questions.json").read_text("utf-8"))
    return {str(language): list(questions) for language, questions in stored.items()}


@dataclass(frozen=True)
class LanguageMeans:
    """The mean vectors of questions and of passages by language, for one encoder, both of shape (len(names), dimension).

    `names` are the languages; elsewhere a language is an index into `names`.
    """

    names: tuple[str, ...]
    questions: Vectors
    passages: Vectors

    @classmethod
    def measure(cls, encoder: Encoder) -> LanguageMeans:
        """Measure the means with `encoder`, by encoding the sample questions both as questions and as passages."""
        samples = sample_questions()
        texts = [text for questions in samples.values() for text in questions]
        ends = np.cumsum([len(questions) for questions in samples.values()])[:-1]

        def means(vectors: Vectors) -> Vectors:
            return np.array([part.mean(axis=0) for part in np.split(vectors, ends)], np.float32)

        return cls(tuple(samples), means(encoder.encode_queries(texts)), means(encoder.encode_passages(texts)))

    @cached_property
    def _question_directions(self) -> tuple[Vectors, Vectors]:
        return _directions(self.questions)

    def question_language(self, vector: Vectors) -> int:
        """The language of a question, by its vector of shape (dimension,)."""
        return int(_nearest(vector[None], self._question_directions)[0])

    def centre_question(self, vector: Vectors) -> Vectors:
        """A question's vector minus `QUESTION_SHARE` of the mean of its language, normalised to length 1."""
        mean = self.questions[self.question_language(vector)]
        return np.asarray(_unit((vector - QUESTION_SHARE * mean)[None])[0])

    def passage_languages(self, vectors: Vectors) -> Ints:
        """The language of each passage, by its vector, shape (len(vectors),)."""
        return _nearest(vectors, _directions(self.passages))

    def corpus_means(self, batches: Iterable[tuple[Vectors, Ints]]) -> Vectors:
        """The mean vector of the passages of an index in each language, shape (len(names), dimension).

        `batches` gives vectors and their languages. The measured mean is averaged in with the weight `PRIOR_PASSAGES`.
        """
        sums = np.zeros(self.passages.shape, np.float64)
        counts = np.zeros(len(self.names), np.int64)
        for vectors, languages in batches:
            for language in np.unique(languages):
                rows = languages == language
                sums[language] += vectors[rows].sum(axis=0, dtype=np.float64)
                counts[language] += int(rows.sum())
        means = (sums + PRIOR_PASSAGES * self.passages.astype(np.float64)) / (counts + PRIOR_PASSAGES)[:, None]
        return np.asarray(means, np.float32)


def centre_passages(vectors: Vectors, languages: Ints, means: Vectors) -> Vectors:
    """Each vector minus the mean of its language, normalised to length 1. `means` is a result of `LanguageMeans.corpus_means`."""
    return _unit(vectors - means[languages])


def _directions(means: Vectors) -> tuple[Vectors, Vectors]:
    """The mean of all means, and the unit vectors from it to each of them."""
    middle = means.mean(axis=0)
    return middle, _unit(means - middle)


def _nearest(vectors: Vectors, directions: tuple[Vectors, Vectors]) -> Ints:
    """For each vector the index of the direction, a result of `_directions`, that is nearest to its own."""
    middle, towards = directions
    return np.asarray(((vectors - middle) @ towards.T).argmax(axis=1), np.int64)


def _unit(vectors: Vectors) -> Vectors:
    array = np.asarray(vectors, np.float32)
    return np.asarray(array / np.maximum(np.linalg.norm(array, axis=1, keepdims=True), 1e-12), np.float32)
