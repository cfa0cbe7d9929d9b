"""The kind of answer that a question asks for: a year, a time, an age, a sum of money, a percentage or a number.

A kind is given as a pattern that finds such an answer in a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..text.parts_of_speech import Word
from .question_words import Spans, fits

_NUMERALS = "一二三四五六七八九十百千万亿两半"
_COUNTED = (
    "个|年|月|日|人|名|次|位|座|家|条|种|米|公里|岁|%|天|世纪|度|元|万|亿|只|头|户|亩|项|所|届|倍|层|部|本|张|支|场|秒|分|小时|周|"
    "星期|斤|两|克|吨|升|册|封|粒|票|株|棵|件|台|辆|篇|首|句|步|间|套|双|对|份|毫米|厘米|里|尺|块|角|期|批|级|章|节|遍|趟|片|枚|幅|盏|"
    "道|滴|杯|碗|盒|瓶|箱|袋|组|轮|号|代|桶|门|艘|架|匹|顿|成|折"
)
_NUMBER_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundreds?|thousands?|millions?|"
    "half|twice|single|dozens?|several|uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|cien|mil|millones"
)
_MONTHS = (
    "january|february|march|april|may|june|july|august|september|october|november|december|enero|febrero|marzo|abril|mayo|"
    "junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
)
_YEARS = rf"\d{{2,4}}\s*年|[{_NUMERALS}〇零]{{2,4}}年|\b(?:1\d|20)\d\d\b"
# a lookahead: an interrogative or the end of the question follows
_ASKED = r"(?=(?:分别|大概|大约|到底|究竟|各|是|有|为|约|在)*(?:多少|多大|几|什么|哪|[\s?？。]*\Z))"
# For each kind: a pattern searched for in a Chinese question, a pattern for the start of the interrogative clause in a language
# written with spaces, and a pattern that finds such an answer in a text. The first kind that matches is used.
_KINDS = tuple(
    (re.compile(chinese), re.compile(spaced), re.compile(holds))
    for chinese, spaced, holds in (
        (
            rf"哪一?年代?|几几年|(?:哪个|哪些|什么)年份|年份{_ASKED}",
            r"(?:what|which) year|qué año|quelle année|welchem jahr",
            _YEARS,
        ),
        (
            r"何时|什么时候|哪一?天|哪个?月|哪一?日",
            r"when\b|cu[aá]ndo\b|quand\b|wann\b",
            rf"\d\s*(?:月|日|点|时|世纪|号)|[{_NUMERALS}](?:月|日|点|世纪)|{_YEARS}|{_MONTHS}|今年|去年|当天|当日|年代|"
            rf"[{_NUMERALS}\d]个?(?:天|周|月|年|小时|分钟|星期)(?:[以之]?[后前内]|起)|第[{_NUMERALS}\d]+[天周]|"
            r"(?:周|星期|礼拜)[一二三四五六日天末]|\d:\d\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|o'clock|\bnoon\b|midnight",
        ),
        (
            rf"(?:岁数|年龄){_ASKED}|多大(?:年纪|了)|今年多大|几岁",
            r"how old\b",
            rf"岁|年龄|出生|生于|[{_NUMERALS}]十[{_NUMERALS}]?(?:了|有)|\d\d了|born|\baged?\b|years? old",
        ),
        (r"多少钱|多少元", r"how much money|how much did .* cost", r"[元块钱]|美金|英镑|dollar|euro|[$€£¥]"),
        (r"百分之(?:几|多少)", r"(?:what|how many|which)(?: (?:is|was|are|were|the))* percent", r"%|百分|分之|percent"),
        (
            r"多少|几|多[大长高远久重](?:时间)?",
            r"how (?:many|much|long|far|high|tall|big)\b|cu[aá]nt|combien|wie ?viel|quant[oiae]\b",
            rf"\d|[{_NUMERALS}](?:{_COUNTED})|\b(?:{_NUMBER_WORDS})\b",
        ),
    )
)
_OPEN = re.compile("为什么|为何|原因|怎么样?|怎样|如何|何以|什么样|哪些|影响|评价|特点|特征|区别|意义|作用|做了什么")
_OPEN_SPACED = re.compile(r"why\b|how (?!many|much|long|far|high|tall|big|old)")


def asked_kind(text: str, words: Sequence[Word], asking: Spans, clause: str) -> re.Pattern[str] | None:
    """A pattern that finds the kind of answer asked for in a normalised text; None when the question asks for no such kind.

    `text` is the normalised question, `words` its words and marks, `asking` the spans of its question words, and `clause` the
    result of `interrogative_clause`.
    """
    for chinese, spaced, holds in _KINDS:
        if spaced.match(clause) or any(fits(*match.span(), words, asking) for match in chinese.finditer(text)):
            return holds
    return None


def is_open(text: str, words: Sequence[Word], asking: Spans, clause: str) -> bool:
    """Whether a question asks for more than a fact: why, how, which ones. The arguments are those of `asked_kind`."""
    return _OPEN_SPACED.match(clause) is not None or any(fits(*match.span(), words, asking) for match in _OPEN.finditer(text))
