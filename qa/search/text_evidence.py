"""What a passage, what stands around it and what stands above it hold of a question: its names, words, values and identifiers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from ..text.exact import exact_tokens
from ..text.identifiers import identifier_tokens
from ..text.normalise import unaccented
from ..text.romanisation import stands_in
from .engine import Engine
from .names import is_coded
from .question import Question
from .rows import Ints, Mask

NEIGHBOURS = 3  # passages before and after that a question's words and names may also stand in


def holds_names(engine: Engine, question: Question, rows: Ints) -> Mask:
    """Whether the question has names, and each of the passages `rows` or its neighbourhood all of them."""
    holding = np.full(len(rows), bool(question.names or question.romanised))
    if not holding.any():
        return holding
    near = []
    for row in rows.tolist():
        own = engine.document_around(row)
        near.append(np.arange(max(own.start, row - NEIGHBOURS), min(own.stop, row + NEIGHBOURS + 1)))
    every, at = np.unique(np.concatenate(near), return_inverse=True)
    starts = np.cumsum([0, *map(len, near[:-1])])
    texts = [name for name in question.names if not is_coded(name)]
    for name in (name for name in question.names if is_coded(name)):  # by the words of the index, which has read each passage
        held = engine.lexical.scores(exact_tokens(name), every).passages > 0
        holding &= np.logical_or.reduceat(held[at], starts)
    for i in np.flatnonzero(holding) if texts or question.romanised else ():
        around = engine.around(int(rows[i]), NEIGHBOURS)
        holding[i] = all(name in around for name in texts) and all(stands_in(name, around) for name in question.romanised)
    return holding


def word_shares(engine: Engine, idf: Mapping[str, float], row: int) -> tuple[float, float]:
    """The share of a question's words and values, tokens each with its `idf`, that a passage holds, with or without its accents,
    and the share of those which stand in the name, the title or the headings of its document and not in it."""
    text, title, whole = engine.normal_text(row), engine.title(row), max(sum(idf.values()), 1e-6)
    plain = unaccented(text)
    values = any(term[0] == "v" for term in idf)  # which may be written in another way, and are no part of a longer one
    own, above = (set(exact_tokens(text)), set(exact_tokens(title))) if values else (set(), set())

    def held(term: str, exact: Collection[str], *texts: str) -> bool:
        return term in exact if term[0] == "v" else any(term[1:] in each for each in texts)

    missing = {term: weight for term, weight in idf.items() if not held(term, own, text, plain)}
    titled = sum(weight for term, weight in missing.items() if held(term, above, title))
    return 1 - sum(missing.values()) / whole if idf else 0.0, titled / whole


def identifiers_above(engine: Engine, question: Question, row: int) -> int:
    """How many of the question's identifiers stand in the name, the title or the headings of a passage's document and not in it:
    the clauses of a contract are of that contract."""
    if not question.identifiers:
        return 0
    title = set(identifier_tokens(engine.title(row)))
    held = set(identifier_tokens(engine.normal_text(row)))
    return sum(each.token in title and each.token not in held for each in question.identifiers)
