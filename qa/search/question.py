"""The analysis of a question: its words, terms, names and vector, computed once for retrieval and answering."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np

from ..models.encoder import Encoder
from ..models.question_map import QuestionMap
from ..text.exact import exact_tokens, without_values
from ..text.identifiers import Identifier
from ..text.normalise import normalise
from ..text.parts_of_speech import Word, classified
from ..text.romanisation import romanised_names
from ..text.scripts import RUN
from ..text.stop_words import without_stop_words
from ..text.user_words import NO_WORDS, UserDictionary
from ..text.words import tokenize
from .answer_kinds import asked_kind, is_open
from .asking import Asked, asked
from .exact import named_days, named_identifiers
from .interrogatives import interrogative_clause
from .language_means import LanguageMeans
from .names import named
from .question_words import asking_spans, without
from .rows import Floats
from .small_talk import is_noise, is_small_talk
from .vectors import QuestionVector

_RUN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A question, analysed with the tokenizer of its index. `vector`, `beside` and `language` are set by `encode`.

    `text` is what asks of what was typed, and `background` what was told with it: see `asked`.
    """

    text: str
    dictionary: UserDictionary  # the user's words
    normal: str  # `text`, normalised
    content: str  # `normal` without question words and stop words; may be blank
    words: tuple[Word, ...]  # of `content`, without punctuation
    terms: tuple[str, ...]  # distinct lexical tokens to search for: of `content`, or of `normal` if that has none
    identifiers: tuple[Identifier, ...]  # that match whole or not at all
    days: tuple[tuple[str, ...], ...]  # named in it: see `named_days`
    names: tuple[str, ...]  # names that the answer has to contain, normalised: see `named`
    romanised: tuple[str, ...]  # Chinese names in pinyin: see `romanised_names`
    kind: re.Pattern[str] | None  # finds the kind of answer asked for in a normalised text; None when any text may answer
    is_open: bool  # asks for more than a fact: why, how, which ones
    is_small_talk: bool  # a greeting, thanks or the like
    is_noise: bool  # no question: no letter or digit, only function words, or random keys
    background: str = ""
    # minus the mean of its language, mapped, of length 1; shape (0,) until encoded
    vector: QuestionVector = field(default_factory=lambda: QuestionVector(np.empty(0, np.float32)), repr=False)
    beside: QuestionVector | None = None  # of the background and the question together; None without a background
    language: str = ""  # a name in `LanguageMeans.names`; "" until encoded
    others: tuple[Question, ...] = ()  # other wordings of it, searched for too
    corrected: bool = False  # it is what was typed without its slips

    @property
    def word_terms(self) -> list[str]:
        """The terms that are words, numbers or dates, rather than characters or pairs of characters."""
        return [term for term in self.terms if term[0] in "wv"]

    @property
    def has_letter(self) -> bool:
        """Whether the question has a letter or digit."""
        return _RUN.search(self.text) is not None


def read_question(text: str, dictionary: UserDictionary = NO_WORDS, whole: bool = False) -> Question:
    """Analyse what `text` asks, with `whole` all of it; `dictionary` is the user dictionary of the index."""
    found = Asked(text) if whole else asked(text)
    text = found.question
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
        terms=tuple(dict.fromkeys(_terms(content, dictionary) or tokenize(normal, dictionary))),
        identifiers=named_identifiers(normal),
        days=named_days(normal),
        names=named(normal, bare, content_words),
        romanised=romanised_names(text),
        kind=asked_kind(normal, words, asking, clause),
        is_open=is_open(normal, words, asking, clause),
        is_small_talk=is_small_talk(normal),
        is_noise=is_noise(content),
        background=found.background,
    )


def _terms(content: str, dictionary: UserDictionary) -> list[str]:
    """The tokens of a question's content; its numbers and dates in their one writing only."""
    return tokenize(without_values(content), dictionary) + exact_tokens(content)


def encode(question: Question, encoder: Encoder, means: LanguageMeans, question_map: QuestionMap | None = None) -> Question:
    """`question` with its vector, by `encoder` and `question_map`, and its language, by `means`."""

    def moved(vector: Floats) -> QuestionVector:
        centred = means.centre_question(vector)
        return QuestionVector(centred if question_map is None else question_map(centred))

    texts = [question.text, f"{question.background} {question.text}"] if question.background else [question.text]
    vector, *others = encoder.encode_queries(texts)
    language = means.names[means.question_language(vector)]
    return replace(question, vector=moved(vector), beside=moved(others[0]) if others else None, language=language)
