"""Whether a sentence that a language model wrote stands in what it cites.

It has to cite a quotation, and to hold nothing of its own: its numbers, names, quoted words and nouns have to stand in the
quotations cited, and most of its other words too. It denies nothing unless they do. And it has to be about what was asked, so
that an instruction that stands in a quotation and was followed does not pass for an answer. What a good model says in other words
is struck out too: here a true sentence lost costs less than a false one shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...text.normalise import normalise
from ...text.parts_of_speech import Word, classified
from ...text.stop_words import chinese_function_words, without_stop_words
from ...text.values import amount
from ...text.words import tokenize

Finding = Literal["", "uncited", "number", "name", "quoted", "denied", "unsupported", "beside"]
LEAST_HELD = 0.6  # of the words of a sentence that stand in what it cites

_CITED = re.compile(r"\[(\d{1,3})\]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*|[零〇一二两三四五六七八九十百千万亿]+")
_NUMBER_WORD = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|"
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundred|thousand|million|billion|half|twice)\b"
)
_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|《([^《》]+)》|\"([^\"]+)\"")
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_DENIAL = re.compile(r"[不没未无非勿莫]|\b(?:not?|never|none|without|neither|nor)\b|n't\b")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\]]+|(?<![\w.+-])[\w.+-]++@[\w-]++\.\w++")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a summary, with the numbers of the quotations it cites, and what is wrong with it: "" for nothing."""

    text: str
    numbers: tuple[int, ...]
    finding: Finding = ""


def judged(text: str, quotations: Mapping[int, str], question: str, answering: str = "") -> Sentence:
    """`text` as a sentence of a summary of the `quotations`, by number; `answering` are the words that answer, if known."""
    numbers = tuple(dict.fromkeys(int(found) for found in _CITED.findall(text)))
    own = _CITED.sub(" ", text)
    if not numbers or not set(numbers) <= set(quotations):
        return Sentence(text, numbers, "uncited")
    source = "\n".join(quotations[number] for number in numbers)
    return Sentence(text, numbers, _finding(own, source, question, answering or source))


def _finding(own: str, source: str, question: str, answering: str) -> Finding:
    said, held, asked = normalise(own), normalise(source), normalise(question)
    words, there = _content(said), {word.text for word in classified(held)}
    names = [word for word in words if word.is_name and word.tag != "eng"]
    nouns = [word for word in words if word.tag[:1] in "ntje" and word.text not in asked]
    terms = set(_terms(said))
    checks: tuple[tuple[Finding, bool], ...] = (
        ("number", not _numbers(said) <= _numbers(held) or any(word not in held for word in _NUMBER_WORD.findall(said))),
        ("quoted", any(normalise(next(filter(None, groups))) not in held for groups in _QUOTED.findall(own))),
        ("name", any(address not in held for address in _ADDRESS.findall(said))),
        ("name", not all(_stands(word, held, there) for word in names) or _capitalised(own, held)),
        ("denied", bool(_DENIAL.search(said)) and not _DENIAL.search(held)),
        ("unsupported", not all(_stands(word, held, there) for word in nouns)),
        ("unsupported", not terms or len(terms & set(_terms(held))) < LEAST_HELD * len(terms)),
        ("beside", not terms & {*_terms(asked), *_terms(normalise(answering))}),
    )
    return next((finding for finding, wrong in checks if wrong), "")


def _numbers(text: str) -> set[float | str]:
    """The numbers in a normalised text, by their amount where it is known."""
    found: set[float | str] = set()
    for numeral in _NUMBER.findall(text):
        if numeral not in ("一", "1"):
            known = amount(numeral)
            found.add(numeral if known is None else known)
    return found | {token for token in tokenize(text) if token.startswith("v")}


def _content(text: str) -> list[Word]:
    function = chinese_function_words()
    plain = without_stop_words(text)
    return [word for word in classified(plain) if word.tag != "w" and word.text not in function and word.text.strip()]


def _stands(word: Word, held: str, there: set[str]) -> bool:
    """Whether a word stands in a text: anywhere in Chinese; where words are spaced as a word, or another form of a long one."""
    if word.tag != "eng":
        return word.text in held
    return word.text in there or (len(word.text) > 5 and any(other.startswith(word.text[:-2]) for other in there))


def _capitalised(own: str, held: str) -> bool:
    """Whether a capitalised word, which may be a name, does not stand in what is cited."""
    plain = without_stop_words(own.lower())
    names = (name.lower() for name in _WORD.findall(own) if name[0].isupper() and len(name) > 1)
    return any(name in plain.split() and not re.search(rf"\b{re.escape(name)}", held) for name in names)


def _terms(text: str) -> Sequence[str]:
    function = chinese_function_words()
    return [token for token in tokenize(without_stop_words(text)) if token[0] == "w" and token[1:] not in function]
