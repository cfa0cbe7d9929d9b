"""Reads plain text, code, Markdown and reStructuredText. The text is left as it is; headings become marks."""

from __future__ import annotations

import re

from ...config import Limits
from ...types import Mark
from ..content import Content, check_characters, collapsed
from ..encodings import decode

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?![^ \t　])")
_LONGEST_TITLE = 1000  # characters; a longer line is not a heading
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_RULE = re.compile(r"([=\-`:'\"~^_*+#<>.])\1{2,}[ \t]*$")
_MARKUP = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}")


def read_plain(data: bytes, limits: Limits) -> Content:
    """The decoded text, without marks. Raises `Unreadable` when it is too long, and `Undecodable`."""
    text, encoding = _decoded(data, limits)
    return Content(text, encoding)


def read_markdown(data: bytes, limits: Limits) -> Content:
    """The decoded text with a mark at every heading, `# ...` or underlined, outside fenced code. Raises as `read_plain`."""
    text, encoding = _decoded(data, limits)
    return Content(text, encoding, _marks(_markdown_headings(text)))


def read_rst(data: bytes, limits: Limits) -> Content:
    """The decoded text with a mark at every underlined title. Raises as `read_plain`.

    Each new style of underline is one level deeper than those that occurred before.
    """
    text, encoding = _decoded(data, limits)
    return Content(text, encoding, _marks(_rst_headings(text)))


def _decoded(data: bytes, limits: Limits) -> tuple[str, str]:
    text, encoding = decode(data)
    check_characters(len(text), limits)
    return text, encoding


def _lines(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group().rstrip("\r\n")) for match in _LINE.finditer(text)]


def _markdown_headings(text: str) -> list[tuple[int, int, str]]:
    headings = []
    fence = ""
    lines = _lines(text)
    for number, (start, line) in enumerate(lines):
        opened = _FENCE.match(line)
        if opened and not fence:
            fence = opened.group(1)
        elif opened and opened.group(1).startswith(fence) and line.strip() == opened.group(1):
            fence = ""
        elif fence or len(line) > _LONGEST_TITLE:
            continue
        elif found := _ATX.match(line):
            title = line[found.end() :].strip()
            bare = title.rstrip("#")
            closed = bare != title and (not bare or bare[-1] in " \t")  # "# Title ##"; "# C#" keeps its sign
            headings.append((start, len(found.group(1)), bare if closed else title))
        elif number and (under := _SETEXT.match(line)):
            above_start, above = lines[number - 1]
            before = lines[number - 2][1] if number > 1 else ""
            if (
                0 < len(above.strip()) <= _LONGEST_TITLE
                and not before.strip()
                and not above.lstrip().startswith(("-", "*", ">", "|", "#"))
            ):
                headings.append((above_start, 1 if under.group(1)[0] == "=" else 2, above))
    return headings


def _rst_headings(text: str) -> list[tuple[int, int, str]]:
    headings: list[tuple[int, int, str]] = []
    styles: list[str] = []
    lines = _lines(text)
    for number in range(1, len(lines)):
        start, title = lines[number - 1]
        under = _RULE.match(lines[number][1])
        before = lines[number - 2][1] if number > 1 else ""
        over = _RULE.match(before)
        if not under or not title.strip() or _RULE.match(title) or (before.strip() and not over):
            continue
        if not len(title.strip()) <= min(len(lines[number][1].rstrip()), _LONGEST_TITLE):
            continue
        overlined = over is not None and over.group(1) == under.group(1)
        style = under.group(1) + ("^" if overlined else "")
        if style not in styles:
            styles.append(style)
        headings.append((lines[number - 2][0] if overlined else start, styles.index(style) + 1, title))
    return headings


def _marks(headings: list[tuple[int, int, str]]) -> tuple[Mark, ...]:
    marks = []
    open_headings: list[tuple[int, str]] = []
    for start, level, title in headings:
        name = collapsed(_MARKUP.sub(lambda found: found.group(1) or "", title))
        open_headings = [(depth, above) for depth, above in open_headings if depth < level]
        if name:
            open_headings.append((level, name))
        marks.append(Mark(start, headings=tuple(above for _, above in open_headings)))
    return tuple(marks)
