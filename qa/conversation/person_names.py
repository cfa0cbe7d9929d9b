"""Chinese persons' names in a text, recognised by surname, by the words beside them and by repetition.

jieba guesses words that its dictionary lacks, often wrongly: 开凿于景和七年 becomes 开凿, 于景, 和, 七年. So its guess adds to a
name's score and never decides alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..text.parts_of_speech import Word, classified
from ..text.scripts import HAN_RUN
from ..text.user_words import NO_WORDS, UserDictionary
from ..text.words import part_of_speech

# Frequent surnames; _DOUBTFUL ones are as often an ordinary word and need more evidence.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙朱胡郭罗郑梁宋唐许韩冯邓曹彭曾肖萧董袁潘蒋蔡余杜叶程苏魏吕丁沈姚卢姜崔钟谭陆汪廖贾夏韦邹孟熊"
    "秦邱阎薛侯尹段黎贺顾郝龚邵钱覃武戴莫孔汤乔刁赖颜倪严牛芦俞鲁葛毛樊兰施殷洪翟伍庞聂齐梅庄辛祝涂祁耿牟卜詹苗凌费纪靳童"
    "欧甄裴屈鲍卫柯柴屠桂喻阮卓骆闻邬裘卞柏冉邝闵祖尤晏虞褚霍丘桑佟仇茅蒲岑麦臧汝冼邢邸郎郁郜郗阚隋雍荀茹荆苑缪胥芮蔺蓝瞿"
    "濮滕湛漆楚檀栾晁娄姬姒宓嵇迟糜竺窦瑾丛仲勾匡戚"
)
_DOUBTFUL = frozenset(
    "于高何方金白石史万向和成时常任江文明有水同谢华关路田马雷龙林温安应单管解左游冷劳谈尚季章盛项席房车谷秋宫焦伏"
)
_COMPOUND = frozenset(
    "欧阳 司马 诸葛 上官 司徒 夏侯 皇甫 尉迟 公孙 慕容 令狐 长孙 宇文 端木 东方 独孤 南宫 耶律 完颜 拓跋".split()
)
_NEVER = frozenset("的了是和与及或也都被把着过而但因所这那哪谁么吗呢吧们就很不没又即则，之其")  # no character of a given name
_HARDLY_LAST = frozenset("在有为于从由向对到说写任当将以至等时后前中上下内曾出来去曰称率自担")
_PERSONS = ("nr", "nrt", "nrfg")  # jieba's tags of persons' names
_NO_NAME = re.compile(
    "[一二三四五六七八九十][年月日世]$|[村镇县市省州区路街桥寺庙站港湾岛厂店馆院校局社号窑楼阁塔家氏姓某府族队党军国人王妃后帝星教汗]$"
)
_OFFICE = re.compile(
    "(?:[长员师主者匠手官令守生人帝王后妃宗相将帅尉督丞父母妻夫子女孙弟兄姐妹徒家士卿臣工农商医]"
    "|教授|书记|支书|总监|经理|主任|主席|领队|导演|掌柜|同知|指挥|将军|总督)$"
)
_LEADING = frozenset("由被是为叫让请跟名即给")
_FOREIGN = 3.0  # the score of a foreign name, known from jieba's dictionary or from its "·"
LEAST_SCORE = 2.0  # the least score of a name


@dataclass(frozen=True, slots=True)
class PersonName:
    """The span [start, end) of a person's name in a text; `score`, from LEAST_SCORE up, is the evidence for it."""

    start: int
    end: int
    score: float


def person_names(text: str, around: str = "", dictionary: UserDictionary = NO_WORDS) -> list[PersonName]:
    """The persons' names in `text`, which is normalised, in order and without overlap.

    `around` is the normalised passage that `text` is from, where repetition is counted; "" for `text` itself. `dictionary` holds
    the user's words.
    """
    words = classified(text, dictionary)
    found: list[PersonName] = []
    for name in sorted(_candidates(text, words, around or text), key=lambda name: (-name.score, name.start)):
        if name.score >= LEAST_SCORE and all(name.end <= other.start or other.end <= name.start for other in found):
            found.append(name)
    return sorted(found, key=lambda name: name.start)


def follows_office(text: str, start: int) -> bool:
    """Whether the word before offset `start` is an office, a trade or a kinship: 同知沈维岳, 匠人蔡添福."""
    return _OFFICE.search(text, max(start - 3, 0), start) is not None


def _candidates(text: str, words: Sequence[Word], around: str) -> Iterator[PersonName]:
    yield from _foreign_names(words)
    inside = {at for word in words if word.tag not in ("x", *_PERSONS) for at in range(word.start + 1, word.end)}
    starting, ending = {word.start: word for word in words}, {word.end: word for word in words}
    for start in range(len(text)):
        surname = 2 if text[start : start + 2] in _COMPOUND else int(text[start] in _SURNAMES or text[start] in _DOUBTFUL)
        word = starting.get(start)
        ordinary = word is not None and word.end > start + 1 and word.tag not in ("x", *_PERSONS)
        if not surname or start in inside or ordinary:
            continue
        for given in (1, 2):
            end = start + surname + given
            name = text[start:end]
            if end > len(text) or not HAN_RUN.fullmatch(name) or set(name[surname:]) & _NEVER:
                break
            if end in inside or part_of_speech(name) not in ("", *_PERSONS) or (given == 1 and _OFFICE.search(name)):
                continue
            if _NO_NAME.search(name) and not (follows_office(text, start) or _speaks(name, around)):  # 郭家村, but 书记郭中村
                continue
            score = _before(text, start, ending.get(start)) + _after(text, end, starting.get(end)) + _itself(name, word, around)
            yield PersonName(start, end, score)


def _speaks(name: str, around: str) -> bool:
    """Whether a verb of persons (说, 想, 出生) follows the name somewhere in `around`."""
    return re.search(f"{name}(?:说|道：|想|笑|琢磨|回忆|介绍|告诉|坦言|感慨|觉得|出生|去世|毕业)", around) is not None


def _foreign_names(words: Sequence[Word]) -> Iterator[PersonName]:
    """Foreign names: parts joined by "·" (雅各布·克伦贝格尔), and names in jieba's dictionary that stand alone."""
    at = 0
    while at < len(words):
        end = at
        while end + 2 < len(words) and words[end + 1].text in "·•" and words[end + 2].tag != "w":
            end += 2
        while (
            end > at
            and end + 1 < len(words)
            and words[end + 1].tag in ("x", *_PERSONS)
            and words[end + 1].start == words[end].end
        ):
            end += 1
        beside = {words[side].tag for side in (at - 1, end + 1) if 0 <= side < len(words)}
        alone = not beside & {"x", "nr", "nrt", "zg", "eng", "g"}
        if end > at or (alone and words[at].tag in ("nrt", "nrfg") and not _NO_NAME.search(words[at].text)):
            yield PersonName(words[at].start, words[end].end, _FOREIGN)
        at = end + 1


def _before(text: str, start: int, word: Word | None) -> float:
    """The score, -2 to 1.5, of what stands before offset `start`: an office, a mark, a preposition; `word` ends there."""
    if start == 0 or not text[start - 1].isalnum() or text[start - 1] in _LEADING:
        return 1
    if follows_office(text, start) and word is not None and word.tag not in ("x", "nr"):
        return 1.5
    if word is not None and word.tag[0] == "n" and word.tag != "nr":
        return 0.5
    verb = word is not None and word.tag[0] == "v"
    return -2 if verb and text[start] in _DOUBTFUL else 0  # 于 after the verb in 开凿于景和七年 is no surname


def _after(text: str, end: int, word: Word | None) -> float:
    """The score, 0 to 1, of what stands after offset `end`; `word` begins there."""
    if end == len(text) or not text[end].isalnum():
        return 1
    return 0.5 if word is not None and word.tag != "x" else 0


def _itself(name: str, word: Word | None, around: str) -> float:
    """The score, -2 to 5, of the name's characters, of jieba's `word` that begins with it, and of its repetition in `around`."""
    guessed = word is not None and word.end - word.start == len(name)
    score = (len(name) > 2) * 0.75 + guessed * (1 if len(name) > 2 else 0.5) + (part_of_speech(name) in _PERSONS)
    score += (name[0] not in _DOUBTFUL) * 0.5 - (name[0] in _DOUBTFUL) - (name[-1] in _HARDLY_LAST)
    repeated, shorter = around.count(name), around.count(name[:-1]) if len(name) > 2 else 0
    if repeated > 1:
        score += 1 + (repeated == shorter)  # the name without its last character occurs nowhere else
    elif shorter > repeated:
        score -= 1
    return score
