"""The tokens of a text that match whole, however they are written: values (`v`, see `values.py`) and identifiers (`i`)."""

from __future__ import annotations

from collections.abc import Iterable

from .identifiers import Identifier, identifier_tokens, identifiers
from .values import Value, values


def exact_tokens(text: str) -> list[str]:
    """The tokens of the values and identifiers of a normalised `text`, repeated ones included."""
    named = tuple(identifiers(text))
    found = ["v" + token for value in _beside(named, text) for token in value.tokens]
    return found + ["i" + token for token in identifier_tokens(text, named)]


def own_values(text: str) -> list[Value]:
    """The values of a normalised `text` that are no part of an identifier, as 200 is of XT-200."""
    return _beside(identifiers(text), text)


def _beside(named: Iterable[Identifier], text: str) -> list[Value]:
    taken = [(each.start, each.end) for each in named if each.is_certain]
    return [value for value in values(text) if not any(start < value.end and value.start < end for start, end in taken)]


def without_values(text: str) -> str:
    """A normalised `text` with a space for each of its values."""
    parts, at = [], 0
    for value in own_values(text):
        parts += [text[at : value.start], " "]
        at = value.end
    return "".join([*parts, text[at:]])
