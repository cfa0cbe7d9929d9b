"""What a question asks for that a passage would have to hold to answer it: its words, its names and years, and the kind
of answer. A passage about the right subject that lacks one of them is the likeliest false answer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from ..text.normalise import normalise, unaccented
from ..text.scripts import HAN_RUN, RUN
from ..text.stop_words import chinese_function_words, without_stop_words
from ..text.words import QUESTION_WORDS, is_place, segment

# Words that jieba's dictionary tags as places and that name none, or one that goes without saying.
_NO_NAMES = frozenset(
    "中国 城市 东西 外国 爱国 自治州 自治县 自治区 大桥 平原 高原 湖泊 海洋 太阳 美丽 上市 建国 山区 英雄 哥哥 朝廷 中原 "
    "东北 西北 东南 西南 南北 东西方 内地 人民".split()
)
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d.,])")
_CODE = re.compile(r"(?<![a-z0-9])[a-z]+-?\d[a-z0-9-]*|\d+号[线楼院馆厅]")  # e1, ly-620, 3号线
_QUOTED = re.compile("(?<=《)[^》]+(?=》)|(?<=“)[^”]+(?=”)|(?<=「)[^」]+(?=」)")

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
# What a question asks for, and what a sentence that gives it holds; the first kind that a question asks for counts.
_KINDS = tuple(
    (re.compile(asks), re.compile(holds))
    for asks, holds in (
        (r"哪一?年|几几年|年份|(?:what|which) year|en qué año|quelle année|welchem jahr", _YEARS),
        (
            r"何时|什么时候|哪一?天|哪个?月|哪一?日|\bwhen\b|cu[aá]ndo|\bquand\b|\bwann\b",
            rf"\d+\s*(?:月|日|点|时|世纪|号)|[{_NUMERALS}]+(?:月|日|点|世纪)|{_YEARS}|{_MONTHS}|今年|去年|当天|当日|年代|"
            rf"第?[{_NUMERALS}\d]+个?(?:天|周|月|年|小时|分钟|星期)(?:[以之]?[后前内]|起)|第[{_NUMERALS}\d]+[天周]|"
            r"(?:周|星期|礼拜)[一二三四五六日天末]|\d:\d\d|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|o'clock|\bnoon\b|midnight",
        ),
        (
            r"岁数|年龄|多大(?:年纪|了)|今年多大|几岁|how old",
            rf"岁|年龄|出生|生于|[{_NUMERALS}]十[{_NUMERALS}]?(?:了|有)|\d\d了|born|\baged?\b|years? old",
        ),
        (r"多少钱|多少元|how much money|how much did .* cost", r"[元块钱]|美金|英镑|dollar|euro|[$€£¥]"),
        (r"百分之几|百分之多少|percent", r"%|百分|分之|percent"),
        (
            r"多少|几[^乎]|多大|多长|多高|多远|多久|多重|"
            r"how (?:many|much|long|far|high|tall|big)|cu[aá]nt|combien|wie ?viel|quant[oiae]",
            rf"\d|[{_NUMERALS}]+(?:{_COUNTED})|\b(?:{_NUMBER_WORDS})\b",
        ),
    )
)


_SMALL_TALK = re.compile(
    "(?:你|您|大家)?好[啊呀吗]?|嗨|哈[喽啰罗]|早(?:上好|安)?|(?:上午|中午|下午|晚上)好|晚安|在吗|再见|拜拜|好的?|嗯+|哦+|"
    "(?:谢谢|感谢|多谢)(?:你|您|大家|了|啦)*|你是谁|你叫什么(?:名字)?|你会什么|你能做什么|"
    "h(?:i|ey|ello)(?: there)?|thanks?(?: you)?(?: very much| so much| a lot)?|thx|(?:good)?bye|"
    "good (?:morning|afternoon|evening|night)|ok(?:ay)?|who are you|what are you|how are you|what can you do|"
    "hola|gracias|adi[oó]s|bonjour|salut|merci|au revoir|hallo|guten (?:tag|morgen|abend)|danke|ciao|grazie|ol[aá]|"
    "obrigad[oa]|привет|здравствуйте|спасибо|こんにちは|おはよう(?:ございます)?|こんばんは|ありがとう(?:ございます)?|さようなら|"
    "안녕(?:하세요|하십니까)?|감사합니다|고마워요?|مرحبا|شكرا"
)


def is_small_talk(question: str) -> bool:
    """Whether the question is a greeting, thanks or the like, which asks the documents nothing."""
    return _SMALL_TALK.fullmatch(re.sub(r"[\W_]+", " ", normalise(question)).strip()) is not None


_KEY_ROWS = (
    "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "qwertzuiop", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю",
    "ضصثقفغعهخحجد", "شسيبلاتنمكط", "ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ",
)  # fmt: skip
_REPEATED = re.compile(r"([^\W\d_])\1{2,}|([^\W\d_]{2,3})\2{2,}")


def is_noise(question: str) -> bool:
    """Whether the question is nothing but function words ("的", "who"), repeated letters, keys side by side ("asdf"), a digit."""
    bare = without_stop_words(QUESTION_WORDS.sub(" ", normalise(question)))
    return all(_says_nothing(run) for run in RUN.findall(bare))


def _says_nothing(run: str) -> bool:
    repeated = _REPEATED.fullmatch(run) and (len(run) > 3 or not run.isascii())  # AAA and WWW are names
    if repeated or (len(run) == 1 and run.isdigit()) or (HAN_RUN.match(run) and set(run) <= chinese_function_words()):
        return True
    letters = unicodedata.normalize("NFKC", run)
    return len(run) > 3 and any(letters in unicodedata.normalize("NFKC", row) for row in _KEY_ROWS)


def covered_weight(words: Sequence[str], weights: Sequence[float], text: str) -> float:
    """The share of the `words`, by their `weights`, that `text`, normalised, holds with or without its accents, 0 to 1."""
    plain = unaccented(text)
    held = sum(weight for word, weight in zip(words, weights, strict=True) if word in text or word in plain)
    return held / max(sum(weights), 1e-6)


def missing_name(question: str, text: str) -> bool:
    """Whether the question has quoted words, a year, a code or (in Chinese) a place that `text`, normalised, does not hold."""
    return lacks(named(question), text)


def lacks(names: Sequence[str], text: str) -> bool:
    """Whether any of `names` does not stand in `text`, normalised."""
    return any(name not in text for name in names)


def wrong_kind(question: str, text: str) -> bool:
    """Whether the question asks for a time, an age, a sum or a number and `text`, normalised, holds none."""
    kind = asked_kind(question)
    return kind is not None and kind.search(text) is None


@lru_cache(maxsize=64)  # asked of every sentence of the passages that come up for a question
def asked_kind(question: str) -> re.Pattern[str] | None:
    """What a normalised text has to hold to give the time, age, sum or number asked for; None when it is none of these."""
    asked = normalise(question)
    return next((holds for asks, holds in _KINDS if asks.search(asked)), None)


@lru_cache(maxsize=64)
def named(question: str) -> tuple[str, ...]:
    """What the question puts in Chinese quotation marks (《红楼梦》), its years, codes (E1, LY-620, 3号线) and (in Chinese) the
    places that it names."""
    text = normalise(question)
    bare = QUESTION_WORDS.sub(" ", text)
    names: list[str] = [*_QUOTED.findall(text), *_YEAR.findall(bare), *_CODE.findall(bare)]
    for run in RUN.findall(bare):
        if HAN_RUN.match(run):
            names += [word for word in segment(run) if len(word) > 1 and word not in _NO_NAMES and is_place(word)]
    return tuple(names)
