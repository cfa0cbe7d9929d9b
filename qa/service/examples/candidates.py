"""Candidates for example questions, before the index has been asked whether it answers them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...text.normalise import normalise
from ...text.words import part_of_speech, segment

CJK = re.compile(r"[\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
NAME_TAGS = ("nr", "ns", "nt", "nz")  # jieba's tags


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question made from a sentence: the span [start, end) of the document `source`, in the passage `row`.

    The answer must cite that span. `topic` is the heading or title that the
    sentence stands under. `subject` and `rest` are its parts that `chinese.sound` checks: the first must begin with a noun, the
    second hold a verb, or with `verb_first` begin with one. `of_heading` is True for a question about a heading, `of_field` for
    one about a field, `labelled` for one about a line of minutes and the like, which is asked of its document.
    """

    question: str
    row: int = 0
    start: int = 0
    end: int = 0
    source: str = ""
    subject: str = ""
    rest: str = ""
    verb_first: bool = False
    topic: str = ""
    of_heading: bool = False
    labelled: bool = False
    of_field: bool = False


def words_of(text: str) -> list[str]:
    return [word for run in _HAN.findall(normalise(text)) for word in segment(run)]


def has_name(words: Sequence[str]) -> bool:
    tags = map(part_of_speech, words)
    return any(tag.startswith(NAME_TAGS) or (not tag and len(word) > 1) for word, tag in zip(words, tags, strict=True))
