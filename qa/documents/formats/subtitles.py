"""Reads subtitles (SubRip, WebVTT, SubStation Alpha): the spoken text in readable paragraphs, with the time it is said at."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from ...config import Limits
from ..content import Content, ContentBuilder
from ..encodings import read_text

_TIME = re.compile(r"\s*(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s*-->")
_SCRIPTED_TIME = re.compile(r"\s*(\d{1,3}):(\d{1,2}):(\d{2})")
_OVERRIDE = re.compile(r"\{[^{}]*+\}")  # in a line of SubStation Alpha
_DRAWING = re.compile(r"\\p(\d)")
_SPEAKER = re.compile(r"[-–—](?![-\d])")  # at a line: somebody speaks; but -5 is a number
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\}")
_NEWLINE = re.compile(r"\r\n?")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")  # the separator of captions
_NO_CAPTION = re.compile("WEBVTT|NOTE|STYLE|REGION")
_LONGEST = 200  # characters at which a paragraph of captions ends even without a sentence's end
_ENDS = "。！？!?.…」”\"'"
_PAUSE = 8  # seconds of silence after which a new paragraph begins
_STRETCH, _STRETCH_SECONDS = 500, 60  # characters and seconds under one time, at most: about a passage
_FIELDS = 9  # of a line of SubStation Alpha before its text, where no line of the file says otherwise

_Caption = tuple[int | None, str]  # the second at which it is shown, and a line of it


def read_subtitles(data: bytes, limits: Limits) -> Content:
    """The spoken text; captions up to the end of a sentence are one paragraph. Raises `Unreadable` and `Undecodable`."""
    text, encoding, problems = read_text(data)
    builder = ContentBuilder(limits, problems)
    captions = _captions(_NEWLINE.sub("\n", text.lstrip("\ufeff")))
    web = text.startswith(("WEBVTT", "\ufeffWEBVTT"))
    _add(builder, ((at, html.unescape(line)) for at, line in captions) if web else captions)
    return builder.content(encoding)


def read_scripted_subtitles(data: bytes, limits: Limits) -> Content:
    """The spoken text of SubStation Alpha (.ass, .ssa), as `read_subtitles`."""
    text, encoding, problems = read_text(data)
    builder = ContentBuilder(limits, problems)
    _add(builder, _scripted(_NEWLINE.sub("\n", text.lstrip("\ufeff"))))
    return builder.content(encoding)


def _captions(text: str) -> Iterator[_Caption]:
    for cue in _BLANK_LINES.split(text):
        lines = cue.split("\n")
        timed = next((number for number, line in enumerate(lines) if _TIME.match(line)), -1)
        if timed < 0 and _NO_CAPTION.match(cue):
            continue
        found = _TIME.match(lines[timed]) if timed >= 0 else None
        at = None
        if found:
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            at = 3600 * hours + 60 * minutes + seconds
        for line in lines[timed + 1 :]:
            yield at, _TAG.sub("", line)


def _scripted(text: str) -> Iterator[_Caption]:
    """The lines of dialogue in the order of their times, which the file need not have."""
    fields, start = _FIELDS, 1
    spoken: list[tuple[int, int, str]] = []
    events = False
    for number, line in enumerate(text.split("\n")):
        kind, _, rest = line.partition(":")
        if line.startswith("["):
            events = line.strip().lower() == "[events]"
        elif events and kind.strip() == "Format":
            names = [name.strip().lower() for name in rest.split(",")]
            fields, start = len(names) - 1, names.index("start") if "start" in names else start
        elif events and kind.strip() == "Dialogue":
            values = rest.split(",", fields)
            found = _SCRIPTED_TIME.match(values[start]) if len(values) > start else None
            if found and len(values) > fields:
                hours, minutes, seconds = map(int, found.groups())
                spoken.append((3600 * hours + 60 * minutes + seconds, number, values[fields]))
    for at, _, said in sorted(spoken):
        for line in _written(said).replace("\\n", "\\N").replace("\\h", " ").split("\\N"):
            yield at, _TAG.sub("", line)


def _written(said: str) -> str:
    """A line of dialogue without the drawings in it, which begin with {\\p1} and end with {\\p0}."""
    if not _DRAWING.search(said):
        return said
    pieces, drawn, at = [], False, 0
    for tag in _OVERRIDE.finditer(said):
        pieces.append("" if drawn else said[at : tag.start()])
        at = tag.end()
        scales: list[str] = _DRAWING.findall(tag.group())
        drawn = scales[-1] != "0" if scales else drawn
    return "".join(pieces) + ("" if drawn else said[at:])


def _add(builder: ContentBuilder, captions: Iterable[_Caption]) -> None:
    pending, began, last = "", None, None  # the open paragraph, when it began, and the time of the last caption
    stretch, number, named = _STRETCH, 0, 0  # characters under the present time, how many times there are, and the present one
    for at, line in [*captions, (None, None)]:  # the last one ends the last paragraph
        said = (line or "").strip()
        silent = at is not None and last is not None and at - last > _PAUSE
        if pending and (line is None or silent or pending[-1] in _ENDS or len(pending) >= _LONGEST):
            if began is not None and (stretch >= _STRETCH or began - named > _STRETCH_SECONDS):
                number, stretch, named = number + 1, 0, began
                builder.unit("time", number, f"{began // 3600:02d}:{began // 60 % 60:02d}:{began % 60:02d}")
            stretch += len(pending)
            builder.block(pending)
            pending = ""
        if said:
            began = at if not pending else began
            gap = " " if pending and pending[-1] < "⺀" and said[0] < "⺀" else ""
            # a dash in what nobody began with one is a dash of the sentence
            gap = "\n" if _SPEAKER.match(said) and _SPEAKER.match(pending.rpartition("\n")[2]) else gap
            pending += gap + said
        last = at if at is not None else last
