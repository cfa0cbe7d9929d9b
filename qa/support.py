"""What a question asks for that a passage would have to hold to answer it: its words, its names and years, and the kind
of answer. A passage about the right subject that lacks one of them is the likeliest false answer."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .tokens import HAN_RUN, QUESTION_WORDS, RUN, normalise, segment, without_stop_words

# Words that jieba's dictionary tags as places and that name none, or one that goes without saying.
_NO_NAMES = frozenset(
    "中国 城市 东西 外国 爱国 自治州 自治县 自治区 大桥 平原 高原 湖泊 海洋 太阳 美丽 上市 建国 山区 英雄 哥哥 朝廷 中原 "
    "东北 西北 东南 西南 南北 东西方 内地 人民".split()
)
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d.,])")
_CAPITALISED = re.compile(r"(?<=[\w,] )[A-ZÀ-Þ][^\W\d_]+")

_ASKS_NUMBER = re.compile(
    "多少|几[^乎]|多大|多长|多高|多远|多久|多重|"
    "how (?:many|much|old|long|far|high|tall|big)|cu[aá]nt|combien|wie ?viel|quant[oiae]"
)
_ASKS_TIME = re.compile(
    "何时|什么时候|哪一?年|哪一?天|哪个?月|哪一?日|"
    r"\bwhen\b|what year|which year|cu[aá]ndo|\bquand\b|\bwann\b"
)
_NUMERALS = "一二三四五六七八九十百千万亿两半"
_COUNTED = "个|年|月|日|人|名|次|位|座|家|条|种|米|公里|岁|%|天|世纪|度|元|万|亿|只|头|户|亩|项|所|届|倍|层|部|本|张|支|场"
_HAS_NUMBER = re.compile(rf"\d|[{_NUMERALS}]+(?:{_COUNTED})")
_HAS_TIME = re.compile(
    rf"\d+\s*(?:年|月|日|世纪)|[{_NUMERALS}〇零]{{1,4}}(?:年|月|日|世纪)|\b(?:1\d|20)\d\d\b|"
    r"january|february|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|"
    r"junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)


def missing_words(question: str, text: str) -> float:
    """The share of the question's words, question and function words aside, that `text` does not hold, 0 to 1.

    `text` is normalised.
    """
    words = _content_words(question)
    return sum(word not in text for word in words) / len(words) if words else 0.0


def missing_name(question: str, text: str) -> bool:
    """Whether the question names a place, a year or (in a Latin script, within a sentence) a name that `text` lacks."""
    return any(name not in text for name in _names(question))


def wrong_kind(question: str, text: str) -> bool:
    """Whether the question asks for a number or a time and `text`, normalised, holds none."""
    asked = normalise(question)
    if _ASKS_TIME.search(asked):
        return not _HAS_TIME.search(text)
    return bool(_ASKS_NUMBER.search(asked)) and not _HAS_NUMBER.search(text)


def _content_words(question: str) -> list[str]:
    bare = without_stop_words(QUESTION_WORDS.sub(" ", normalise(question)))
    words: list[str] = []
    for run in RUN.findall(bare):
        words += segment(run) if HAN_RUN.match(run) else [run]
    return list(dict.fromkeys(words))


def _names(question: str) -> list[str]:
    names = [name.group().lower() for name in _CAPITALISED.finditer(question)]
    bare = QUESTION_WORDS.sub(" ", normalise(question))
    names += _YEAR.findall(bare)
    for run in RUN.findall(bare):
        if HAN_RUN.match(run):
            names += [word for word in segment(run) if len(word) > 1 and word not in _NO_NAMES and _is_place(word)]
    return names


@lru_cache(maxsize=4096)
def _is_place(word: str) -> bool:
    """Whether jieba's dictionary has `word` as the name of a place (tag `ns`).

    Its lines are "word frequency tag". Searching the file's bytes for the few words of a question takes a millisecond
    each; reading all 350,000 tags into memory takes a third of a second at every start.
    """
    data = _dictionary()
    at = data.find(b"\n" + word.encode() + b" ")
    return at >= 0 and data[at + 1 : data.index(b"\n", at + 1)].split()[-1] == b"ns"


@lru_cache(maxsize=1)
def _dictionary() -> bytes:
    from importlib.resources import files

    package: Any = files("jieba")
    return b"\n" + bytes((package / "dict.txt").read_bytes()) + b"\n"
