"""Wrong homophones in a Chinese question: 登路密码 is 登录密码, 身丰证 身份证, 仲差 仲裁.

A character may be one when it has a neighbour that stands beside it nowhere in the documents; what may be meant is a word of the
documents with another character, read the same, in its place. A logistic regression tells how likely that is, by how much more
jieba's dictionary likes the question so, by how often the documents have the word, and by the character; it is fitted by
`tests/bench/fit_slips.py` on homophones put into stored questions and on the same without. Words of a dictionary stay.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ..text.parts_of_speech import NAME_LIKE_TAGS
from ..text.romanisation import read_alike, sounding_like
from ..text.scripts import HAN_RUN
from ..text.stop_words import chinese_function_words
from ..text.translation import is_in_dictionary
from ..text.words import beginning_words, frequency, likeliest_cut, part_of_speech
from .engine import Words

SIZES = (2, 3, 4)  # characters of a word that may be meant
_BESIDE = 4  # characters on either side with which the question is compared
SURNAMES = ("nr", "zg")  # tags of the first character of what may be a name
WEIGHTS = {
    "gain": 0.541, "passages": 0.666, "nowhere": 3.047, "character": -0.092, "function": -0.528, "alike": -0.292, "word": -0.934,
}  # fmt: skip
BIAS = -2.673
LEAST_ODDS = 0.0


@dataclass(frozen=True, slots=True)
class Homophone:
    """A word of the documents that may be meant by the characters [start, end) of a question, and the features of it."""

    start: int
    end: int
    word: str
    values: dict[str, float]

    @property
    def odds(self) -> float:
        """The log odds that it is meant."""
        return BIAS + sum(weight * self.values[name] for name, weight in WEIGHTS.items())


def homophones(normal: str, words: Words, right: Collection[int] = ()) -> list[Homophone]:
    """What may be meant in the normalised question, in order, of what overlaps the likeliest; the characters at `right` stay."""
    made: list[Homophone] = []
    for one in sorted(candidates(normal, words, right), key=lambda one: -one.odds):
        if one.odds > LEAST_ODDS and all(one.end <= other.start or other.end <= one.start for other in made):
            made.append(one)
    return sorted(made, key=lambda one: one.start)


def candidates(normal: str, words: Words, right: Collection[int] = ()) -> list[Homophone]:
    """All that may be meant, however unlikely."""
    runs = [(match.start(), match.group()) for match in HAN_RUN.finditer(normal)]
    standing = _standing(words, {"b" + a + b for _, run in runs for a, b in pairwise(run)})
    tried = [each for start, run in runs for each in _tried(start, run, standing, right)]
    passages = _standing(words, {"w" + word for *_, word in tried})
    return [
        Homophone(start + at, start + at + len(word), word, _values(run, at, place, word, nowhere, passages["w" + word]))
        for start, run, at, place, nowhere, word in tried
        if "w" + word in passages
    ]


def _standing(words: Words, tokens: Collection[str]) -> dict[str, int]:
    """The number of passages that hold each of `tokens` that any holds."""
    if not tokens:
        return {}
    (found,) = words.translation([[(token, 1.0) for token in sorted(tokens)]]).alternatives
    return {term.token: term.passages for term, _ in found}


def _tried(
    start: int, run: str, standing: Collection[str], right: Collection[int]
) -> Iterator[tuple[int, str, int, int, float, str]]:
    """Each word that may be meant in a run of Chinese characters: where the run starts, the run, where in it the word starts and
    the other character is, and the share of that one's neighbours that it has nowhere in the documents."""
    apart = ["b" + a + b not in standing for a, b in pairwise(run)]
    for place, char in enumerate(run):
        beside = apart[max(0, place - 1) : place + 1]
        if not any(beside) or start + place in right or char.isnumeric():
            continue
        likely: dict[int, list[str]] = {}  # by where the word starts: what begins a word with what is typed beside it
        for size in SIZES:
            for at in range(max(0, place - size + 1), min(place, len(run) - size) + 1):
                typed = run[at : at + size]
                if all(apart[max(at, place - 1) : min(at + size - 1, place + 1)]) and _may_be_wrong(typed):
                    if at not in likely:
                        behind = run[place + 1] if at == place else ""
                        likely[at] = beginning_words(run[at:place], sounding_like(char), behind)
                    for other in likely[at]:
                        word = run[at:place] + other + run[place + 1 : at + size]
                        if frequency(word) and part_of_speech(word) not in NAME_LIKE_TAGS:
                            yield start, run, at, place, sum(beside) / len(beside), word


def _may_be_wrong(typed: str) -> bool:
    named = part_of_speech(typed[0]) in SURNAMES
    return not (frequency(typed) or named or is_in_dictionary(typed) or any(map(str.isnumeric, typed)))


def _values(run: str, at: int, place: int, word: str, nowhere: float, passages: int) -> dict[str, float]:
    end = at + len(word)
    before, after = run[max(0, at - _BESIDE) : at], run[end : end + _BESIDE]
    other = word[place - at]
    return {
        "gain": likeliest_cut(before + word + after) - likeliest_cut(before + run[at:end] + after),
        "passages": math.log(passages),
        "nowhere": nowhere,
        "character": math.log10(frequency(run[place]) + 1),
        "function": float(run[place] in chinese_function_words()),
        "alike": float(read_alike(run[place], other)),
        "word": math.log10(frequency(word)),
    }
