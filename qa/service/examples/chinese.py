"""Example questions from Chinese sentences, simplified or traditional, by putting a question word in the answer's place.

A clause becomes a question when its number, share or year is replaced. A clause that refers back to another makes none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...text.words import part_of_speech
from .candidates import CJK, KANA, NAME_TAGS, Candidate, words_of

_LONGEST = 36  # characters of a Chinese question
_LEANING = re.compile(
    r"^(?:这|那|此|该|其|他|她|它|我|你|您|咱|本|某|并|而|但|却|又|也|还|就|才|都|且|则|即|如|若|因|由|对|从|在|把|被|将|向|以|于|与|和|及|或|"
    r"等|使|让|令|再|更|最|已|曾|正|共|近|约|超|达|有|是|为|不|没|仅|只|按|根据|通过|随着|经过|关于|包括|同时|其中|目前|随后|后来|当|今|去年|前年|昨|明|"
    r"這|該|並|卻|還|則|為|對|從|將|與|讓|約|達|沒|僅|當|之|所|的|了|至|到|后|後|前|时|時)"
)
_DEIXIS = re.compile(
    r"[这這]|那[里裡个個时時些]|此|[该該]|其[中余他它]|[他她它我你您咱]|本[市县省区村]|同[年月日]|…|[“”‘’\"「」『』《》()（）\[\]]"
)
_CLAUSE_ENDS = re.compile(r"[，。；：！？;:!?\s]|,(?!\d{3})")
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
    rf"(?P<before>.*?(?<![第\d,年月日.]))(?P<number>\d[\d,]*){_MANY}(?P<unit>{_COUNTERS})(?P<after>(?!月|以|之).{{2,20}})"
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
_INSIDE = re.compile(r"^[馆店园院校厂館園廠][内內]的?")  # "in the museum", where only the title names the museum
_PLACE = re.compile(r".+[馆店园院校厂館園廠]")
_LABELLED = re.compile(
    r"(?P<label>[\u4e00-\u9fff]{2,6})(?:[（(][^）)]{1,6}[）)])?[：:]\s*(?P<value>[^\s：:、，；]{2,20})(?:[，。；].*)?", re.DOTALL
)
_LABELS = (
    (re.compile(r"(?:会[议議]|活[动動])?(?:[时時][间間]|日期)"), "是什么时候？"),
    (re.compile(r"(?:会[议議]|活[动動])?(?:地[点點]|地址)"), "在哪里？"),
    (re.compile(r"(?!参|與|与|出席|列席).{1,3}人|(?:出租|承租|委托|受托|施工|建[设設])方"), "是谁？"),
)
_SHORT = 10  # Chinese characters; a shorter question that names nothing fits many documents
_HANGING = re.compile(r"(?:[时時][候间間]|授[权權])$|[中上下里裡内內外后後前时時的为為是和与與在至到等及]$|^[^，]*、")


def from_chinese(sentence: str) -> Iterator[Candidate]:
    if KANA.search(sentence):
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
                question = f"{before}，{question}"  # the clause before gives a short question its topic
            enough = 9 if question.startswith("哪一年") or _VAGUE.match(question) else 6
            if len(CJK.findall(question)) >= enough and len(question) <= _LONGEST and not re.search(r"\d{3}", question):
                yield replace(made, question=question)
        before = clause if alone and 5 <= len(clause) <= 20 and not re.search(r"\d{3}", clause) else ""


def _labelled(line: str) -> Candidate | None:
    """The question for a "label: value" line; None when the line is none or the label is unknown."""
    found = _LABELLED.fullmatch(line)
    asked = next((asked for kind, asked in _LABELS if found and kind.fullmatch(found["label"])), "")
    return Candidate(f"{found['label']}{asked}", subject=found["label"], labelled=True) if found and asked else None


def _asked(clause: str) -> Candidate | None:
    """The question that a clause answers, with a question word in the answer's place; None when it has no such form."""
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


def sound(candidates: Sequence[Candidate]) -> set[Candidate]:
    """The candidates whose subject begins (and, before a year, ends) with a noun and whose rest holds a verb."""
    words = {text: words_of(text) for candidate in candidates for text in (candidate.subject, candidate.rest)}

    def kind(word: str) -> str:
        return part_of_speech(word) or ("n" if len(word) > 1 else "x")  # a word that is not in the dictionary is mostly a name

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


def named_questions(candidates: Iterable[Candidate], several: bool) -> Iterator[Candidate]:
    """The candidates with their topic put into the question, where the sentence leaves it to its heading.

    Short questions that name nothing are left out when there are `several` documents that they could be about.
    """
    for candidate in candidates:
        question, topic = candidate.question, candidate.topic
        if not CJK.search(question) or not (candidate.subject or candidate.rest):
            yield candidate
            continue
        words = words_of(question)
        tags = [part_of_speech(word) for word in words]
        named = any(tag.startswith(NAME_TAGS) for tag in tags)
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
        elif headless or candidate.labelled or (several and not named and len(CJK.findall(question)) < _SHORT):
            continue
        yield replace(candidate, question=question)
