"""Words that the segmenter does not know, from their owner's file: names of people, places and products."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import DocumentError


@dataclass(frozen=True, slots=True)
class UserWord:
    """A word, how often it is met (None: often enough not to be parted), and its part of speech in jieba's letters or ""."""

    text: str
    frequency: int | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class UserDictionary:
    """The words of one file, in its order, which matters to jieba. Compared by identity: see `digest`."""

    words: tuple[UserWord, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of what the dictionary says, "" for one without words."""
        return hashlib.sha256(self.to_bytes()).hexdigest() if self.words else ""

    def to_bytes(self) -> bytes:
        """The dictionary as a file."""
        lines = (" ".join(map(str, filter(None, (word.text, word.frequency, word.tag)))) for word in self.words)
        return "".join(f"{line}\n" for line in lines).encode()


NO_WORDS = UserDictionary()


def read_user_dictionary(file: str | os.PathLike[str]) -> UserDictionary:
    """A file in jieba's format: `word`, `word frequency`, `word tag` or `word frequency tag` a line, in UTF-8.

    Raises `DocumentError`, naming file, line and what is wrong with it.
    """
    try:
        lines = Path(file).read_bytes().decode("utf-8-sig").split("\n")
    except OSError as error:
        raise DocumentError(f"{file}: {error.strerror or error}; name a user dictionary, a word a line") from error
    except UnicodeDecodeError as error:
        raise DocumentError(f"{file}: is not UTF-8 ({error.reason}); save it as UTF-8") from error
    words: dict[str, UserWord] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                word = _word(line.split())
                if words.get(word.text, word) != word:
                    raise ValueError(f"{word.text} stands there twice, with another frequency or tag")
            except ValueError as error:
                form = "a line is a word, then its frequency and its tag if you like, as in: 永富镇 10 ns"
                raise DocumentError(f"{file}, line {number}: {error}; {form}") from error
            words[word.text] = word
    if not words:
        raise DocumentError(f"{file}: holds no word; write one a line, as in: 永富镇 10 ns")
    return UserDictionary(tuple(words.values()))


def _word(parts: list[str]) -> UserWord:
    text, *rest = parts
    if not re.search(r"[^\W_]", text):
        raise ValueError(f"{text[:40]!r} holds no letter and no digit")
    frequency = int(rest.pop(0)) if rest and re.fullmatch(r"[0-9]{1,9}", rest[0]) else None
    if frequency == 0:
        raise ValueError("the frequency is 0; a word that is not there needs no line")
    tag = rest.pop(0) if rest and re.fullmatch(r"[a-zA-Z]+", rest[0]) else ""
    if rest:
        raise ValueError(f"{rest[0][:40]!r} is neither a frequency nor a tag, and a word has no space in it")
    return UserWord(text, frequency, tag)
