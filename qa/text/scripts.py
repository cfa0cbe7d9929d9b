"""Runs of characters that are read together, by script: numbers, Han, scripts written without spaces, and letters of the others."""

from __future__ import annotations

import re

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇"
# scripts written without spaces, or with endings joined to the word: pairs of characters serve where no segmenter does
_UNSPACED = "\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # with the vowel signs, which are no letters for `re`
RUN = re.compile(rf"\d+(?:[.,]\d+)+|[{_HAN}]+|[{_UNSPACED}]+|(?:(?![{_HAN}{_UNSPACED}])(?:[^\W_]|[{_INDIC}]))+")
HAN_RUN = re.compile(f"[{_HAN}]+")
UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
