"""A follow-up in a language written with spaces, completed from the question before it: "And in 1940?", "How old is she?".

Names are told by their capital letters, which German gives to every noun. A pronoun is replaced by the name that the earlier
question is about, if it begins with one; otherwise what that question says is added in parentheses, since no grammar is known
here.
"""

from __future__ import annotations

import re

from ..text.normalise import normalise
from ..text.stop_words import stop_word_counts, without_stop_words
from .turns import Completion

# What leads from one question into the next, by the language whose function words tell that it is one: "y" is no lead in
# "Y Combinator was founded when?".
_LEADS = {
    "en": "and but", "es": "y", "fr": "et", "de": "und", "it": "e", "pt": "e", "ru": "и а", "sv": "och", "da": "og",
}  # fmt: skip
_LEAD = re.compile(r"[\s¿¡]*(?P<lead>[^\W\d_]+)(?=[\s,])[\s,]*")
_ADVERB = re.compile(
    r"\s*(?:so|also|then)(?:\s*,\s*|\s+(?=([^\W\d_]+)))", re.IGNORECASE
)  # a lead before a comma or what opens a question
_ABOUT = re.compile(r"[\s¿¡]*(?:(?:what|how) about\s+)?[\s¿]*", re.IGNORECASE)
_PRONOUNS = (
    "it its he him his she her hers they them their theirs this that these those there él ella ellos ellas su sus este esta "
    "estos estas ese esa eso allí ahí il elle ils elles lui leur leurs son sa ses ce cela ça cet cette celui celle er sie es "
    "ihn ihm ihr ihre ihrer sein seine seiner das dies dieser diese dieses dort lei loro esso essa suo sua suoi sue questo "
    "questa ciò ele ela eles elas seu sua seus suas isso lá он она оно они его её ее их ему ей им это там hij zij ze hun hem "
    "haar dit dat deze die daar"
).split()
_PRONOUN = re.compile(rf"\b(?:{'|'.join(_PRONOUNS)})\b")
_POSSESSIVES = frozenset("its his her their".split())
# What a question may begin with beside a lead; it names nothing, though it has a capital letter.
_OPENING = frozenset(
    "who what when where why how which whose whom many much is are was were do does did has have had can could long old far "
    "often the a an to for from at on of by with qué quién quiénes cuándo cuánto cuánta cuántos cuántas dónde cómo cuál cuáles "
    "por para de en a el la los las era fue es son qui que quoi quand où comment combien pourquoi quel quelle quels quelles "
    "est sont le les des du dans wer was wann wo wie warum welche welcher welches viele viel ist sind war waren hat der die "
    "chi che cosa quando dove come quanto quanti quante perché quale quali quem qual quais quantos onde como кто что когда "
    "где почему как какой какая какие сколько чей wie wat wanneer waar waarom hoe welke hoeveel".split()
)
_WORD = re.compile(r"[^\W_](?:[\w'’.-]*\w)?")
_YEAR = re.compile(r"(?:\b(?:in|en|im|em|в)\s+)?\b(?:1\d|20)\d\d\b", re.IGNORECASE)
_CAPITAL = r"[^\W\d_a-zß-öø-ÿа-яё][\w'’.-]*"
_NAME = re.compile(rf"{_CAPITAL}(?:\s+(?:(?:of|the|de|la|del|von|van|du|des)\s+)*{_CAPITAL})*")


def complete(question: str, earlier: str) -> Completion | None:
    """`question` completed from the one before it, as that was understood; None when it stands by itself."""
    body = _without_lead(question, earlier)
    led = body != question.lstrip(" \t\n¿¡")
    said = _said(earlier, body)
    content = _content(body)
    if not said or len(content) > 5:
        return None
    if not content or (led and len(content) <= 4):
        return Completion(_with(body, said), True)
    if _NAME.search(_from_first_content(body)):
        return None
    pronoun = _PRONOUN.search(body.lower())
    if pronoun is not None:
        return Completion(_replaced(body, pronoun, said) or _with(body, said), len(content) <= 3)
    return Completion(_with(body, said), False) if len(content) <= 3 else None


def _without_lead(question: str, earlier: str) -> str:
    """`question` without "and", "what about" and their like, each where it is a word of the language of the conversation."""
    lead = _LEAD.match(question)
    if lead is not None and _leads(lead["lead"].lower(), question[lead.end() :], earlier):
        question = question[lead.end() :]
    adverb = _ADVERB.match(question)
    if adverb is not None and (adverb[1] is None or adverb[1].lower() in _OPENING):
        question = question[adverb.end() :]
    about = _ABOUT.match(question)
    return question[about.end() :] if about else question


def _leads(word: str, rest: str, earlier: str) -> bool:
    """Whether `word` is a lead in the language of the conversation, which most function words of the earlier question are of, or
    of the `rest` where that one has none. Where no language is known, a word of several letters is one, a letter none."""
    counts = stop_word_counts(normalise(earlier))
    if not any(counts.values()):
        counts = stop_word_counts(normalise(rest))
    most = max(counts.values(), default=0)
    own = max((counts.get(language, 0) for language, leads in _LEADS.items() if word in leads.split()), default=-1)
    return own == most and (own > 0 or len(word) > 1)


def _content(text: str) -> list[str]:
    """The words of `text` that are no function words and no question words."""
    bare = without_stop_words(normalise(text))
    return [word for word in re.findall(r"[^\W_]+", bare) if word not in _OPENING]


def _from_first_content(text: str) -> str:
    """`text` from its first word that is not one that questions begin with."""
    first = next((match for match in _WORD.finditer(text) if match.group().lower() not in _OPENING), None)
    return text[first.start() :] if first else ""


def _said(earlier: str, body: str) -> str:
    """What the earlier question says: without its question word, and without its year when the new one has another."""
    text = re.sub(r"[?？]?\s*\((.*)\)$", r", \1", earlier.strip())  # itself completed
    text = re.sub(r"\b(?:do|does|did)\s+", "", _from_first_content(text.strip(" ?!.¿¡？")))
    return _YEAR.sub("", text).strip() if _YEAR.search(body) else text


def _replaced(body: str, pronoun: re.Match[str], said: str) -> str:
    """The question with its pronoun replaced by the name that the earlier one begins with; "" when that begins otherwise."""
    name = _NAME.match(said)
    if name is None or len(body) != len(body.lower()) or pronoun.group() == "there":
        return ""
    after = body[pronoun.end() :]
    owns = pronoun.group() in _POSSESSIVES and re.match(r"\s+\w", after)
    return body[: pronoun.start()] + re.sub("['’]s$", "", name.group()) + ("'s" if owns else "") + after


def _with(question: str, said: str) -> str:
    return f"{question.strip()} ({said})"
