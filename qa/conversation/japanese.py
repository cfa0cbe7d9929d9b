"""A Japanese follow-up ("彼は何歳ですか？") completed from the topic of the question before it: the words up to its particle."""

from __future__ import annotations

import re

from .turns import Completion

_TOPIC = re.compile(r"(.+?)(?:さん)?(?:について|には|では|とは|[はがのを])")
_PRONOUN = re.compile(
    r"^(?:では|じゃあ|で|そして)?[、\s]*(?:彼女|彼|それ|そこ|その人|これ|ここ|あれ)(?:ら|たち)?(?=[はがのをにでも])"
)
_HOLLOW = re.compile(
    r"^(?:それは|では|じゃあ)?[、\s]*(?:いつ|どこ|誰|だれ|なぜ|どうして|何|いくつ|いくら|どう)(?:で|から|まで)?"
    r"(?:ですか|でしたか|ますか|なの|だった|して)?[?？。]*$"
)
_ATTRIBUTE = re.compile(r"^(?:では|じゃあ)?[、\s]*+([^はがのを]+)は[?？]+$")


def complete(question: str, earlier: str) -> Completion | None:
    """`question` completed from `earlier`, the question before it (in its completed form); None when it stands by itself."""
    topic = _TOPIC.match(earlier)
    if topic is None:
        return None
    pronoun, attribute = _PRONOUN.match(question), _ATTRIBUTE.match(question)
    if pronoun is not None:
        return Completion(topic[1] + question[pronoun.end() :], True)
    if _HOLLOW.match(question):
        return Completion(f"{topic[1]}は{question}", True)
    if attribute is not None:
        return Completion(f"{topic[1]}の{attribute[1]}は？", False)
    return None
