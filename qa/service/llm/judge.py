"""Whether a sentence that a language model wrote stands in what it cites.

It has to cite a quotation; its numbers with their units, its addresses and quoted words have to stand there; and a fitted model
(`support.py`) has to find it borne out by one sentence, item or row of what it cites, or each of its clauses by another one. And
it has to be about what was asked, so that an instruction that stands in a quotation and was followed does not pass for an answer.
What a good model says in other words is struck out too: here a true sentence lost costs less than a false one shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...text.normalise import normalise
from .amounts import differs, in_digits
from .edits import tokens
from .orders import without_orders
from .support import borne_out, new_words

Finding = Literal["", "uncited", "number", "name", "quoted", "unsupported", "beside"]

_CITED = re.compile(r"[\[［【] ?(\d{1,3}(?: ?[,，、] ?\d{1,3})*+) ?[\]］】]")
_QUOTED = re.compile(r"“([^“”]+)”|「([^「」]+)」|『([^『』]+)』|《([^《》]+)》|\"([^\"]+)\"")
_CAPITALISED = re.compile(r"\b[A-Z][\w'-]+")
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\]]+|(?<![\w.+-])[\w.+-]++@[\w-]++\.\w++")


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
    return Sentence(text, numbers, _unsupported(own, cited) or _beside(own, question, answering))


def _unsupported(own: str, cited: Sequence[str]) -> Finding:
    """What of a sentence does not stand in the texts `cited`."""
    held, said = in_digits(normalise("\n".join(cited))), in_digits(normalise(own))
    if differs(said, held):
        return "number"
    if any(normalise(next(filter(None, groups))) not in held for groups in _QUOTED.findall(own)):
        return "quoted"
    if any(address not in held for address in _ADDRESS.findall(said)):
        return "name"
    if borne_out(own, cited):
        return ""
    capitals = {word.lower() for word in _CAPITALISED.findall(own)}
    new = new_words(own, cited)
    named = any(word.kind == "name" or (word.kind == "spaced" and word.word in capitals) for word in new)
    return "name" if named else "unsupported"


def _beside(own: str, question: str, answering: str) -> Finding:
    """Whether a sentence is about something else than the question and its answer."""
    about = [token for token in (*tokens(question), *tokens(answering)) if token.kind != "function"]
    return "" if any(token.meets(other) for token in tokens(own) if token.kind != "function" for other in about) else "beside"
