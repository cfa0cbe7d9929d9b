"""A question, analysed once: everything that retrieval, answering and follow-ups want to know of its words, and its vector."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from ..models.encoder import Encoder
from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from ..text.romanisation import romanised_names
from ..text.scripts import RUN
from ..text.stop_words import without_stop_words
from ..text.user_words import NO_WORDS, UserDictionary
from ..text.words import tokenize
from .answer_kinds import asked_kind, is_open
from .interrogatives import interrogative_clause
from .language_means import LanguageMeans
from .names import named
from .question_words import asking_spans, without
from .small_talk import is_noise, is_small_talk
from .vectors import QuestionVector

_RUN = re.compile(r"[^\W_]+")
_PHRASE = 3  # characters


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a question says, by the words that its index parts texts into. `encode` puts in the vector and the language."""

    text: str
    dictionary: UserDictionary  # the user's words
    normal: str  # normalised
    content: str  # normalised, without question words and stop words; may be blank
    words: tuple[Word, ...]  # of `content`, without marks
    terms: tuple[str, ...]  # the different lexical tokens to search for; those of the whole question where `content` has none
    phrases: tuple[str, ...]  # the different runs of three characters within words and between question words
    names: tuple[str, ...]  # quoted words, years, codes and places, normalised
    romanised: tuple[str, ...]  # Chinese names in Latin letters, as letters of pinyin without spaces
    kind: re.Pattern[str] | None  # finds the kind of answer asked for in a normalised text; None when any text may answer
    is_open: bool  # it asks for more than a fact: why, how, which ones
    is_small_talk: bool
    is_noise: bool  # it asks nothing: no letter or digit, function words alone, keys hit at random
    # without its language's part, of length 1; shape (0,) until encoded
    vector: QuestionVector = field(default_factory=lambda: QuestionVector(np.empty(0, np.float32)), repr=False)
    language: str = ""  # the name of one in `LanguageMeans`; "" until encoded

    @property
    def word_terms(self) -> list[str]:
        """The terms that are words."""
        return [term for term in self.terms if term[0] == "w"]

    @property
    def has_letter(self) -> bool:
        """Whether there is a letter or a digit in it."""
        return _RUN.search(self.text) is not None


def read_question(text: str, dictionary: UserDictionary = NO_WORDS) -> Question:
    """Analyse a question by jieba's words and those of a user's dictionary."""
    normal = normalise(text)
    words = classified(normal, dictionary)
    asking = asking_spans(normal, words, dictionary)
    bare = without(normal, asking)
    content = without_stop_words(bare)
    content_words = words if content == normal else classified(content, dictionary)
    clause = interrogative_clause(normal)
    return Question(
        text=text,
        dictionary=dictionary,
        normal=normal,
        content=content,
        words=tuple(word for word in content_words if RUN.match(word.text)),
        terms=tuple(dict.fromkeys(tokenize(content, dictionary) or tokenize(normal, dictionary))),
        phrases=phrases(bare),
        names=named(normal, bare, content_words),
        romanised=romanised_names(text),
        kind=asked_kind(normal, words, asking, clause),
        is_open=is_open(normal, words, asking, clause),
        is_small_talk=is_small_talk(normal),
        is_noise=is_noise(content),
    )


def encode(question: Question, encoder: Encoder, means: LanguageMeans) -> Question:
    """The same question with its vector and its language."""
    vector = encoder.encode_queries([question.text])[0]
    language = means.names[means.question_language(vector)]
    return replace(question, vector=QuestionVector(means.centre_question(vector)), language=language)


def phrases(text: str) -> tuple[str, ...]:
    """The different runs of three letters or digits in a text."""
    runs = _RUN.findall(text)
    return tuple(dict.fromkeys(run[at : at + _PHRASE] for run in runs for at in range(len(run) - _PHRASE + 1)))
