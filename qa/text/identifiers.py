"""Identifiers, which match whole or not at all: error codes, numbers of orders and staff, models, versions, names of parameters.

    E101  K0275  XT-2000S  HT-2024-031  nacos.core.auth.enabled  tidb_mem_quota_query  20240315100  1.8.2

An identifier's token in the word index is its letters and digits, without the hyphens that people leave out: "XT-200", "xt200"
and "XT 200" are one, "XT-2000" is another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# What may be one: most words have neither digit, dot nor underscore and are passed over within the pattern.
_FOUND = re.compile(
    r"(?<![a-z0-9])(?<![a-z0-9][-_.])"
    r"(?:[a-z]{1,10} \d+(?![a-z0-9._-])|(?=[a-z-]*+[0-9._])[a-z0-9]+(?:[-_.][a-z0-9]+)*)(?![a-z0-9])"
)
_SIGN, _LETTER, _DIGIT, _NO_DIGIT = (re.compile(each) for each in ("[a-z0-9]", "[a-z]", r"\d", r"\D"))
_PARTED = re.compile(r"[-_.]")
_CUTS = re.compile(r"[-_]|(?<!\d)\.|\.(?!\d)")  # after which an identifier's family ends
_LEFT_OUT = re.compile(r"[ _]|(?<!\d)-|-(?!\d)")
_MEASURE = re.compile(r"\d[\d.]*(?:[a-z]{1,4}|[a-z]{1,4}\d)")  # 30kg, 5g, 1st, 10m2
_DECIMAL = re.compile(r"v?\d+(?:\.\d+)?")
_SPAN_OF_YEARS = re.compile(r"(?:19|20)\d\d-(?:(?:19|20)?\d\d)")
_DATE = re.compile(r"\d{4}([-.])\d{1,2}\1\d{1,2}")
_PHONE = re.compile(r"0\d{2,3}-\d{7,8}|\d{3,4}-\d{3,4}-\d{3,4}")
# The same with spaces or none: 0571-8834 2210, (010) 6552 9988, 138 0013 8000, +86 400-810-8888; not a sum of money or three.
_SPACED_PHONE = re.compile(
    r"(?<![a-z0-9.-])(?:\+?86[ -]?)?(?P<number>\(?0\d{2,3}\)?[ -]?\d{3,4}[ -]?\d{4}|1[3-9]\d[ -]?\d{4}[ -]?\d{4}"
    r"|[48]00(?:-\d{3}-\d{4}|-\d{4}-\d{3}| \d{3} \d{4}))(?![a-z0-9])(?![.-]\d)(?!\s*[元万亿千百%人个吨米字美台件])"
)
_COUNTED = re.compile(r"\s*[元万亿千百%人个吨米字美台件年月日]")
_LEAST_DIGITS = 6  # of an order or a phone; shorter ones are numbers as a rule
_MOST = 64  # characters; a longer run is data
_MOST_PARTS = 8
# P5–P7, E1001 至 E1010, P5~7; with a hyphen alone the letters come again, for XT-200-300 is one.
_RANGE = re.compile(r"(?<![a-z0-9._-])([a-z]{1,10})-?(\d{1,4}) ?(?:(?:[–—~至到]|to) ?(?:\1-?)?|- ?\1-?)(\d{1,4})(?![a-z0-9._-])")
_LONGEST_RANGE = 100


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier: its token, as it is written in the normalised text, and its span [start, end)."""

    token: str
    text: str
    start: int
    end: int

    @property
    def is_certain(self) -> bool:
        """Whether it is an identifier wherever it stands, unlike "iphone 15"."""
        return self.token.isdigit() or " " not in self.text


def identifiers(text: str) -> Iterator[Identifier]:
    """The identifiers of a normalised `text`, in order."""
    if not _SIGN.search(text):
        return
    phones = [
        Identifier(_NO_DIGIT.sub("", match["number"]), match.group(), *match.span()) for match in _SPACED_PHONE.finditer(text)
    ]
    at = 0
    for match in _FOUND.finditer(text):
        while at < len(phones) and phones[at].end <= match.start():
            yield phones[at]
            at += 1
        if at < len(phones) and phones[at].start < match.end():
            continue
        found = match.group()
        if len(found) <= _MOST and _is_identifier(found, text, match.end()):
            yield Identifier(folded(found), found, *match.span())
    yield from phones[at:]


def identifier_tokens(text: str, named: Iterable[Identifier] | None = None) -> Iterator[str]:
    """The tokens of the identifiers of a normalised `text`, of the families that they are of, XT-200 of XT-200-B, and of those
    between two: P6 of P5–P7. `named` are its `identifiers`, if they are known."""
    for match in _RANGE.finditer(text):
        letters, low, high = match.groups()
        if int(low) < int(high) <= int(low) + _LONGEST_RANGE:
            yield from (letters + str(number).zfill(len(low)) for number in range(int(low), int(high) + 1))
    for each in identifiers(text) if named is None else named:
        yield each.token
        cuts = [mark.start() for mark in _CUTS.finditer(each.text)]
        if not cuts or len(cuts) > _MOST_PARTS:
            continue
        parts = [each.text[:cut] for cut in cuts]
        if "." in each.text and not each.text[0].isdigit():
            parts += [each.text[cut + 1 :] for cut in cuts if each.text[cut] == "."]
        yield from {folded(part) for part in parts if _is_identifier(part, "", 0)} - {each.token}


def folded(identifier: str) -> str:
    """An identifier without spaces and underscores, and without hyphens but those between two digits."""
    return _LEFT_OUT.sub("", identifier)


def _is_identifier(found: str, text: str, end: int) -> bool:
    if " " in found:
        return True  # "xt 200", which may be one: see `Question.identifiers`
    if found.isdigit():
        return len(found) >= _LEAST_DIGITS and not found.endswith("0000") and not _COUNTED.match(text, end)
    if not _DIGIT.search(found):
        parts = _PARTED.split(found)
        return "_" in found.strip("_") or ("." in found and min(map(len, parts)) > 1)
    if not _LETTER.search(found):
        numbered = found.count(".") > 1 or found.count("-") > 1 or _PHONE.fullmatch(found)
        return bool(numbered) and not _DATE.fullmatch(found) and not _SPAN_OF_YEARS.fullmatch(found)
    return not _MEASURE.fullmatch(found) and not _DECIMAL.fullmatch(found)
