"""A document as it is put into a segment: split into passages and sentences and tokenized, its rows counted from 0."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..passages.context import document_title, in_context, under_title
from ..passages.sentences import passage_sentences
from ..passages.split import mark_at, split_passages
from ..text.lines import count_lines, line_of
from ..text.user_words import UserDictionary
from ..text.words import tokenize
from ..types import Document, Mark
from . import layout
from .vector_cache import text_key


@dataclass(frozen=True, slots=True)
class SplitPassage:
    """A passage as it is put into an index: its span, its place, its text, and the spans of its sentences in the document."""

    start: int
    end: int
    number: int
    line: int
    part: int
    mark: Mark | None
    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The parts of a segment for one document.

    `passages` and `sentences` have the dtypes of `layout`; the first passage, byte, sentence and mark has the number 0. The
    sentences have the `terms` [0, sizes[0]), then [sizes[0], sizes[0] + sizes[1]), and so on: positions in `names`, which are
    distinct and in the order in which they come first.
    """

    title: str
    passages: NDArray[Any]
    sentences: NDArray[Any]
    texts: bytes
    marks: tuple[Mark, ...]
    passage_keys: bytes
    sentence_keys: bytes
    names: list[str]
    terms: NDArray[np.int32]
    sizes: NDArray[np.int32]


def prepare(document: Document, dictionary: UserDictionary) -> Prepared:
    """Split `document` and `put_together` its passages."""
    text = document.text
    lines = count_lines(text)
    return put_together(
        document.source,
        (
            SplitPassage(
                span.start, span.end, span.paragraph, line_of(lines, span.start), span.part,
                mark_at(document.marks, span.start), text[span.start : span.end],
                tuple(passage_sentences(text, span.paragraphs)),
            )
            for span in split_passages(text, marks=document.marks)
        ),
        dictionary,
    )  # fmt: skip


def put_together(source: str, passages: Iterable[SplitPassage], dictionary: UserDictionary) -> Prepared:
    """The parts of a segment for the document `source` with these passages, tokenized with the user's `dictionary`."""
    title = document_title(source)
    rows: list[tuple[int, ...]] = []
    sentences: list[tuple[int, int]] = []
    texts, keys, sentence_keys = bytearray(), bytearray(), bytearray()
    marks: dict[Mark, int] = {}
    names: dict[str, int] = {}
    terms, sizes = array("i"), array("i")
    for passage in passages:
        start, mark = passage.start, passage.mark
        marked = layout.NO_MARK if mark is None else marks.setdefault(mark, len(marks))
        rows.append((0, start, passage.end, passage.number, passage.line, passage.part, len(texts), len(sentences), marked))
        texts += layout.encoded(passage.text)
        headings, columns = ((), ()) if mark is None else (mark.headings, mark.columns)
        keys += text_key(under_title(passage.text, title, headings))
        for a, b in passage.sentences:
            sentence = in_context(passage.text, a - start, b - start, columns)
            sentences.append((a, b))
            sentence_keys += text_key(sentence)
            tokens = tokenize(sentence, dictionary)
            terms.extend(names.setdefault(token, len(names)) for token in tokens)
            sizes.append(len(tokens))
    return Prepared(
        title, np.array(rows, layout.PASSAGE), np.array(sentences, layout.SENTENCE), bytes(texts), tuple(marks), bytes(keys),
        bytes(sentence_keys), list(names), np.asarray(terms, np.int32), np.asarray(sizes, np.int32),
    )  # fmt: skip
