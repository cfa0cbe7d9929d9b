"""A word index made of lists of tokens, and its best passages by their exact scores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.search.rows import top_rows
from qa.search.words import LexicalIndex, Postings, PostingsWriter


def write(passages: Sequence[Sequence[Sequence[str]]], folder: Path) -> NDArray[np.int64]:
    """Write passages, each the tokens of each of its sentences, into `folder`, which exists; the first sentence of each."""
    writer = PostingsWriter(folder)
    for passage in passages:
        for tokens in passage:
            writer.add(tokens)
    sizes = [len(passage) for passage in passages]
    writer.finish(np.repeat(np.arange(len(sizes), dtype=np.int32), sizes))
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)


def build(passages: Sequence[Sequence[Sequence[str]]], folder: Path) -> LexicalIndex:
    """`write`, and open what was written."""
    first = write(passages, folder)
    return LexicalIndex([Postings.open(folder)], first)


def search(
    index: LexicalIndex, tokens: Sequence[str], k: int, allowed: Any = None
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `k` best of the candidates by their scores, and these; ties by row."""
    rows = index.candidates(tokens, k, allowed)
    scores = index.scores(tokens, rows).passages
    best = top_rows(scores, k)
    return rows[best], scores[best]
