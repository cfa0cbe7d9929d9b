"""Reads subtitles (SubRip, WebVTT): the spoken text without counters and times, captions joined into sentences."""

from __future__ import annotations

import re

from ...config import Limits
from ..content import Content, ContentBuilder
from ..encodings import read_text

_TIME = re.compile(r"\s*((?:\d+:)?\d{1,2}:\d{2})[.,]\d{3}\s*-->")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_NEWLINE = re.compile(r"\r\n?")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")  # the separator of captions
_NO_CAPTION = re.compile("WEBVTT|NOTE|STYLE|REGION")
_LONGEST = 200  # characters at which a paragraph of captions ends even without a sentence's end
_ENDS = "。！？!?.…」”\"'"


def read_subtitles(data: bytes, limits: Limits) -> Content:
    """The spoken text; captions up to the end of a sentence are one paragraph. Raises `Unreadable` and `Undecodable`."""
    text, encoding, problems = read_text(data)
    builder = ContentBuilder(limits, problems)
    pending = ""
    newlines = _NEWLINE.sub("\n", text.lstrip("\ufeff"))
    for cue in _BLANK_LINES.split(newlines):
        lines = cue.split("\n")
        timed = next((number for number, line in enumerate(lines) if _TIME.match(line)), None)
        if timed is None:
            if _NO_CAPTION.match(cue):
                continue
            timed = -1
        for line in lines[timed + 1 :]:
            said = _TAG.sub("", line).strip()
            if not said:
                continue
            gap = " " if pending and pending[-1] < "⺀" and said[0] < "⺀" else ""
            pending += gap + said
            if said[-1] in _ENDS or len(pending) >= _LONGEST:
                builder.block(pending)
                pending = ""
    builder.block(pending)
    return builder.content(encoding)
