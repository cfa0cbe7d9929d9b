"""Passages that a reader has confirmed are preferred for questions that mean the same.

Two questions mean the same if they name the same numbers and identifiers and their vectors are close: SAME and more. What a
reader rated helpful is cited first for such a question, and shown as confirmed; a rating against it takes that back.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..answers.answer import Answer
from ..answers.citation import Citation, citation_of
from ..collections.home import DEFAULT
from ..collections.ratings import Rating, Ratings
from ..errors import QAError
from ..text.normalise import normalise

# Chosen on three sets of real questions, checked on two (`tests/bench/vouched.py`): the same question in other forms is met in 92
# and 94 %; if all other questions of a set were confirmed, none of 309 and 1 of 404 would be taken for one with another answer.
SAME = 0.96
SURE = 0.9  # the least confidence of a confirmed answer: that of the surest band
MOST_KEPT = 2000  # ratings that count, the newest
_MOST_CITED = 3
_NUMBERS = re.compile(r"[a-z0-9]++|[一二三四五六七八九十百千万两]++")


@dataclass(frozen=True, slots=True)
class Vouch:
    """A quotation of `source` that readers confirmed as the answer to `question`, in the collection `collection`."""

    question: str
    collection: str
    source: str
    quote: str


class Vouched:
    """The `ratings`, read again when they change. Safe to use from several threads."""

    def __init__(self, ratings: Ratings) -> None:
        self._ratings = ratings
        self._lock = threading.Lock()
        self._version: Hashable = None
        self._vouches: list[Vouch] = []
        self._vectors: dict[str, dict[str, Any]] = {}  # by the model's fingerprint, then by the question

    def applied(self, index: Any, answer: Answer, collection: str, within: Collection[str] | None = None) -> Answer:
        """`answer` of `index`, with the passage first that was confirmed for a question of the same meaning, if there is one."""
        question = answer.understood or answer.question
        numbers = _numbers(question)
        known = [one for one in self._read() if one.collection == collection and _numbers(one.question) == numbers]
        if not known or answer.parts:
            return answer
        (asked,) = index.encoder.encode_queries([question])
        vectors = self._encoded(index.encoder, [one.question for one in known])
        near = sorted(((float(asked @ vector), one) for vector, one in zip(vectors, known, strict=True)), key=lambda it: -it[0])
        for closeness, vouch in near:
            if closeness < SAME:
                break
            if _is_within(vouch.source, within) and (citation := _cited(index, vouch)) is not None:
                return _first(answer, citation)
        return answer

    def _encoded(self, encoder: Any, questions: Sequence[str]) -> list[Any]:
        """The vectors of the questions that were rated, which are kept for the next question."""
        with self._lock:
            known = self._vectors.get(encoder.fingerprint, {})
        missing = [one for one in dict.fromkeys(questions) if one not in known]
        if missing:
            known = known | dict(zip(missing, encoder.encode_queries(missing), strict=True))
            with self._lock:
                self._vectors[encoder.fingerprint] = known
        return [known[one] for one in questions]

    def _read(self) -> list[Vouch]:
        try:
            version = self._ratings.version()
            with self._lock:
                if version == self._version:
                    return self._vouches
            ratings = self._ratings.all()
        except (OSError, QAError):
            return self._vouches
        vouches = _vouches(ratings)
        with self._lock:
            self._version, self._vouches = version, vouches
            known = {one.question for one in vouches}
            self._vectors = {
                model: {question: vector for question, vector in vectors.items() if question in known}
                for model, vectors in self._vectors.items()
            }
        return vouches


def _vouches(ratings: Sequence[Rating]) -> list[Vouch]:
    """What more readers confirmed than denied, the newest MOST_KEPT."""
    counted: Counter[Vouch] = Counter()
    against: Counter[tuple[str, str, str]] = Counter()
    for record in ratings:
        about = (str(record.get("question", "")), str(record.get("source", "")))
        where = str(record.get("collection") or DEFAULT)
        quote = record.get("quote")
        if record.get("rating") == "down":
            against[where, *about] += 1
        elif record.get("rating") == "up" and isinstance(quote, str) and quote and all(about):
            counted[Vouch(about[0], where, about[1], quote)] += 1
    return [one for one, count in counted.items() if count > against[one.collection, one.question, one.source]][-MOST_KEPT:]


def _numbers(question: str) -> list[str]:
    """The numbers and identifiers of a question, by which two that mean the same do not differ."""
    return sorted(found for found in _NUMBERS.findall(normalise(question).lower()) if not (found.isascii() and found.isalpha()))


def _is_within(source: str, within: Collection[str] | None) -> bool:
    return within is None or any(source == name or source.startswith(f"{name.rstrip('/')}/") for name in within)


def _cited(index: Any, vouch: Vouch) -> Citation | None:
    """The citation of what was confirmed, if it still is in the index: a rating may be older, and comes from a browser."""
    if all(entry.source != vouch.source for entry in index.manifest.documents):
        return None
    for row in index.document_rows(vouch.source):
        passage = index.paragraph(row)
        at = passage.text.find(vouch.quote)
        if at >= 0:
            start = passage.start + at
            return replace(citation_of(index.retriever.engine, 1, row, start, start + len(vouch.quote)), confirmed=True)
    return None


def _first(answer: Answer, confirmed: Citation) -> Answer:
    """`answer` with the citation `confirmed` first; the others follow that quote something else."""

    def overlaps(one: Citation) -> bool:
        return one.source == confirmed.source and one.start < confirmed.end and confirmed.start < one.end

    same = next((one for one in answer.citations if overlaps(one)), None)
    first = replace(same, number=1, confirmed=True) if same is not None else confirmed
    others = [one for one in answer.citations if not overlaps(one)]
    citations = tuple(replace(one, number=number) for number, one in enumerate([first, *others][:_MOST_CITED], 1))
    text = "\n".join(f"{one.quote} [{one.number}]" for one in citations)
    return replace(
        answer, found=True, confidence=max(answer.confidence, SURE), text=text, citations=citations, absent=(), note=""
    )
