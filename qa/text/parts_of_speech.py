"""The words of a text with their part of speech by jieba's dictionary, and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .scripts import HAN_RUN, RUN
from .user_words import NO_WORDS, UserDictionary
from .words import part_of_speech, segment

# Parts of speech of names in jieba's dictionary: persons, places, organisations, other proper nouns; "x" is a word that is
# not in it, "eng" one in another script.
NAMES = frozenset(("nr", "nrt", "nrfg", "ns", "nt", "nz", "x", "eng"))
_TOKEN = re.compile(rf"{RUN.pattern}|\S")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a normalised text, its part of speech in jieba's letters, and its characters [start, end).

    Beside jieba's: "x" for a Han word that the dictionary lacks, "eng" for one in another script, "w" for a mark.
    """

    text: str
    tag: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        """Whether it names something rather than says what it is."""
        return self.tag in NAMES and len(self.text) > 1


def classified(text: str, dictionary: UserDictionary = NO_WORDS) -> list[Word]:
    """The words and marks of a normalised text, in order."""
    own = {word.text: word.tag or "nz" for word in dictionary.words}
    words = []
    for run in _TOKEN.finditer(text):
        at = run.start()
        for part in segment(run.group(), dictionary) if HAN_RUN.match(run.group()) else [run.group()]:
            words.append(Word(part, own.get(part) or _tag(part), at, at + len(part)))
            at += len(part)
    return words


def _tag(word: str) -> str:
    if HAN_RUN.match(word):
        return part_of_speech(word) or "x"
    if re.fullmatch(r"[\d.,]+", word):
        return "m"
    return "eng" if RUN.match(word) else "w"
