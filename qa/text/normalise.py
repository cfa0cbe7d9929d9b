"""Normalisation: variant spellings of a text become one, so that a question matches a document that spells otherwise."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any


def normalise(text: str) -> str:
    """`text` in NFKC (full-width forms become ASCII, and so on), in simplified characters and in lower case.

    Accents stay: see `unaccented`. A lone surrogate becomes a question mark.
    """
    return _recently_normalised(text) if len(text) < _SHORT else _normalise(text)


_SHORT = 2048  # characters; shorter texts are questions and passages, normalised several times each: cached


def _normalise(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))  # replaces lone surrogates
    return str(_converter().convert(folded)).lower().replace("i\u0307", "i")  # İ in lower case is i and a combining dot


_recently_normalised = lru_cache(maxsize=256)(_normalise)


def unaccented(text: str) -> str:
    """`text` without accents: decomposed (NFD), combining marks removed."""
    return unicodedata.normalize("NFD", text).translate(_MARKS)


class _Marks(dict[int, int | None]):
    """A table for `str.translate` that removes combining marks."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)) == "Mn" else code
        return self[code]


_MARKS = _Marks()


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
