"""The user dictionary: words that jieba does not know, such as names of people, places and products, from a file."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import DocumentError

EXAMPLE = "永富镇 10 ns"  # a line of a user dictionary


@dataclass(frozen=True, slots=True)
class UserWord:
    """A word, its frequency (None: high enough that it is not cut), and its part of speech by jieba's tags, "" for none."""

    text: str
    frequency: int | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class UserDictionary:
    """The words of one file in its order, in which jieba is given them. Compared by identity; `digest` tells contents apart."""

    words: tuple[UserWord, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of `to_bytes`; "" for a dictionary without words."""
        return hashlib.sha256(self.to_bytes()).hexdigest() if self.words else ""

    def to_bytes(self) -> bytes:
        """The dictionary as `read_user_dictionary` reads it."""
        lines = (" ".join(map(str, filter(None, (word.text, word.frequency, word.tag)))) for word in self.words)
        return "".join(f"{line}\n" for line in lines).encode()


NO_WORDS = UserDictionary()


def read_user_dictionary(file: str | os.PathLike[str]) -> UserDictionary:
    """The dictionary in a file of jieba's format: `word`, `word frequency`, `word tag` or `word frequency tag` a line, in UTF-8.

    Raises `DocumentError`, about the file and the line.
    """
    try:
        lines = Path(file).read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise DocumentError("text.user_words_unreadable", file, reason=error) from error
    except UnicodeDecodeError as error:
        raise DocumentError("text.user_words_not_utf8", file, reason=error.reason) from error
    words: dict[str, UserWord] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = DocumentError("text.line_of_file", file=file, number=number)
            word = _word(line.split(), place)
            if words.get(word.text, word) != word:
                raise DocumentError("text.user_word_twice", place, example=EXAMPLE, word=word.text)
            words[word.text] = word
    if not words:
        raise DocumentError("text.no_user_words", file, example=EXAMPLE)
    return UserDictionary(tuple(words.values()))


def _word(parts: list[str], place: DocumentError) -> UserWord:
    """The word of a line that was split at spaces. Raises `DocumentError` about `place` when it is none."""
    text, *rest = parts
    if not re.search(r"[^\W_]", text):
        raise DocumentError("text.user_word_says_nothing", place, example=EXAMPLE, word=repr(text[:40]))
    frequency = int(rest.pop(0)) if rest and re.fullmatch(r"[0-9]{1,9}", rest[0]) else None
    if frequency == 0:
        raise DocumentError("text.user_word_never_met", place, example=EXAMPLE)
    tag = rest.pop(0) if rest and re.fullmatch(r"[a-zA-Z]+", rest[0]) else ""
    if rest:
        raise DocumentError("text.user_word_with_more", place, example=EXAMPLE, part=repr(rest[0][:40]))
    return UserWord(text, frequency, tag)
