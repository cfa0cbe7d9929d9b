"""A Chinese follow-up completed from the question before it: "那它的洪峰是多少？" after "綦河在哪里？".

Chinese puts what a question is about first and may leave it out from then on, so that most follow-ups need the subject of the
earlier question in front of them, or in the place of a pronoun; one that only asks why or when needs all of it, and "那永富镇
呢？" needs it with one word replaced. The questions are read by their question words, by jieba's parts of speech and by a few
function words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from .completion import Completion
from .person_names import follows_office, person_names

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
_CLAUSE_END = re.compile("[,，;；:：。！？!?\n|]")
NEAR = 8  # characters
SURE = 4.0  # the score of a name that may stand further away
_MEN, _WOMEN = "父亲|爸爸|丈夫|儿子|哥哥|弟弟|爷爷", "母亲|妈妈|妻子|女儿|姐姐|妹妹|奶奶|夫人|太太|皇后|王妃"
_BY = re.compile("(?:首先|最[早先初后]|后来|当时|当初|主要|究竟|到底|曾经?)?(?:是|被|由|让|给|为)+$")  # before 谁

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
_NUMERAL = re.compile(r"(?:\d+(?:\.\d+)?|[一二三四五六七八九十百千零〇]+)")
# What belongs to what was named rather than stands beside it: a measure, a circumstance, an office.
_RELATION = re.compile(
    "[率量度额数积价费速深长宽高重龄径压能额限润值址码式法因称色命途况史点员师主]$"
    "|(?:人口|时间|电话|名字|作者|收入|预算|成本|比例|大小|结果|效果|后果|结局|味道|作用|特征|意义|目的|目标|背景|条件|要求|来源|成分"
    "|籍贯|学历|职业|爱好|经理|主任|书记|领队|总监|董事|主席|教练|徒弟|师傅|父亲|母亲|父母|妻子|丈夫|儿子|女儿|哥哥|弟弟|姐姐|妹妹|"
    "学生|老师|创始人|负责人|发起人|主持人|设计者|站名|风格|内容|数字|产地|位置|出处|厂家|品牌|型号|尺寸|版本|出版社|材质|材料|原料|配料"
    "|口味|包装|库存|用量|禁忌|副作用|手续|流程|步骤|押金|利息|优惠|折扣|售后|保修)$"
)
_SINGLE = frozenset("省市县区乡镇村州国岛街路港河江湖山校厂院局队团党馆店站桥寺庙塔园窑社司会")  # what ends names of one thing
_PLACES = _SINGLE | frozenset("堂房室厅楼池场所处部柜亭")  # what may stand beside it
MOST_COMMON = 5  # characters of the name of a sort of things
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
        time = re.match(r"(?:在|从|到|截至)?(?:\d+[年月日号点](?![线楼馆院厅门口库站机]))+[,，、]?", self.folded)
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
        attribute = len(words) > 1 and len(words[-1].text) > 1 and not words[-1].is_name  # no 窑 of 白鹿窑
        if asked_of_last and attribute and any(word.is_name for word in words[:-1]):
            last = len(words) - 1
            while last > 1 and words[last - 1].tag in ("v", "vn"):  # 营业 of 朔岚风电营业收入
                last -= 1
            return self.body[start : words[last].start]
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


def complete(question: str, earlier: str, quote: str, passages: Sequence[str] = ()) -> Completion | None:
    """`question` completed from the one before it, as that was understood, and the sentence `quote` that answered that one.

    `passages` are those found for it, the one that the sentence is from first. None when it stands by itself.
    """
    asked, before = _Question(question), _Question(earlier)
    if not before.content():
        return None
    pronoun = _pointing_back(asked)
    if pronoun is not None:
        # in a long question it may stand for something that the question says before it
        leads = all(word.start >= pronoun.start() for word in asked.content())
        return Completion(_in_place(asked, pronoun, before, quote, passages), leads or len(asked.content()) <= LONG)
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
        around = next((word for word in asked.words if word.start < match.end() < word.end), None)
        guessed = around is not None and around.tag == "x" and around.start == match.start()  # 他花, as jieba guesses
        if around is not None and around.is_name and not guessed:
            continue  # part of a name
        return match
    return None


def _in_place(asked: _Question, pronoun: re.Match[str], before: _Question, quote: str, passages: Sequence[str]) -> str:
    """The question with what its pronoun stands for in the pronoun's place."""
    start, end = pronoun.span()
    kind = pronoun.lastgroup
    stands_for = ""
    owner = _Question(before.owner())
    who = kind == "person" and before.kind == "person"
    if who and not _of_other_sex(pronoun.group(), before) and (_asks_for_subject(before) or not _names_person(owner)):
        stands_for = _whom(before, quote, passages)
        if not stands_for and _asks_for_subject(before):
            return _in_front(before.statement, asked)
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
    return asked.body[:start] + stands_for + asked.body[end:] + _ending(asked)


def _whom(before: _Question, quote: str, passages: Sequence[str]) -> str:
    """Whom a question that asked who was about: the person that the answer names, else what the question says of them."""
    named = (_person_in(passage, before, passage, quoted=False) for passage in passages)
    name = _person_in(quote, before, passages[0] if passages else "") or next(filter(None, named), "")
    described = re.match("(.+?)(?:是|为)谁$", before.folded)
    if described is not None:
        return before.body[: described.end(1)] + name
    return name or _who_did(before)


def _who_did(before: _Question) -> str:
    """A question that asks who, as a noun phrase: 主持开凿盐道的人 of 盐道是谁主持开凿的; "" when it is of another form."""
    if before.asking is None or before.asking.group() != "谁":
        return ""
    said, did = before.body[: before.asking.start()], before.folded[before.asking.end() :]
    what = _BY.sub("", said)
    if not did or did[0] == "的" or (what and (what == said or before.words[0].tag == "p" or what.endswith("年"))):
        return ""
    return re.sub("^所", "", re.sub("的$", "", before.body[before.asking.end() :])) + what + "的人"


def _person_in(quote: str, before: _Question, around: str, quoted: bool = True) -> str:
    """The only person that a sentence of the passage `around` names beside words of the question that it answers.

    Beside is in one clause, and less than NEAR characters away; `quoted` is False for a passage that was only found, where a
    name of the question does not serve. On the 281 questions of drcd_dev that ask who and are answered in two to four
    characters, given the sentence that holds the answer, 71 are right, 49 wrong and 161 none (many a name there is foreign);
    with the person nearest to the question's words, as jieba guesses at words, 87 are right and 102 wrong.
    """
    folded = normalise(quote)
    if len(folded) != len(quote):
        quote = folded
    people = [name for name in person_names(folded, normalise(around)) if folded[name.start : name.end] not in before.folded]
    own = before.content() if people else []
    said = {
        word.text for word in own if (word.tag == "v" or len(word.text) > 1) and (quoted or word.tag not in ("x", "nr", "ns"))
    }
    known = [
        word for word in classified(folded) if word.text in said or (quoted and len(word.text) > 1 and word.text in before.folded)
    ]
    beside = {
        quote[name.start : name.end]
        for name in people
        for word in known
        if max(word.start - name.end, name.start - word.end) < NEAR
        and not _CLAUSE_END.search(folded, min(word.end, name.end), max(word.start, name.start))
    }
    if quoted and not beside:  # 村支书徐德纯彻夜未眠, asked with other words
        beside = {quote[name.start : name.end] for name in people if name.score >= SURE or follows_office(folded, name.start)}
    return beside.pop() if len(beside) == 1 else ""


def _asks_for_subject(before: _Question) -> bool:
    """Whether a question asks who is or did something, rather than to whom a person did it: 谁打败了卡特, not 卡特打败了谁."""
    if before.asking is None or before.asking.group() != "谁":
        return False
    said, did = before.folded[: before.asking.start()], before.folded[before.asking.end() :]
    return did[:1] not in ("", "的") or said[-1:] in ("是", "为")


def _of_other_sex(pronoun: str, before: _Question) -> bool:
    """Whether the question asks for a relative whom the pronoun cannot stand for, so that it is the one whose relative it is."""
    kin = _WOMEN if pronoun == "他" else _MEN
    return re.search(f"(?:{kin})是谁$", before.folded) is not None


def _names_person(question: _Question) -> bool:
    """Whether a question names a person, if only as jieba guesses; "是" and a comma stand in for what is beside the name."""
    return any(word.tag == "nrt" or (word.tag in ("x", "nr") and person_names(f"是{word.text}，")) for word in question.words)


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
        return _at_time(new, before)
    span = _numbered(asked, before) or _like(asked, before)
    things = _counted(before)
    counted = things is not None and (new.endswith("的") or not (asked.names_one or _MEASURED.search(new)))
    span = span or (None if counted else _slot(asked, before))
    if span is not None:
        return body[: span[0]] + new + body[span[1] :] + _ending(before)
    if counted and things is not None:
        start, end = things
        return body[:start] + "多少" + new + body[end:] + _ending(before)
    asks = {"number": "是多少", "person": "是谁"}.get(before.kind, "呢")
    owner = before.owner() or before.statement
    of = "，" if new.endswith("的") else "" if owner.endswith("的") else "的"
    return f"{owner}{of}{new}{asks}{_mark(asked)}"


def _at_time(new: str, before: _Question) -> str:
    """The earlier question asked of another time: 夜间 in the place of 白天, or in front."""
    words = [word for word in before.words if before.outside_asking(word)]
    time = next((word for word in words if word.tag == "t" or word.text[-1] == new[-1]), None)
    if time is not None and not _TIMES.search(before.folded):
        return before.body[: time.start] + new + before.body[time.end :] + _ending(before)
    return f"{new}，{_TIMES.sub('', before.body, 1)}{_ending(before)}"


def _numbered(asked: _Question, before: _Question) -> tuple[int, int] | None:
    """Where the earlier question has the new words with another number: 6号线 for 7号线, 一期工程 for 二期工程."""
    if not _NUMERAL.search(asked.folded) or _NUMERAL.fullmatch(asked.folded):
        return None
    same = "".join(
        f"(?<![\\d.]){_NUMERAL.pattern}" if _NUMERAL.fullmatch(part) else re.escape(part)
        for part in re.split(f"({_NUMERAL.pattern})", asked.folded)
    )
    match = re.search(same, before.folded)
    return match.span() if match else None


def _slot(asked: _Question, before: _Question) -> tuple[int, int] | None:
    """Where the earlier question says what it asks about, if that is a thing of a sort and the new words name another.

    三文鱼 of 三文鱼要多少度 for 鸡翅, 高层 of 高层物业费多少 for 洋房; but a name has no other beside it that a common noun could
    be, and 水深 or 厂长 belong to what was named.
    """
    start, end = _topic(before)
    relation = before.folded.find("的", start, end)
    if relation > start:  # 高层的物业费, 贺砚秋的师傅
        head, tail = (start, relation), (relation + 1, end)
        if not _is_proper(asked) and bool(_RELATION.search(before.folded[slice(*tail)])) == bool(_RELATION.search(asked.folded)):
            rest = before.folded[end:]
            direct = before.asking is not None and re.fullmatch("[是叫为有约达在了]*", rest[: before.asking.start() - end])
            return tail if direct else None
        if _RELATION.search(asked.folded):
            return None
        start, end = head
    else:
        while end > start and not _RELATION.fullmatch(before.folded[start:end]):
            last = next((word for word in before.words if word.end == end and word.start > start), None)
            if last is None or not _RELATION.search(last.text) or _RELATION.search(asked.folded):
                break
            end = last.start
    topic = before.folded[start:end]
    if not topic or (_RELATION.search(asked.folded) and not _RELATION.search(topic)):
        return None
    first = next((word for word in before.words if word.start == start), None)
    if first is not None and first.end < end and first.text[0] == asked.folded[0] and len(first.text) == len(asked.folded):
        end = first.end  # 血糖 of 血糖化验 for 血脂
    if before.folded[end : end + 1] == asked.folded[-1:]:
        end += 1  # 险 of 商业险, which jieba takes for an adjective
    if topic[-1] in _SINGLE and asked.folded[-1] not in _PLACES:
        return None
    return (start, end) if _is_common(topic, before) or _is_proper(asked) else None


def _topic(question: _Question) -> tuple[int, int]:
    """The characters [start, end) of the subject up to a time or number, or of what stands before the verb after it."""
    start, end = question.subject_span()
    if start == end:  # 拿铁, 快递驿站: jieba takes the first character or word for a verb
        first = re.match(r"[^\W\d]{2,4}?(?=多少|几|要|用|是|在|有|可以|能|怎么|什么)", question.folded)
        if first and "的" not in first.group() and question.outside_asking(Word("", "", *first.span())):
            return first.span()
        last = next(reversed(list(_name_runs(question.words))), None)  # 红烧肉 of 怎么做红烧肉
        if question.asking is None or question.asking.start() or last is None:
            return 0, 0
        if last[1] == len(question.words) and question.words[last[0]].start > question.asking.end():
            return question.words[last[0]].start, question.words[-1].end
        return 0, 0
    for word in question.words:
        if start < word.start < end and word.tag in ("t", "m"):
            return start, word.start
    return start, end


def _is_common(topic: str, question: _Question) -> bool:
    """Whether a topic is the name of a sort of things rather than of one: short, and no place, body or person."""
    words = [word for word in question.words if word.text in topic]
    unique = re.search(r"\d", topic) is not None or any(
        word.tag in ("ns", "nt", "nrfg") or (word.tag == "x" and len(word.text) > 3) for word in words
    )
    person = len(topic) > 2 and bool(person_names(topic))
    return len(topic) <= MOST_COMMON and not unique and not person


def _is_proper(asked: _Question) -> bool:
    """Whether the new words are the name of a place, a body or a person."""
    named = person_names(asked.folded)
    return all(word.tag in ("ns", "nt") for word in asked.words) or (
        len(named) == 1 and named[0].end - named[0].start == len(asked.folded)
    )


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
    only_unit = re.fullmatch(_CLASSIFIERS, before.folded[end:last])  # 多少亩
    return (before.asking.start(), last) if last > end and not only_unit else None


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


def _ending(question: _Question) -> str:
    """The mark that ends a question, with the 吗 before it."""
    asks = re.match("[吗嗎]", question.raw[len(question.body) :])
    return (asks.group() if asks else "") + _mark(question)
