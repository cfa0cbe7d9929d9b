"""The words of a text with their spans, and their parts of speech from jieba's dictionary."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .scripts import HAN_RUN, RUN
from .user_words import NO_WORDS, UserDictionary
from .words import part_of_speech, segment, user_tags

# Tags of names: persons (nr, nrt, nrfg), places, organisations, other proper nouns; for "x" and "eng" see `Word.tag`.
NAME_LIKE_TAGS = frozenset(("nr", "nrt", "nrfg", "ns", "nt", "nz", "x", "eng"))
_TOKEN = re.compile(rf"{RUN.pattern}|\S")


@dataclass(frozen=True, slots=True)
class Word:
    """A word or mark of a normalised text: its text, its part of speech, and its span [start, end).

    `tag` is jieba's tag, or the user's for a word of the user dictionary. "x": a word of Han characters that the dictionary
    lacks; "eng": a word in another script; "m": digits; "w": a punctuation mark or sign.
    """

    text: str
    tag: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        """Whether the tag is in `NAME_LIKE_TAGS` and the word has more than one character."""
        return self.tag in NAME_LIKE_TAGS and len(self.text) > 1


def classified(text: str, dictionary: UserDictionary = NO_WORDS) -> list[Word]:
    """The words and marks of the normalised `text`, in order; `dictionary` holds the user's words, with their tags."""
    own = user_tags(dictionary)
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
