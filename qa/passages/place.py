"""Where in a passage a character stands: its paragraph and its line."""

from __future__ import annotations

from dataclasses import replace

from ..text.lines import NEWLINE
from ..types import Paragraph
from .paragraphs import split_paragraphs
from .token_estimate import WINDOW


def paragraph_at(passage: Paragraph, offset: int) -> Paragraph:
    """The paragraph of `passage` that holds the character at `offset` of the document; `line` is the line of that character.

    `offset` lies within the passage. A paragraph's number is counted from that of the passage's first one.
    """
    text, at = passage.text, offset - passage.start
    line = passage.line + len(NEWLINE.findall(text, 0, at))
    headings = passage.mark.headings if passage.mark else ()
    headed = bool(headings) and headings[-1] in text.split("\n", 1)[0]
    paragraphs = split_paragraphs(text, 0, len(text), WINDOW, headed=headed)
    if passage.part or not paragraphs:  # a part of one paragraph, which is all the passage holds
        return replace(passage, line=line)
    before = max((number for number, (start, _) in enumerate(paragraphs) if start <= at), default=0)
    start, end = paragraphs[before]
    return replace(
        passage,
        start=passage.start + start,
        end=passage.start + end,
        number=passage.number + before,
        line=line,
        text=text[start:end],
    )
