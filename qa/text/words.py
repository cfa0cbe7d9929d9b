"""A text to words and to the lexical tokens that are searched for.

Chinese is indexed three ways at once, since each finds what another misses: jieba's words in search mode (洪峰 and 水位 out
of 洪峰水位), single characters, and pairs of characters. Questions and passages are normalised alike. Measured on cmrc2018_trial
and drcd_dev, recall@1 of BM25 alone: jieba's words 95.9 and 92.9, characters and pairs 97.6 and 94.6, all three 97.8 and 95.0,
and 98.2 and 95.3 with the question words left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from .normalise import normalise, unaccented
from .scripts import HAN_RUN, RUN, UNSPACED_RUN
from .user_words import NO_WORDS, UserDictionary

TOKENIZER = "jieba-0.42.1/opencc-t2s/1"  # stored in an index: another one asks for a rebuild


def tokenizer_name(dictionary: UserDictionary = NO_WORDS) -> str:
    """The name, stored in an index, of the way that texts are made tokens with a user dictionary."""
    return f"{TOKENIZER}+{dictionary.digest[:16]}" if dictionary.words else TOKENIZER


def tokenize(text: str, dictionary: UserDictionary = NO_WORDS) -> list[str]:
    """The lexical tokens of `text`, one for each time that it has them.

    A token's first letter is its kind: `w` a word, `c` a character, `b` a pair of characters.
    """
    return _lexicon(dictionary).tokens(text)


def _run_tokens(run: str, segmenter: Any) -> list[str]:
    if HAN_RUN.match(run):
        words = ["w" + word for word in segmenter.cut_for_search(run)]
        return words + ["c" + char for char in run] + ["b" + run[i : i + 2] for i in range(len(run) - 1)]
    if UNSPACED_RUN.match(run):
        return ["w" + run] + ["b" + run[i : i + 2] for i in range(len(run) - 1)]
    if run[0].isdigit():
        run = run.replace(",", "")
    elif run[0] < "\u0530":  # Latin, Greek, Cyrillic: accents are often left out in questions
        run = unaccented(run)
    return ["w" + run]


def segment(text: str, dictionary: UserDictionary = NO_WORDS) -> list[str]:
    """The words of a run of Han characters as a reader would part them: none overlap."""
    return list(_lexicon(dictionary).segmenter.cut(text))


def user_word_spans(text: str, dictionary: UserDictionary) -> list[tuple[int, int]]:
    """The characters [start, end) of a normalised text wherever a word of the user's stands; spans may overlap."""
    if not dictionary.words:
        return []
    known = _lexicon(dictionary).by_length.items()
    return [(at, at + length) for at in range(len(text)) for length, words in known if text[at : at + length] in words]


def user_tags(dictionary: UserDictionary) -> Mapping[str, str]:
    """The user's words, normalised, with their parts of speech; one without counts as a name."""
    return _lexicon(dictionary).tags if dictionary.words else {}


def part_of_speech(word: str) -> str:
    """The tag that jieba's dictionary has for `word`, "n" for idioms and phrases too; "" for a word that it does not have."""
    return str(_lexicon(NO_WORDS).segmenter.tag(word))


def mean_character_frequency(text: str) -> float:
    """The mean log10 of the share that each Han character of `text` has of all characters in jieba's dictionary.

    An unknown character counts as -7; a text without Han characters gives -9.
    """
    frequency = _character_frequencies()
    found = [frequency.get(char, -7.0) for run in HAN_RUN.findall(normalise(text)) for char in run]
    return sum(found) / len(found) if found else -9.0


@lru_cache(maxsize=1)
def _character_frequencies() -> dict[str, float]:
    from .segmenter import character_frequencies, jieba_dictionary

    counts = character_frequencies(jieba_dictionary().all_words())
    total = sum(counts.values())
    return {char: math.log10(count / total) for char, count in counts.items()}


class _Lexicon:
    """What one user dictionary makes of texts: each has a segmenter of its own, so that no dictionary sees another's words."""

    def __init__(self, dictionary: UserDictionary) -> None:
        self._words = [(normalise(word.text), word.frequency, word.tag or None) for word in dictionary.words]

    def tokens(self, text: str) -> list[str]:
        """All tokens of a text."""
        folded = normalise(text)
        tokens = [token for run in RUN.finditer(folded) for token in _run_tokens(run.group(), self.segmenter)]
        return tokens + ["w" + word for word in self.mixed.findall(folded)] if self.mixed else tokens

    @cached_property
    def segmenter(self) -> Any:
        """jieba's with the user's words of Han characters alone: it is given nothing but Han characters."""
        if not self._words:
            return _base_segmenter()
        made = _new_segmenter()
        for text, frequency, tag in self._words:
            if HAN_RUN.fullmatch(text):
                made.add_word(text, frequency, tag)
        return made

    @cached_property
    def mixed(self) -> re.Pattern[str] | None:
        """Finds the user's words that no run is: of several scripts (维生素b12), or in an unspaced one; None without such."""
        whole = [text for text, *_ in self._words if not HAN_RUN.fullmatch(text)]
        texts = [text for text in whole if UNSPACED_RUN.match(text) or not RUN.fullmatch(text)]
        return _any_of(texts) if texts else None

    @cached_property
    def tags(self) -> dict[str, str]:
        """The user's words with their parts of speech."""
        return {text: tag or "nz" for text, _, tag in self._words}

    @cached_property
    def by_length(self) -> dict[int, frozenset[str]]:
        """The user's words by their length."""
        texts = {text for text, *_ in self._words}
        return {length: frozenset(text for text in texts if len(text) == length) for length in {len(text) for text in texts}}


def _any_of(texts: Sequence[str]) -> re.Pattern[str]:
    """Finds any of `texts`, the longest first; one that ends in a letter of a spaced script or a digit ends there."""
    letter = r"[0-9a-z\u00c0-\u052f]"
    bounded = []
    for text in sorted(set(texts), key=lambda text: (-len(text), text)):
        before, after = (re.match(letter, edge) for edge in (text[0], text[-1]))
        bounded.append(f"{f'(?<!{letter})' if before else ''}{re.escape(text)}{f'(?!{letter})' if after else ''}")
    return re.compile("|".join(bounded))


_lexicons: WeakKeyDictionary[UserDictionary, _Lexicon] = WeakKeyDictionary()  # each lives as long as its dictionary
_lexicons_lock = Lock()


def _lexicon(dictionary: UserDictionary) -> _Lexicon:
    with _lexicons_lock:  # two threads that ask at once wait for one initialisation
        lexicon = _lexicons.get(dictionary)
        if lexicon is None:
            lexicon = _lexicons[dictionary] = _Lexicon(dictionary)
            _ = lexicon.segmenter, lexicon.mixed
        return lexicon


@lru_cache(maxsize=1)
def _base_segmenter() -> Any:
    return _new_segmenter()


def _new_segmenter() -> Any:
    from .segmenter import Segmenter, jieba_dictionary

    return Segmenter(jieba_dictionary())
