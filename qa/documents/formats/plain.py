"""Reads plain text, code, Markdown and reStructuredText. The text is left as it is, but for pictures that Markdown holds as
Base64, which nobody reads, and the pipes at the ends of a table's rows, which may be left out; headings become marks.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from ...config import Limits
from ...types import Mark
from ..content import LONGEST_HEADING, Content, check_characters, collapsed, shortened
from ..encodings import read_text
from ..tables import cells, has_cells, is_row, is_rule, piped

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})(?![^ \t　])")
_LIST = re.compile(r" {0,3}(?:[-+*]|\d{1,9}[.)])[ \t]")
_LONGEST_TITLE = 1000  # characters; a longer line is not a heading
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_LONGEST_FRONT_MATTER = 1000  # lines
_LONGEST_HEADER, _SHORTEST_NAME = 2000, 12  # characters of the names of a table's columns together, and of one, at most
_FRONT_MATTER = {"---": ("---", "..."), "+++": ("+++",)}  # the line above it and those that may end it: of YAML, of TOML
_FIELD = re.compile(r"""["']?[\w.-][\w .-]{0,99}["']?[ \t]*[:=](?:\s|\Z)""")
_TITLE = re.compile(r"""title[ \t]*[:=][ \t]*+(["']?)(.{1,200})\1[ \t]*$""", re.IGNORECASE)
_FOLDED = re.compile(r"[>|][-+0-9]{0,2}(?:\s|\Z)")  # YAML: the value stands on the lines below
_RULE = re.compile(r"([=\-`:'\"~^_*+#<>.])\1{2,}[ \t]*$")
_PICTURE = re.compile(r"(data:[\w./+-]{1,100}+)(?:;(?!base64,)[\w=-]{1,50}+){0,5}+;base64,[A-Za-z0-9+/=%]*+")
_MARKUP = re.compile(r"!?\[([^\[\]]*+)\]\([^)\[]*+\)|[*_`]{1,3}")


def read_plain(data: bytes, limits: Limits) -> Content:
    """The decoded text, without marks. Raises `Unreadable` when it is too long, and `Undecodable`."""
    return _decoded(data, limits)


def read_markdown(data: bytes, limits: Limits) -> Content:
    """The decoded text with a mark at every heading, `# ...` or underlined, outside fenced code and comments, and at the first
    row and the end of every table; a title in the front matter is a heading over all. Raises as `read_plain`.
    """
    content, lines, prose = _markdown(data, limits)
    headings = _markdown_headings(lines, prose)
    over = _title(lines)
    title = over[0].headings[0] if over else ""
    if headings and collapsed(headings[0][2]) == title:
        headings = headings[1:]
    marks = _marks(headings, [(0, title)] if title else ())
    return replace(content, marks=_with_tables((*over, *marks), _tables(lines, prose)))


def read_markdown_part(text: str, limits: Limits, above: Sequence[tuple[int, str]]) -> tuple[Content, list[tuple[int, str]]]:
    """A piece of a longer Markdown text under the headings `above`, and the headings, each with its level, open at its end."""
    content, lines, prose = _markdown(text.encode("utf-8", "replace"), limits)
    headings = _markdown_headings(lines, prose)
    marks = _marks(headings, above)
    open_headings = list(above)
    for mark, (_, level, _) in zip(marks, headings, strict=True):
        open_headings = [(depth, name) for depth, name in open_headings if depth < level]
        open_headings += [(level, name) for name in mark.headings[len(open_headings) :]]
    first = Mark(0, headings=tuple(name for _, name in above))
    marks = marks if marks and not marks[0].start else (first, *marks)
    return replace(content, marks=_with_tables(marks, _tables(lines, prose))), open_headings


def read_rst(data: bytes, limits: Limits) -> Content:
    """The decoded text with a mark at every underlined title. Raises as `read_plain`.

    Each new style of underline is one level deeper than those that occurred before.
    """
    content = _decoded(data, limits, pictures=True)
    return replace(content, marks=_marks(_rst_headings(content.text)))


def _decoded(data: bytes, limits: Limits, *, pictures: bool = False) -> Content:
    """The decoded text; with `pictures`, those that are written into it as Base64 are cut down to their type."""
    text, encoding, problems = read_text(data)
    if pictures:
        text = without_pictures(text)
    check_characters(len(text), limits)
    return Content(text, encoding, problems=problems)


def without_pictures(text: str) -> str:
    """`text` with pictures that are written into it as Base64 cut down to their type."""
    return _PICTURE.sub(r"\1", text) if ";base64," in text else text


def _lines(text: str) -> list[tuple[int, str]]:
    return [(match.start(), match.group().rstrip("\r\n")) for match in _LINE.finditer(text)]


def _markdown(data: bytes, limits: Limits) -> tuple[Content, list[tuple[int, str]], list[bool]]:
    """The text, its lines with their offsets, and which of them are neither front matter nor code nor in a comment."""
    content = _decoded(data, limits, pictures=True)
    lines = _lines(content.text)
    prose = _is_prose(lines)
    rows = [number for span in _table_lines(lines, prose) for number in range(*span)]
    bare = [number for number in rows if piped(lines[number][1]) != lines[number][1].rstrip()]
    if bare:
        text = _LINE.findall(content.text)
        for number in bare:
            said = lines[number][1]
            text[number] = piped(said) + text[number][len(said) :]
        content = replace(content, text="".join(text))
        lines = _lines(content.text)
    return content, lines, prose


def _is_prose(lines: list[tuple[int, str]]) -> list[bool]:
    prose = [False] * len(lines)
    fence, comment = "", False
    for number in range(_front_matter(lines), len(lines)):
        line = lines[number][1]
        if comment or (not fence and line.lstrip().startswith("<!--")):
            comment = "-->" not in line
            continue
        opened = _FENCE.match(line)
        if opened and not fence:
            fence = opened.group(1)
        elif opened and opened.group(1).startswith(fence) and line.strip() == opened.group(1):
            fence = ""
        else:
            prose[number] = not fence
    return prose


def _markdown_headings(lines: list[tuple[int, str]], prose: list[bool]) -> list[tuple[int, int, str]]:
    headings = []
    for number, (start, line) in enumerate(lines):
        if not prose[number] or len(line) > _LONGEST_TITLE:
            continue
        if found := _ATX.match(line):
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


def _front_matter(lines: list[tuple[int, str]]) -> int:
    """How many lines the front matter takes, fields between two lines `---` or `+++` at the very start; 0 without any."""
    first = next((number for number, (_, line) in enumerate(lines) if line.strip()), 0)
    ends = _FRONT_MATTER.get(lines[first][1].rstrip(), ()) if lines else ()
    begun = ends == ("+++",)
    for number, (_, line) in enumerate(lines[first + 1 : first + _LONGEST_FRONT_MATTER] if ends else (), first + 1):
        if line.rstrip() in ends:
            return number + 1
        if not begun and line.strip() and not line.startswith("#"):
            if not _FIELD.match(line):
                return 0  # a rule at the start of a text
            begun = True
    return 0


def _title(lines: list[tuple[int, str]]) -> list[Mark]:
    """Marks with the title that the front matter gives, at its line and below the front matter, from which no passage goes on."""
    front = lines[: _front_matter(lines)]
    for start, line in front:
        found = _TITLE.match(line)
        if found and not _FOLDED.match(found.group(2)):
            return [Mark(at, headings=(shortened(collapsed(found.group(2))),)) for at in (start, lines[len(front)][0])]
    return []


def _table_lines(lines: list[tuple[int, str]], prose: list[bool]) -> list[tuple[int, int]]:
    """The tables: the number of the line with the names of the columns, and of the line after the last row."""
    found = []
    number = 1
    while number < len(lines):
        header, rule = lines[number - 1][1], lines[number][1]
        if (
            is_rule(rule)
            and has_cells(header)
            and prose[number - 1]
            and prose[number]
            and (is_row(header.strip()) or len(cells(header)) == len(cells(rule)))
        ):
            last = number + 1
            while last < len(lines) and prose[last] and _is_table_row(lines[last][1]):
                last += 1
            found.append((number - 1, last))
            number = last
        number += 1
    return found


def _is_table_row(line: str) -> bool:
    """Whether a line below the rule is a row: it has cells, and begins no heading and, without a pipe before it, no list."""
    return has_cells(line) and not _ATX.match(line) and (is_row(line.strip()) or not _LIST.match(line))


def _tables(lines: list[tuple[int, str]], prose: list[bool]) -> list[tuple[int, int, tuple[str, ...]]]:
    """The tables: where the first row below the rule starts, where the last row ends, and the names of the columns."""
    return [
        (lines[first + 2][0], lines[last - 1][0] + len(lines[last - 1][1]), _columns(lines[first][1]))
        for first, last in _table_lines(lines, prose)
        if last > first + 2
    ]


def _columns(header: str) -> tuple[str, ...]:
    """The names of the columns, which every row is embedded and indexed with: so short that the widest table stays a small
    multiple of its rows."""
    names = cells(header)
    most = max(_SHORTEST_NAME, _LONGEST_HEADER // len(names))
    return tuple(shortened(name, min(most, LONGEST_HEADING)) for name in names)


def _with_tables(marks: tuple[Mark, ...], tables: list[tuple[int, int, tuple[str, ...]]]) -> tuple[Mark, ...]:
    """`marks` and one at the start and one at the end of every table, with the headings that it stands under."""
    found = list(marks)
    for start, end, columns in tables:
        above = next((mark for mark in reversed(marks[: bisect_right(marks, start, key=lambda mark: mark.start)])), Mark(0))
        found += [replace(above, start=start, columns=columns), replace(above, start=end)]
    return tuple(sorted(found, key=lambda mark: mark.start))


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


def _marks(headings: list[tuple[int, int, str]], above: Sequence[tuple[int, str]] = ()) -> tuple[Mark, ...]:
    """A mark at each heading, with those open above it; `above` are open before the first, each with its level."""
    marks = []
    open_headings = list(above)
    for start, level, title in headings:
        name = collapsed(_MARKUP.sub(lambda found: found.group(1) or "", title))
        open_headings = [(depth, above) for depth, above in open_headings if depth < level]
        if name:
            open_headings.append((level, shortened(name)))
        marks.append(Mark(start, headings=tuple(above for _, above in open_headings)))
    return tuple(marks)
