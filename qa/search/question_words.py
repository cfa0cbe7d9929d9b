"""Finds the question words in a Chinese question.

A question word counts only as a word, not as a part of one: 何 in 何人 and 有何, not in 任何 or 何香凝; 几 in 几点, not in 几何
or 茶几. Words are those of jieba and of the user dictionary; nothing inside a user's word is a question word.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..text.parts_of_speech import Word
from ..text.user_words import UserDictionary
from ..text.words import part_of_speech, segment, user_word_spans

# The longer ones first. They are rare in documents, so that BM25 would weigh them as heavily as names.
_PHRASES = sorted(
    "请问 为什么 为啥 什么样 什么 怎么样 怎么 怎样 多少 哪一个 哪一 哪些 哪个 哪里 哪儿 哪 是谁 谁 几 如何 何时 何地 何处 为何 "
    "何 吗 呢 是否 有没有".split(),
    key=lambda phrase: -len(phrase),
)
_FIRST = frozenset(phrase[0] for phrase in _PHRASES)
QUESTION_CHARACTERS = frozenset(phrase for phrase in _PHRASES if len(phrase) == 1)
_NAMES = ("nr", "nrt", "nrfg", "ns", "nt", "nz")
_NUMERALS = ("m", "mq")
# Characters. jieba joins 谁 and 哪 to neighbours in short words, such as 由谁来; a longer word with them is a phrase: 谁知盘中餐.
_LONGEST_GLUED = 3
Spans = list[tuple[int, int]]


def asking_spans(text: str, words: Sequence[Word], dictionary: UserDictionary) -> Spans:
    """The spans of the question words in the normalised `text`; `words` are its words and marks, in order."""
    if not _FIRST.intersection(text):
        return []
    word_at = {at: word for word in words for at in range(word.start, word.end)}
    own = user_word_spans(text, dictionary)
    spans: Spans = []
    at = 0
    while at < len(text):
        end = _end_of_phrase(text, at, word_at) if text[at] in _FIRST else at
        if end > at and not any(start < end and at < stop for start, stop in own):
            spans.append((at, end))
            at = end
        else:
            at += 1
    return spans


def without(text: str, spans: Spans) -> str:
    """`text` with each of `spans` replaced by a space."""
    parts, at = [], 0
    for start, end in spans:
        parts += [text[at:start], " "]
        at = end
    return "".join([*parts, text[at:]])


def fits(start: int, end: int, words: Sequence[Word], asking: Spans) -> bool:
    """Whether the span [start, end) of a question consists of whole words: 多大 in 今年多大 does, 多大 in 许多大学 does not.

    `words` are the words of the question and `asking` the spans of its question words. The span has to start where a word or a
    question word does, inside an unknown word (tag "x"), or be the last part of a word (年龄 in 结婚年龄). It has to end where a
    word or question word does, or inside an unknown word or a numeral. A single character, such as 几, has to be a question word.
    """
    if end - start == 1:
        return any(begin <= start and end <= stop for begin, stop in asking)
    edges = {edge for span in asking for edge in span}
    first = next((word for word in words if word.start < start < word.end), None)
    last = next((word for word in words if word.start < end < word.end), None)
    begins = start in edges or first is None or first.tag == "x" or first.end == end
    return begins and (end in edges or last is None or last.tag in ("x", *_NUMERALS))


def _end_of_phrase(text: str, start: int, word_at: dict[int, Word]) -> int:
    """The end of the longest question word that starts at `start`; `start` itself if there is none."""
    for phrase in _PHRASES:
        end = start + len(phrase)
        if text.startswith(phrase, start) and (_asks_alone if len(phrase) == 1 else _asks)(start, end, word_at):
            return end
    return start


def _asks(start: int, end: int, word_at: dict[int, Word]) -> bool:
    """Whether the characters [start, end) are a question word: whole words or inside one, not parts of two (何时 in 任何时候)."""
    first, last = word_at[start], word_at[end - 1]
    numeral = last.start == end - 1 and last.text[0] == "一"  # 哪一 in the words 哪, 一国
    return first is last or (first.start == start and (last.end == end or numeral))


def _asks_alone(start: int, end: int, word_at: dict[int, Word]) -> bool:
    """Whether the character at `start` is a question word: a word of its own, or asking inside a longer word."""
    word = word_at[start]
    asking = word.text[start - word.start]
    if len(word.text) == 1:
        return True
    if asking == "几":
        glued = word.tag == "x" and len(word.text) == 2  # 填几
        return word.tag in _NUMERALS or glued or word.text.startswith("哪几") or _is_numeral(word.text)
    if asking == "何":
        return (word.tag == "r" and word.start == start) or (word.tag == "x" and word.end == end)
    return asking in "哪谁" and len(word.text) <= _LONGEST_GLUED and word.tag not in ("c", *_NAMES)


def _is_numeral(word: str) -> bool:
    """Whether 几 in `word` can be replaced by a numeral: 几年级 by 三年级 and 几世纪 by 三世纪, but 几何 not by 三何."""
    known = sum(bool(part_of_speech(word.replace("几", numeral, 1))) for numeral in "二三四五")
    return known > 1 or (word[0] == "几" and segment(f"三{word[1:]}")[0] == "三")
