"""The spans of a question's words in a passage, and the shares of a hit's score that come from words and from meaning."""

from __future__ import annotations

from functools import lru_cache

from ...search.question import read_question
from ...search.retrieval import DENSE_WEIGHT, SENTENCE_WEIGHT
from ...text.lines import Span
from ...text.normalise import normalise, unaccented
from ...text.scripts import HAN_RUN, RUN
from ...text.words import tokenize
from ...types import Hit

_LONGEST_KEPT = 4000  # characters of question and text


def word_spans(question: str, text: str) -> tuple[Span, ...]:
    """The spans [start, end) in `text` of the words of `question`, ascending; adjacent ones are joined.

    Words are compared as in retrieval: script, width, case and accents are folded. Single Han characters are left out, since
    they match almost everywhere.
    """
    return (_kept_spans if len(question) + len(text) <= _LONGEST_KEPT else _word_spans)(question, text)


def _word_spans(question: str, text: str) -> tuple[Span, ...]:
    words = {term[1:] for term in read_question(question).terms if term[0] in "wv"}
    han = [word for word in words if HAN_RUN.match(word) and len(word) > 1]
    folded, origin = _folded(text)
    spans: list[Span] = []
    for run in RUN.finditer(folded):
        piece, start = run.group(), run.start()
        if HAN_RUN.match(piece):
            spans += [
                (start + at, start + at + len(word))
                for word in han
                for at in range(len(piece) - len(word) + 1)
                if piece.startswith(word, at)
            ]
        elif not words.isdisjoint(token[1:] for token in tokenize(piece) if token[0] in "wv"):
            spans.append((start, run.end()))
    return tuple(_joined([(origin[start], origin[end - 1] + 1) for start, end in spans]))


_kept_spans = lru_cache(maxsize=1000)(_word_spans)  # each new answer redraws the passages of all earlier turns


def shares(hit: Hit) -> tuple[int, int]:
    """The percentages (words, meaning) of a hit's score that come from equal words and from similar meaning; their sum is 100."""
    meaning = max(0.0, DENSE_WEIGHT * hit.scores.get("dense", 0.0) + SENTENCE_WEIGHT * hit.scores.get("sentence", 0.0))
    words = max(0.0, hit.score - meaning)
    percent = round(100 * words / (words + meaning)) if words + meaning > 0 else 0
    return percent, 100 - percent


def _folded(text: str) -> tuple[str, list[int]]:
    """`text` folded character by character, and for each folded character the position in `text` that it comes from."""
    folded: list[str] = []
    origin: list[int] = []
    for number, char in enumerate(text):
        became = _folded_char(char)
        folded.append(became)
        origin += [number] * len(became)
    return "".join(folded), origin


@lru_cache(maxsize=20_000)
def _folded_char(char: str) -> str:
    folded = normalise(char)
    return unaccented(folded) if folded < "\u0530" else folded  # accents only of Latin, Greek and Cyrillic, as in retrieval


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
