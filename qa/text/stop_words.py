"""Function words, such as "the" and "de", which say little of what a text is about."""

from __future__ import annotations

import re
from functools import lru_cache

from .scripts import HAN_RUN, UNSPACED_RUN


def without_stop_words(text: str) -> str:
    """`text`, in lower case, without the function words of the language that most of them belong to; Chinese words stay."""
    counts = stop_word_counts(text)
    if not counts:
        return text
    stop = _stop_words()[max(counts, key=lambda language: counts[language])]
    return _LETTERS_AND_DIGITS.sub(lambda match: " " if match.group() in stop else match.group(), text)


def stop_word_counts(text: str) -> dict[str, int]:
    """How many function words `text`, in lower case, has of each language but Chinese; empty without words between spaces."""
    words = _LETTERS_AND_DIGITS.findall(text)  # digits too: the letters of "E1" and "CO2" are no words
    spaced = [word for word in words if not HAN_RUN.match(word) and not UNSPACED_RUN.match(word)]
    return {language: sum(word in known for word in spaced) for language, known in _stop_words().items()} if spaced else {}


_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_STOP_WORD_LANGUAGES = ("en", "es", "fr", "de", "it", "pt", "nl", "ru", "sv", "pl", "tr", "id", "vi", "ar", "hi")


@lru_cache(maxsize=1)
def _stop_words() -> dict[str, frozenset[str]]:
    from stop_words import get_stop_words

    return {language: frozenset(get_stop_words(language)) for language in _STOP_WORD_LANGUAGES}


@lru_cache(maxsize=1)
def chinese_function_words() -> frozenset[str]:
    """The Chinese function words of one character, in simplified characters."""
    from stop_words import get_stop_words

    return frozenset(word for word in get_stop_words("zh") if len(word) == 1)
