"""What a follow-up may mean: the ways to complete it from the question before it, of which the documents then choose one.

After "6号线什么时候建成？" the question "那7号线呢？" is one of: itself; both questions together; itself with a topic carried
over, in the place of its pronoun or in front ("6号线，7号线呢？"), the topic being words of the earlier question or those that
answered it; the earlier question with some of its words replaced ("7号线什么时候建成？"). Which it is, is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from ..search.question_words import asking_spans
from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from ..text.scripts import HAN_RUN, KANA
from ..text.stop_words import chinese_function_words, stop_word_counts, stop_words
from ..text.user_words import NO_WORDS, UserDictionary
from ..text.words import part_of_speech

Span = tuple[int, int]

LONGEST_SLOT = 5  # words that are replaced
LONGEST_ANSWER = 30  # characters of words that answered, which a pronoun may stand for

_INSIDE, _OF = ("-", "/", ".", "_", "'", "’", "&"), ("的", "之")  # marks inside a code or a word
_WHAT = ("时候", "时间", "地方", "原因")  # after 什么: what is asked for
_NOT = ("不", "没", "未", "无", "非")
_FUNCTION_TAGS = ("w", "ul", "uj", "ug", "uz", "uv", "u", "y", "c", "p", "d", "r", "f", "o", "e")
# Pronouns of the third person and demonstratives. In Chinese jieba tells whether the character is one (其, not 其实); those of a
# demonstrative and a noun (这个职位) follow the topic, the others are replaced by it.
_POINTING = re.compile("[他她它其]|[这那该此](?!么)")
_DEMONSTRATIVE = re.compile("[这那该此](?!里|儿|边)")
_SPACED = frozenset(
    "it its he him his she her hers they them their theirs this that these those there one él ella ellos ellas su sus este esta "
    "estos estas ese esa eso allí ahí il elle ils elles lui leur leurs son sa ses ce cela ça cet cette celui celle er sie es "
    "ihn ihm ihr ihre ihrer sein seine seiner das dies dieser diese dieses dort lei loro esso essa suo sua suoi sue questo "
    "questa ciò ele ela eles elas seu sua seus suas isso lá он она оно они его её ее их ему ей им это там hij zij ze hun hem "
    "haar dit dat deze die daar".split()
)
_POSSESSIVE = frozenset("its his her their".split())
_JAPANESE = re.compile("(?:彼女|彼|それ|そこ|その人|これ|ここ|あれ)(?:ら|たち)?(?=[はがのをにでも])")
_HIRAGANA = re.compile("[\u3041-\u309f\u30fc]+")
_LEAD = re.compile(r"(那么?)[,，、\s]*+")
_PARTICLE = re.compile(r"[呢吗](?=\W*$)")
_FINAL = " \t\n。．.!！?？…"


@dataclass(frozen=True, slots=True)
class Completion:
    """A way to complete a follow-up.

    `kind` says what stands in for what was left out: "both" questions, the "first" words of the earlier one or fewer of them
    ("shorter"), its "last" ones, all that it "said", the "answer" to it, or "slot": words of it are replaced. `placed` is True
    where these stand in the place of a pronoun. `values` are the SLOT_FEATURES of a slot.
    """

    text: str
    kind: str
    placed: bool = False
    values: tuple[float, ...] = ()


class Parsed:
    """A question's words: `text`, `words` as spans of it, and which of them have `content`."""

    def __init__(self, text: str, dictionary: UserDictionary = NO_WORDS) -> None:
        normal = normalise(text)
        self.text = text if len(normal) == len(text) else normal
        self.normal = normal
        words = classified(normal, dictionary)
        self.asking = asking_spans(normal, words, dictionary)
        edges = {edge for span in self.asking for edge in span}
        if found := _PARTICLE.search(normal):
            edges.add(found.start())
        self.words = _joined([part for word in words for part in _parted(word, sorted(edges))])
        stop = _stop_words(normal)
        self.content = [self._has_content(word, stop) for word in self.words]

    def _has_content(self, word: Word, stop: frozenset[str]) -> bool:
        if any(start < word.end and word.start < end for start, end in self.asking) or word.tag in _FUNCTION_TAGS:
            return False
        if _HIRAGANA.fullmatch(word.text) or (word.text in _WHAT and any(end == word.start for _, end in self.asking)):
            return False
        if HAN_RUN.match(word.text):
            return word.text not in chinese_function_words() and not (word.tag == "m" and word.text[0] in "多几")
        return word.text not in stop and any(map(str.isalnum, word.text))

    @property
    def is_spaced(self) -> bool:
        """Whether the question is in a language that separates words by spaces."""
        return not (HAN_RUN.search(self.normal) or KANA.search(self.normal))

    def content_words(self) -> set[str]:
        """The distinct words with content."""
        return {word.text for word, has in zip(self.words, self.content, strict=True) if has}

    @property
    def asks(self) -> bool:
        """Whether the question has a Chinese question word that asks for something: not only 呢 or 吗."""
        return any(self.normal[start:end] not in ("呢", "吗") for start, end in self.asking)

    def runs(self) -> list[Span]:
        """The runs of words with content, as word numbers [first, end); 的 between two words does not end one."""
        runs: list[Span] = []
        for at, has in enumerate(self.content):
            if not has:
                continue
            if runs and (runs[-1][1] == at or (runs[-1][1] == at - 1 and self.words[at - 1].text in _OF)):
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
        return runs

    def core(self) -> Span:
        """The words [first, end) that name something: up to 呢, without what leads in and without function words at the ends."""
        words, first = self.words, 0
        end = next((at for at, word in enumerate(words) if word.text in ("呢", "呐")), len(words))
        while first < end and self._leads(first):
            first += 1
        while end > first and not self.content[end - 1] and (words[end - 1].tag != "f" or words[end - 1].text == "的"):
            end -= 1
        return first, end

    def lead(self) -> int:
        """The end of 那 or 那么 that the question begins with; 0 without it."""
        found = _LEAD.match(self.text)
        return found.end() if found and any(word.end == found.end(1) for word in self.words[:1]) else 0

    def _leads(self, at: int) -> bool:
        word = self.words[at]
        return not self.content[at] and word.tag != "m" and word.text not in _NOT

    def slice(self, first: int, end: int) -> str:
        """The text of the words [first, end)."""
        return self.text[self.words[first].start : self.words[end - 1].end]

    def content_at(self, start: int) -> bool:
        """Whether a word with content begins at offset `start`."""
        return any(has and word.start == start for word, has in zip(self.words, self.content, strict=True))

    def pronoun(self) -> Span | None:
        """The span in the text of the first word that may point back; None without one."""
        if KANA.search(self.normal):
            found = _JAPANESE.search(self.normal)
            return found.span() if found else None
        for at, word in enumerate(self.words):
            if word.text in _SPACED and not (HAN_RUN.search(self.normal) and word.text != "it"):
                return word.start, word.end
            lead = at == 0 and word.text[0] == "那" and len(word.text) == 1
            named = at > 0 and self.content[at - 1]  # 037那份: what stands before is what it points at
            if word.tag in ("r", "mq") and not (named and word.tag == "mq") and _POINTING.match(word.text) and not lead:
                return word.start, word.end
        return None


def completions(question: str, earlier: str, answer: str, dictionary: UserDictionary = NO_WORDS) -> list[Completion]:
    """The ways to complete `question` from `earlier`, the question before it; `answer` are the words that answered it, or ""."""
    asked, before = Parsed(question, dictionary), Parsed(earlier, dictionary)
    found = [Completion(f"{_ended(earlier)} {question}", "both")]
    pronoun = asked.pronoun()
    placed = pronoun is not None
    found += [Completion(_carried(asked, topic, pronoun), kind, placed) for kind, topic in _topics(before, answer)]
    found += _replaced(asked, before)
    unique = {completion.text: completion for completion in reversed(found)}
    return [completion for completion in reversed(unique.values()) if completion.text not in (question, earlier)]


def _topics(before: Parsed, answer: str) -> Iterator[tuple[str, str]]:
    """What `before` may be about, each with its kind."""
    runs = before.runs()
    if not runs:
        return
    first, end = runs[0]
    yield "first", before.slice(first, end)
    if end - first > 1:
        yield "shorter", before.slice(first, end - 1)
    if end - first > 2:
        yield "shorter", before.slice(first, first + 1)
    if len(runs) > 1:
        yield "last", before.slice(*runs[-1])
        yield "said", _said(before, runs)
    if answer and len(answer) <= LONGEST_ANSWER:
        yield "answer", answer


def _said(before: Parsed, runs: list[Span]) -> str:
    """All that a question says but its question word: 胜利村有户 from 胜利村有多少户."""
    start, end = before.words[runs[0][0]].start, before.words[runs[-1][1] - 1].end
    kept, at = "", start
    for a, b in before.asking:
        if start <= a < end:
            kept, at = kept + before.text[at:a], b
    return kept + before.text[at:end]


def _carried(asked: Parsed, topic: str, found: Span | None) -> str:
    """The question with `topic` in the place of its pronoun, or in front, or, between spaces, behind it."""
    text, cut = asked.text, asked.lead()
    if found is not None:
        start, end = found
        word = asked.normal[start:end]
        if word in _POSSESSIVE and re.match(r"\s+\w", asked.normal[end:]):
            topic += "'s"
        elif word == "其" and not asked.normal.startswith("的", end):
            topic += "的"
        elif HAN_RUN.match(word) and _DEMONSTRATIVE.match(word) and asked.normal[end:] and asked.content_at(end):
            end = start
        return text[min(cut, start) : start] + topic + text[end:]
    if KANA.search(asked.normal):
        return f"{topic}は{text}"
    return f"{topic}，{text[cut:]}" if HAN_RUN.search(asked.normal) else f"{text.strip()} ({topic})"


def _replaced(asked: Parsed, before: Parsed) -> Iterator[Completion]:
    """The earlier question with the words of `asked` in the place of words of its own, each place in turn."""
    core = asked.core()
    if core[0] == core[1] or asked.asks:
        return
    new = asked.slice(*core)
    if len(new) > 2 * max(len(before.text), 12):
        return
    inside = asked.words[slice(*core)]
    for first, end in before.runs():
        for a in range(first, end):
            if not before.content[a]:
                continue
            for b in range(a + 1, min(end, a + LONGEST_SLOT) + 1):
                if before.content[b - 1]:
                    old = before.words[a:b]
                    start, stop = old[0].start, old[-1].end
                    text = before.text[:start] + new + before.text[stop:]
                    yield Completion(text, "slot", False, alike(inside, old, first == a, end == b))


def alike(new: list[Word], old: list[Word], begins: bool, ends: bool) -> tuple[float, ...]:
    """How alike the words of a slot are to what is to stand there: see `SLOT_FEATURES`."""
    a, b = "".join(word.text for word in new), "".join(word.text for word in old)
    pairs = [{text[i : i + 2] for i in range(len(text) - 1)} for text in (a, b)]
    return (
        float(a[-1] == b[-1]),
        float(a[0] == b[0]),
        len(pairs[0] & pairs[1]) / max(1, min(len(pairs[0]), len(pairs[1]))),
        float(new[-1].tag[0] == old[-1].tag[0]),
        float(_shape(a) == _shape(b)),
        float(any(map(str.isdigit, a)) == any(map(str.isdigit, b))),
        min(abs(len(a) - len(b)) / max(len(a), len(b)), 1.0),
        float(abs(len(new) - len(old)) > 1),
        float(begins),
        float(ends),
        float(old[-1].tag[0] == "v"),
        float(len(old) == 1),
    )


SLOT_FEATURES = (
    "same_end", "same_start", "pairs", "same_tag", "same_shape", "digits", "lengths", "words", "begins", "ends", "verb", "single",
)  # fmt: skip


def _shape(text: str) -> str:
    """The kinds of characters in a text, each once in order: "a0" for CH310."""
    kinds = ("0" if c.isdigit() else "h" if HAN_RUN.match(c) else "a" if c.isalpha() else "" for c in text)
    return re.sub(r"(.)\1+", r"\1", "".join(kinds))


def _ended(text: str) -> str:
    bare = text.strip().rstrip(_FINAL)
    return bare + ("？" if HAN_RUN.search(bare) else "?")


def _parted(word: Word, edges: list[int]) -> list[Word]:
    """A word in the parts that it has here: jieba joins particles (线呢) and 那 (那永富) to their neighbours by a guess."""
    cuts = [at for at in edges if word.start < at < word.end]
    if word.tag == "x" and len(word.text) > 2 and word.text[0] == "那":
        cuts = [word.start + 1, *cuts]
    if not cuts:
        return [word]
    parts = [(a, b) for a, b in pairwise([word.start, *dict.fromkeys(cuts), word.end]) if a < b]
    texts = [word.text[a - word.start : b - word.start] for a, b in parts]
    return [Word(text, part_of_speech(text) or "x", a, b) for text, (a, b) in zip(texts, parts, strict=True)]


def _joined(words: list[Word]) -> list[Word]:
    """The words with the parts of a code (CH-310) and of a date or an amount (6月19日, 50台) joined."""
    made: list[Word] = []
    for word in words:
        last = made[-1] if made else None
        if last is not None and last.end == word.start and _belongs(last, word):
            tag = "m" if last.tag == "m" else "eng"
            made[-1] = Word(last.text + word.text, tag, last.start, word.end)
        else:
            made.append(word)
    while made and made[-1].text[-1] in _INSIDE and len(made[-1].text) > 1:  # a full stop is no part of a code
        last = made.pop()
        made += [Word(last.text[:-1], last.tag, last.start, last.end - 1), Word(last.text[-1], "w", last.end - 1, last.end)]
        break
    return made


def _belongs(last: Word, word: Word) -> bool:
    if last.tag not in ("eng", "m") or HAN_RUN.match(last.text[0]):
        return False
    if word.text in _INSIDE or (word.tag in ("eng", "m") and not HAN_RUN.match(word.text) and word.text != ","):
        return last.text[-1] not in _INSIDE or word.text not in _INSIDE
    return last.text[-1].isdigit() and len(word.text) == 1 and bool(HAN_RUN.match(word.text)) and word.tag[0] in "qmtnx"


@lru_cache(maxsize=256)
def _stop_words(text: str) -> frozenset[str]:
    """The function words of the language that most of the words of `text` are function words of."""
    counts = stop_word_counts(text)
    return stop_words(max(counts, key=lambda language: counts[language])) if counts else frozenset()
