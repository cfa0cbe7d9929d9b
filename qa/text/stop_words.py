"""Stop words: function words such as "the" and "de", which carry little of a text's subject."""

from __future__ import annotations

import re
from functools import lru_cache

from .scripts import HAN_RUN, KANA, UNSPACED_RUN


def without_stop_words(text: str) -> str:
    """`text`, which is in lower case, with each stop word replaced by a space.

    Only the stop words of one language are removed, the one that most of the text's words are stop words of; Chinese ones stay.
    """
    counts = stop_word_counts(text)
    if not counts:
        return text
    stop = _stop_words()[max(counts, key=lambda language: counts[language])]
    return _LETTERS_AND_DIGITS.sub(lambda match: " " if match.group() in stop else match.group(), text)


def stop_word_counts(text: str) -> dict[str, int]:
    """Language -> how many words of `text`, which is in lower case, are stop words of it. Chinese is not among the languages.

    Empty for a text without words in a script that is written with spaces.
    """
    words = _LETTERS_AND_DIGITS.findall(text)  # with digits, so that the letters of "E1" and "CO2" are no words
    spaced = [word for word in words if not HAN_RUN.match(word) and not UNSPACED_RUN.match(word)]
    return {language: sum(word in known for word in spaced) for language, known in _stop_words().items()} if spaced else {}


def likely_language(text: str) -> str:
    """The language of `text` by its letters and stop words: "zh", "ja" or one of `stop_word_counts`; "en" where nothing tells."""
    if KANA.search(text):
        return "ja"
    if HAN_RUN.search(text):
        return "zh"
    counts = stop_word_counts(text.lower())
    return max(counts, key=lambda language: counts[language]) if any(counts.values()) else "en"


_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_STOP_WORD_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "ru", "sv", "pl", "tr", "id", "vi", "ar", "hi")


@lru_cache(maxsize=1)
def _stop_words() -> dict[str, frozenset[str]]:
    from stop_words import get_stop_words

    return {language: frozenset(get_stop_words(language)) for language in _STOP_WORD_LANGUAGES}


def is_stop_word(word: str) -> bool:
    """Whether `word`, in lower case, is a stop word of some language of `stop_word_counts`."""
    return any(word in known for known in _stop_words().values())


def stop_words(language: str) -> frozenset[str]:
    """The stop words of a language of `stop_word_counts`."""
    return _stop_words()[language]


@lru_cache(maxsize=1)
def chinese_function_words() -> frozenset[str]:
    """The Chinese stop words of one character, simplified."""
    from stop_words import get_stop_words

    return frozenset(word for word in get_stop_words("zh") if len(word) == 1)
