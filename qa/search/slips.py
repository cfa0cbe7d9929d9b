"""Typing slips and wrong homophones: 登路密码 is read as 登录密码 too, "pasword" as "password".

A word is a slip only when it stands nowhere in the documents and no dictionary has it (those of jieba and the user, CC-CEDICT,
the function words of fifteen languages), and when the documents have a word that is. Of a Chinese word one character is another
that is read the same (the initials zh, ch, sh as z, c, s, and -ng as -n); of an English one a letter is missing, too many,
another, or two are exchanged. The words to try are made from the slip, some hundreds, and looked up, so that nothing grows with
the index. Names and identifiers are never slips.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..text.parts_of_speech import NAME_LIKE_TAGS, Word
from ..text.romanisation import sounding_like
from ..text.scripts import HAN_RUN
from ..text.stop_words import is_stop_word
from ..text.translation import is_english, is_in_dictionary
from ..text.words import frequency, part_of_speech
from .engine import Words
from .question import Question
from .wordings import replaced

LONGEST_QUESTION = 200  # characters
_MOST_SLIPS = 3  # of a question; one with more is in no language known here
_LATIN = re.compile(r"[a-z]{5,20}")
_SURNAMES = ("nr", "zg")  # tags of the first character of a word that may be a name
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Slip:
    """A word of the normalised question, at [start, end), and the `word` that is likely meant."""

    start: int
    end: int
    word: str


def slips(question: Question, words: Words) -> list[Slip]:
    """The slips in a question, each with the likeliest word that stands in the documents; none when there are too many."""
    if len(question.normal) > LONGEST_QUESTION or len(question.text) != len(question.normal):
        return []
    nowhere = words.idf("")
    found = []
    at = 0
    for word in question.words:
        start = question.normal.find(word.text, at)
        if start < 0:
            continue
        at = start + len(word.text)
        if words.idf("w" + word.text) == nowhere and _may_be_slip(question, word, start):
            meant = _meant(word.text, words)
            if meant:
                found.append(Slip(start, at, meant))
    return found if len(found) <= _MOST_SLIPS else []


def corrected(question: Question, words: Words) -> str:
    """The question's text with its slips corrected; "" without any."""
    found = slips(question, words)
    return replaced(question.text, [(slip.start, slip.end) for slip in found], [slip.word for slip in found]) if found else ""


def _may_be_slip(question: Question, word: Word, start: int) -> bool:
    if any(each.start < start + len(word.text) and start < each.end for each in question.identifiers):
        return False
    if any(character.isnumeric() for character in word.text):
        return False  # "退一赔三" is said by numbers, not by the words that sound like it
    if HAN_RUN.fullmatch(word.text):
        unknown = word.tag == "x" and 2 <= len(word.text) <= 4 and part_of_speech(word.text[0]) not in _SURNAMES
        return unknown and not is_in_dictionary(word.text)
    typed = question.text[start : start + len(word.text)]
    if not _LATIN.fullmatch(word.text) or not (typed.islower() or (typed.istitle() and not question.text[:start].strip())):
        return False
    return not is_stop_word(word.text) and not is_english(word.text)


def _meant(word: str, words: Words) -> str:
    """The likeliest word that stands in the documents and that `word` may be a slip of: the most frequent there; "" for none."""
    tried = dict.fromkeys(_homophones(word) if HAN_RUN.match(word) else _edits(word))
    (standing,) = words.translation([[("w" + other, 1.0) for other in tried]]).alternatives
    known = [(term.passages, term.token[1:]) for term, _ in standing if _is_word(term.token[1:])]
    return max(known, default=(0, ""))[1]


def _is_word(word: str) -> bool:
    if HAN_RUN.match(word):
        return frequency(word) > 0 and part_of_speech(word) not in NAME_LIKE_TAGS
    return is_english(word)


def _homophones(word: str) -> Iterator[str]:
    for i, char in enumerate(word):
        for other in sounding_like(char):
            yield word[:i] + other + word[i + 1 :]


def _edits(word: str) -> Iterator[str]:
    """What is one letter away from `word`; its first letter stays."""
    for i in range(1, len(word) + 1):
        before, after = word[:i], word[i:]
        for letter in _LETTERS:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
