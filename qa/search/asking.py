"""Which sentences of what a person types ask, which tell the background, and which speak to the program.

"你好，我明天第一天上班。班车几点出发？请用一句话回答。" asks one thing. The background helps to choose among passages; greetings
and instructions are left out of the search. A question that names nothing by itself ("怎么办？") keeps its background.

A sentence's kind is that of a logistic regression over its runs of one to three characters, hashed; the weights are a file
fitted by `tests/bench/fit_asking.py`, which prints how many of the sentences kept from it are told right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from ..text.sentences import split_sentences
from ..text.stop_words import without_stop_words
from ..text.user_words import NO_WORDS
from ..text.words import frequency
from .hashed import HashedModel
from .question_words import asking_spans, without

KINDS = ("asks", "background", "aside")  # of a sentence; an aside is a greeting, thanks, or an instruction
MODEL = HashedModel(Path(__file__).with_name("asking.npz"), KINDS)

# A sentence with a question mark, or a clause beside one that asks, is an aside only when the model is this sure.
SURE = 0.9
COMMON = 9000  # occurrences in jieba's dictionary, of 60 million: 情况 and 处理 have more, 电话 and 报销 less
MOST_READ = 4000  # characters; a longer text is a paste, and is searched for as it is
_MARK = re.compile(r"[?？؟]\W*\Z")
_CLAUSES_END = re.compile(r"[，,:：;；\n](?!\d)\s*")
_FIRST_CLAUSES = 3  # among which a sentence's asides are looked for
_LOWER_CASE = re.compile(r"(?<=[a-z]{3}[.!?])\s+(?=[a-z])")  # "Hello there. where is ..."
_BEGINS = re.compile("请问|想问|问一下|请教")  # what begins a question inside its sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """`question`, the sentences of a text that ask, and `background`, those that tell the situation; "" for none."""

    question: str
    background: str = ""


@lru_cache(maxsize=256)
def asked(text: str) -> Asked:
    """What `text` asks. Without a sentence that asks, all of it but the asides; all of it when it is nothing else."""
    if len(text) > MOST_READ:
        return Asked(text)
    parts = list(_pieces(text))
    marked = any(map(_MARK.search, parts))
    pieces = [(part, _kind(part, marked)) for part in parts]
    told = [piece for piece, kind in pieces if kind == "background"]
    asking = []
    for piece, kind in pieces:
        if kind == "asks":
            before, core = _core(piece)
            told += before
            asking.append(core)
    question, background = " ".join(asking or told), " ".join(told if asking else ())
    if background and names_nothing(question):
        question, background = f"{background} {question}", ""
    shorter = len("".join(question.split())) < len("".join(text.split()))
    return Asked(question, background) if question and shorter else Asked(text)


def names_nothing(question: str) -> bool:
    """Whether a question has none but common words, so that it can be understood only with what was said before it."""
    normal = normalise(question)
    words = classified(normal)
    content = without_stop_words(without(normal, asking_spans(normal, words, NO_WORDS)))
    return not any(_names(word) for word in classified(content))


def _names(word: Word) -> bool:
    if word.tag in ("m", "w"):
        return word.tag == "m" and len(word.text) > 2 and word.text.isdigit()
    return word.tag[0] in "nvailjxe" and 0 <= frequency(word.text) < COMMON


def _pieces(text: str) -> Iterator[str]:
    """The sentences of `text`, and by themselves the asides that a sentence begins with: "你好，" and "请根据文档回答："."""
    for start, end in split_sentences(text):
        for sentence in _LOWER_CASE.split(text[start:end]):
            ends = [mark.end() for mark in islice(_CLAUSES_END.finditer(sentence), _FIRST_CLAUSES)]
            cut = max((end for end in ends if _likely("aside", sentence[:end])), default=0)
            yield from filter(None, (sentence[:cut], sentence[cut:].strip()))


def _core(piece: str) -> tuple[list[str], str]:
    """A sentence that asks without the asides after its question, and what is told before it says that it asks."""
    cuts = [0, *(mark.end() for mark in _CLAUSES_END.finditer(piece)), len(piece)]
    clauses = [piece[a:b] for a, b in pairwise(cuts)]
    last = len(clauses)
    while last > 1 and _likely("aside", clauses[last - 1]):
        last -= 1
    begins = next((at for at in range(last - 1, 0, -1) if _BEGINS.match(clauses[at])), 0)
    told = "".join(clauses[:begins])
    return [told] if told else [], "".join(clauses[begins:last]).rstrip("，,、 ")


def _kind(sentence: str, marked: bool) -> str:
    """The kind of a sentence; `marked` tells whether one of the text has a question mark, as then those without seldom ask."""
    found = MODEL.probabilities(sentence)
    if _MARK.search(sentence):
        return "aside" if found[KINDS.index("aside")] > SURE else "asks"
    if marked and found[0] <= SURE:
        return KINDS[1 + int(np.argmax(found[1:]))]
    return KINDS[int(np.argmax(found))]


def _likely(kind: str, clause: str) -> bool:
    return bool(MODEL.probabilities(clause)[KINDS.index(kind)] > SURE)
