"""What a text denies, so that a sentence that turns it round is noticed: 未经批准 is not 经批准, "never opened" not "opened"."""

from __future__ import annotations

import re

from ...text.stop_words import chinese_function_words
from .function_words import ENGLISH

# Signs of denial, but in words such as 淹没, 不断, 未来, 无线 and 非常.
_NOT = re.compile(
    r"(?<![淹沉出埋吞覆])没(?!收(?![费到取]))|不(?!断(?![开电裂])|仅|但|过(?![期敏关])|少(?!于)|管|论|同(?![意步]))|未(?!来)"
    r"|无(?!线|锡|论(?!文)|数(?!据))|非(?![常洲])|勿|莫(?!斯)|禁止?"
)
_BETWEEN = frozenset("得能可会应要许准予曾经有再必须该敢肯以让")  # modal verbs and the like, between a denial and what is denied
_ENGLISH = re.compile(r"(?P<no>\b(?:not?|never|none|without|neither|nor|cannot)\b|n['’]t\b)|[a-z][a-z-]*")
_STEM = 5  # letters by which forms of a word are the same


def turned(said: str, held: str) -> bool:
    """Whether the normalised text `said` denies what `held` does not deny, or the other way round."""
    denied, there = _denied(said), _denied(held)
    if not {word[:1] for word in denied} <= {word[:1] for word in there}:
        return True
    if any(_occurs(word, said, denied) and not _occurs(word, held, there) for word in there if len(word) > 1):
        return True
    no, yes = _english(said)
    held_no, held_yes = _english(held)
    return not no <= held_no or bool(yes & held_no - held_yes - no)


def _denied(text: str) -> list[str]:
    """The two Han characters behind each denial, without modal verbs; fewer at the end of a clause."""
    found = []
    for sign in _NOT.finditer(text):
        at = sign.end()
        while at < len(text) and (text[at] in _BETWEEN or text[at] in chinese_function_words()):
            at += 1
        found.append("".join(char for char in text[at : at + 2] if "\u4e00" <= char <= "\u9fff"))
    return [word for word in found if word]


def _occurs(word: str, text: str, denied: list[str]) -> bool:
    """Whether `word` stands in `text` without being denied."""
    return text.count(word) > denied.count(word)


def _english(text: str) -> tuple[set[str], set[str]]:
    """The words that are denied, the first of sense behind each denial, and the others, by their first letters."""
    no: set[str] = set()
    yes: set[str] = set()
    denies = False
    for word in _ENGLISH.finditer(text):
        if word["no"]:
            denies = True
        elif word.group() not in ENGLISH:
            (no if denies else yes).add(word.group()[:_STEM])
            denies = False
    return no, yes
