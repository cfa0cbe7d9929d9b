"""Example questions from English sentences, by turning a statement into a question about its subject."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .candidates import Candidate

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
_DOES = {"ends": "end", "expires": "expire", "begins": "begin", "starts": "start", "opens": "open", "closes": "close"}
_WHEN_DOES = re.compile(rf"^{_SUBJECT} (?P<verb>{'|'.join(_DOES)}) (?:on|at|in) [^,;.]{{0,14}}?\d")
_HOW_MANY = re.compile(rf"^{_SUBJECT} (?P<have>has|have|had) {_SOME} (?P<things>[a-z]+(?: [a-z]+)?s)\b(?!-)")
_THERE = re.compile(rf"^There (?P<be>are|were) {_SOME} (?P<things>[a-z]+)(?P<rest>(?: [a-z ]{{2,30}}?)?)(?=[,.;]|$)")
_WHAT_IS = re.compile(rf"^{_SUBJECT} (?P<be>is|are) (?:an? |the (?:name|process|study|practice|capital|largest|first)\b)")
_COSTS = re.compile(rf"^{_SUBJECT} (?P<cost>costs?) (?:about )?[$€£]?\d")
_WHEN_DONE = re.compile(
    rf"^{_SUBJECT} (?P<be>is|are) (?P<verb>[a-z]+(?:ed|en)) (?:(?:between|from|at) (?:\d|noon|midnight|[A-Z])|"
    r"(?:on|every) (?:\w+days?|week|month|year|morning|evening|the (?:first|last|\d))|"
    r"in the (?:\w+ week|spring|summer|autumn|winter))"
)
_WHO = re.compile(
    r"^(?P<s>The (?:[a-z]+ ){0,3}(?:manager|director|author|owner|editor|president|secretary|principal|captain|founder|contact))"
    r" (?P<be>is|was) [A-Z][a-z]+ [A-Z][a-z]+\b"
)
_COMMON = re.compile(r"[A-Z][a-z]+(?:ing|ship|tion|ment|ance|s)(?: [a-z]+)*")  # a common noun, capital as the first word
_NO_SUBJECT = re.compile(
    r"(?:he|she|it|they|this|that|these|those|we|you|i|his|her|its|their|which|who|there|here|when|in|since|although|while|if|as|"
    r"after|before|most|some|many|much|one|during|by|at|on|for|with|from|because|despite|each|both|all|another|several|other|"
    r"an?|two|three|to|such|what|how|more|only|also|however|thus|therefore|then|but|and|or|so|once|until|unless|under|[a-z]+ing)",
    re.IGNORECASE,
)


def from_english(sentence: str) -> Iterator[Candidate]:
    if found := _WHEN_BE.match(sentence):
        question = f"When {found['be']} {_lowered(found['s'])} {found['verb']}{found['rest']}?"
    elif found := _WHEN_DID.match(sentence):
        question = f"When did {_lowered(found['s'])} {_PAST[found['verb']]}{found['rest']}?"
    elif found := _WHEN_DOES.match(sentence):
        question = f"When does {_lowered(found['s'])} {_DOES[found['verb']]}?"
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
