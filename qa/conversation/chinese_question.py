"""A Chinese question taken apart: question word, subject, owner of the subject (胜利村 in 胜利村的耕地), content words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..search.question_words import asking_spans, fits
from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from ..text.user_words import UserDictionary

CLASSIFIERS = (
    "个|位|名|家|座|条|种|本|部|场|次|支|只|项|所|些|款|首|艘|片|户|头|羽|篇|份|"
    "亩|米|吨|岁|口|件|张|层|届|人|天|年|月|日|点|站|队"
)
# Question words by what they ask for, the longer ones first. A number takes its classifier with it.
ASKING = re.compile(
    r"(?P<reason>为什么|为啥|为何|何以|什么原因)"
    r"|(?P<time>什么时候|什么时间|何时|何年|几时|哪一?[年天日月]|哪个月|几几年|几[号点月年])"
    r"|(?P<place>什么地方|何地|何处|哪里|哪儿)"
    r"|(?P<manner>怎么样|怎样|怎么|如何)"
    r"|(?P<person>谁|哪[一几]?[位名]|什么人)"
    rf"|(?P<number>(?:花了?)?多少(?:钱|(?:{CLASSIFIERS})(?=[\w“「《]))?|几(?:{CLASSIFIERS})|多[大长高远久重深宽厚快])"
    rf"|(?P<thing>干什么|干嘛|什么样|什么|啥|哪[一几两些]?(?:{CLASSIFIERS})?)"
)
# What a follow-up may begin with. A reply to the answer (好, 嗯) counts only before a mark or another lead: 好利来 is a name.
_LEAD = re.compile(
    r"(?:(?P<reply>对了|嗯|哦|好的?)|那么|那(?![里儿个些位时年天种次边座家条场])|还有|另外|此外|然后|请问|再问一下)"
    r"(?P<mark>[，,、 ]*)"
)
_END = re.compile(r"(?<![呢啊呀吗吧嘛?!。…\s])[呢啊呀吗吧嘛?!。…\s]*+$")
# Words without content: a question that has only these beside its question word names no topic.
_HOLLOW = frozenset(
    "是 的 了 在 有 到 又 都 事 事情 情况 时候 具体 详细 说 说说 讲讲 介绍 一下 后来 之后 接着 然后 会 要 这样 这 那".split()
)
_STOPS = frozenset(
    "是 有 在 由 叫 被 把 从 占 为 属 用 给 对 于 能 会 要 可 做 含 位于 成立 叫做 称 指 长 去 死 生 来 写 字".split()
)
_ORDINAL = "首一二三四五六七八九十百零〇"
TIMES = re.compile(rf"(?:第?(?:(?<!\d)\d++|(?<![{_ORDINAL}])[{_ORDINAL}]++)(?:世纪|年代?|月份?|日|号|届|次|点|期))+")
QUOTES = {"《": "》", "“": "”", "「": "」", "『": "』", '"': '"', "‘": "’", "〈": "〉"}


class ParsedQuestion:
    """A question's words, its question word and its text.

    `raw` is the text without its leads (那么, 另外), `body` is `raw` without the final particle and mark, `folded` is `body`
    normalised, of the same length. `words` are spans of `folded`, with a quoted title as one word. `asking` is the match of the
    question word, None without one. `names_only` is True when the question asks nothing (那永富镇呢), `names_one` when it has a
    name. `dictionary` holds the user's words.
    """

    def __init__(self, text: str, dictionary: UserDictionary) -> None:
        folded = normalise(text)
        if len(folded) != len(text):
            text = folded
        end = _END.search(folded)
        start, last = _end_of_leads(folded, dictionary), end.start() if end else len(folded)
        self.dictionary = dictionary
        self.raw = text[start:]
        self.body, self.folded = text[start:last], folded[start:last]
        parted = classified(self.folded, dictionary)
        self.words = list(_with_titles(parted))
        self.asking = _asking(self.folded, parted, dictionary)
        self.names_only = self.asking is None and "吗" not in folded[last:]
        self.names_one = any(word.is_name for word in self.words)

    @property
    def kind(self) -> str:
        """What it asks for, a group of ASKING ("reason", "time", "number", ...); "" without a question word."""
        return (self.asking.lastgroup or "") if self.asking else ""

    @property
    def statement(self) -> str:
        """The question without its question word."""
        if self.asking is None:
            return self.body
        before, after = self.body[: self.asking.start()], self.body[self.asking.end() :]
        if not after:
            before = re.sub(r"(?<![是有在叫由为于从到的])[是有在叫由为于从到的]++$", "", before)
        return before + re.sub(r"^的(?=\w)", "", after)

    def outside_asking(self, word: Word) -> bool:
        """Whether `word` does not overlap the question word."""
        return self.asking is None or word.end <= self.asking.start() or word.start >= self.asking.end()

    def content(self) -> list[Word]:
        """The content words: neither question word, function word nor one of _HOLLOW."""
        return [
            word
            for word in self.words
            if self.outside_asking(word)
            and word.tag not in ("w", "ul", "uj", "y", "c", "p", "d", "u", "uz")
            and word.text not in _HOLLOW
        ]

    def subject(self) -> str:
        """The noun phrase that the question begins with, or that follows a time at its beginning; "" without one."""
        return self.body[slice(*self.subject_span())]

    def subject_span(self) -> tuple[int, int]:
        """The span [start, end) of the subject in `body`; (0, 0) without one."""
        time = re.match(r"(?:在|从|到|截至)?(?:\d+[年月日号点](?![线楼馆院厅门口库站机]))+[,，、]?", self.folded)
        words = [word for word in self.words if time is None or word.start >= time.end()]
        last = 0
        while last < len(words) and not self._stops(words, last):
            last += 1
        while last and words[last - 1].tag in ("uj", "a", "d", "f", "c", "p"):
            last -= 1
        if not last:
            return 0, 0
        glued = words[last - 1].tag == "x" and words[last - 1].text[-1] in "是在有由叫"  # jieba joins 艾是 by a guess
        return words[0].start, words[last - 1].end - glued

    def _stops(self, words: Sequence[Word], at: int) -> bool:
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else None
        if not self.outside_asking(word) or word.text in _STOPS or word.text in ",，":
            return True
        if word.text in ("和", "与", "及", "的", "之", "最"):
            return False
        if word.tag in ("d", "p", "r", "c", "y", "ul", "uz", "ug", "u"):
            return True
        if following is not None and following.text in ("了", "过", "着"):
            return True
        verb = word.tag.startswith("v") and word.tag != "vn"
        if verb and len(word.text) == 1 and at and following is not None and self.outside_asking(following):
            return following.tag[0] not in "ngxa"  # a verb's character inside a name: 裸顶鲷, 搜登站镇
        return verb

    def owner(self) -> str:
        """The owner of the subject, 胜利村 in 胜利村的人均耕地 and in 胜利村人均耕地多少, else the subject itself."""
        start, end = self.subject_span()
        at = self.folded.find("的", start, end)
        named = any(word.start == at + 1 and word.text[0] in QUOTES for word in self.words)
        if at > start and not named and not TIMES.match(self.folded[start:at]):
            kept = re.sub("(?:最.|以前|之前|之外){1,3}+$", "", self.folded[start:at])
            return self.body[start : start + len(kept)] if kept else self.body[start:end]
        words = [word for word in self.words if start <= word.start and word.end <= end]
        asked_of_last = ASKING.match(self.folded[end:].lstrip("是有约达到共")) is not None
        attribute = len(words) > 1 and len(words[-1].text) > 1 and not words[-1].is_name  # 窑 in 白鹿窑 is part of the name
        if asked_of_last and attribute and any(word.is_name for word in words[:-1]):
            last = len(words) - 1
            while last > 1 and words[last - 1].tag in ("v", "vn"):  # 营业 in 朔岚风电营业收入 belongs to 收入
                last -= 1
            return self.body[start : words[last].start]
        return self.body[start:end]

    def asked_things(self) -> str:
        """The things asked for as a noun phrase: 桐庐县推出的清单 from 桐庐县推出了什么清单; "" when no noun is asked for."""
        if self.asking is None or self.kind not in ("number", "thing"):
            return ""
        end = self.asking.end()
        for word in self.words:
            if word.start == end and (word.tag[0] in "nxjlgs" or word.tag in ("vn", "a") or word.is_name):
                end = word.end
        before = re.sub("[了过着]$", "", self.body[: self.asking.start()])
        verb = next((word for word in reversed(self.words) if word.end <= len(before)), None)
        if end == self.asking.end() or verb is None or verb.text in ("在", "叫", "为"):
            return ""
        return re.sub("(?:的是|是|有)$", "", before) + "的" + self.body[self.asking.end() : end]

    def theme(self) -> str:
        """The topic for a follow-up without a noun: the things asked for, else the owner or subject, else the statement."""
        ends = self.asking is not None and self.asking.end() == len(self.folded)
        whose = self.owner() if self.kind == "person" else self.subject()
        return self.asked_things() or (whose if ends else "") or self.statement

    def after(self, what: str) -> str:
        """The question with its topic `what` and a comma in front."""
        return f"{what}，{self.raw}"

    @property
    def mark(self) -> str:
        """The final punctuation mark; "？" without one."""
        return self.raw[-1:] if self.raw[-1:] in ("？", "?", "！", "。") else "？"

    @property
    def ending(self) -> str:
        """The final mark with the particle 吗 before it, if there is one."""
        asks = re.match("[吗嗎]", self.raw[len(self.body) :])
        return (asks.group() if asks else "") + self.mark


def name_runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """The runs of adjacent names and nouns, each as word numbers [first, end)."""
    first = None
    for at, word in enumerate([*words, Word("", "w", 0, 0)]):
        nominal = (word.tag[0] in "nxejl" and word.tag != "e") or word.tag == "zg"
        if nominal and first is None:
            first = at
        elif not nominal and first is not None:
            yield first, at
            first = None


def _end_of_leads(text: str, dictionary: UserDictionary) -> int:
    """The offset at which the question begins after its leads; each lead must be a whole word or end in a mark."""
    words = classified(text, dictionary)
    leads = []
    at = 0
    while (lead := _LEAD.match(text, at)) is not None and (lead["mark"] or _is_word(lead.end(), words)):
        leads.append(lead)
        at = lead.end()
    while leads and leads[-1]["reply"] and not leads[-1]["mark"]:
        at = leads.pop().start()
    return at


def _is_word(end: int, words: Sequence[Word]) -> bool:
    """Whether a word ends at `end`, or jieba wrongly joins 那 to a place: 那永富 in 那永富镇, but not 那英 or 那志良."""
    within = next((number for number, word in enumerate(words) if word.start < end < word.end), None)
    if within is None:
        return True
    guess, *after = words[within : within + 2]
    place = bool(after) and after[0].tag[0] == "n" and len(after[0].text) == 1
    return guess.tag == "x" and guess.start == end - 1 and len(guess.text) > 2 and place


def _asking(text: str, words: Sequence[Word], dictionary: UserDictionary) -> re.Match[str] | None:
    """The first question word that ends where jieba's words end: 什么 in 称为什么, none in 哪吒."""
    spans = asking_spans(text, words, dictionary)
    at = 0
    while (match := ASKING.search(text, at)) is not None:
        if fits(*match.span(), words, spans):
            return match
        at = match.start() + 1
    return None


def _with_titles(words: Sequence[Word]) -> Iterator[Word]:
    """The words, with each text in quotation marks as one name (tag "nz")."""
    at = 0
    while at < len(words):
        close = QUOTES.get(words[at].text)
        last = next((i for i in range(at + 1, len(words)) if words[i].text == close), at) if close else at
        if last > at:
            between = words[at : last + 1]
            yield Word("".join(word.text for word in between), "nz", words[at].start, words[last].end)
        else:
            yield words[at]
        at = last + 1
