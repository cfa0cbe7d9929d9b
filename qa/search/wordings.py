"""Other wordings of a question, searched for beside it: with synonyms in the place of its words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice, product

from ..text.synonyms import Synonyms
from ..text.user_words import UserDictionary
from ..text.words import tokenize
from .engine import Words

MOST_WORDINGS = 4  # beside what was typed; each costs as much as a question
_MOST_TRIED = 64  # combinations


def with_synonyms(text: str, normal: str, synonyms: Synonyms, stands: Callable[[str], bool]) -> list[str]:
    """The question `text`, which `normal` is normalised, in other words.

    Only words that the documents have are put in, and of several replaced at once those first that the documents lack as typed.
    """
    matches = synonyms.matches(normal)
    base = text if len(text) == len(normal) else normal
    choices = []
    for match in matches:
        own = normal[match.start : match.end]
        others = [each for each in match.others if stands(each)]
        choices.append([*others, own] if others and not stands(own) else [own, *others])
    tried = islice(product(*choices), _MOST_TRIED)
    spans = [(match.start, match.end) for match in matches]
    made = (replaced(base, spans, words) for words in tried)
    return list(dict.fromkeys(each for each in made if each not in (base, normal)))[:MOST_WORDINGS]


def stands(words: Words, text: str, dictionary: UserDictionary) -> bool:
    """Whether each word of `text` stands in some passage, not always together."""
    nowhere = words.idf("")
    found = [token for token in tokenize(text, dictionary) if token[0] == "w"]
    return bool(found) and all(words.idf(token) < nowhere for token in found)


def replaced(text: str, spans: Sequence[tuple[int, int]], words: Sequence[str]) -> str:
    """`text` with one of the `words` in the place of each of the `spans` [start, end), which are in order."""
    parts, at = [], 0
    for (start, end), word in zip(spans, words, strict=True):
        kept = text[start:end]
        parts += [text[at:start], kept if kept.lower() == word else word]
        at = end
    return "".join([*parts, text[at:]])
