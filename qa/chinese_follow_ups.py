"""A Chinese follow-up completed from the question before it: "那它的洪峰是多少？" after "綦河在哪里？".

Chinese puts what a question is about first and may leave it out from then on, so that most follow-ups need the subject of the
earlier question in front of them, or in the place of a pronoun; one that only asks why or when needs all of it, and "那永富镇
呢？" needs it with one word replaced. The questions are read by their question words, by jieba's parts of speech and by a few
function words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .completions import Completion
from .tokens import normalise
from .word_classes import Word, classified

_CLASSIFIERS = (
    "个|位|名|家|座|条|种|本|部|场|次|支|只|项|所|些|款|首|艘|片|户|头|羽|篇|份|"
    "亩|米|吨|岁|口|件|张|层|届|人|天|年|月|日|点|站|队"
)
# Question words by what they ask for, the longer ones first. A number takes its classifier with it.
_ASKING = re.compile(
    r"(?P<reason>为什么|为啥|为何|何以|什么原因)"
    r"|(?P<time>什么时候|什么时间|何时|何年|几时|哪一?[年天日月]|哪个月|几几年|几[号点月年])"
    r"|(?P<place>什么地方|何地|何处|哪里|哪儿)"
    r"|(?P<manner>怎么样|怎样|怎么|如何)"
    r"|(?P<person>谁|哪[一几]?[位名]|什么人)"
    rf"|(?P<number>(?:花了?)?多少(?:钱|(?:{_CLASSIFIERS})(?=[\w“「《]))?|几(?:{_CLASSIFIERS})|多[大长高远久重深宽厚快])"
    rf"|(?P<thing>干什么|干嘛|什么样|什么|啥|哪[一几两些]?(?:{_CLASSIFIERS})?)"
)
_LEAD = re.compile(
    r"(?:(?:那么|那(?![里儿个些位时年天种次边座家条场曲]|不勒斯)|还有|另外|此外|然后|对了|嗯|哦|好的?|请问|再问一下)[，,、 ]*)+"
)
_END = re.compile(r"[呢啊呀吗吧嘛?!。…\s]*$")
# What a question that asks nothing of its own may hold beside its question word.
_HOLLOW = frozenset(
    "是 的 了 在 有 到 又 都 事 事情 情况 时候 具体 详细 说 说说 讲讲 介绍 一下 后来 之后 接着 然后 会 要 这样 这 那".split()
)
_STOPS = frozenset(
    "是 有 在 由 叫 被 把 从 占 为 属 用 给 对 于 能 会 要 可 做 含 位于 成立 叫做 称 指 长 去 死 生 来 写 字".split()
)
_TIMES = re.compile(r"(?:第?(?:\d+|[首一二三四五六七八九十百零〇]+)(?:世纪|年代?|月份?|日|号|届|次|点|期))+")
_PLACE = re.compile(r"[省市县区乡镇村州国岛街路港]$|社区$|街道$")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪"
    "范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤乔刁"
)

_QUOTES = {"《": "》", "“": "”", "「": "」", "『": "』", '"': '"', "‘": "’", "〈": "〉"}
_DOCUMENTS = "文章|文档|文件|资料|材料"  # which a question may point at without following another
_PRONOUN = re.compile(
    r"(?P<persons>他们|她们|它们)"
    r"|(?P<place>那里|那儿|这里|这儿|当地|那边|此地|该地)"
    r"|(?P<among>其中)"
    r"|(?<![极尤与何])(?P<of>其)(?![他它余实次间])"
    rf"|(?P<this>(?:这|那|该|(?<![在因如从彼为由至就])此)(?!(?:一?(?:{_CLASSIFIERS}))?(?:{_DOCUMENTS}))"
    rf"(?:一?(?:{_CLASSIFIERS}))?(?=\w)(?!么|样|时|后|前|外|里|儿|边|些))"
    r"|(?<![其吉])(?P<person>[他她])(?!们|国|人)"
    r"|(?<!其)(?P<thing>它)(?!们)"
)
_MEASURED = re.compile("[率量度额数积价费]$")  # of something, where other nouns are counted
_GENERIC = frozenset("省市县区乡镇村州国岛街路港河江湖山校厂院局队团语教族党")  # what ends the names of one kind of thing
LONG = 3  # words with a meaning of their own
_LIKEWISE = re.compile("也?(?:这么|这样|那么|那样)")


class _Question:
    """A question's words, its question word, and its text as it was written."""

    def __init__(self, text: str) -> None:
        folded = normalise(text)
        if len(folded) != len(text):
            text = folded
        lead, end = _LEAD.match(folded), _END.search(folded)
        start, last = lead.end() if lead else 0, end.start() if end else len(folded)
        self.led = start > 0  # by a word that goes on from what was said
        self.raw = text[start:]
        self.body, self.folded = text[start:last], folded[start:last]
        self.words = list(_with_titles(classified(self.folded)))
        self.asking = _ASKING.search(self.folded)
        self.names_only = self.asking is None and "吗" not in folded[last:]
        self.names_one = any(word.is_name for word in self.words)

    @property
    def kind(self) -> str:
        """What it asks for: the name of the group of its question word, or ""."""
        return (self.asking.lastgroup or "") if self.asking else ""

    @property
    def statement(self) -> str:
        """The question without its question word."""
        if self.asking is None:
            return self.body
        before, after = self.body[: self.asking.start()], self.body[self.asking.end() :]
        if not after:
            before = re.sub(r"(?:是|有|在|叫|由|为|于|从|到|的)+$", "", before)
        return before + re.sub(r"^的(?=\w)", "", after)

    def outside_asking(self, word: Word) -> bool:
        """Whether a word is none of the question word."""
        return self.asking is None or word.end <= self.asking.start() or word.start >= self.asking.end()

    def content(self) -> list[Word]:
        """The words with a meaning of their own."""
        return [
            word
            for word in self.words
            if self.outside_asking(word)
            and word.tag not in ("w", "ul", "uj", "y", "c", "p", "d", "u", "uz")
            and word.text not in _HOLLOW
        ]

    def subject(self) -> str:
        """The noun phrase that the question begins with, after a time; "" when it begins otherwise."""
        return self.body[slice(*self.subject_span())]

    def subject_span(self) -> tuple[int, int]:
        """The characters [start, end) of the subject."""
        time = re.match(r"(?:在|从|到|截至)?(?:\d+[年月日号点])+[,，、]?", self.folded)
        words = [word for word in self.words if time is None or word.start >= time.end()]
        last = 0
        while last < len(words) and not self._stops(words, last):
            last += 1
        while last and words[last - 1].tag in ("uj", "a", "d", "f", "c", "p"):
            last -= 1
        if not last:
            return 0, 0
        glued = words[last - 1].tag == "x" and words[last - 1].text[-1] in "是在有由叫"  # 艾是, as jieba guesses
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
            return following.tag[0] not in "ngxa"  # 裸顶鲷, 搜登站镇
        return verb

    def owner(self) -> str:
        """What the subject belongs to, 胜利村 of 胜利村的人均耕地 and of 胜利村人均耕地多少, or the subject itself."""
        start, end = self.subject_span()
        at = self.folded.find("的", start, end)
        named = any(word.start == at + 1 and word.text[0] in _QUOTES for word in self.words)
        if at > start and not named and not _TIMES.match(self.folded[start:at]):
            kept = re.sub("(?:最.|以前|之前|之外)+$", "", self.folded[start:at])
            return self.body[start : start + len(kept)] if kept else self.body[start:end]
        words = [word for word in self.words if start <= word.start and word.end <= end]
        asked_of_last = _ASKING.match(self.folded[end:].lstrip("是有约达到共")) is not None
        if asked_of_last and len(words) > 1 and not words[-1].is_name and any(word.is_name for word in words[:-1]):
            return self.body[start : words[-1].start]
        return self.body[start:end]

    def asked_things(self) -> str:
        """What is asked for, as a noun phrase: 桐庐县推出的清单 of 桐庐县推出了什么清单; "" when it has no noun."""
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
        """What a question without a noun of its own is about: the things asked for, the subject, or all that was said."""
        ends = self.asking is not None and self.asking.end() == len(self.folded)
        whose = self.owner() if self.kind == "person" else self.subject()
        return self.asked_things() or (whose if ends else "") or self.statement


def _with_titles(words: Sequence[Word]) -> Iterator[Word]:
    """The words, with what stands between quotation marks as one name."""
    at = 0
    while at < len(words):
        close = _QUOTES.get(words[at].text)
        last = next((i for i in range(at + 1, len(words)) if words[i].text == close), at) if close else at
        if last > at:
            between = words[at : last + 1]
            yield Word("".join(word.text for word in between), "nz", words[at].start, words[last].end)
        else:
            yield words[at]
        at = last + 1


def complete(question: str, earlier: str, quote: str) -> Completion | None:
    """`question` completed from the one before it, as that was understood, and the sentence `quote` that answered that one.

    None when it stands by itself.
    """
    asked, before = _Question(question), _Question(earlier)
    if not before.content():
        return None
    pronoun = _pointing_back(asked)
    if pronoun is not None:
        # in a long question it may stand for something that the question says before it
        leads = all(word.start >= pronoun.start() for word in asked.content())
        return Completion(_in_place(asked, pronoun, before, quote), leads or len(asked.content()) <= LONG)
    if not asked.content():
        text = _all_of(before, asked)
    elif asked.names_only and asked.raw.endswith(("呢", "呢？", "呢?")):
        text = _instead(asked, before)
    elif _LIKEWISE.search(asked.folded):
        text = _in_front(before.statement, asked)
    else:
        return _doubtful(asked, before)
    return Completion(text, True)


def _doubtful(asked: _Question, before: _Question) -> Completion | None:
    """The completion of a question that may stand by itself; None when it has all that it needs."""
    if asked.names_only:
        short = asked.raw.endswith(("？", "?")) and len(asked.content()) <= 2 and not asked.names_one
        return Completion(_instead(asked, before), False) if short else None
    if not _lacks_subject(asked):
        return None
    content = asked.content()
    nouns = [word for word in content if word.tag[0] in "nxjlg" or word.tag == "eng" or word.text.startswith("第")]
    asked_for = asked.asking.end() if asked.asking and asked.asking.start() else -1
    says_nothing = not any(word.start != asked_for for word in nouns)  # 会说哪些语言: verbs, and what is asked for
    if asked.kind in ("reason", "manner") and len(content) <= 1:
        about = before.statement
    else:
        about = (before.owner() if nouns else "") or before.theme()
    if any(word.text in about for word in content if word.is_name or word.tag[0] == "n"):
        return None  # it says itself what it is about
    return Completion(_in_front(about, asked), says_nothing and len(content) <= LONG)


def _lacks_subject(asked: _Question) -> bool:
    """Whether a question may have left out what it is about: it is short, and names nothing before its verb."""
    content = asked.content()
    if len(content) > 4 or re.match(f"什么[是叫]|谁是|[这那本](?:.|一.)?(?:{_DOCUMENTS})", asked.folded):
        return False
    if len(content) == 1 and content[0].tag in ("ns", "nt", "nr"):
        return True  # 都城, which the dictionary takes for a name
    return not any(word.is_name for word in content if word.end <= asked.subject_span()[1])


def _pointing_back(asked: _Question) -> re.Match[str] | None:
    """The pronoun that stands for something named earlier; None when there is none, or what it stands for is before it."""
    for match in _PRONOUN.finditer(asked.folded):
        before = [word for word in asked.content() if word.end <= match.start()]
        if any(word.is_name or (word.tag[0] == "n" and match.lastgroup in ("thing", "of", "persons")) for word in before):
            return None
        if any(word.start < match.end() and word.end > match.end() and word.is_name for word in asked.words):
            continue  # part of a name
        return match
    return None


def _in_place(asked: _Question, pronoun: re.Match[str], before: _Question, quote: str) -> str:
    """The question with what its pronoun stands for in the pronoun's place."""
    start, end = pronoun.span()
    kind = pronoun.lastgroup
    stands_for = ""
    owner = _Question(before.owner())
    if kind == "person" and before.kind == "person" and not any(_is_person(word) for word in owner.words):
        stands_for = _person_in(quote, before)
        if before.folded.endswith("是谁"):
            stands_for = before.subject() + stands_for
    elif kind == "persons":
        stands_for = before.asked_things()
    elif kind == "place":
        stands_for = _place_in(before) or (_place_in(_Question(quote)) if before.kind == "place" else "")
    elif kind in ("thing", "this", "of") and before.kind == "thing":
        stands_for = before.asked_things()
    if not stands_for:
        stands_for = before.owner() if kind == "person" else before.subject()
    if not stands_for:
        return _in_front(before.statement, asked)
    if kind in ("this", "among"):
        end = start
    elif kind == "of" and not asked.folded[end:].startswith("的"):
        stands_for += "的"
    return asked.body[:start] + stands_for + asked.body[end:] + _mark(asked)


def _person_in(quote: str, before: _Question) -> str:
    """The person that a sentence names nearest to the words of the question that it answers."""
    folded = normalise(quote)
    if len(folded) != len(quote):
        quote = folded
    words = classified(folded)
    known = [word.start for word in words if len(word.text) > 1 and word.text in before.folded]
    people = [word for word in words if word.text not in before.folded and _is_person(word)]
    if not people:
        return ""
    middle = sum(known) / len(known) if known else 0
    best = min(people, key=lambda word: (abs(word.start - middle), word.start))
    return quote[best.start : best.end]


def _is_person(word: Word) -> bool:
    return word.tag == "nrt" or (word.tag in ("x", "nr") and word.text[0] in _SURNAMES and 2 <= len(word.text) <= 3)


def _place_in(question: _Question) -> str:
    """The last place that a question names."""
    runs = list(_name_runs(question.words))
    places = [
        (a, b) for a, b in runs if any(w.tag == "ns" for w in question.words[a:b]) or _PLACE.search(question.words[b - 1].text)
    ]
    if not places:
        return ""
    a, b = places[-1]
    return question.body[question.words[a].start : question.words[b - 1].end]


def _name_runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Stretches [first, last) of names and nouns beside each other."""
    first = None
    for at, word in enumerate([*words, Word("", "w", 0, 0)]):
        nominal = (word.tag[0] in "nxejl" and word.tag != "e") or word.tag == "zg"
        if nominal and first is None:
            first = at
        elif not nominal and first is not None:
            yield first, at
            first = None


def _instead(asked: _Question, before: _Question) -> str:
    """The earlier question with the new word in the place of the one of its kind, or that word asked of the same subject."""
    new, body = asked.body, before.body
    if all(word.tag == "t" for word in asked.words):  # 现在呢
        return f"{new}，{_TIMES.sub('', body, 1)}{_mark(before)}"
    span = _like(asked, before)
    if span is not None:
        return body[: span[0]] + new + body[span[1] :] + _mark(before)
    things = _counted(before)
    if things is not None and (new.endswith("的") or not (asked.names_one or _MEASURED.search(new))):
        start, end = things
        return body[:start] + "多少" + new + body[end:] + _mark(before)
    asks = {"number": "是多少", "person": "是谁"}.get(before.kind, "呢")
    owner = before.owner() or before.statement
    return f"{owner}{'，' if new.endswith('的') else '的'}{new}{asks}{_mark(asked)}"


def _like(asked: _Question, before: _Question) -> tuple[int, int] | None:
    """Where the earlier question has what the new words can stand for: a time of the same form, a name of the same kind, or
    words with the same ending."""
    new = asked.folded
    for match in _TIMES.finditer(before.folded) if _TIMES.match(new) else ():
        if _shape(match.group()) == _shape(new):
            return match.span()
    best, span = (0, False, 0), None
    for words in _nominal(before):
        text = before.folded[words[0].start : words[-1].end]
        suffix = _common_suffix(text, new)
        same_kind = words[-1].is_name and words[-1].tag == asked.words[-1].tag
        if suffix == len(text) or not (
            suffix > 1 or (suffix and new[-1] in _GENERIC) or (same_kind and (suffix or len(words) == 1))
        ):
            continue
        score = (suffix, same_kind, len(words) if suffix else 0)
        if score > best or span is None:
            best, span = score, (words[0].start, words[-1].end)
    return span


def _nominal(question: _Question) -> Iterator[list[Word]]:
    """Every stretch of names and nouns beside each other, and every part of it."""
    for a, b in _name_runs(question.words):
        for first in range(a, b):
            for end in range(first + 1, b + 1):
                yield question.words[first:end]


def _shape(time: str) -> str:
    return re.sub(r"第?(?:\d+|[首一二三四五六七八九十百零〇]+)", "#", time)


def _common_suffix(one: str, other: str) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return length


def _counted(before: _Question) -> tuple[int, int] | None:
    """The characters of 多少个党员 in a question: the number asked for with the things that are counted."""
    if before.asking is None or before.kind != "number" or not re.match("(?:多少|几)", before.asking.group()):
        return None
    end = before.asking.end()
    last = end
    for word in before.words:
        if word.start >= end:
            if word.tag[0] not in "nxjl" or word.start != last:
                break
            last = word.end
    return (before.asking.start(), last) if last > end else None


def _all_of(before: _Question, asked: _Question) -> str:
    """The earlier question asked for something else: its question word replaced, or the new one after it."""
    if not asked.body:
        return before.body + _mark(before)
    adverbs = ("reason", "time", "place", "manner")
    if before.asking is not None and asked.asking is not None and before.kind in adverbs and asked.kind in adverbs:
        word = (
            re.sub("^(?:是|在)", "", asked.body)
            if asked.kind != "place" or before.body[: before.asking.start()].endswith("在")
            else asked.body
        )
        return before.body[: before.asking.start()] + word + before.body[before.asking.end() :] + _mark(before)
    return _in_front(before.statement, asked)


def _in_front(what: str, asked: _Question) -> str:
    return f"{what}，{asked.raw}"


def _mark(question: _Question) -> str:
    return question.raw[-1:] if question.raw[-1:] in ("？", "?", "！", "。") else "？"
