"""Example questions for the empty conversation: made from sentences of the documents and checked against the index.

A question is offered only if the index answers it with a confidence of LEAST_CONFIDENCE from the sentence that it was made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Protocol

from ...answers.answer import Answer
from ...errors import Language
from ...text.sentences import split_sentences
from ...types import Paragraph
from .candidates import CJK, Candidate
from .chinese import from_chinese, named_questions, sound
from .english import from_english
from .headings import is_name, of_section, title_in, title_of

COUNT = 6
LEAST_CONFIDENCE = 0.6  # the least confidence of the answer to an example
FURTHER, FURTHER_TRIED = 3, 6  # further questions offered, and questions asked of the index for them
_DOCUMENTS, _PASSAGES, _TRIED = 12, 120, 36  # at most: documents and passages read, questions asked of the index
_PER_DOCUMENT = 3  # examples from one document, where there are enough documents


class Askable(Protocol):
    """The part of `Index` that examples are made with."""

    manifest: Any

    def ask(self, question: str, k: int = 5) -> Answer: ...

    def document_rows(self, source: str) -> range: ...

    def paragraph(self, row: int) -> Paragraph: ...


def example_questions(index: Askable, language: Language, count: int = COUNT) -> tuple[str, ...]:
    """Up to `count` questions that `index` answers from the sentence they were made of; fewer when there are fewer good ones.

    They are in Chinese for Chinese documents and in English for English ones, those in `language` first; questions about
    headings in other languages are in `language`. The same index gives the same questions. At most 36 are tried, from at most
    120 passages.
    """
    kept: list[Candidate] = []
    most = max(_PER_DOCUMENT, -(-count // max(len(index.manifest.documents), 1)))
    better, others = _gather(index, language)
    own_first = sorted(_in_turn(better), key=lambda candidate: bool(CJK.search(candidate.question)) != (language == "zh"))
    for candidate in islice(chain(own_first, _in_turn(others)), _TRIED):
        if len(kept) == count:
            break
        alike = any(candidate.row == other.row or candidate.question[-8:] == other.question[-8:] for other in kept)
        alike = alike or (candidate.of_heading and sum(other.of_heading for other in kept) >= -(-count // 2))
        if not alike and sum(other.source == candidate.source for other in kept) < most and _answers(index, candidate):
            kept.append(candidate)
    return tuple(candidate.question for candidate in kept)


def further_questions(index: Askable, rows: Sequence[int], asked: Sequence[str], count: int = FURTHER) -> tuple[str, ...]:
    """Up to `count` questions that `index` answers surely from the passages `rows` or those next to them, none `asked`."""
    near = dict.fromkeys(near for row in rows for near in (row, row + 1, row - 1))
    size = sum(entry.passages for entry in index.manifest.documents)
    sources = {index.paragraph(row).source for row in rows}
    passages = [passage for passage in (index.paragraph(row) for row in near if 0 <= row < size) if passage.source in sources]
    kept: list[str] = []
    candidates = [made for passage in passages for made in [*of_section(passage, "zh")[1], *of_passage(passage)]]
    whole = sound(candidates)
    several = len(index.manifest.documents) > 1
    for candidate in islice(named_questions(filter(whole.__contains__, candidates), several), FURTHER_TRIED):
        if len(kept) < count and candidate.question not in (*asked, *kept) and _answers(index, candidate):
            kept.append(candidate.question)
    return tuple(kept)


def _answers(index: Askable, candidate: Candidate) -> bool:
    answer = index.ask(candidate.question, 1)
    if not answer.found or answer.confidence < LEAST_CONFIDENCE or not answer.citations:
        return False
    first = answer.citations[0]
    if candidate.start < 0:
        return first.source == candidate.source
    return first.row == candidate.row and first.start < candidate.end and first.end > candidate.start


def _gather(index: Askable, language: Language) -> tuple[list[list[Candidate]], list[list[Candidate]]]:
    """The candidates by document, those about headings first, and by document those to try only after all others."""
    documents = [entry for entry in index.manifest.documents if entry.passages]
    chosen = documents[:: max(1, -(-len(documents) // _DOCUMENTS))]
    found: list[list[Candidate]] = []
    last: list[list[Candidate]] = []
    for entry in chosen:
        rows = index.document_rows(entry.source)
        sampled = rows[:: max(1, -(-len(rows) * len(chosen) // _PASSAGES))]
        passages = [index.paragraph(row) for row in sampled]
        title = title_of(index.paragraph(rows[0]))
        of_headings: dict[str, Candidate] = {}
        at_large: dict[str, Candidate] = {}
        asked: list[Candidate] = []
        for passage in passages:
            heading, plain, large = of_section(passage, language)
            for kept, candidates in ((of_headings, plain), (at_large, large)):
                for candidate in candidates:
                    kept.setdefault(heading, candidate)
            topic = title_in(passage.mark.headings[0]) if heading and passage.mark else title
            named = bool(topic) and (topic == title or is_name(topic))
            asked += (replace(made, topic=topic if named else "") for made in of_passage(passage))
        found.append([*of_headings.values(), *asked])
        last.append([replace(large, start=-1) for heading, large in at_large.items() if heading not in of_headings])
    whole = sound([candidate for candidates in found for candidate in candidates])
    several = len(documents) > 1
    return [list(named_questions(filter(whole.__contains__, candidates), several)) for candidates in found], last


def _in_turn(candidates: Sequence[Sequence[Candidate]]) -> Iterator[Candidate]:
    """The candidates of several documents, one of each in turn, so that no document takes all places."""
    for i in range(max(map(len, candidates), default=0)):
        yield from (own[i] for own in candidates if i < len(own))


def of_passage(passage: Paragraph) -> list[Candidate]:
    """The questions that the sentences of a passage answer, at most one from each sentence."""
    found = []
    for start, end in split_sentences(passage.text, 0, len(passage.text)):
        sentence = passage.text[start:end].strip()
        for made in islice(from_chinese(sentence) if CJK.search(sentence) else from_english(sentence), 1):
            a, b = passage.start + start, passage.start + end
            found.append(replace(made, row=passage.row, start=a, end=b, source=passage.source))
    return found
