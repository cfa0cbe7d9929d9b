"""Example questions about the headings and the title of a document."""

from __future__ import annotations

import re

from ...answers.refusals import script_of
from ...text.sentences import split_sentences
from ...types import Paragraph
from .candidates import CJK, KANA, Candidate, has_name, words_of
from .fields import of_rules

_DOCUMENT = re.compile(
    r"(?:手[册冊]|指南|合同|[协協][议議]|[说說]明[书書]?|[纪紀]要|[规規]定|制度|[办辦]法|章程|[报報]告|方案|[须須]知)$"
)
# The number before a heading: 第三章, 2.1, （四）.
_OUTLINE_NUMBER = re.compile(
    r"^(?:第[\d一二三四五六七八九十百]+[章节節篇部条條]|\d+(?:\.\d+)+|[（(]?[\d一二三四五六七八九十]+[)）、．.])\s*"
)
_GENERIC = re.compile(
    r"前言|引言|简介|簡介|概述|概况|概況|背景|历史|歷史|[总總][结結]|[结結][语語论論]|附[录錄則则].*|目[录錄]|参考文献|參考文獻|致[谢謝]|其他|总则|總則|"
    r"introduction|overview|summary|conclusions?|appendix.*|contents|references|notes|history|background|abstract|readme",
    re.IGNORECASE,
)
_ASKING = r"如何|怎[样樣么麼]|[为為](?:什[么麼]|何)|什[么麼]是|[谁誰]|哪"
_SEVERAL = (
    r"(?:原因|要求|[规規]定|[条條]件|[标標][准準]|措施|目[标標]|任[务務]|[職职][责責]|原[则則]|特[点點]|[優优][势勢點点]|步[骤驟]|方法|"
    r"用途|功能|事[项項])$"
)
_SEVERAL_EN = r"(?:requirements|steps|features|benefits|reasons|causes|rules|goals|advantages|limitations|duties|symptoms)$"
_PERSON = re.compile(
    r"出生[于於]?|生[于於]|[（(][^（(）)]{0,40}\d{3,4}年[^（(）)—–\-－～至]*+[—–\-－～至][^（(）)]*+[）)]|[，。](?:男|女)，|"
    r"[是为為，][^，。]{0,24}(?:演[员員]|[运運][动動][员員]|[选選]手|政治家|作家|歌手|教授|[将將][军軍]|武[将將]|皇帝|球[员員]|[画畫]家|科[学學]家|"
    r"[诗詩]人|[导導]演|牧[师師]|律[师師]|[总總][统統])[，。]"
)
_NO_PERSON = re.compile(r"[战戰役]$|事件$|[奖獎]$|[赛賽]$")
_PERSON_EN = re.compile(
    r"\((?:(?:[^()]*; )?born |[^()]*\b\d{1,2} [A-Z]\w{1,12} \d{4} ?[–-]|[^()]*\b[A-Z]\w{1,12} \d{1,2}, \d{4} ?[–-])|"
    r"\b(?:is|was) an? (?:[\w-]+,? (?:and )?){0,5}(?:physicist|engineer|inventor|writer|poet|actor|actress|politician|singer|"
    r"king|queen|monk|professor|composer|scientist|painter|player|leader|ruler|emperor|khan|theologian|priest|philosopher|general)\b"
)


def of_heading(heading: str, sentence: str) -> str:
    """The question about `heading` that `sentence`, which stands under it, answers, in Chinese or English; "" for none.

    It is "who" or "what is", where the sentence defines the heading's subject, or the heading's own question.
    """
    title = title_in(heading)
    if not title or KANA.search(title + sentence):
        return ""
    return _of_chinese_heading(title, sentence) if CJK.search(sentence) else _of_english_heading(title, sentence)


def title_in(heading: str) -> str:
    """`heading` without its number; "" if it is too short, too long or too general ("Introduction") to ask about."""
    title = _OUTLINE_NUMBER.sub("", heading.strip(" #：:。.")).strip()
    shortest, longest = (2, 20) if CJK.search(title) else (4, 60)
    return title if shortest <= len(title) <= longest and not _GENERIC.fullmatch(title) else ""


def title_of(first: Paragraph) -> str:
    """The first line of the `first` passage of a document, if it titles a manual, a contract, minutes or the like; else ""."""
    title = title_in(first.text.strip().split("\n")[0])
    return title if _DOCUMENT.search(title) else ""


def _of_chinese_heading(title: str, sentence: str) -> str:
    if title.endswith(("？", "?")) or re.match(_ASKING, title):
        return f"{title.rstrip('？?')}？"
    named = rf"[《“「『\"]?{re.escape(title)}[》”」』\"]?(?:[（(][^）)]*[）)])?"
    traditional = script_of(sentence) == "zh-Hant"
    if re.match(rf"{named}[，,是为為]", sentence) and _PERSON.search(sentence) and not _NO_PERSON.search(title):
        return f"{title}是{'誰' if traditional else '谁'}？"
    if re.match(rf"{named}[，,]?(?:[^，。]{{0,12}}，)?(?:[是为為]|[位在][于於])", sentence):
        return f"{title}是{'什麼' if traditional else '什么'}？"
    return f"{title}有哪些？" if re.search(_SEVERAL, title) else ""


def _of_english_heading(title: str, sentence: str) -> str:
    if title.endswith("?"):
        return title
    if found := re.match(r"how to (?=\w)", title, re.IGNORECASE):
        return f"How do you {title[found.end() :]}?"
    saying = rf"((?:the |an? )?{re.escape(title)})\b(?: \([^)]*\))?,?(?: [^,.]{{0,60}},)? (is|was|are|were) (?:an?|the|one of)\b"
    if found := re.match(saying, sentence, re.IGNORECASE):
        name = found[1][0].lower() + found[1][1:] if found[1] != title else title
        return f"{'Who' if _PERSON_EN.search(sentence) else 'What'} {found[2].lower()} {name}?"
    if re.search(_SEVERAL_EN, title) and title[1:2].islower():
        return f"What are the {title[0].lower()}{title[1:]}?"
    return ""


def is_name(title: str) -> bool:
    """Whether `title` is a proper name: capitalised, or in Chinese with a word that jieba tags as a name."""
    if not CJK.search(title):
        return all(word[:1].isupper() or word[:1].isdigit() or len(word) < 4 for word in title.split())
    return has_name(words_of(title))


def of_section(passage: Paragraph) -> tuple[str, list[Candidate]]:
    """The last heading above a passage, "" for none, and up to one candidate about it."""
    headings = passage.mark.headings if passage.mark else ()
    if not headings:
        return "", []
    at = 0
    for line in passage.text.splitlines(keepends=True):
        bare = line.strip(" #=-~\t\r\n")
        if bare and bare not in headings:
            break
        at += len(line)
    for start, end in split_sentences(passage.text, at, len(passage.text)):
        question = of_heading(headings[-1], passage.text[start:end].strip())
        if question:
            return headings[-1], [
                Candidate(question, passage.row, passage.start + start, passage.start + end, passage.source, of_heading=True)
            ]
    if (title := title_in(headings[-1])) and len(headings) > 1 and (question := of_rules(headings[0], title)):
        return headings[-1], [Candidate(question, passage.row, passage.start + at, passage.end, passage.source, of_heading=True)]
    return headings[-1], []
