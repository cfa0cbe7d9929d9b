"""Splits a text into words and into the lexical tokens of the word index.

Chinese is indexed in three ways, since each finds what another misses: words by jieba's search mode (洪峰 and 水位 in 洪峰水位),
single characters, and pairs of characters. Questions and passages are normalised in the same way. recall@1 of BM25 alone on
cmrc2018_trial and drcd_dev: words 95.9 and 92.9, characters and pairs 97.6 and 94.6, all three 97.8 and 95.0; all three without
the question words 98.2 and 95.3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from .exact import exact_tokens
from .normalise import normalise, unaccented
from .scripts import HAN_RUN, RUN, UNSPACED_RUN
from .user_words import NO_WORDS, UserDictionary

_OCCURRENCES = 60_101_967  # of all words that jieba's dictionary was counted in
_LONGEST_WORD = 5  # characters of a word that `likeliest_cut` looks for
_SHORT_RUN, _SHORT_RUNS = 6, 2048  # characters of a run of Han characters, and runs, whose tokens are kept: 2 KB each at most
TOKENIZER = "jieba-0.42.1/opencc-t2s/2"  # stored in an index: when it differs, the index has to be rebuilt


def tokenizer_name(dictionary: UserDictionary = NO_WORDS) -> str:
    """The name of the tokenizer with this user dictionary, as it is stored in an index."""
    return f"{TOKENIZER}+{dictionary.digest[:16]}" if dictionary.words else TOKENIZER


def tokenize(text: str, dictionary: UserDictionary = NO_WORDS) -> list[str]:
    """The lexical tokens of `text`, repeated ones included.

    A token begins with a letter for its kind: `w` a word, `c` a character, `b` a pair of characters, `v` a number or date, `i` an
    identifier, these two in one writing.
    """
    return _lexicon(dictionary).tokens(text)


def _run_tokens(run: str, segmenter: Any) -> list[str]:
    if run.isascii():
        return ["w" + (run.replace(",", "") if run[0].isdigit() else run)]
    if HAN_RUN.match(run):
        if len(run) == 1:
            return ["w" + run, "c" + run]
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
    """The words of `text`, a run of Han characters, by jieba's default mode: they do not overlap and cover the text."""
    return list(_lexicon(dictionary).segmenter.cut(text))


def user_word_spans(text: str, dictionary: UserDictionary) -> list[tuple[int, int]]:
    """The spans of all occurrences of the words of `dictionary` in the normalised `text`; spans may overlap."""
    if not dictionary.words:
        return []
    known = _lexicon(dictionary).by_length.items()
    return [(at, at + length) for at in range(len(text)) for length, words in known if text[at : at + length] in words]


def user_tags(dictionary: UserDictionary) -> Mapping[str, str]:
    """Normalised word of `dictionary` -> its tag; "nz", a proper noun, for a word without one."""
    return _lexicon(dictionary).tags if dictionary.words else {}


def part_of_speech(word: str) -> str:
    """The tag of `word` in jieba's dictionary, "n" also for idioms and phrases; "" for a word that is not in it."""
    return str(_standard().tag(word))


def frequency(word: str) -> int:
    """How often `word` occurs in the texts that jieba's dictionary was counted in, 60 million words; 0 for an unknown word."""
    return int(_standard().frequency(word))


def beginning_words(before: str, characters: Sequence[str], behind: str) -> list[str]:
    """Those of `characters` with which, between the two texts, a word of jieba's dictionary begins."""
    found: list[str] = _standard().beginning(before, characters, behind)
    return found


def likeliest_cut(text: str) -> float:
    """The log probability, by the frequencies of jieba's dictionary, of the likeliest words that `text` can be cut into."""
    best = [0.0]
    for end in range(1, len(text) + 1):
        starts = range(max(0, end - _LONGEST_WORD), end)
        best.append(max(best[start] + _log_probability(text[start:end]) for start in starts))
    return best[-1]


@lru_cache(maxsize=20_000)
def _log_probability(word: str) -> float:
    known = frequency(word) or (1 if len(word) == 1 else 0)
    return math.log(known / _OCCURRENCES) if known else -math.inf


def mean_character_frequency(text: str) -> float:
    """The mean log10 relative frequency, by jieba's dictionary, of the Han characters of `text`.

    An unknown character counts as -7. A text without Han characters gives -9.
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
    """Tokenizes texts with one user dictionary. Each has its own segmenter, since jieba's words are added to a segmenter."""

    def __init__(self, dictionary: UserDictionary) -> None:
        self._words = [(normalise(word.text), word.frequency, word.tag or None) for word in dictionary.words]

    def tokens(self, text: str) -> list[str]:
        """The lexical tokens of `text`: see `tokenize`."""
        folded = normalise(text)
        segmenter = self.segmenter
        tokens: list[str] = []
        for run in RUN.findall(folded):
            short = len(run) <= _SHORT_RUN and not run.isascii()
            tokens += self._of_short_run(run) if short else _run_tokens(run, segmenter)
        own = ["w" + word for word in self.mixed.findall(folded)] if self.mixed else []
        return tokens + own + exact_tokens(folded)

    @cached_property
    def _of_short_run(self) -> Callable[[str], list[str]]:
        """`_run_tokens` of a short run, kept: names of columns and common words come again and again."""
        return lru_cache(_SHORT_RUNS)(partial(_run_tokens, segmenter=self.segmenter))

    @cached_property
    def segmenter(self) -> Any:
        """A segmenter with those user words that consist of Han characters; it only ever cuts runs of Han characters."""
        if not self._words:
            return _base_segmenter()
        made = _new_segmenter()
        for text, frequency, tag in self._words:
            if HAN_RUN.fullmatch(text):
                made.add_word(text, frequency, tag)
        return made

    @cached_property
    def mixed(self) -> re.Pattern[str] | None:
        """Finds the user words of several scripts (维生素b12) or of an unspaced script other than Han; None without any."""
        whole = [text for text, *_ in self._words if not HAN_RUN.fullmatch(text)]
        texts = [text for text in whole if UNSPACED_RUN.match(text) or not RUN.fullmatch(text)]
        return _any_of(texts) if texts else None

    @cached_property
    def tags(self) -> dict[str, str]:
        """User word -> tag: see `user_tags`."""
        return {text: tag or "nz" for text, _, tag in self._words}

    @cached_property
    def by_length(self) -> dict[int, frozenset[str]]:
        """Length in characters -> the user words of that length."""
        texts = {text for text, *_ in self._words}
        return {length: frozenset(text for text in texts if len(text) == length) for length in {len(text) for text in texts}}


def _any_of(texts: Sequence[str]) -> re.Pattern[str]:
    """A pattern for any of `texts`, the longest first.

    No Latin, Greek or Cyrillic letter or digit may adjoin an end of a match that is one itself: b12 does not match in b123.
    """
    letter = r"[0-9a-z\u00c0-\u052f]"
    bounded = []
    for text in sorted(set(texts), key=lambda text: (-len(text), text)):
        before, after = (re.match(letter, edge) for edge in (text[0], text[-1]))
        bounded.append(f"{f'(?<!{letter})' if before else ''}{re.escape(text)}{f'(?!{letter})' if after else ''}")
    return re.compile("|".join(bounded))


_lexicons: WeakKeyDictionary[UserDictionary, _Lexicon] = WeakKeyDictionary()  # dropped with their dictionary
_lexicons_lock = Lock()


def _lexicon(dictionary: UserDictionary) -> _Lexicon:
    with _lexicons_lock:  # of two threads, one initialises and the other waits
        lexicon = _lexicons.get(dictionary)
        if lexicon is None:
            lexicon = _lexicons[dictionary] = _Lexicon(dictionary)
            _ = lexicon.segmenter, lexicon.mixed
        return lexicon


@lru_cache(maxsize=1)
def _standard() -> Any:
    """The segmenter without user words."""
    return _lexicon(NO_WORDS).segmenter  # which of two threads one initialises


@lru_cache(maxsize=1)
def _base_segmenter() -> Any:
    return _new_segmenter()


def _new_segmenter() -> Any:
    from .segmenter import Segmenter, jieba_dictionary

    return Segmenter(jieba_dictionary())
