"""Items of a list that a question names by their number (第二步, 第三条, step 3, Article 12) or by the one beside them: 签字之后
做什么, what comes after you sign, 签字的上一步."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..passages.structure import CLAUSE, kind_of_marker, lines_of
from ..search.asks_for import asks_for
from ..search.engine import Engine
from ..search.question_words import asking_spans, without
from ..search.retrieval import Evidence
from ..text.lines import MARKER, Span
from ..text.normalise import normalise
from ..text.parts_of_speech import classified
from ..text.stop_words import without_stop_words
from ..text.user_words import NO_WORDS
from ..text.words import tokenize

CLAUSES_READ = 30  # candidates in which the clauses of a text are looked for
_NUMERALS = "零〇一二两三四五六七八九十百千"
_ASKED = re.compile(
    rf"(?:第|步骤)(?P<zh>\d{{1,4}}|[{_NUMERALS}]{{1,8}})个?(?P<of>步|条|項|项|点|點|款|$)?"
    r"|\b(?P<en>step|item|point|article|section|clause)\s+(?P<number>\d{1,4})\b"
)
_CLAUSE_ALONE = re.compile(
    rf"(?P<clause>第(?P<number>[{_NUMERALS}]{{1,8}})条)(?:的?(?:规定|内容|条文|条款))?(?:是|讲|说|写|规定|要求)?[了的]?"
    r"(?:什么|啥|哪些|怎么(?:说|写|规定)的?)?(?:内容)?[呢吗呀啊？?。！!\s]*\Z"
)
_MENTIONED = re.compile(rf"第[ \t　]?([{_NUMERALS}○]{{1,8}}|\d{{1,4}})[ \t　]?[条條]")
_CLAUSES = ("条", "article", "section", "clause")
_NUMBER = re.compile(rf"\d{{1,4}}|[{_NUMERALS}]{{1,8}}|[①-⑳]")
_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
_BESIDE = {"next": 1, "before": -1}
# Words of an item that tells itself what is asked for: "离职后须归还…" to 离职后要做什么. Its neighbour is then another matter.
_SAYS_ITSELF = {
    "next": frozenset("后 之后 以后 時 时 若 如 如果 遇 after once when if following upon".split()),
    "before": frozenset("前 之前 以前 時 时 before prior when if".split()),
}
LEAST_TOLD = 0.3  # of what a question tells, in the item beside the one that it asks for
_UNITS = {"十": 10, "百": 100, "千": 1000}


def addressed(question: str, text: str, sentences: Sequence[Span]) -> list[bool]:
    """For each of the `sentences` of a passage, `text`, whether it is the item or clause whose number the normalised `question`
    names, or the item after or before the one that it tells. The items of a list without numbers are counted."""
    asked = _ASKED.search(question)
    if asked is None and asks_for(question) in _BESIDE:
        item = _beside(question, text, sentences)
        return [i == item for i in range(len(sentences))]
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


def _beside(question: str, text: str, sentences: Sequence[Span]) -> int | None:
    """The item after or before the one that holds most of what the question tells; None where no item holds enough of it, or
    that one says itself what comes after or before."""
    kinds = [kind_of_marker(text, span) for span in sentences]
    items = [i for i, kind in enumerate(kinds) if kind]
    told = set(_told(question))
    held, texts = [], []
    for at, item in enumerate(items):
        end = sentences[items[at + 1]][0] if at + 1 < len(items) else sentences[-1][1]
        marker = MARKER.match(text, *sentences[item])
        texts.append(normalise(text[marker.end() if marker else sentences[item][0] : end]))
        held.append(len(told.intersection(_told(texts[-1]))))
    best = max(range(len(items)), key=lambda at: held[at], default=None)
    if best is None or held[best] < LEAST_TOLD * len(told) or held.count(held[best]) > 1:
        return None
    asked = asks_for(question)
    # what the dictionary lacks is a sign with what follows it: 后须, 如遇; not so 后勤部 and 前台
    signs = (word.text[0] if word.tag == "x" else word.text for word in classified(texts[best]))
    if not _SAYS_ITSELF[asked].isdisjoint(signs):
        return None
    alike = [item for item in items if kinds[item] == kinds[items[best]]]
    at = alike.index(items[best]) + _BESIDE[asked]
    return alike[at] if 0 <= at < len(alike) else None


def _told(text: str) -> list[str]:
    """The characters, pairs of them and words of a normalised text, but question words and function words."""
    words = classified(text)
    return tokenize(without_stop_words(without(text, asking_spans(text, words, NO_WORDS))))


def missing_clause(engine: Engine, evidence: Evidence) -> str:
    """The clause that a question asks for alone (第五条规定了什么), where no passage mentions it though those found
    number their clauses in the same writing; else ""."""
    question = evidence.question
    asked = _CLAUSE_ALONE.search(question.normal)
    token = f"w{asked['clause']}" if asked else ""
    if asked is None or token not in tokenize(asked["clause"]) or engine.lexical.scores([token], evidence.rows).passages.any():
        return ""
    texts = [engine.paragraph(int(row)).text for row in evidence.rows[:CLAUSES_READ]]
    mentioned = [match[1] for text in texts for match in _MENTIONED.finditer(text)]
    clauses = [match.group() for text in texts for line in lines_of(text, 0, len(text)) if (match := CLAUSE.match(text, *line))]
    if not clauses or re.search(r"\d", "".join(clauses)) or value_of(asked["number"]) in map(value_of, mentioned):
        return ""
    typed = _MENTIONED.search(question.text)
    return typed.group() if typed else asked["clause"]


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
