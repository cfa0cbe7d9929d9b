"""What a question names that has to match whole: identifiers, which may stand nowhere, and days, from which others differ."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..text.exact import own_values
from ..text.identifiers import Identifier, identifier_tokens, identifiers


def named_identifiers(text: str) -> tuple[Identifier, ...]:
    """The identifiers in a normalised question, each once; not "iphone 15", which may be none."""
    return tuple({each.token: each for each in identifiers(text) if each.is_certain}.values())


def named_days(text: str) -> tuple[tuple[str, ...], ...]:
    """The days named in a normalised text, each as the tokens of its writings."""
    return tuple(value.tokens for value in own_values(text) if value.is_date)


def differs(wanted: Iterable[Identifier], days: Iterable[tuple[str, ...]], text: str) -> bool:
    """Whether a normalised `text` is about another identifier of the kind of a `wanted` one, or about a day not of `days`."""
    wanted, days = tuple(wanted), tuple(days)
    if wanted:
        found = set(identifier_tokens(text))
        if found.isdisjoint(each.token for each in wanted):
            kinds = {_kind(each.token) for each in wanted}
            if any(_kind(token) in kinds for token in found):
                return True
    held = named_days(text) if days else ()
    return bool(held) and not any(_same(day, other) for day in days for other in held)


def _same(day: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two days may be one: one of them may lack its year."""
    return day[0] == other[0] or (len(day) != len(other) and not set(day).isdisjoint(other))


def _kind(token: str) -> str:
    """What identifiers of one kind have in common: E101 and E110 the letters before the digits, two orders their length."""
    return str(len(token)) if token.isdigit() else re.split(r"\d", token)[0]
