"""What may be asked, before it is known whether the index answers it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...text.normalise import normalise
from ...text.words import part_of_speech, segment

CJK = re.compile(r"[\u4e00-\u9fff]")
KANA = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
NAMES = ("nr", "ns", "nt", "nz")  # jieba's tags


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question and what it was made of: a passage's row, and the characters [start, end) of its document that answer it.

    With a `start` of -1 its whole document does. `topic` is what the document is about where the question stands.

    `subject` has to name a thing and `rest` to hold a verb (or to begin with one), which only a dictionary tells.
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


def words_of(text: str) -> list[str]:
    return [word for run in _HAN.findall(normalise(text)) for word in segment(run)]


def has_name(words: Sequence[str]) -> bool:
    tags = map(part_of_speech, words)
    return any(tag.startswith(NAMES) or (not tag and len(word) > 1) for word, tag in zip(words, tags, strict=True))
