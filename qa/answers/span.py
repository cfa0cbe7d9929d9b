"""The answering span inside a paragraph: the sentence that answers best, with the one beside it where it needs it.

A sentence's score is

    gate * held + 0.7 * cosine + 0.4 * translated - no answer + addressed + field

`held` is the share, by idf, of the question's terms that the sentence holds. A term of the paragraph's first sentence counts
0.9 in every later one: what a paragraph is about is named once and left out or replaced by a pronoun from then on, and
without this the first sentence wins every question about its subject. `no answer` is 1 for a heading and for a sentence that
itself asks or says nothing. `addressed` is 1 for the step or clause whose number is asked for; `field` is for the lines of a
record. Chosen on cmrc2018_trial and xquad_dev: a half or a double of a weight changes the share of right sentences by
about a point.

The span takes in a second sentence when the first begins with a word that points back ("他", "this"), when the kind of
answer asked for stands only there, or when it scores nearly as much and is short enough to be worth its room.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from ..passages.structure import FIELDS, MARKUP, is_structured, says_nothing, value_of_field
from ..search.engine import Engine
from ..search.exact import differs
from ..search.question import Question
from ..search.retrieval import Evidence
from ..search.rows import Floats, Ints, Mask
from ..text.normalise import normalise
from ..text.parts_of_speech import classified
from ..text.user_words import NO_WORDS, UserDictionary
from .addresses import addressed
from .lists import LONGEST_LIST, SHORT_LIST, Shown, part_of_list, whole_list

COSINE_WEIGHT, TRANSLATED_WEIGHT = 0.7, 0.4
SUBJECT_CREDIT = 0.9
MOST_HEADINGS = 3  # above each other
# Of a heading, and of what itself asks, as in a list of questions and answers: they hold the question's words and answer nothing.
NO_ANSWER_PENALTY = 1.0
# Of a field of a record: what its other fields say is known of it, a value of the kind asked for speaks for it, and one that
# the question itself has does not answer it. On 179 questions of a company's files the first quotation is right for 61.5 %
# instead of 59.2; with twice the weight for 60.9.
RECORD_CREDIT, FIELD_WEIGHT, ECHO_PENALTY = 0.9, 0.15, 0.5
DIFFERENCE_PENALTY = 0.7  # of a sentence about E110 where E101 is asked for, or about another day
ADDRESS_WEIGHT = 1.0  # of the step or clause whose number is asked for
# A neighbour is quoted too when its score is less than CLOSE_SCORE below the best, for one of USUAL_WORDS words; a shorter one
# may be further below and a longer one less, in proportion, and one that follows twice as far when the question asks for more
# than a fact. Half of all sentences are of about twenty words. Against one distance of 0.15 for all and the next sentence
# always for such questions, the quotations hold the answer more often: cmrc2018_trial 83.2 % in 79 characters (82.4 in 79),
# xquad_dev 90.0 in 87 (89.1 in 83), drcd_dev 90.2 in 74 (89.4 in 73).
CLOSE_SCORE, USUAL_WORDS, OPEN_QUESTION = 0.3, 20, 2

# What points at something said before, at the beginning of a sentence, after a quotation mark and a conjunction.
_POINTS_BACK = re.compile(
    '[“"「『]?(?:(?:但|但是|而|因此|所以|于是|同时|此后|之后|后来|随后|然而|不过|因而|可见|另外|此外|其中)[，,]?)?'
    "(他|她|它|其|这|该|此|那|两者|两|前者|后者|同年|同月|同日|当时|之后|后来|因此|所以|于是|原为|后)"
)
_POINTS_BACK_SPACED = re.compile(
    r"[“\"「『]?(?:he|she|it|they|this|these|that|those|its|his|her|their|such|both|however|but|then|there|thus|therefore)\b"
)
_LONGEST_WORD = 8  # characters read on to tell where the word ends
_POINTING = ("r", "m", "mq", "c", "d", "f")  # parts of speech of words that may begin with one: 他们, 这些, 此外, 后面
_GUESSED = "他她它两"  # that jieba may glue to the next character: 她说, 两人; but 那英 is a name
# What stands behind the last letter holds such a mark. Possessive, from where that begins, for linear time.
_QUESTION = re.compile(r"(?<!\W)(?=\W++\Z)[^\w?？؟]*+[?？؟]")
_ENDED = re.compile(r"(?<![\W_])(?=[\W_]++\Z)(?:(?![。！？!?.…؟।:：;；])[\W_])*+[。！？!?.…؟।:：;；]")


@dataclass(frozen=True, slots=True)
class AnsweringSpan:
    """Sentence rows `first` to `last`, both of them in passage `passage`; `score` is that of the better one.

    `held` is the highest share, 0 to 1, of the question's terms in one sentence, the first one's credited. `words` are the words
    that answer, as a span of the document's text, where a reader was asked.
    """

    passage: int
    first: int
    last: int
    score: float
    held: float = 0.0
    differs: bool = False  # it is about another identifier or another day than the question
    words: tuple[int, int] | None = None
    shown: Shown | None = None  # where it is part of a longer list


@dataclass(frozen=True, slots=True)
class _Sentences:
    passages: list[int]  # the row of the one that each stands in
    rows: Ints
    texts: list[str]  # normalised
    words: list[int]  # how many each has
    scores: Floats
    no_answers: Mask
    held: float  # the highest
    differ: Mask  # about another identifier or day


def answering_span(engine: Engine, evidence: Evidence, passages: Sequence[int]) -> AnsweringSpan:
    """The sentence that answers the question best, with its neighbour where it needs it.

    `passages` is one row, or several in a row that are parts of one paragraph.
    """
    sentences = _score(engine, evidence, passages)
    best = int(np.argmax(sentences.scores))
    listed = _listed(engine, evidence.question, sentences, best)
    beside = None if listed else _needed(evidence.question, sentences, best)
    rows = sentences.rows[listed or [best if beside is None else beside, best]]
    return AnsweringSpan(
        sentences.passages[best], int(rows.min()), int(rows.max()), float(sentences.scores[best]), sentences.held,
        bool(sentences.differ[best]),
    )  # fmt: skip


def sentence_scores(engine: Engine, evidence: Evidence, passage: int) -> tuple[Floats, Mask]:
    """The score of each sentence of a passage, and which of them can be no answer, both of shape (sentences,)."""
    sentences = _score(engine, evidence, [passage])
    return sentences.scores, sentences.no_answers


def _score(engine: Engine, evidence: Evidence, passages: Sequence[int]) -> _Sentences:
    question = evidence.question
    owners, texts = [], []
    for passage in passages:
        paragraph = engine.paragraph(passage)
        for row in engine.sentence_rows(passage):
            start, end = engine.sentence_span(row)
            owners.append(passage)
            texts.append(paragraph.text[start - paragraph.start : end - paragraph.start])
    first = engine.sentence_rows(passages[0]).start
    last = first + len(texts)
    rows = np.arange(first, last, dtype=np.int64)
    words = engine.sentence_lexical.words(first, last)
    normal = [normalise(text) for text in texts]
    values = _values(normal)
    held = held_share(engine, question.terms, rows, values)
    no_answers = _no_answers(engine, passages, owners, texts)
    differ = np.array([differs(question.identifiers, question.days, text) for text in normal], np.bool_)
    named = np.array([asked for passage in passages for asked in _addressed(engine, question, passage)])
    scores = (
        evidence.gate * held
        + COSINE_WEIGHT * engine.sentence_dense.scores(question.vector, rows)
        + TRANSLATED_WEIGHT * engine.sentence_lexical.translated_scores(evidence.translation, first, last)
        - NO_ANSWER_PENALTY * no_answers
        + ADDRESS_WEIGHT * named
        + _field_scores(question, values)
        - DIFFERENCE_PENALTY * differ
    )
    return _Sentences(owners, rows, normal, words.tolist(), np.asarray(scores, np.float32), no_answers, float(held.max()), differ)


def _no_answers(engine: Engine, passages: Sequence[int], owners: Sequence[int], texts: Sequence[str]) -> Mask:
    """Which sentences ask or are headings, shape (len(texts),): what stands above a passage's first whole sentence unended, and
    what the passage stands under."""
    found = np.array([_QUESTION.search(text) is not None for text in texts])
    for passage in passages:
        own = [i for i, owner in enumerate(owners) if owner == passage]
        paragraph = engine.paragraph(passage)
        for i, row in zip(own, engine.sentence_rows(passage), strict=True):
            start, end = engine.sentence_span(row)
            found[i] |= says_nothing(paragraph.text, start - paragraph.start, end - paragraph.start)
        mark = paragraph.mark
        under = mark.headings if mark else ()
        above = list(takewhile(lambda i: _ENDED.search(texts[i]) is None and not is_structured(texts[i]), own))
        headings = above if len(above) < min(len(own), MOST_HEADINGS + 1) else []
        found[[*headings, *(i for i in own if texts[i].strip(MARKUP) in under)]] = True
    return found


def _values(texts: Sequence[str]) -> list[str]:
    """The value of each normalised sentence that is a field of a record, "" for the others."""
    values = [value_of_field(text) for text in texts]
    return values if sum(map(bool, values)) >= FIELDS else [""] * len(texts)


def _field_scores(question: Question, values: Sequence[str]) -> Floats:
    """What speaks for the value of each field, and against it; 0 for sentences that are none."""
    kind = question.kind
    fitting = np.array([bool(value) and kind is not None and kind.search(value) is not None for value in values])
    echoed = np.array([len(value) > 1 and value in question.normal for value in values])
    return np.asarray(FIELD_WEIGHT * fitting - ECHO_PENALTY * echoed, np.float32)


def _addressed(engine: Engine, question: Question, passage: int) -> list[bool]:
    """Which sentences of a passage are the step or clause that the question names by its number."""
    paragraph = engine.paragraph(passage)
    spans = [engine.sentence_span(row) for row in engine.sentence_rows(passage)]
    return addressed(question.normal, paragraph.text, [(start - paragraph.start, end - paragraph.start) for start, end in spans])


def held_share(engine: Engine, terms: Sequence[str], rows: Ints, values: Sequence[str] = ()) -> NDArray[np.float64]:
    """The share, by idf, of `terms` that each sentence row of a paragraph holds, shape (len(rows),), 0 to 1, where those of
    the first sentence count for the later ones too. A term in one of the `values` of a record counts for each of its fields."""
    held = engine.sentence_lexical.holds(terms, int(rows[0]), int(rows[-1]) + 1).astype(np.float64)
    held[:, 1:] = np.maximum(held[:, 1:], SUBJECT_CREDIT * held[:, :1])
    fields = np.array([bool(value) for value in values], np.bool_)
    if fields.sum() > 1:
        told = np.array([any(term[1:] in value for value in values) for term in terms])
        held[np.ix_(told, fields)] = np.maximum(held[np.ix_(told, fields)], RECORD_CREDIT)
    idf = np.array([engine.sentence_lexical.idf(term) for term in terms])
    return np.asarray(idf @ held / max(float(idf.sum()), 1e-6), np.float64)


def _listed(engine: Engine, question: Question, sentences: _Sentences, best: int) -> list[int] | None:
    """The sentences of the list that is quoted whole with the `best` one, or None."""
    passage = sentences.passages[best]
    own = [i for i, owner in enumerate(sentences.passages) if owner == passage]
    paragraph = engine.paragraph(passage)
    spans = [engine.sentence_span(int(sentences.rows[i])) for i in own]
    placed = [(start - paragraph.start, end - paragraph.start) for start, end in spans]
    found = quoted_list(question, paragraph.text, placed, best - own[0])
    return [own[i] for i in found] if found else None


def quoted_list(question: Question, text: str, sentences: Sequence[tuple[int, int]], best: int) -> range | None:
    """The sentences of a passage, `text`, that are the list which is quoted whole: the one at `best` leads it in, or is an item
    of it and no fact of one kind is asked for. None when there is none, or an item is asked for by its number."""
    if any(addressed(question.normal, text, sentences)):
        return None
    said = text[slice(*sentences[best])]
    if question.kind is not None and not question.is_open and is_structured(said):
        return None  # one fact, which an item says
    longest = LONGEST_LIST if question.is_open or not is_structured(said) else SHORT_LIST
    return whole_list(text, sentences, best, longest)


def quoted_part(question: Question, text: str, sentences: Sequence[tuple[int, int]], best: int) -> tuple[range, Shown] | None:
    """The items of a list too long to be quoted whole that are quoted for a question that asks for more than a fact."""
    if not question.is_open or any(addressed(question.normal, text, sentences)):
        return None
    return part_of_list(text, sentences, best, LONGEST_LIST)


def _needed(question: Question, sentences: _Sentences, best: int) -> int | None:
    """The sentence beside the best one, in its passage, that has to be quoted with it, or None."""
    texts, scores, passages = sentences.texts, sentences.scores, sentences.passages
    beside = [i for i in (best - 1, best + 1) if 0 <= i < len(texts) and passages[i] == passages[best]]
    if best - 1 in beside and points_back(texts[best], question.dictionary):
        return best - 1
    kind = question.kind
    if kind and not kind.search(texts[best]):
        holding = [i for i in beside if kind.search(texts[i])]
        if holding:
            return max(holding, key=lambda i: float(scores[i]))

    def within(i: int) -> float:
        reach = CLOSE_SCORE * USUAL_WORDS / max(sentences.words[i], 1) * (OPEN_QUESTION if question.is_open and i > best else 1)
        return reach - float(scores[best] - scores[i])

    near = [i for i in beside if within(i) > 0 and not sentences.no_answers[i] and not sentences.differ[i]]
    return max(near, key=lambda i: float(scores[i])) if near else None


def points_back(text: str, dictionary: UserDictionary = NO_WORDS) -> bool:
    """Whether a normalised sentence begins with a word that points at what was said before: 两者, not 两江新区."""
    if _POINTS_BACK_SPACED.match(text):
        return True
    match = _POINTS_BACK.match(text)
    if match is None:
        return False
    words = classified(text[: match.end() + _LONGEST_WORD], dictionary)
    word = next((word for word in words if word.start <= match.start(1) < word.end), None)
    if word is None or word.start != match.start(1):
        return False
    guessed = word.tag == "x" and match[1] in _GUESSED
    return word.end <= match.end() or word.tag in _POINTING or guessed
