"""What the package computes fast, written down slowly: the formulas of BM25 over plain lists."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.passages.context import document_title, under_title
from qa.search.language_means import LanguageMeans, centre_passages

K1, B = 0.9, 0.4


def idf(rows: Sequence[Sequence[str]], token: str) -> float:
    frequency = sum(token in row for row in rows)
    return math.log(1 + (len(rows) - frequency + 0.5) / (frequency + 0.5))


def bm25(rows: Sequence[Sequence[str]], question: Sequence[str]) -> NDArray[np.float64]:
    """Robertson's BM25 of every row, for the different tokens of the question."""
    weights = saturated(rows)
    scores = np.zeros(len(rows))
    for token in set(question):
        scores += idf(rows, token) * np.array([row.get(token, 0.0) for row in weights])
    return scores


def saturated(rows: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """For each row the part of BM25 that each of its tokens adds before the idf."""
    average = sum(map(len, rows)) / len(rows)
    return [
        {token: tf * (K1 + 1) / (tf + K1 * (1 - B + B * len(row) / average)) for token, tf in Counter(row).items()}
        for row in rows
    ]


def grouped_bm25(rows: Sequence[Sequence[str]], groups: Sequence[Sequence[tuple[str, float]]]) -> NDArray[np.float64]:
    """BM25 of every row where any token of a group stands for its term (Pirkola, 1998), over the sum of the groups' idf, as if
    the group's tokens came independently of each other."""
    weights = saturated(rows)
    scores, ideal = np.zeros(len(rows)), 0.0
    for group in groups:
        best = np.array([max((weight * row.get(token, 0.0) for token, weight in group), default=0.0) for row in weights])
        frequency = len(rows) * (1 - math.prod(1 - sum(token in row for row in rows) / len(rows) for token, _ in group))
        rarity = math.log(1 + (len(rows) - frequency + 0.5) / (frequency + 0.5))
        scores += rarity * best
        ideal += rarity if frequency else 1 if group else rarity / 2
    return scores / max(ideal, 1e-6)


def texts_of(index: Any) -> tuple[list[str], list[str], list[int]]:
    """The texts of an index's passages and sentences, and the passage of each sentence."""
    passages, sentences, owners = [], [], []
    for row in range(index.size):
        passage = index.paragraph(row)
        passages.append(passage.text)
        for sentence in index.store.sentence_rows(row):
            start, end = index.store.sentence_span(sentence)
            sentences.append(passage.text[start - passage.start : end - passage.start])
            owners.append(row)
    return passages, sentences, owners


def titled_texts(index: Any) -> list[str]:
    """The texts of an index's passages as they are embedded; the names of their files say what they are about."""
    passages = (index.paragraph(row) for row in range(index.size))
    headings = ((passage, passage.mark.headings if passage.mark else ()) for passage in passages)
    return [under_title(passage.text, document_title(passage.source), above) for passage, above in headings]


def in_order(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether spans are not empty, lie within [start, end), follow each other and do not overlap."""
    edges = [start, *(edge for span in spans for edge in span), end]
    return all(a <= b for a, b in pairwise(edges)) and all(a < b for a, b in spans)


def centred(means: LanguageMeans, vectors: NDArray[np.float32], languages: NDArray[np.int64]) -> NDArray[np.float32]:
    """Passage vectors without the part of their language, as an index that has no others stores them."""
    return centre_passages(vectors, languages, means.corpus_means([(vectors, languages)]))
