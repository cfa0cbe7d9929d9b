"""Reads LaTeX: sections as headings, text without commands and comments, tables row by row, formulas in a line."""

from __future__ import annotations

import re

from ...config import Limits
from ..content import Content, ContentBuilder, check_characters, collapsed
from ..encodings import read_text
from ..tables import table_rows

_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
_SECTION = re.compile(r"\\(part|chapter|section|subsection|subsubsection|paragraph)\*?+(?:\[[^\]\n]{0,200}\])?+\{")
_BEGIN, _END = re.compile(r"\\begin\{document\}"), re.compile(r"\\end\{document\}")
_TITLE = re.compile(r"\\title\{")
_TITLE_LINE = re.compile(r"(?<=\\title\{)[^\n]{1,2000}+")
_OF_LATEX = frozenset(("title", "begin", "end", "item", "maketitle", *_LEVELS))  # what a class may define anew, and is read here
_COMMENT = re.compile(r"(?<!\\)%[^\n]*+\n?")
_TABLE = re.compile(r"\\begin\{(tabular[x*]?|longtable|tabulary)\}")
_ROW = re.compile(r"\\\\(?:\[[^\]\n]{0,30}\])?")
_RULE = re.compile(r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|cline\{[^}\n]{0,20}\})")
_CELL = re.compile(r"(?<!\\)&")
_NO_TEXT = re.compile(r"\\(?:maketitle|tableofcontents|listof[a-z]{1,20}|newpage|clearpage|noindent|centering)(?![a-zA-Z])")
_DEFINED = re.compile(r"\\(?:(?:re)?newcommand\*?+|providecommand\*?+|def)\s{0,3}\{?\\([a-zA-Z]{1,40})\}?\{")
_COMMAND = re.compile(r"\\([a-zA-Z]{1,40})(?![a-zA-Z])(?:\{\})?")
_DEPTH = 3  # commands in commands that are put in
_BLANK = re.compile(r"\n[ \t]*+\n\s*+")
_LONGEST_PIECE = 20_000  # characters that are parsed at once; the parser takes memory and time for each command


def read_tex(data: bytes, limits: Limits) -> Content:
    """The text of a LaTeX source; of a whole document what is between its begin and end. Raises `Unreadable`."""
    text, encoding, problems = read_text(data)
    check_characters(len(text), limits)
    text = _COMMENT.sub("", text.replace("\r\n", "\n"))
    text = _with_own_commands(text, limits)
    builder = ContentBuilder(limits, problems)
    builder.unit("text", 0)
    begin = _BEGIN.search(text)
    if begin:
        if named := _TITLE.search(text, 0, begin.start()):
            builder.heading(1, _plain(_argument(text, named.end())[0]))
        end = _END.search(text, begin.end())
        text = text[begin.end() : end.start() if end else len(text)]
    at = 0
    for section in _SECTION.finditer(text):
        if section.start() < at:
            continue
        _add(builder, text[at : section.start()])
        title, at = _argument(text, section.end())
        builder.heading(_LEVELS[section.group(1)], _plain(title))
    _add(builder, text[at:])
    return builder.content(encoding)


def _with_own_commands(text: str, limits: Limits) -> str:
    """A source with the commands without arguments that it defines itself, such as the name of a product, put in."""
    own = {}
    for found in _DEFINED.finditer(text):
        said = _argument(text, found.end())[0].replace("\\xspace", "")
        if said and found.group(1) not in _OF_LATEX:
            own[found.group(1)] = said
    begin = _BEGIN.search(text)
    head, body = (text[: begin.start()], text[begin.start() :]) if begin else ("", text)
    left = limits.characters

    def put_in(found: re.Match[str]) -> str:
        nonlocal left
        said = own.get(found.group(1))
        if said is None:
            return found.group()
        left -= len(said)
        check_characters(limits.characters - left, limits)
        return said

    for _ in range(_DEPTH if own else 0):
        body = _COMMAND.sub(put_in, body)
        head = _TITLE_LINE.sub(lambda found: _COMMAND.sub(put_in, found.group()), head)
    check_characters(len(head) + len(body), limits)
    return head + body


def _argument(text: str, at: int) -> tuple[str, int]:
    """What stands up to the brace that closes the one before `at`, and the offset after it."""
    depth = 1
    for place in range(at, min(at + 2000, len(text))):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return text[at:place], place + 1
    return "", at


def _add(builder: ContentBuilder, text: str) -> None:
    at = 0
    while table := _TABLE.search(text, at):
        end = text.find(f"\\end{{{table.group(1)}}}", table.end())
        if end < 0:
            break
        _add_text(builder, text[at : table.start()])
        _, inside = _argument(text, text.find("{", table.end(), table.end() + 200) + 1)
        rows = [_CELL.split(row) for row in _ROW.split(_RULE.sub("", text[max(inside, table.end()) : end]))]
        builder.block("\n".join(table_rows([[collapsed(_plain(cell)) for cell in row] for row in rows])))
        at = end + len(table.group(1)) + 6
    _add_text(builder, text[at:])


def _add_text(builder: ContentBuilder, text: str) -> None:
    for paragraph in _BLANK.split(text):
        for start in range(0, len(paragraph), _LONGEST_PIECE):
            for line in _BLANK.split(_plain(paragraph[start : start + _LONGEST_PIECE])):
                builder.block("\n".join(filter(None, map(collapsed, line.split("\n")))))


def _plain(source: str) -> str:
    """A source as text, by pylatexenc; as it stands where that cannot parse it."""
    if not source.strip():
        return ""
    from pylatexenc.latex2text import LatexNodes2Text

    try:
        return str(LatexNodes2Text(math_mode="text").latex_to_text(_NO_TEXT.sub("", source))).strip()
    except Exception:  # its parser has many errors of its own, and RecursionError
        return source.strip()
