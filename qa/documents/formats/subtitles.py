"""Subtitles (SubRip, WebVTT): what is said, without the counters and times; a caption that goes on is one line with the next."""

from __future__ import annotations

import re

from ...config import Limits
from ..content import Content, ContentBuilder
from ..encodings import decode

_TIME = re.compile(r"\s*((?:\d+:)?\d{1,2}:\d{2})[.,]\d{3}\s*-->")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_LONGEST = 200  # characters of captions put together to one paragraph
_ENDS = "。！？!?.…」”\"'"


def read_subtitles(data: bytes, limits: Limits) -> Content:
    """One paragraph for captions up to a sentence's end."""
    text, encoding = decode(data)
    builder = ContentBuilder(limits)
    pending = ""
    newlines = re.sub(r"\r\n?", "\n", text.lstrip("\ufeff"))
    for cue in re.split(r"\n[ \t]*\n\s*", newlines):
        lines = cue.split("\n")
        timed = next((number for number, line in enumerate(lines) if _TIME.match(line)), None)
        if timed is None:
            if re.match(r"WEBVTT|NOTE|STYLE|REGION", cue):
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
