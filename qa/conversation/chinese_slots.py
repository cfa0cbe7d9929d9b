"""Slot filling: 那永富镇呢？ after 胜利村有多少户？ puts 永富镇 in the place of 胜利村: 永富镇有多少户？"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..text.parts_of_speech import Word
from .chinese_question import CLASSIFIERS, TIMES, ParsedQuestion, name_runs
from .person_names import person_names

_MEASURED = re.compile("[率量度额数积价费]$")  # a measure (耗电量), which is not counted with 多少 as other nouns are
_NUMERAL = re.compile(r"(?:\d++(?:\.\d++)?+|[一二三四五六七八九十百千零〇]++)")
# Nouns that are an attribute of the topic, not another topic of its kind: a measure, a circumstance, an office.
_RELATION = re.compile(
    "[率量度额数积价费速深长宽高重龄径压能额限润值址码式法因称色命途况史点员师主]$"
    "|(?:人口|时间|电话|名字|作者|收入|预算|成本|比例|大小|结果|效果|后果|结局|味道|作用|特征|意义|目的|目标|背景|条件|要求|来源|成分"
    "|籍贯|学历|职业|爱好|经理|主任|书记|领队|总监|董事|主席|教练|徒弟|师傅|父亲|母亲|父母|妻子|丈夫|儿子|女儿|哥哥|弟弟|姐姐|妹妹|"
    "学生|老师|创始人|负责人|发起人|主持人|设计者|站名|风格|内容|数字|产地|位置|出处|厂家|品牌|型号|尺寸|版本|出版社|材质|材料|原料|配料"
    "|口味|包装|库存|用量|禁忌|副作用|手续|流程|步骤|押金|利息|优惠|折扣|售后|保修)$"
)
# Last characters of names: of one place or organisation, of what may replace such a name, and those whose names are of one kind.
_SINGLE = frozenset("省市县区乡镇村州国岛街路港河江湖山校厂院局队团党馆店站桥寺庙塔园窑社司会")
_PLACES = _SINGLE | frozenset("堂房室厅楼池场所处部柜亭")
_GENERIC = frozenset("省市县区乡镇村州国岛街路港河江湖山校厂院局队团语教族党")
MOST_COMMON = 5  # characters, at most, of a common noun


def instead(asked: ParsedQuestion, before: ParsedQuestion) -> str:
    """The question `before` with the words of `asked` in the slot of their kind; without a slot, `asked` of the same owner."""
    new, body = asked.body, before.body
    if all(word.tag == "t" for word in asked.words):  # 现在呢
        return _at_time(new, before)
    span = _numbered(asked, before) or _like(asked, before)
    things = _counted(before)
    counted = things is not None and (new.endswith("的") or not (asked.names_one or _MEASURED.search(new)))
    span = span or (None if counted else _slot(asked, before))
    if span is not None:
        return body[: span[0]] + new + body[span[1] :] + before.ending
    if counted and things is not None:
        start, end = things
        return body[:start] + "多少" + new + body[end:] + before.ending
    asks = {"number": "是多少", "person": "是谁"}.get(before.kind, "呢")
    owner = before.owner() or before.statement
    of = "，" if new.endswith("的") else "" if owner.endswith("的") else "的"
    return f"{owner}{of}{new}{asks}{asked.mark}"


def _at_time(new: str, before: ParsedQuestion) -> str:
    """The question `before` asked of the time `new`: 夜间 in the place of 白天, or in front where `before` names no time."""
    words = [word for word in before.words if before.outside_asking(word)]
    time = next((word for word in words if word.tag == "t" or word.text[-1] == new[-1]), None)
    if time is not None and not TIMES.search(before.folded):
        return before.body[: time.start] + new + before.body[time.end :] + before.ending
    return f"{new}，{TIMES.sub('', before.body, 1)}{before.ending}"


def _numbered(asked: ParsedQuestion, before: ParsedQuestion) -> tuple[int, int] | None:
    """The span in `before` that equals `asked` but for its number: 7号线 for 6号线, 二期工程 for 一期工程; None without one."""
    if not _NUMERAL.search(asked.folded) or _NUMERAL.fullmatch(asked.folded):
        return None
    same = "".join(
        f"(?<![\\d.]){_NUMERAL.pattern}" if _NUMERAL.fullmatch(part) else re.escape(part)
        for part in re.split(f"({_NUMERAL.pattern})", asked.folded)
    )
    match = re.search(same, before.folded)
    return match.span() if match else None


def _slot(asked: ParsedQuestion, before: ParsedQuestion) -> tuple[int, int] | None:
    """The span of the topic of `before` that the words of `asked` can replace; None when they name no other of its kind.

    三文鱼 in 三文鱼要多少度 for 鸡翅, 高层 in 高层物业费多少 for 洋房. A common noun does not replace a proper name, and an
    attribute such as 水深 or 厂长 does not replace the topic that it belongs to.
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
        end = first.end  # 血糖 in 血糖化验 for 血脂
    if before.folded[end : end + 1] == asked.folded[-1:]:
        end += 1  # 险 in 商业险, which jieba tags as an adjective
    if topic[-1] in _SINGLE and asked.folded[-1] not in _PLACES:
        return None
    return (start, end) if _is_common(topic, before) or _is_proper(asked) else None


def _topic(question: ParsedQuestion) -> tuple[int, int]:
    """The span [start, end) of the topic: the subject up to a time or number, or without a subject the noun that stands for it.

    (0, 0) when there is neither.
    """
    start, end = question.subject_span()
    if start == end:  # 拿铁, 快递驿站: jieba tags the first character or word as a verb
        first = re.match(r"[^\W\d]{2,4}?(?=多少|几|要|用|是|在|有|可以|能|怎么|什么)", question.folded)
        if first and "的" not in first.group() and question.outside_asking(Word("", "", *first.span())):
            return first.span()
        last = next(reversed(list(name_runs(question.words))), None)  # 红烧肉 of 怎么做红烧肉
        if question.asking is None or question.asking.start() or last is None:
            return 0, 0
        if last[1] == len(question.words) and question.words[last[0]].start > question.asking.end():
            return question.words[last[0]].start, question.words[-1].end
        return 0, 0
    for word in question.words:
        if start < word.start < end and word.tag in ("t", "m"):
            return start, word.start
    return start, end


def _is_common(topic: str, question: ParsedQuestion) -> bool:
    """Whether `topic` is a common noun (三文鱼) and not a proper name: short, and no place, organisation or person."""
    words = [word for word in question.words if word.text in topic]
    unique = re.search(r"\d", topic) is not None or any(
        word.tag in ("ns", "nt", "nrfg") or (word.tag == "x" and len(word.text) > 3) for word in words
    )
    person = len(topic) > 2 and bool(person_names(topic, dictionary=question.dictionary))
    return len(topic) <= MOST_COMMON and not unique and not person


def _is_proper(asked: ParsedQuestion) -> bool:
    """Whether the words of `asked` are the name of a place, an organisation or a person."""
    named = person_names(asked.folded, dictionary=asked.dictionary)
    return all(word.tag in ("ns", "nt") for word in asked.words) or (
        len(named) == 1 and named[0].end - named[0].start == len(asked.folded)
    )


def _like(asked: ParsedQuestion, before: ParsedQuestion) -> tuple[int, int] | None:
    """The span in `before` that the words of `asked` can replace; None without one.

    It is a time of the same form, a name of the same kind, or words with the same ending.
    """
    new = asked.folded
    for match in TIMES.finditer(before.folded) if TIMES.match(new) else ():
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


def _nominal(question: ParsedQuestion) -> Iterator[list[Word]]:
    """Every run of adjacent names and nouns, and every part of it."""
    for a, b in name_runs(question.words):
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


def _counted(before: ParsedQuestion) -> tuple[int, int] | None:
    """The span [start, end) of 多少个党员: the number asked for and the things counted; None without counted things."""
    if before.asking is None or before.kind != "number" or not re.match("(?:多少|几)", before.asking.group()):
        return None
    end = before.asking.end()
    last = end
    for word in before.words:
        if word.start >= end:
            if word.tag[0] not in "nxjl" or word.start != last:
                break
            last = word.end
    only_unit = re.fullmatch(CLASSIFIERS, before.folded[end:last])  # 多少亩
    return (before.asking.start(), last) if last > end and not only_unit else None
