"""Which question is answered where one may be a follow-up: as it was typed, or completed from the conversation.

The words decide where they leave no doubt; elsewhere the passages that the two find.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from ..conversation.turns import Turn
from ..conversation.understand import completion
from ..search.engine import Engine
from ..search.question import Question
from ..search.retrieval import Evidence, Retriever
from .answer import Answer
from .confidence import THRESHOLD, confidence, features, model_for

# When a completed question is taken: the rise of the log odds of a right answer, and the share of the question's own words, by
# idf, that may be lost. One whose words leave no doubt is taken unless it has SEVERAL words of its own and loses more of them.
LEAST_GAIN, MOST_LOST, SEVERAL = 0.5, 0.25, 3
PASSAGES = 3  # found for an earlier question, where the person may be named whom it asked for


def understand(question: str, history: Sequence[Answer | str]) -> str:
    """`question` with what it leaves out taken from `history`, or as it is if it may stand by itself.

    `history` holds the earlier answers of the conversation, the oldest first; a text is an earlier question whose answer is not
    known. An index decides more: see `Answer.understood`.
    """
    completed = completion(question, [as_turn(turn) for turn in history])
    return completed.text if completed is not None and completed.sure else question


def as_turn(turn: Answer | str) -> Turn:
    """What completing a follow-up reads of an earlier answer; a text is a question without one."""
    if isinstance(turn, str):
        return Turn(turn)
    if not turn.citations:
        return Turn(turn.question, turn.understood)
    cited = turn.citations[0]
    passages = sorted(turn.hits[:PASSAGES], key=lambda hit: hit.paragraph.row != cited.row)
    return Turn(turn.question, turn.understood, cited.quote, tuple(hit.text for hit in passages), cited.row)


def choose(
    retriever: Retriever, text: str, history: Sequence[Answer | str], within: Collection[str] | None = None
) -> tuple[Question, Evidence | None]:
    """The question to answer, and its evidence if that had to be gathered to choose.

    A question that finds the same passage alone needs nothing. A completed one finds the passage of the question before it
    easily, since it has its words: so the odds of a right answer have to rise, and the new question's own words must stand
    there no less than in the passage that it finds alone.
    """
    alone = retriever.read(text)
    completed = completion(text, [as_turn(turn) for turn in history], retriever.engine.dictionary)
    if completed is None:
        return alone, None
    whole = retriever.read(completed.text)
    if completed.sure and sum(len(term) > 2 for term in alone.word_terms) < SEVERAL:
        return whole, None
    found_alone, found = retriever.gather(alone, within), retriever.gather(whole, within)
    if found_alone is None or found is None:
        return (whole, found) if completed.sure else (alone, found_alone)
    better = _is_better(retriever.engine, found_alone, found, completed.sure)
    return (found.question, found) if better else (found_alone.question, found_alone)


def _is_better(engine: Engine, alone: Evidence, whole: Evidence, sure: bool) -> bool:
    """Whether the completed question is to be answered, whose words leave no doubt if `sure`."""
    if not sure and whole.rows[0] == alone.rows[0]:
        return False
    own = alone.question.word_terms
    if held_words(engine, own, alone) - held_words(engine, own, whole) > MOST_LOST:
        return False
    if sure:
        return True
    if confidence(features(engine, whole)) < THRESHOLD:  # neither is answered: the question is shown as it was typed
        return False
    return _log_odds(engine, whole) >= _log_odds(engine, alone) + LEAST_GAIN


def held_words(engine: Engine, terms: Sequence[str], evidence: Evidence) -> float:
    """The share of `terms`, by idf, that the first passage holds, 0 to 1."""
    rows = engine.sentence_rows(int(evidence.rows[0]))
    weights = np.array([engine.lexical.idf(term) for term in terms])
    held = engine.sentence_lexical.holds(terms, rows.start, rows.stop).any(axis=1)
    return float(weights[held].sum()) / max(float(weights.sum()), 1e-6)


def _log_odds(engine: Engine, evidence: Evidence) -> float:
    """The log odds of the confidence, as a share of the highest there is."""
    values = features(engine, evidence)
    share = min(max(confidence(values) / model_for(values).most, 1e-9), 1 - 1e-9)
    return math.log(share / (1 - share))
