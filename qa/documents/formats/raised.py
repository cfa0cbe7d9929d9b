"""Raised and lowered characters as Unicode: 10⁶ is not 106."""

from __future__ import annotations

_SIGNS = "0123456789+-−=()ni"  # an exponent has these alone; other letters (1st, TM, Mme) are no power
_TO_RAISED = dict(zip(map(ord, _SIGNS), "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))


def raised(text: str) -> str:
    """A superscript: digits and signs as Unicode, other letters as they are, anything mixed after a `^`: 10⁶, 1st, e^(-kt)."""
    bare = text.strip()
    if not any(char in "0123456789" for char in bare) and not (len(bare) == 1 and bare in "ni") and not (set(bare) & set("+-−")):
        return text  # an ordinal, a trade mark, the sign of a footnote
    if set(bare) <= set(_SIGNS):
        return text.translate(_TO_RAISED)
    if bare.startswith(("[", "(", "［", "（", "〔", "【")):
        return text  # the number of a reference
    return f"^{bare}" if bare.isalnum() else f"^({bare})"
