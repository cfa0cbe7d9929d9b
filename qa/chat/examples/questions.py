"""Questions to begin with, made from the documents: a sentence's answer is asked for, and kept is what the index answers.

In Chinese a question word stands where the answer stands, so that a clause becomes a question when its number or its year
is replaced; in English a few patterns are turned round. A question is offered only if the index answers it, surely enough, from
the sentence that it was made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Literal, Protocol

from ...answers.answer import Answer
from ...answers.refusals import script_of
from ...text.normalise import normalise
from ...text.sentences import split_sentences
from ...text.words import part_of_speech, segment
from ...types import Paragraph

COUNT = 6
LEAST = 0.6  # confidence of the answer
_DOCUMENTS, _PASSAGES, _TRIED = 12, 120, 36  # documents and passages looked at, questions asked
_PER_DOCUMENT = 3
_LONGEST = 36  # characters of a Chinese question

# -- Chinese, simplified and traditional. A clause that leans on what was said before makes no question of its own.
_LEANING = re.compile(
    r"^(?:这|那|此|该|其|他|她|它|我|你|您|咱|本|某|并|而|但|却|又|也|还|就|才|都|且|则|即|如|若|因|由|对|从|在|把|被|将|向|以|于|与|和|及|或|"
    r"等|使|让|令|再|更|最|已|曾|正|共|近|约|超|达|有|是|为|不|没|仅|只|按|根据|通过|随着|经过|关于|包括|同时|其中|目前|随后|后来|当|今|去年|前年|昨|明|"
    r"這|該|並|卻|還|則|為|對|從|將|與|讓|約|達|沒|僅|當|之|所|的|了|至|到|后|後|前|时|時)"
)
_DEIXIS = re.compile(
    r"[这這]|那[里裡个個时時些]|此|[该該]|其[中余他它]|[他她它我你您咱]|本[市县省区村]|同[年月日]|…|[“”‘’\"「」『』《》()（）\[\]]"
)
_CLAUSE_ENDS = re.compile(r"[，。；：！？;:!?\s]|,(?!\d{3})")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_VERBS = (
    "[达達]到|高[达達]|[达達]|共有|[设設拥擁占建]有|有|超[过過出]|超|[约約]?[为為]|是|[占佔]|增[长長加至]了?|下降了?|[减減]少了?|降至|清理了?|运送了?|"
    "引[进進]了?|生[产產]了?|[销銷]售了?|种植了?|面[积積]|海拔|全[长長]|[长長]|高|[宽寬]|深|重|蓄水|灌溉|容[纳納]|收入|投[资資]|耗[资資]|人口|年[满滿]"
)
_MANY = r"(?:万|亿|千|百|萬|億)?(?:多|余|餘)?"
_MEASURES = (
    r"(?:平方|立方)?(?:公里|千米|厘米|毫米|公分|公尺|米|公斤|千克|克|吨|噸|亩|畝|公顷|公頃|升|元|美元|人次|人|岁|歲|倍|度)"
)
_COUNTERS = (
    "个|個|名|位|支|家|户|戶|头|頭|只|隻|羽|项|項|条|條|座|所|件|辆|輛|艘|架|台|套|种|種|类|類|本|册|冊|篇|处|處|栋|棟|间|間|张|張|幅|袋|箱|场|場|"
    "批|队|组"
)
_AMOUNT = re.compile(
    rf"(?P<before>.*(?:{_VERBS}))(?:近|约|約|大[约約])?(?P<number>\d[\d,.]*){_MANY}(?P<unit>{_MEASURES})(?P<after>(?:的.{{2,10}})?)"
)
_COUNT = re.compile(
    rf"(?P<before>.*?(?<![第\d年月日.]))(?P<number>\d[\d,]*){_MANY}(?P<unit>{_COUNTERS})(?P<after>(?!月|以|之).{{2,20}})"
)
_SHARE = re.compile(rf"(?P<before>.{{2,}}(?:{_VERBS}))(?:近|约|約)?\d[\d.]*[%％]")
_IN_YEAR = re.compile(r"(?P<before>.{2,16}?)(?:于|於|在)\d{4}年(?:\d+月)?(?:\d+日)?(?P<after>(?![代度級级版]).{2,20})")
_YEAR_FIRST = re.compile(r"(?:于|於|在)?\d{4}年(?:\d+月)?(?:\d+日)?(?P<after>(?![代度級级版])[^\d]{5,24})")
_IS = re.compile(
    r"(?P<subject>[^、的]{2,12}?)(?<![只还也不就便即都既])是(?:一[个種种位座部條条家所項项類类款名]|指|位[于於]).{2,}"
)
_VAGUE = re.compile(
    r"[总總]?(?:[占佔]地)?(?:面[积積]|人口|高度|[长長]度|[体體][长長]|海拔|校园|校園|[数數]量|人[数數]|全[长長]|雨量|身高|体重)"
)
_INSIDE = re.compile(r"^[馆店园院校厂館園廠][内內]的?")  # of the place that the title names
_PLACE = re.compile(r".+[馆店园院校厂館園廠]")
_DOCUMENT = re.compile(
    r"(?:手[册冊]|指南|合同|[协協][议議]|[说說]明[书書]?|[纪紀]要|[规規]定|制度|[办辦]法|章程|[报報]告|方案|[须須]知)$"
)
# A line that gives a thing its value, as minutes and contracts begin.
_LABELLED = re.compile(
    r"(?P<label>[\u4e00-\u9fff]{2,6})(?:[（(][^）)]{1,6}[）)])?[：:]\s*(?P<value>[^\s：:、，；]{2,20})(?:[，。；].*)?", re.DOTALL
)
_LABELS = (
    (re.compile(r"(?:会[议議]|活[动動])?(?:[时時][间間]|日期)"), "是什么时候？"),
    (re.compile(r"(?:会[议議]|活[动動])?(?:地[点點]|地址)"), "在哪里？"),
    (re.compile(r"(?!参|與|与|出席|列席).{1,3}人|(?:出租|承租|委托|受托|施工|建[设設])方"), "是谁？"),
)
_NAMES = ("nr", "ns", "nt", "nz")  # jieba's tags
_SHORT = 10  # Chinese characters; a shorter question that names nothing fits many documents

# -- headings
_OUTLINE_NUMBER = re.compile(
    r"^(?:第[\d一二三四五六七八九十百]+[章节節篇部条條]|\d+(?:\.\d+)+|[（(]?[\d一二三四五六七八九十]+[)）、．.])\s*"
)
_GENERIC = re.compile(
    r"前言|引言|简介|簡介|概述|概况|概況|背景|历史|歷史|[总總][结結]|[结結][语語论論]|附[录錄則则].*|目[录錄]|参考文献|參考文獻|致[谢謝]|其他|总则|總則|"
    r"introduction|overview|summary|conclusions?|appendix.*|contents|references|notes|history|background|abstract|readme",
    re.IGNORECASE,
)
_KANA = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_ENGLISH = re.compile(r"\b(?:the|of|and|is|was|are|were|to)\b")
_ASKING = r"如何|怎[样樣么麼]|[为為](?:什[么麼]|何)|什[么麼]是|[谁誰]|哪"
_SEVERAL = (
    r"(?:原因|要求|[规規]定|[条條]件|[标標][准準]|措施|目[标標]|任[务務]|[職职][责責]|原[则則]|特[点點]|[優优][势勢點点]|步[骤驟]|方法|"
    r"用途|功能|事[项項])$"
)
_SEVERAL_EN = r"(?:requirements|steps|features|benefits|reasons|causes|rules|goals|advantages|limitations|duties|symptoms)$"
_PERSON = re.compile(
    r"出生[于於]?|生[于於]|[（(][^）)]{0,40}\d{3,4}年[^）)]*[—–\-－～至][^）)]*[）)]|[，。](?:男|女)，|"
    r"[是为為，][^，。]{0,24}(?:演[员員]|[运運][动動][员員]|[选選]手|政治家|作家|歌手|教授|[将將][军軍]|武[将將]|皇帝|球[员員]|[画畫]家|科[学學]家|"
    r"[诗詩]人|[导導]演|牧[师師]|律[师師]|[总總][统統])[，。]"
)
_NO_PERSON = re.compile(r"[战戰役]$|事件$|[奖獎]$|[赛賽]$")
_PERSON_EN = re.compile(
    r"\((?:[^()]*; )?(?:born |[^()]*\b\d{1,2} [A-Z]\w+ \d{4} ?[–-]|[^()]*[A-Z]\w+ \d{1,2}, \d{4} ?[–-])|"
    r"\b(?:is|was) an? (?:[\w-]+,? (?:and )?){0,5}(?:physicist|engineer|inventor|writer|poet|actor|actress|politician|singer|"
    r"king|queen|monk|professor|composer|scientist|painter|player|leader|ruler|emperor|khan|theologian|priest|philosopher|general)\b"
)
_HANGING = re.compile(r"(?:[时時][候间間]|授[权權])$|[中上下里裡内內外后後前时時的为為是和与與在至到等及]$|^[^，]*、")

# -- English: what a sentence says of a subject, and the question for it
_SUBJECT = r"(?P<s>(?:The |the |[A-Z])[A-Za-z0-9'’ -]{2,50}?)"
_SOME = r"(?:about |around |over |nearly |more than |some )?\d[\d,.]*"
_PAST = {
    "opened": "open", "closed": "close", "began": "begin", "ended": "end", "died": "die", "started": "start", "moved": "move",
    "returned": "return", "arrived": "arrive", "joined": "join", "won": "win", "left": "leave", "signed": "sign",
    "published": "publish", "introduced": "introduce", "founded": "found", "discovered": "discover",
}  # fmt: skip
_IN_A_YEAR = r"(?P<rest>[^,;:.]{0,40}?) (?:in|on) [^,;.]{0,14}?\b\d{4}\b"
_WHEN_BE = re.compile(rf"^{_SUBJECT} (?P<be>was|were) (?P<verb>[a-z]+(?:ed|en|ilt|und|orn|eld|ost))\b{_IN_A_YEAR}")
_WHEN_DID = re.compile(rf"^{_SUBJECT} (?P<verb>{'|'.join(_PAST)})\b{_IN_A_YEAR}")
_HOW_MANY = re.compile(rf"^{_SUBJECT} (?P<have>has|have|had) {_SOME} (?P<things>[a-z]+(?: [a-z]+)?s)\b(?!-)")
_THERE = re.compile(rf"^There (?P<be>are|were) {_SOME} (?P<things>[a-z]+)(?P<rest>(?: [a-z ]{{2,30}}?)?)(?=[,.;]|$)")
_WHAT_IS = re.compile(rf"^{_SUBJECT} (?P<be>is|are) (?:an? |the (?:name|process|study|practice|capital|largest|first)\b)")
_COSTS = re.compile(rf"^{_SUBJECT} (?P<cost>costs?) (?:about )?[$€£]?\d")
_WHEN_DONE = re.compile(
    rf"^{_SUBJECT} (?P<be>is|are) (?P<verb>[a-z]+(?:ed|en)) (?:between|from|on|at|every|"
    r"in the (?:\w+ week|spring|summer|autumn|winter))\b"
)
_WHO = re.compile(
    r"^(?P<s>The (?:[a-z]+ ){0,3}(?:manager|director|author|owner|editor|president|secretary|principal|captain|founder|contact))"
    r" (?P<be>is|was) [A-Z][a-z]+ [A-Z][a-z]+\b"
)
_COMMON = re.compile(r"[A-Z][a-z]+(?:ing|ship|tion|ment|ance|s)(?: [a-z]+)*")  # capital only because the sentence begins
_NO_SUBJECT = re.compile(
    r"(?:he|she|it|they|this|that|these|those|we|you|i|his|her|its|their|which|who|there|here|when|in|since|although|while|if|as|"
    r"after|before|most|some|many|much|one|during|by|at|on|for|with|from|because|despite|each|both|all|another|several|other|"
    r"an?|two|three|to|such|what|how|more|only|also|however|thus|therefore|then|but|and|or|so|once|until|unless|under|[a-z]+ing)",
    re.IGNORECASE,
)

Language = Literal["zh", "en"]


class Askable(Protocol):
    """What making examples needs of an index."""

    manifest: Any

    def ask(self, question: str, k: int = 5) -> Answer: ...

    def document_rows(self, source: str) -> range: ...

    def paragraph(self, row: int) -> Paragraph: ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question and what it was made of: a passage's row, and the characters [start, end) of its document that answer it.

    With a `start` of -1 its whole document does. `topic` is what the document is about where the question stands.

    `subject` has to name a thing and `rest` to hold a verb (or to begin with one), which only a dictionary tells.
    """

    question: str
    row: int = 0
    start: int = 0
    end: int = 0
    source: str = ""
    subject: str = ""
    rest: str = ""
    verb_first: bool = False
    topic: str = ""
    of_heading: bool = False
    labelled: bool = False


def example_questions(index: Askable, language: Language, count: int = COUNT) -> tuple[str, ...]:
    """Up to `count` questions that the index answers from where they came; none when there are no good ones.

    They are in Chinese for Chinese documents and in English for English ones, those in `language` first; what is under
    headings in other languages is asked for in `language`. The same index gives the same questions. At most 36 are tried, of
    at most 120 passages.
    """
    kept: list[Candidate] = []
    most = max(_PER_DOCUMENT, -(-count // max(len(index.manifest.documents), 1)))
    better, others = _gather(index, language)
    own_first = sorted(_in_turn(better), key=lambda candidate: bool(_CJK.search(candidate.question)) != (language == "zh"))
    for candidate in islice(chain(own_first, _in_turn(others)), _TRIED):
        if len(kept) == count:
            break
        alike = any(candidate.row == other.row or candidate.question[-8:] == other.question[-8:] for other in kept)
        alike = alike or (candidate.of_heading and sum(other.of_heading for other in kept) >= -(-count // 2))
        if not alike and sum(other.source == candidate.source for other in kept) < most and _answers(index, candidate):
            kept.append(candidate)
    return tuple(candidate.question for candidate in kept)


def _answers(index: Askable, candidate: Candidate) -> bool:
    answer = index.ask(candidate.question, 1)
    if not answer.found or answer.confidence < LEAST or not answer.citations:
        return False
    first = answer.citations[0]
    if candidate.start < 0:
        return first.source == candidate.source
    return first.row == candidate.row and first.start < candidate.end and first.end > candidate.start


def _gather(index: Askable, language: Language) -> tuple[list[list[Candidate]], list[list[Candidate]]]:
    """The candidates of some documents, the headings' first, and those to be taken where there are no others left."""
    documents = [entry for entry in index.manifest.documents if entry.passages]
    chosen = documents[:: max(1, -(-len(documents) // _DOCUMENTS))]
    found: list[list[Candidate]] = []
    last: list[list[Candidate]] = []
    for entry in chosen:
        rows = index.document_rows(entry.source)
        sampled = rows[:: max(1, -(-len(rows) * len(chosen) // _PASSAGES))]
        passages = [index.paragraph(row) for row in sampled]
        title = _title_of(index.paragraph(rows[0]))
        of_headings: dict[str, Candidate] = {}
        at_large: dict[str, Candidate] = {}
        asked: list[Candidate] = []
        for passage in passages:
            heading, plain, large = _of_section(passage, language)
            for kept, candidates in ((of_headings, plain), (at_large, large)):
                for candidate in candidates:
                    kept.setdefault(heading, candidate)
            topic = _title(passage.mark.headings[0]) if heading and passage.mark else title
            named = bool(topic) and (topic == title or _is_name(topic))
            asked += (replace(made, topic=topic if named else "") for made in of_passage(passage))
        found.append([*of_headings.values(), *asked])
        last.append([replace(large, start=-1) for heading, large in at_large.items() if heading not in of_headings])
    sound = _sound([candidate for candidates in found for candidate in candidates])
    several = len(documents) > 1
    return [list(_about(filter(sound.__contains__, candidates), several)) for candidates in found], last


def _in_turn(candidates: Sequence[Sequence[Candidate]]) -> Iterator[Candidate]:
    """Those of several documents in turn, so that none has them all."""
    for i in range(max(map(len, candidates), default=0)):
        yield from (own[i] for own in candidates if i < len(own))


def of_passage(passage: Paragraph) -> list[Candidate]:
    """The questions that the sentences of a passage answer, one of each at most."""
    found = []
    for start, end in split_sentences(passage.text, 0, len(passage.text)):
        sentence = passage.text[start:end].strip()
        for made in islice(_chinese(sentence) if _CJK.search(sentence) else _english(sentence), 1):
            a, b = passage.start + start, passage.start + end
            found.append(replace(made, row=passage.row, start=a, end=b, source=passage.source))
    return found


def of_heading(heading: str, sentence: str) -> str:
    """What a person would ask about a heading under which this sentence stands; nothing where that is not plain.

    It is asked who or what a thing is that the sentence says that of, or what the heading asks itself, in Chinese or English.
    """
    title = _title(heading)
    if not title or _KANA.search(title + sentence):
        return ""
    return _of_chinese_heading(title, sentence) if _CJK.search(sentence) else _of_english_heading(title, sentence)


def _title(heading: str) -> str:
    """A heading without its number; nothing if it is too short or too long to ask about, or says nothing."""
    title = _OUTLINE_NUMBER.sub("", heading.strip(" #：:。.")).strip()
    shortest, longest = (2, 20) if _CJK.search(title) else (4, 60)
    return title if shortest <= len(title) <= longest and not _GENERIC.fullmatch(title) else ""


def _title_of(first: Paragraph) -> str:
    """The title that a document begins with, if it says what kind of document it is: a manual, a contract, minutes."""
    title = _title(first.text.strip().split("\n")[0])
    return title if _DOCUMENT.search(title) else ""


def _of_chinese_heading(title: str, sentence: str) -> str:
    if re.match(_ASKING, title):
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


def _at_large(heading: str, sentence: str, language: Language) -> str:
    """What is asked of a heading where there is nothing better to ask: to be told of the thing that the sentence names."""
    title = _title(heading)
    if not title or title.casefold() not in sentence.casefold() or not _is_name(title):
        return ""
    chinese = bool(_CJK.search(sentence)) and not _KANA.search(sentence)
    other = not chinese and not _ENGLISH.search(sentence)
    return f"介绍一下{title}。" if chinese or (other and language == "zh") else f"Tell me about {title}."


def _is_name(title: str) -> bool:
    """Whether a heading is the name of one thing: capitalised, or in Chinese with a word that is a name."""
    if not _CJK.search(title):
        return all(word[:1].isupper() or word[:1].isdigit() or len(word) < 4 for word in title.split())
    return _has_name(_words(title))


def _has_name(words: Sequence[str]) -> bool:
    tags = map(part_of_speech, words)
    return any(tag.startswith(_NAMES) or (not tag and len(word) > 1) for word, tag in zip(words, tags, strict=True))


def _of_section(passage: Paragraph, language: Language) -> tuple[str, list[Candidate], list[Candidate]]:
    """The heading a passage is under, what it makes a person ask, and what may be asked where that is nothing."""
    headings = passage.mark.headings if passage.mark else ()
    if not headings:
        return "", [], []
    at = 0
    for line in passage.text.splitlines(keepends=True):
        bare = line.strip(" #=-~\t\r\n")
        if bare and bare not in headings:
            break
        at += len(line)
    plain: list[Candidate] = []
    large: list[Candidate] = []
    for start, end in split_sentences(passage.text, at, len(passage.text)):
        sentence = passage.text[start:end].strip()
        made = Candidate("", passage.row, passage.start + start, passage.start + end, passage.source, of_heading=True)
        for found, question in (
            (plain, of_heading(headings[-1], sentence)),
            (large, _at_large(headings[-1], sentence, language)),
        ):
            if question and not found:
                found.append(replace(made, question=question))
    return headings[-1], plain, large


# -- Chinese ------------------------------------------------------------------------------------------------------------


def _chinese(sentence: str) -> Iterator[Candidate]:
    if re.search(r"[\u3040-\u30ff\uac00-\ud7af]", sentence):
        return  # Japanese and Korean
    if made := _labelled(sentence):
        yield made
        return
    before = ""
    for clause in map(str.strip, _CLAUSE_ENDS.split(sentence)):
        alone = bool(clause) and not _LEANING.match(clause) and not _DEIXIS.search(clause)
        made = _asked(clause) if alone and 6 <= len(clause) <= 34 else None
        if made and not _HANGING.search(made.rest if made.verb_first else made.question.rstrip("？")):
            question = made.question
            if before and len(question) < 14 and len(before) + len(question) < _LONGEST:
                question = f"{before}，{question}"  # what was said just before tells what a short one is about
            enough = 9 if question.startswith("哪一年") or _VAGUE.match(question) else 6
            if len(_CJK.findall(question)) >= enough and len(question) <= _LONGEST and not re.search(r"\d{3}", question):
                yield replace(made, question=question)
        before = clause if alone and 5 <= len(clause) <= 20 and not re.search(r"\d{3}", clause) else ""


def _labelled(line: str) -> Candidate | None:
    """What is asked of a line that gives a thing its value."""
    found = _LABELLED.fullmatch(line)
    asked = next((asked for kind, asked in _LABELS if found and kind.fullmatch(found["label"])), "")
    return Candidate(f"{found['label']}{asked}", subject=found["label"], labelled=True) if found and asked else None


def _asked(clause: str) -> Candidate | None:
    """A clause with a question word where its answer stands."""
    made = None
    if found := _SHARE.fullmatch(clause):
        made = Candidate(f"{found['before']}多少？", subject=clause)
    elif found := _AMOUNT.fullmatch(clause):
        made = Candidate(f"{found['before']}多少{found['unit']}{found['after']}？", subject=clause)
    elif found := _IN_YEAR.fullmatch(clause):
        made = Candidate(
            f"{found['before']}是哪一年{found['after']}的？", subject=found["before"], rest=found["after"], verb_first=True
        )
    elif found := _YEAR_FIRST.fullmatch(clause):
        made = Candidate(f"哪一年{found['after']}？", subject=found["after"], rest=found["after"])
    elif found := _COUNT.fullmatch(clause):
        after = re.sub(r"共\d.*$", "", found["after"])
        subject = found["before"] or after
        made = Candidate(f"{found['before']}多少{found['unit']}{after}？", subject=subject, rest=found["before"] + after)
    elif found := _IS.fullmatch(clause):
        made = Candidate(f"{found['subject']}是什么？", subject=found["subject"])
    return made


def _sound(candidates: Sequence[Candidate]) -> set[Candidate]:
    """Those whose subject begins and, before a year, ends with a name of a thing, and whose rest holds a verb."""
    words = {text: _words(text) for candidate in candidates for text in (candidate.subject, candidate.rest)}

    def kind(word: str) -> str:
        return part_of_speech(word) or ("n" if len(word) > 1 else "x")  # what the dictionary does not have is a name, mostly

    def is_sound(candidate: Candidate) -> bool:
        subject, rest = words[candidate.subject], words[candidate.rest]
        if candidate.subject and not (subject and kind(subject[0])[0] in "njlb"):
            return False
        if candidate.verb_first:
            return kind(subject[-1])[0] in "njl" and bool(rest) and kind(rest[0])[0] in "vd"
        if candidate.question.endswith("是什么？"):
            return all(kind(word)[0] in "njlb" for word in subject)
        return not candidate.rest or any(kind(word)[0] == "v" for word in rest)

    return set(filter(is_sound, candidates))


def _about(candidates: Iterable[Candidate], several: bool) -> Iterator[Candidate]:
    """The questions with what they are about named, where a sentence leaves that to its heading.

    One that names nothing is left out where it is short and there are `several` documents that it could be about.
    """
    for candidate in candidates:
        question, topic = candidate.question, candidate.topic
        if not _CJK.search(question) or not (candidate.subject or candidate.rest):
            yield candidate
            continue
        words = _words(question)
        tags = [part_of_speech(word) for word in words]
        named = any(tag.startswith(_NAMES) for tag in tags)
        headless = bool(tags) and tags[0][:1] in ("v", "p", "d") and not question.startswith(("多少", "哪"))
        inside = _INSIDE.match(question)
        leaning = headless or candidate.labelled or not named
        if inside:
            place = _PLACE.match(topic)
            if not place:
                continue
            question = f"{place[0]}{question[inside.end() :]}"
        elif topic and topic not in question and leaning and not question.startswith("哪"):
            link = "有" if question.startswith("多少") else "" if headless else "的"
            question = f"{topic}{link}{question}"
        elif headless or candidate.labelled or (several and not named and len(_CJK.findall(question)) < _SHORT):
            continue
        yield replace(candidate, question=question)


def _words(text: str) -> list[str]:
    return [word for run in _HAN.findall(normalise(text)) for word in segment(run)]


# -- English ------------------------------------------------------------------------------------------------------------


def _english(sentence: str) -> Iterator[Candidate]:
    if found := _WHEN_BE.match(sentence):
        question = f"When {found['be']} {_lowered(found['s'])} {found['verb']}{found['rest']}?"
    elif found := _WHEN_DID.match(sentence):
        question = f"When did {_lowered(found['s'])} {_PAST[found['verb']]}{found['rest']}?"
    elif found := _HOW_MANY.match(sentence):
        do = {"has": "does", "have": "do", "had": "did"}[found["have"]]
        question = f"How many {found['things']} {do} {_lowered(found['s'])} have?"
    elif found := _COSTS.match(sentence):
        question = f"How much {'does' if found['cost'] == 'costs' else 'do'} {_plain(found['s'])} cost?"
    elif found := _WHO.match(sentence):
        question = f"Who {found['be']} {_lowered(found['s'])}?"
    elif found := _WHEN_DONE.match(sentence):
        question = f"When {found['be']} {_plain(found['s'])} {found['verb']}?"
    elif found := _THERE.match(sentence):
        question = f"How many {found['things']} {found['be']} there{found['rest']}?"
    elif (found := _WHAT_IS.match(sentence)) and (found["be"] == "is" or found["s"].endswith("s")):
        question = f"What {found['be']} {_lowered(found['s'])}?"
    else:
        return
    told = found.groupdict().get("s") or ""
    words = told.split()
    named = len(words) <= 6 and not (words and (_NO_SUBJECT.fullmatch(words[0]) or any(map(_NO_SUBJECT.fullmatch, words[1:2]))))
    if named and 12 <= len(question) <= 90 and not re.search(r"\d{4}", question):
        yield Candidate(question)


def _lowered(subject: str) -> str:
    return "the " + subject[4:] if subject.startswith("The ") else subject


def _plain(subject: str) -> str:
    return subject[0].lower() + subject[1:] if _COMMON.fullmatch(subject) else _lowered(subject)
