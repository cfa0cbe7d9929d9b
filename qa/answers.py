"""Evidence to an answer: the sentences that answer, quoted and cited, or that the documents do not hold it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from .confidence import THRESHOLD, Assessable, confidence, features
from .messages import not_found
from .retrieval import Evidence, gather, hits
from .sentences import AnsweringSpan, answering_span
from .support import is_noise, is_small_talk
from .types import Answer, Citation

# Further passages are cited when they and their sentence score nearly as well as the first.
CLOSE_SENTENCE, CLOSE_PASSAGE = 0.95, 0.95
MOST_CITATIONS = 3


class Citable(Assessable, Protocol):
    """What answering needs of an index beside what its parts do."""

    def cite(self, number: int, row: int, start: int, end: int) -> Citation: ...


@dataclass(frozen=True, slots=True)
class Assessment:
    """A question's evidence and what follows from it: how sure an answer would be, and the spans to cite, the best first."""

    evidence: Evidence
    confidence: float
    spans: tuple[AnsweringSpan, ...]


def answer(
    index: Citable, question: str, k: int = 5, threshold: float = THRESHOLD, within: Collection[str] | None = None
) -> Answer:
    """What the documents say to `question`, with the `k` nearest passages.

    `threshold`, 0 to 1, is the least confidence of an answer; below it `found` is False and nothing is cited. `within` names
    the documents or folders to search.
    """
    assessed = assess(index, question, within)
    if assessed is None:
        return Answer(question, False, 0.0, not_found(question, None, asked=False))
    nearest = tuple(hits(index, assessed.evidence, k))
    if assessed.confidence < threshold:
        language = index.means.names[assessed.evidence.language]
        return Answer(question, False, assessed.confidence, not_found(question, language), (), nearest)
    citations = tuple(cite(index, number, span) for number, span in enumerate(assessed.spans, 1))
    text = "\n".join(f"{citation.quote} [{citation.number}]" for citation in citations)
    return Answer(question, True, assessed.confidence, text, citations, nearest)


def assess(index: Citable, question: str, within: Collection[str] | None = None) -> Assessment | None:
    """How sure an answer to `question` would be and which sentences would give it; None when nothing is asked."""
    evidence = None if is_small_talk(question) or is_noise(question) else gather(index, question, within)
    if evidence is None:
        return None
    # the best passage is cited even where its score is negative
    passages = [i for i in range(min(MOST_CITATIONS, len(evidence))) if evidence.score[i] >= CLOSE_PASSAGE * evidence.score[0]]
    first, *others = [answering_span(index, question, evidence, int(evidence.rows[i])) for i in passages or [0]]
    close = sorted((span for span in others if span.score >= CLOSE_SENTENCE * first.score), key=lambda span: -span.score)
    return Assessment(evidence, confidence(features(index, question, evidence)), (first, *close))


def cite(index: Citable, number: int, span: AnsweringSpan) -> Citation:
    """The citation of a span, quoted from its first sentence to its last."""
    return index.cite(number, span.passage, index.sentence_span(span.first)[0], index.sentence_span(span.last)[1])
