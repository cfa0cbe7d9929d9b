"""Typing slips and wrong homophones: 登路密码 is read as 登录密码 too, "pasword" as "password".

A word is a slip only when it stands nowhere in the documents and no dictionary has it (those of jieba and the user, CC-CEDICT,
the function words of fifteen languages), and when the documents have a word that is. Of a Chinese word one character is another
that is read the same (the initials zh, ch, sh as z, c, s, and -ng as -n): see `homophones.py`. Of an English one a letter is
missing, too many, another, or two are exchanged; the words to try are made from the slip, some hundreds, and looked up, so that
nothing grows with the index. Names and identifiers are never slips.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ..text.parts_of_speech import Word, classified
from ..text.stop_words import is_stop_word
from ..text.translation import is_english
from ..text.words import part_of_speech, user_word_spans
from .engine import Words
from .homophones import SURNAMES, homophones
from .question import Question
from .wordings import replaced

LONGEST_QUESTION = 200  # characters
_MOST_SLIPS = 3  # of a question; one with more is in no language known here
_LATIN = re.compile(r"[a-z]{5,20}")
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
    right = {at for each in question.identifiers for at in range(each.start, each.end)}
    right |= {at for span in user_word_spans(question.normal, question.dictionary) for at in range(*span)}
    right |= {at for span in _names(classified(question.normal, question.dictionary)) for at in range(*span)}
    found = [Slip(one.start, one.end, one.word) for one in homophones(question.normal, words, right)]
    nowhere = words.idf("")
    at = 0
    for word in question.words:
        start = question.normal.find(word.text, at)
        if start < 0:
            continue
        at = start + len(word.text)
        if words.idf("w" + word.text) == nowhere and start not in right and _may_be_slip(question, word.text, start):
            meant = _meant(word.text, words)
            if meant:
                found.append(Slip(start, at, meant))
    return sorted(found, key=lambda slip: slip.start) if len(found) <= _MOST_SLIPS else []


def _names(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """The spans of what may be names of persons: words that no dictionary has, of a surname and two characters, or of a sure
    surname and one, with the character that is cut off behind it."""
    for word, behind in pairwise([*words, None]):
        if word is None or word.tag != "x" or len(word.text) not in (2, 3):
            continue
        if part_of_speech(word.text[0]) in (SURNAMES if len(word.text) == 3 else SURNAMES[:1]):
            cut_off = behind is not None and len(word.text) == 2 and len(behind.text) == 1 and behind.tag in ("nr", "x")
            yield word.start, behind.end if behind is not None and cut_off else word.end


def corrected(question: Question, words: Words) -> str:
    """The question's text with its slips corrected; "" without any."""
    found = slips(question, words)
    return replaced(question.text, [(slip.start, slip.end) for slip in found], [slip.word for slip in found]) if found else ""


def _may_be_slip(question: Question, word: str, start: int) -> bool:
    typed = question.text[start : start + len(word)]
    if not _LATIN.fullmatch(word) or not (typed.islower() or (typed.istitle() and not question.text[:start].strip())):
        return False
    return not is_stop_word(word) and not is_english(word)


def _meant(word: str, words: Words) -> str:
    """The likeliest word that stands in the documents and that `word` may be a slip of: the most frequent there; "" for none."""
    (standing,) = words.translation([[("w" + other, 1.0) for other in dict.fromkeys(_edits(word))]]).alternatives
    known = [(term.passages, term.token[1:]) for term, _ in standing if is_english(term.token[1:])]
    return max(known, default=(0, ""))[1]


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
