"""Items of a list that a question names by their number: 第二步, 第三条, step 3, Article 12."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..passages.structure import CLAUSE, kind_of_marker, lines_of
from ..search.engine import Engine
from ..search.retrieval import Evidence
from ..text.lines import MARKER, Span

CLAUSES_READ = 30  # candidates in which the clauses of a text are looked for
_NUMERALS = "零〇一二两三四五六七八九十百千"
_ASKED = re.compile(
    rf"(?:第|步骤)(?P<zh>\d{{1,4}}|[{_NUMERALS}]{{1,8}})个?(?P<of>步|条|項|项|点|點|款|$)?"
    r"|\b(?P<en>step|item|point|article|section|clause)\s+(?P<number>\d{1,4})\b"
)
_CLAUSES = ("条", "article", "section", "clause")
_NUMBER = re.compile(rf"\d{{1,4}}|[{_NUMERALS}]{{1,8}}|[①-⑳]")
_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}


def addressed(question: str, text: str, sentences: Sequence[Span]) -> list[bool]:
    """For each of the `sentences` of a passage, `text`, whether it is the item or clause whose number the normalised `question`
    names. The items of a list without numbers are counted."""
    asked = _ASKED.search(question)
    if asked is None or (asked["zh"] and not asked["of"] and not asked.group().startswith("步骤")):
        return [False] * len(sentences)
    number = value_of(asked["zh"] or asked["number"])
    if (asked["of"] or asked["en"]) in _CLAUSES:
        return [_number(CLAUSE.match(text, *span)) == number for span in sentences]
    found, count, before = [], 0, ""
    for span in sentences:
        kind = kind_of_marker(text, span)
        count = count + 1 if kind and kind == before else 1
        before = kind
        own = _number(MARKER.match(text, *span)) if kind else None
        found.append(bool(kind) and (count if own is None else own) == number)
    return found


def missing_clause(engine: Engine, evidence: Evidence) -> str:
    """The clause that a question names (第五条) where none of the passages found has or mentions it, though they number their
    clauses in the same writing; else ""."""
    asked = _ASKED.search(evidence.question.normal)
    if asked is None or asked["of"] not in ("条", "條") or asked["zh"].isascii():
        return ""
    if engine.lexical.scores([f"w{asked.group()}"], evidence.rows).passages.any():
        return ""
    texts = [engine.paragraph(int(row)).text for row in evidence.rows[:CLAUSES_READ]]
    found = [match.group() for text in texts for line in lines_of(text, 0, len(text)) if (match := CLAUSE.match(text, *line))]
    own = any(_number(CLAUSE.match(each)) == value_of(asked["zh"]) for each in found)
    return asked.group() if found and not own and not any(char.isdigit() and char.isascii() for char in "".join(found)) else ""


def value_of(numeral: str) -> int:
    """The number that `numeral` writes in digits, in Chinese or in a circle: 12, 十二, ⑫."""
    if numeral.isdecimal():
        return int(numeral)
    if "①" <= numeral <= "⑳":
        return ord(numeral) - ord("①") + 1
    total, digit = 0, 0
    for char in numeral:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = _VALUES[char]
    return total + digit


def _number(marker: re.Match[str] | None) -> int | None:
    number = _NUMBER.search(marker.group()) if marker else None
    return value_of(number.group()) if number else None
