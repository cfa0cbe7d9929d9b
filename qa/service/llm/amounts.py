"""The numbers of a sentence with what they count, and whether they stand in a text: 三万元 is 30,000元, 5米 is not 5厘米."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...text.stop_words import chinese_function_words, stop_words
from ...text.values import amount, values
from ...text.words import segment

_LONGEST = 8  # digits of a number that may be written in several ways; a longer one that `values` leaves is no quantity
NEAR = 3  # words behind a number among which its unit is
_NUMERAL = re.compile(r"\d++(?:,\d{3})*+(?:\.\d++)?|[零〇一二两三四五六七八九十百千万亿]++")
_JOINED = re.compile(r"(?<![\w.])\d++(?:[/:.-]\d++)++")  # 8:30, 3/5/2024, 2.0.1, 1987-1990
_PARTS = re.compile(r"half\b|twice\b|半")
_BEHIND = re.compile(r"[ -]?([a-z°%][a-z°/²³]{0,30}|[\u4e00-\u9fff]{1,8})")
_SIGNS = "-−$€£¥"
_MINUS = frozenset("-−")
_WITHIN = frozenset("内后前")  # 30日内 is cut into 30, 日内 or 日, 内, by what follows
COUNTERS = frozenset("个名位人只件项条次家所座")  # of which one may stand for another: what is counted follows

_CHINESE = "零一二三四五六七八九"
_POINT = re.compile(rf"([{_CHINESE}十百千]{{1,8}})点([{_CHINESE}]{{1,8}})(?![{_CHINESE}十钟整分半刻])")
_SHARE = re.compile(rf"百分之(\d{{1,8}}(?:\.\d{{1,6}})?|[{_CHINESE}十百]{{1,8}})")
_SPELLED = {
    name: number
    for number, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
} | {name: 10 * tens for tens, name in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_NAME = "|".join([*_SPELLED, *_SCALES])
_IN_WORDS = re.compile(rf"\b(?:{_NAME})\b(?:(?:[ -]| and )(?:{_NAME})\b)*+")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number or date of a text: its writings, the most exact one first, the words behind it, the sign before it, its span."""

    writings: tuple[str, ...]
    behind: tuple[str, ...]
    sign: str
    start: int
    end: int

    @property
    def unit(self) -> str:
        """What it counts, or is measured in; "" where that is not said."""
        return self.behind[0] if self.behind else ""

    def stands(self, others: list[Amount], text: str) -> bool:
        """Whether the same number of the same is among `others`, the amounts of `text`."""
        return any(self._is(other, text) for other in others)

    def is_writing_of(self, other: Amount) -> bool:
        """Whether it is the same number, or a part of the same date, in any writing."""
        part = _part(other.writings[0], self.unit) if "-" in other.writings[0] else ""
        return self.writings[0] in (*other.writings, part)

    def _is(self, other: Amount, text: str) -> bool:
        if "-" in other.writings[0]:
            return self.is_writing_of(other)
        if self.writings[0] not in other.writings or (self.sign and self.sign != other.sign):
            return False
        if (self.sign in _MINUS) != (other.sign in _MINUS):
            return False
        if not self.unit or self.unit in other.behind:
            return True
        return not other.behind and self.unit in text  # as in a table, whose column says the unit


def amounts(text: str) -> list[Amount]:
    """The numbers and dates in a normalised `text`, in order."""
    found: list[Amount] = []
    taken: set[int] = set()
    for value in values(text):
        found.append(_made(value.tokens, text, value.start, value.end))
        taken.update(range(value.start, value.end))
    for numeral in _NUMERAL.finditer(text):
        if numeral.start() not in taken:
            known = amount(numeral.group()) if len(numeral.group()) < _LONGEST else None
            found.append(_made((numeral.group() if known is None else f"{known:g}",), text, *numeral.span()))
    return sorted(found, key=lambda one: one.start)


def differs(said: str, held: str) -> bool:
    """Whether a number of `said` does not stand in `held`; both are normalised and in digits."""
    there = amounts(held)
    for one in amounts(said):
        if said[one.start] == "一" and one.writings == ("1",):  # as often an article as a number
            same = [other for other in there if one.unit and one.unit == other.unit]
            if same and not any("1" in other.writings for other in same):
                return True
        elif not one.stands(there, held):
            return True
    joined = {found.group() for found in _JOINED.finditer(said)} - {said[value.start : value.end] for value in values(said)}
    return any(each not in held for each in joined) or any(each not in held for each in _PARTS.findall(said))


def in_digits(text: str) -> str:
    """The normalised `text` with some numbers in digits: seventy-one as 71, 零点五 as 0.5, 百分之五 as 5%."""
    text = _POINT.sub(
        lambda match: f"{amount(match[1]) or 0:g}.{''.join(str(_CHINESE.index(digit)) for digit in match[2])}", text
    )
    text = _SHARE.sub(lambda match: match.group() if (known := amount(match[1])) is None else f"{known:g}%", text)
    return _IN_WORDS.sub(lambda match: _read(match.group()), text)


def _read(words: str) -> str:
    total, section = 0, 0
    for word in re.split(r" and |[ -]", words):
        if word in _SPELLED:
            section += _SPELLED[word]
        elif word == "hundred":
            section = max(section, 1) * 100
        else:
            total, section = total + max(section, 1) * _SCALES[word], 0
    return words if words == "one" else str(total + section)


def _part(date: str, unit: str) -> str:
    """The month or day of a date, as "2024-03-05" or "03-05", by the word behind it; "" for neither."""
    parts = date.split("-")
    months = parts[1:2] if len(parts[0]) == 4 else parts[:1]
    days = parts[2:] if len(parts[0]) == 4 else parts[1:]
    named = months if unit == "月" else days if unit in ("日", "号") else []
    return str(int(named[0])) if named else ""


def _made(writings: tuple[str, ...], text: str, start: int, end: int) -> Amount:
    signed = start > 0 and text[start - 1] in _SIGNS and not re.match(r"[0-9a-z]", text[: start - 1][-1:])
    behind = () if "-" in writings[0] else tuple(_behind(text[end : end + 40]))
    return Amount(writings, behind, text[start - 1] if signed else "", start, end)


def _joins(word: str) -> bool:
    """Whether a word in letters is one of function, that is no unit: "and", but not "m", which is a stop word too."""
    return word == "a" or (len(word) > 1 and word in stop_words("en"))


def _behind(text: str) -> list[str]:
    """The words that follow a number, up to a mark or the next number; none where a function word follows."""
    found: list[str] = []
    at = 0
    while len(found) < NEAR and (run := _BEHIND.match(text, at)):
        for word in segment(run[1]) if "\u4e00" <= run[1][0] <= "\u9fff" else [run[1]]:
            if not found and word in COUNTERS:
                continue
            if not found and (word in chinese_function_words() or _joins(word)):
                return []
            within = not found and len(word) == 2 and word[1] in _WITHIN
            found.append(word[0] if within else word.removesuffix("s") if word.isascii() and len(word) > 3 else word)
        at = run.end()
    return found[:NEAR]
