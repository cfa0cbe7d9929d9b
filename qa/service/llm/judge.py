"""Whether a sentence that a language model wrote stands in what it cites.

It has to cite a quotation, and to hold nothing of its own: its numbers with their units, its names, quoted words, nouns, verbs
and adjectives have to stand in the quotations cited, and it denies neither more nor less than they do. And it has to be about
what was asked, so that an instruction that stands in a quotation and was followed does not pass for an answer. What a good model
says in other words is struck out too: here a true sentence lost costs less than a false one shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...text.normalise import normalise
from ...text.parts_of_speech import Word, classified
from ...text.stop_words import chinese_function_words
from ...text.words import tokenize
from .amounts import differs, in_digits, out_of_order
from .denials import turned
from .function_words import without_function_words
from .orders import without_orders

Finding = Literal["", "uncited", "number", "name", "quoted", "denied", "unsupported", "beside"]
LEAST_HELD = 0.6  # of the words of a sentence that stand in what it cites

_CITED = re.compile(r"[\[［【] ?(\d{1,3}(?: ?[,，、] ?\d{1,3})*+) ?[\]］】]")
_MOST_CLAUSES = 12  # of a sentence; each is compared with each text that it cites
_CLAUSE = re.compile(r"[,;](?!\d)|[。；]")
_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|《([^《》]+)》|\"([^\"]+)\"")
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\]]+|(?<![\w.+-])[\w.+-]++@[\w-]++\.\w++")
_NUMERAL = re.compile(r"[\d零〇一二两三四五六七八九十百千万亿]")
_LIGHT = frozenset(
    "达到 位于 属于 进行 共有 成为 作为 包括 共计 总共 一共 分别".split()
)  # which join what is said and say nothing


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a summary, with the numbers of the quotations it cites, and what is wrong with it: "" for nothing."""

    text: str
    numbers: tuple[int, ...]
    finding: Finding = ""


def judged(text: str, quotations: Mapping[int, str], question: str, answering: str = "") -> Sentence:
    """`text` as a sentence of a summary of the `quotations`, by number; `answering` are the words that answer, if known."""
    numbers = tuple(dict.fromkeys(int(found) for cited in _CITED.findall(text) for found in re.findall(r"\d+", cited)))
    own = _CITED.sub(" ", text)
    if not numbers or not set(numbers) <= set(quotations):
        return Sentence(text, numbers, "uncited")
    cited = [without_orders(quotations[number]) for number in numbers]
    return Sentence(text, numbers, _unsupported(own, cited, question) or _beside(own, cited, question, answering))


def _unsupported(own: str, cited: Sequence[str], question: str) -> Finding:
    """What of a sentence does not stand in the texts `cited`; of several, each clause has to stand in one of them."""
    found = _finding(own, cited, question)
    if found or len(cited) == 1:
        return found
    clauses = [clause for clause in _CLAUSE.split(unicodedata.normalize("NFKC", own)) if clause.strip()]
    if len(clauses) > _MOST_CLAUSES:
        return "unsupported"
    for clause in clauses:
        findings = [_finding(clause, [text], question) for text in cited]
        if all(findings):
            return findings[0]
    return ""


def _finding(own: str, cited: Sequence[str], question: str) -> Finding:
    texts = [in_digits(normalise(text)) for text in cited]
    said, held, asked = in_digits(normalise(own)), "\n".join(texts), normalise(question)
    words, there = _content(said), {word.text for word in classified(held)}
    names = [word for word in words if word.is_name and word.tag != "eng"]
    nouns = [word for word in words if word.tag[:1] in "nje" and word.text not in asked]
    nouns += [word for word in words if word.tag == "t" and not _NUMERAL.search(word.text) and word.text not in asked]
    others = [word for word in words if word.tag[:1] in "vabz" and word.text not in _LIGHT]
    checks: tuple[tuple[Finding, bool], ...] = (
        ("number", differs(said, held) or out_of_order(said, texts)),
        ("quoted", any(normalise(next(filter(None, groups))) not in held for groups in _QUOTED.findall(own))),
        ("name", any(address not in held for address in _ADDRESS.findall(said))),
        ("name", not all(_stands(word, held, there) for word in names) or _capitalised(own, held)),
        ("denied", turned(said, held)),
        ("unsupported", not all(_stands(word, held, there) for word in [*nouns, *others])),
    )
    return next((finding for finding, wrong in checks if wrong), "")


def _beside(own: str, cited: Sequence[str], question: str, answering: str) -> Finding:
    """Whether a sentence is in words of its own, or about something else than the question and its answer."""
    terms, held = _terms(own), _terms("\n".join(cited))
    plain = {term for term in terms if not _NUMERAL.search(term)}
    if not terms or len(plain & held) < LEAST_HELD * len(plain):
        return "unsupported"
    return "" if terms & (_terms(question) | _terms(answering)) else "beside"


def _content(text: str) -> list[Word]:
    function = chinese_function_words()
    plain = without_function_words(text)
    return [word for word in classified(plain) if word.tag != "w" and word.text not in function and word.text.strip()]


def _stands(word: Word, held: str, there: set[str]) -> bool:
    """Whether a word stands in a text: anywhere in Chinese; where words are spaced as a word, or another form of a long one."""
    if word.tag != "eng":
        return (
            word.text.strip("".join(chinese_function_words())) in held
        )  # a word that the dictionary lacks may have one at its end
    return word.text in there or (len(word.text) > 5 and any(other.startswith(word.text[:-2]) for other in there))


def _capitalised(own: str, held: str) -> bool:
    """Whether a capitalised word, which may be a name, does not stand in what is cited."""
    plain = without_function_words(own.lower())
    names = (name.lower() for name in _WORD.findall(own) if name[0].isupper() and len(name) > 1)
    names = (name for name in names if in_digits(name) == name)
    return any(name in plain.split() and not re.search(rf"\b{re.escape(name)}", held) for name in names)


def _terms(text: str) -> set[str]:
    """The words of a text that are none of function, numbers in digits, as the word index has them."""
    function = chinese_function_words()
    plain = without_function_words(in_digits(normalise(text)))
    return {token for token in tokenize(plain) if token[0] == "w" and token[1:] not in function}
