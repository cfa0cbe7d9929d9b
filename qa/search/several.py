"""Several questions in one: "负责人是谁，电话多少？", "甲和乙的负责人分别是谁", "How long is probation and who signs it?".

A clause is a question of its own when it has an interrogative of its own; what else stands in the sentence belongs to the one
after it. 分别 and 各 ask the same of each of the things that a list names before them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from ..text.scripts import HAN_RUN
from ..text.user_words import NO_WORDS
from .asking import asked
from .interrogatives import interrogative_clause
from .question_words import asking_spans

MOST_PARTS = 5
LONGEST = 200  # characters; what is longer is answered as one
_CLAUSES = re.compile(r"[，,；;？?]\s*(?:以及|还有|并且|而且|另外)?|(?:以及|还有)(?=.)")
_SPACED = re.compile(
    r"[,;?]\s++(?:and\s++)?|(?<!\s)\s++and\s++(?=(?:who|whom|whose|what|which|when|where|why|how)\b)", re.IGNORECASE
)
_EACH = ("分别", "各", "各自")
_JOINS = ("和", "与", "跟", "及", "以及", "、")


@lru_cache(maxsize=256)
def several(text: str) -> tuple[str, ...]:
    """The questions that `text` asks, in order; none when it asks one, or more than `MOST_PARTS`."""
    question = asked(text).question
    if len(question) > LONGEST or "\n" in question:
        return ()
    chinese = HAN_RUN.search(question) is not None
    parts = [part for clause in _questions(question, chinese) for part in (_each(clause) if chinese else [clause])]
    return tuple(parts) if 1 < len(parts) <= MOST_PARTS else ()


def _questions(question: str, chinese: bool) -> list[str]:
    """The clauses that ask, each with the clauses before it that do not; what asks nothing at the end goes with the last."""
    pattern = _CLAUSES if chinese else _SPACED
    cuts = [0, *(mark.end() for mark in pattern.finditer(question)), len(question)]
    found, held = [], ""
    for start, end in pairwise(cuts):
        held += question[start:end]
        if _asks(question[start:end], chinese):
            found.append(held)
            held = ""
    if held and found:
        found[-1] += held
    return [re.sub(r"(?<![，,；;\s])[，,；;\s]++(?:以及|还有|并且|而且|另外|and)?\s*+\Z", "", part) for part in found] or [
        question
    ]


def _asks(clause: str, chinese: bool) -> bool:
    normal = normalise(clause).strip()
    if chinese:
        return bool(asking_spans(normal, classified(normal), NO_WORDS))
    return bool(interrogative_clause(normal)) and len(normal.split()) > 1


def _each(question: str) -> list[str]:
    """A question that asks the same of each of several things as a question of each."""
    normal = normalise(question)
    if len(normal) != len(question):
        return [question]
    words = classified(normal)
    each = next((i for i, word in enumerate(words) if word.text in _EACH), 0)
    joins = [i for i in range(1, each) if words[i].text in _JOINS]
    if not joins or any(b - a < 2 for a, b in pairwise([*joins, each])):
        return [question]
    head, named, said = _listed(question, words, joins, each)
    rest = question[words[each].end :]
    return [f"{head}{name}{said}{rest}" for name in named]


def _listed(question: str, words: Sequence[Word], joins: Sequence[int], each: int) -> tuple[str, list[str], str]:
    """What stands before a list, the things it names, and what is asked of each: 甲和乙｜的负责人, 甲的｜电话和地址."""
    bounds = [(words[a].end, words[b].start) for a, b in pairwise(joins)]
    last = joins[-1]
    of = next((i for i in range(last + 1, each) if words[i].text == "的"), each)
    begins = 0
    if of == each:  # the things are what is asked of one
        before = [i for i in range(joins[0]) if words[i].text == "的"]
        begins = words[before[-1]].end if before else 0
    named = [question[begins : words[joins[0]].start], *(question[a:b] for a, b in bounds)]
    named.append(question[words[last].end : words[of].start])
    return question[:begins], named, question[words[of].start : words[each].start]
