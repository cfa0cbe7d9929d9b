"""Spellings of one text folded into one, so that the spelling of a question need not be the document's."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any


def normalise(text: str) -> str:
    """`text` in lower case, with compatibility forms (full width among them) and traditional characters folded.

    Accents stay: see `unaccented`. A lone surrogate becomes a question mark.
    """
    return _recently_normalised(text) if len(text) < _SHORT else _normalise(text)


_SHORT = 2048  # characters: shorter texts are questions and passages, which are normalised several times each


def _normalise(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))  # without lone surrogates
    return str(_converter().convert(folded)).lower().replace("i\u0307", "i")  # İ in lower case


_recently_normalised = lru_cache(maxsize=256)(_normalise)


def unaccented(text: str) -> str:
    """`text` without combining marks."""
    return unicodedata.normalize("NFD", text).translate(_MARKS)


class _Marks(dict[int, int | None]):
    """For `str.translate`: leaves out combining marks."""

    def __missing__(self, code: int) -> int | None:
        self[code] = None if unicodedata.category(chr(code)) == "Mn" else code
        return self[code]


_MARKS = _Marks()


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
