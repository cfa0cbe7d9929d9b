"""What a follow-up means: as typed, or one of the ways to complete it from the conversation.

Its words say how likely each reading is (`conversation/likely.py`). The likeliest are searched for, and a logistic model over the
words and over what is found chooses. `tests/bench/reader/fit_follow_ups.py` fits it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ..conversation.likely import TYPED, readings
from ..conversation.readings import Completion
from ..conversation.turns import EarlierTurn
from ..conversation.understand import follows, last_turn
from ..search.asking import asked
from ..search.engine import Engine
from ..search.question import Question
from ..search.retrieval import Evidence, Retriever
from .answer import Answer
from .confidence import Model, words_around
from .reading import READ_FIRST, read_passage

# So many completions are searched for at most. A question that is as typed with the probability SURE is not compared with any.
SEARCHED, SURE = 3, 0.95
LEAST_SHARE = 0.02  # of what is likely by the words, of a completion that is searched for
# The reader's logit of the question as typed for the passages found for its completion, at least. Of 82 follow-ups that were
# completed rightly, over three collections, 78 have it; of 31 questions about something else that were completed wrongly, 6.
LEAST_ANSWERS = -6.0

# Fitted on 165 conversations over three collections. What the reader says of the first passages added nothing: with each
# collection left out in turn, as many were right with it as without.
READINGS = Model(
    {
        "by_words": 1.215,
        "typed": -1.052,
        "both": 0.177,
        "dense": 6.541,
        "sentence": 3.761,
        "own": 1.006,
        "coverage": 2.644,
        "same_row": -1.206,
        "same_document": 2.63,
    },
    bias=0.0,
)


@dataclass(frozen=True, slots=True)
class FoundReading:
    """A reading of a question, what was found for it, and the `values` of its features."""

    completion: Completion
    evidence: Evidence
    values: dict[str, float]


def understand(question: str, history: Sequence[Answer | str]) -> str:
    """`question` completed from `history`, or unchanged if it may stand by itself.

    `history` holds the earlier answers of the conversation, the oldest first; a text is an earlier question whose answer is not
    known. Only the words are compared here; `Index.ask` also compares what each reading finds, and gives its choice as
    `Answer.understood`.
    """
    text = asked(question).question
    turn = last_turn(map(as_turn, history))
    if turn is None or not follows(text, turn):
        return question
    likeliest, _ = readings(text, turn)[0]
    return question if likeliest.kind == TYPED else likeliest.text


def as_turn(turn: Answer | str) -> EarlierTurn:
    """What a follow-up is completed from, of an earlier answer; a text is an earlier question whose answer is not known."""
    if isinstance(turn, str):
        return EarlierTurn(asked(turn).question)
    question = asked(turn.question).question
    if not turn.citations:
        return EarlierTurn(question, turn.understood)
    cited = turn.citations[0]
    words = cited.quote[slice(*cited.span)] if cited.span else ""
    return EarlierTurn(question, turn.understood, words.strip(), cited.row)


def choose(
    retriever: Retriever, text: str, history: Sequence[Answer | str], within: Collection[str] | None = None
) -> tuple[Question, Evidence | None]:
    """The question to answer, as typed (`text`) or completed from `history`, and its evidence where that was needed to choose.

    `within` names the documents or folders to search.
    """
    alone = retriever.read(text)
    turn = last_turn(map(as_turn, history))
    if turn is None or not follows(alone.text, turn):
        return alone, None
    likely = readings(alone.text, turn, retriever.engine.dictionary)
    share = next(share for completion, share in likely if completion.kind == TYPED)
    if share > SURE:
        return alone, None
    found = search_readings(retriever, alone, turn, likely, within)
    if not found:
        return alone, None
    best = max(found, key=lambda one: READINGS.logit(one.values))
    if best.completion.kind != TYPED and not _bears_on(retriever, alone, best.evidence):
        return alone, next((one.evidence for one in found if one.completion.kind == TYPED), None)
    return best.evidence.question, best.evidence


def _bears_on(retriever: Retriever, alone: Question, evidence: Evidence) -> bool:
    """Whether what was found for a completed question can have to do with the question as typed, `alone`.

    "珠穆朗玛峰有多高？" joined to a question about a flood finds what answered that one, in which nothing answers it.
    """
    if retriever.reader is None:
        return True
    passages = [read_passage(retriever.engine, int(row)) for row in evidence.rows[:READ_FIRST]]
    return max(reading.answers for reading in retriever.reader.read(alone.text, passages)) >= LEAST_ANSWERS


def search_readings(
    retriever: Retriever,
    alone: Question,
    turn: EarlierTurn,
    likely: Sequence[tuple[Completion, float]],
    within: Collection[str] | None = None,
) -> list[FoundReading]:
    """What is found for the question as typed, `alone`, and for its likeliest completions, those that find something."""
    found = []
    for completion, share in searched(likely):
        question = alone if completion.kind == TYPED else retriever.read(completion.text, whole=True)
        evidence = retriever.gather(question, within)
        if evidence is not None:
            found.append(weighed(retriever, completion, share, evidence, alone, turn))
    return found


def searched(likely: Sequence[tuple[Completion, float]]) -> list[tuple[Completion, float]]:
    """Those of the `likely` readings, in their order, that are searched for: SEARCHED completions and the question as typed.

    The likeliest that carries a topic over and the likeliest that replaces words are among them.
    """
    others = [(one, share) for one, share in likely if one.kind != TYPED and share >= LEAST_SHARE]
    firsts = [next((each for each in others if (each[0].kind == "slot") == slot), None) for slot in (False, True)]
    first = [each for each in firsts if each is not None]
    kept = [*first, *(each for each in others if each not in first)][:SEARCHED]
    return [*kept, *(each for each in likely if each[0].kind == TYPED)]


def weighed(
    retriever: Retriever, completion: Completion, share: float, evidence: Evidence, alone: Question, turn: EarlierTurn
) -> FoundReading:
    """A reading with the features of what was found for it.

    Of the words: the log of its `share`, and whether it is the question as typed or both together. Of the first passage: what
    retrieval says, the share `own` of the typed words that it holds, and whether it is the one, or in the document, of the answer
    before.
    """
    engine, row = retriever.engine, int(evidence.rows[0])
    values = {
        "by_words": math.log(max(share, LEAST_SHARE)),
        "typed": float(completion.kind == TYPED),
        "both": float(completion.kind == "both"),
        "dense": float(evidence.dense[0]),
        "sentence": float(evidence.sentence[0]),
        "own": held_words(engine, alone.word_terms, row),
        "same_row": float(turn.row == row),
        "same_document": float(turn.row is not None and engine.paragraph(turn.row).source == engine.paragraph(row).source),
        "coverage": words_around(engine, evidence.question, row)["coverage"],
    }
    return FoundReading(completion, evidence, values)


def held_words(engine: Engine, terms: Sequence[str], row: int) -> float:
    """The share of `terms`, weighted by idf, that the passage `row` holds, 0 to 1."""
    rows = engine.sentence_rows(row)
    weights = np.array([engine.lexical.idf(term) for term in terms])
    held = engine.sentence_lexical.holds(terms, rows.start, rows.stop).any(axis=1)
    return float(weights[held].sum()) / max(float(weights.sum()), 1e-6)
