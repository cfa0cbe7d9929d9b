"""A follow-up in a language written with spaces, completed from the question before it: "And in 1940?", "How old is she?".

A name is a word with a capital letter, in German any noun. A pronoun is replaced by the name that the earlier question begins
with; where it begins with none, its words are added in parentheses, because there is no grammar here to place them.
"""

from __future__ import annotations

import re

from ..text.normalise import normalise
from ..text.stop_words import stop_word_counts, without_stop_words
from .turns import Completion

# Words that lead into a follow-up, by language; each counts only in a conversation in its own language: "y" is Spanish, and no
# lead in "Y Combinator was founded when?".
_LEADS = {
    "en": "and but", "es": "y", "fr": "et", "de": "und", "it": "e", "pt": "e", "ru": "и а", "sv": "och", "da": "og",
}  # fmt: skip
_LEAD = re.compile(r"[\s¿¡]*(?P<lead>[^\W\d_]+)(?=[\s,])[\s,]*")
_ADVERB = re.compile(
    r"\s*(?:so|also|then)(?:\s*,\s*|\s+(?=([^\W\d_]+)))", re.IGNORECASE
)  # a lead only before a comma or a word that opens a question
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
# Words that a question may begin with: they are no names, though the first has a capital letter.
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
    """`question` completed from `earlier`, the question before it (in its completed form); None when it stands by itself."""
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
    """`question` without its lead: "and" and the like in the language of the conversation, "so", "what about"."""
    lead = _LEAD.match(question)
    if lead is not None and _leads(lead["lead"].lower(), question[lead.end() :], earlier):
        question = question[lead.end() :]
    adverb = _ADVERB.match(question)
    if adverb is not None and (adverb[1] is None or adverb[1].lower() in _OPENING):
        question = question[adverb.end() :]
    about = _ABOUT.match(question)
    return question[about.end() :] if about else question


def _leads(word: str, rest: str, earlier: str) -> bool:
    """Whether `word` is a lead in the language of the conversation.

    That language is the one with the most function words in `earlier`, or in `rest` where `earlier` has none. Where neither has
    any, a lead of several letters counts and a single letter does not.
    """
    counts = stop_word_counts(normalise(earlier))
    if not any(counts.values()):
        counts = stop_word_counts(normalise(rest))
    most = max(counts.values(), default=0)
    own = max((counts.get(language, 0) for language, leads in _LEADS.items() if word in leads.split()), default=-1)
    return own == most and (own > 0 or len(word) > 1)


def _content(text: str) -> list[str]:
    """The content words of `text`: neither function words nor question words."""
    bare = without_stop_words(normalise(text))
    return [word for word in re.findall(r"[^\W_]+", bare) if word not in _OPENING]


def _from_first_content(text: str) -> str:
    """`text` from its first word that is not in _OPENING; "" when all are."""
    first = next((match for match in _WORD.finditer(text) if match.group().lower() not in _OPENING), None)
    return text[first.start() :] if first else ""


def _said(earlier: str, body: str) -> str:
    """The words of `earlier` without what opens it, and without its year when `body` names another."""
    text = earlier.strip()
    if text.endswith(")") and "(" in text:  # `earlier` was itself completed in parentheses
        before, _, inside = text[:-1].partition("(")
        before = before.rstrip()
        text = f"{before[:-1] if before.endswith(('?', '？')) else before}, {inside}"
    text = re.sub(r"\b(?:do|does|did)\s+", "", _from_first_content(text.strip(" ?!.¿¡？")))
    return _YEAR.sub("", text).strip() if _YEAR.search(body) else text


def _replaced(body: str, pronoun: re.Match[str], said: str) -> str:
    """`body` with its pronoun replaced by the name that `said` begins with; "" when it begins with none."""
    name = _NAME.match(said)
    if name is None or len(body) != len(body.lower()) or pronoun.group() == "there":
        return ""
    after = body[pronoun.end() :]
    owns = pronoun.group() in _POSSESSIVES and re.match(r"\s+\w", after)
    return body[: pronoun.start()] + re.sub("['’]s$", "", name.group()) + ("'s" if owns else "") + after


def _with(question: str, said: str) -> str:
    return f"{question.strip()} ({said})"
