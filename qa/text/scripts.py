"""Regular expressions for runs of characters of one script.

`RUN` matches a number with its separators, a run of Han characters, a run in another unspaced script, or a run of other letters
and digits.
"""

from __future__ import annotations

import re

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇"
# Kana, Hangul, Thai, Lao, Burmese, Khmer: no spaces between words, or endings joined to them. With no segmenter for them,
# their runs are indexed by pairs of characters.
_UNSPACED = "\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7af\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_INDIC = "\u0900-\u0963\u0966-\u0dff"  # includes the vowel signs, which `\w` does not match
RUN = re.compile(rf"\d++(?:[.,]\d++)++|[{_HAN}]++|[{_UNSPACED}]++|(?:(?![{_HAN}{_UNSPACED}])(?:[^\W_]|[{_INDIC}]))++")
HAN_RUN = re.compile(f"[{_HAN}]+")
KANA = re.compile("[\u3041-\u30ff]")
# Letters and signs that tell a language among those that a question is answered in.
TELLING_LETTERS = {
    "ja": KANA,
    "ko": re.compile("[\uac00-\ud7af]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "ar": re.compile("[\u0620-\u064a]"),
    "tr": re.compile("[ğĞışŞİ]"),
    "es": re.compile("[ñÑ¿¡]"),
    "de": re.compile("ß"),
}
UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
