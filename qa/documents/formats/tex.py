"""Reads LaTeX: sections as headings, text without commands and comments, tables row by row, formulas in a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...config import Limits
from ..content import Content, ContentBuilder, check_characters, collapsed
from ..encodings import read_text
from ..tables import fill_merged, table_rows
from .tex_commands import commands_as_text
from .tex_environments import argument, title_of, without_settings
from .tex_numbers import with_numbers

_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5, "frametitle": 5}
_SECTION = re.compile(r"\\(part|chapter|section|subsection|subsubsection|paragraph|frametitle)\*?+(?:\[[^\]\n]{0,200}\])?+\{")
_BEGIN, _END = re.compile(r"\\begin\{document\}"), re.compile(r"\\end\{document\}")
_TITLE, _AUTHOR, _DATE = (
    re.compile(rf"\\{name}\s{{0,3}}(?:\[[^\]\n]{{0,300}}\])?+\s{{0,3}}\{{") for name in ("title", "author", "date")
)
_THANKS = re.compile(r"\\thanks\{[^{}\n]{0,300}\}")
_AND = re.compile(r"\\(?:and|AND)(?![a-zA-Z])|\\\\")
_TITLE_LINE = re.compile(r"(?<=\\title\{)[^\n]{1,2000}+")
_OF_LATEX = frozenset(("title", "begin", "end", "item", "maketitle", *_LEVELS))  # what a class may define anew, and is read here
_TABLE = re.compile(r"\\begin\{(tabular[x*]?|longtable|tabulary|verbatim)\}")
_AS_IT_STANDS = re.compile(  # where a % is none, or what stands behind it is no source
    r"(?P<escaped>\\[\\%])|(?P<url>\\url\{[^{}\n]{0,2000}\})"
    r"|(?P<left>%[^\n]*+(?:\n(?![ \t]*+\n))?|\\href\s{0,3}\{[^{}\n]{0,2000}\}(?=\s{0,3}\{))"
    r"|\\(?:verb\*?+|lstinline(?:\[[^\]\n]{0,300}\])?+)(?P<sign>[^a-zA-Z0-9\s*{}\[\\])(?P<words>[^\n]{0,300}?)(?P=sign)"
    r"|\\begin\{(?P<code>verbatim\*?|Verbatim|lstlisting|minted|comment)\}"
)
_SETTINGS = re.compile(r"\[[^\]]{0,300}\]")  # of a program, plain verbatim has none
_MINTED = re.compile(r"(?:\s{0,3}\[[^\]]{0,300}\])?+(?:\s{0,3}\{[^{}\n]{0,50}\})?+")  # settings and language
_AS_TEXT = str.maketrans({
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", **{sign: "\\" + sign for sign in "{}%&$#_"},
})  # fmt: skip
_SPAN = re.compile(r"\s*+\\multi(column|row)\*?+\{(\d{1,3})\}\{[^{}\n]{0,100}\}\s*+\{")
_ROW = re.compile(r"\\(?:\\|tabularnewline(?![a-zA-Z]))\*?+(?:\[[^\]\n]{0,30}\])?")
_RULE = re.compile(
    r"\\(?:(?:c(?:mid)?rule|cline|specialrule|hhline|Xhline|row(?:color|font))(?:\([^()\n]{0,30}\)|\[[^\]\n]{0,30}\]|\{[^}\n]{0,30}\}){1,4}"
    r"|(?:hline|toprule|midrule|bottomrule|addlinespace|morecmidrules)(?![a-zA-Z])(?:\[[^\]\n]{0,30}\])?)"
)
_LONG_PARTS = re.compile(r"\\end(firsthead|head|foot|lastfoot)(?![a-zA-Z])")
_CAPTION = re.compile(r"\\caption\*?+(?:\[[^\]\n]{0,300}\])?+\{")
_CELL = re.compile(r"(?<!\\)&")
_NO_TEXT = re.compile(
    r"\\(?:maketitle|tableofcontents|listof[a-z]{1,20}|printbibliography|newpage|clearpage|noindent|centering)(?![a-zA-Z])"
    r"|\\nocite\{[^{}\n]{0,500}\}|\\includegraphics\*?+(?:\[[^\]\n]{0,300}\])?+\{[^{}\n]{0,300}\}|(?<=\\begin\{thebibliography\})\{[^{}\n]{0,30}\}"
)
_CITED = re.compile(r"\\(?:[a-z]{1,10})?[cC]ite[a-zA-Z]{0,20}\*?+(?:\[[^\]\n]{0,200}\]){0,2}\{([^{}\n]{0,500})\}")
_LOGO = re.compile(r"\\((?:La)?TeX)(?![a-zA-Z])(?:\{\})?")
_DEFINED = re.compile(r"\\(?:(?:(?:re)?newcommand|providecommand|DeclareMathOperator)\*?+|def)\s{0,3}\{?\\([a-zA-Z]{1,40})\}?\{")
_COMMAND = re.compile(r"\\([a-zA-Z]{1,40})(?![a-zA-Z])(?:\{\})?")
_DEPTH = 3  # commands in commands that are put in
_BLANK = re.compile(r"\n[ \t]*+\n\s*+")
_LONGEST_PIECE = 20_000  # characters that are parsed at once; the parser takes memory and time for each command


def read_tex(data: bytes, limits: Limits) -> Content:
    """The text of a LaTeX source; of a whole document what is between its begin and end. Raises `Unreadable`."""
    text, encoding, problems = read_text(data)
    check_characters(len(text), limits)
    codes: list[str] = []
    text = _with_own_commands(_without_comments(text.replace("\r\n", "\n"), codes), limits)
    builder = ContentBuilder(limits, problems)
    builder.unit("text", 0)
    begin = _BEGIN.search(text)
    if begin:
        if named := _TITLE.search(text):
            builder.heading(1, _plain(argument(text, named.end())[0]))
        written = (_author(argument(text, one.end())[0]) for one in _AUTHOR.finditer(text))
        builder.block(", ".join(filter(None, written)))
        if (dated := _DATE.search(text)) and "\\today" not in (date := argument(text, dated.end())[0]):
            builder.block(collapsed(_plain(date)))
        end = _END.search(text, begin.end())
        before, text = text[: begin.start()], text[begin.end() : end.start() if end else len(text)]
        text = with_numbers(text, before)
    else:
        before = ""
    text = without_settings(text, before)
    at = 0
    for section in _SECTION.finditer(text):
        if section.start() < at:
            continue
        _add(builder, text[at : section.start()], codes)
        title, at = argument(text, section.end())
        builder.heading(_LEVELS[section.group(1)], _plain(title))
    _add(builder, text[at:], codes)
    return builder.content(encoding)


def _without_comments(text: str, codes: list[str]) -> str:
    """A source without comments and the addresses of links. Programs, in which % is none, are put into `codes` and have their
    numbers there instead; the signs of those in a line are written as the text that they are."""
    pieces: list[str] = []
    at = 0
    unended: set[str] = set()
    while found := _AS_IT_STANDS.search(text, at):
        pieces.append(text[at : found.start()])
        at = found.end()
        code = found["code"]
        end = text.find(f"\\end{{{code}}}", at) if code and code not in unended else -1
        if end >= 0:
            said = _MINTED.match(text, at, end) if code == "minted" else None
            if code in ("Verbatim", "lstlisting"):
                said = _SETTINGS.match(text, at, end)
            at = said.end() if said else at
            if code == "lstlisting" and said and (title := title_of(said.group()[1:-1])):
                pieces.append(f"\n\n{title}\n\n")
            if code != "comment":
                pieces.append(f"\\begin{{verbatim}}{len(codes)}\\end{{verbatim}}")
                codes.append(text[at:end].strip("\n"))
            at = end + len(code) + 6
        elif code:
            unended.add(code)
            pieces.append(found.group())
        elif found["escaped"]:
            pieces.append(found["escaped"])
        elif found["sign"]:
            pieces.append(found["words"].translate(_AS_TEXT))
        else:
            pieces.append((found["url"] or "").removeprefix("\\url{").removesuffix("}").translate(_AS_TEXT))
    return "".join(pieces) + text[at:]


def _with_own_commands(text: str, limits: Limits) -> str:
    """A source with the commands without arguments that it defines itself, such as the name of a product, put in."""
    own = {}
    for found in _DEFINED.finditer(text):
        said = argument(text, found.end())[0].replace("\\xspace", "")
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


def _add(builder: ContentBuilder, text: str, codes: Sequence[str]) -> None:
    at = 0
    while table := _TABLE.search(text, at):
        end = text.find(f"\\end{{{table.group(1)}}}", table.end())
        if end < 0:
            break
        _add_text(builder, text[at : table.start()])
        if table.group(1) == "verbatim":
            number = text[table.end() : end]
            builder.block(codes[int(number)] if number.isdecimal() and int(number) < len(codes) else number)
        else:
            inside = table.end()
            for _ in range(1 if table.group(1) in ("tabular", "longtable") else 2):  # the width, the columns
                inside = max(argument(text, text.find("{", inside, inside + 200) + 1)[1], inside)
            _add_table(builder, text[inside:end])
        at = end + len(table.group(1)) + 6
    _add_text(builder, text[at:])


def _add_table(builder: ContentBuilder, source: str) -> None:
    """A table after its title; what a long one repeats on every page once."""
    if titled := _CAPTION.search(source):
        title, after = argument(source, titled.end())
        builder.block(collapsed(_plain(title)))
        source = source[: titled.start()] + _ROW.sub("", source[after:], count=1)
    at, parts = 0, dict[str, str]()
    for found in _LONG_PARTS.finditer(source):
        parts[found.group(1)] = source[at : found.start()]
        at = found.end()
    head = parts.get("firsthead") or parts.get("head", "")
    foot = parts.get("lastfoot", parts.get("foot", ""))
    builder.block("\n".join(table_rows(_rows(_RULE.sub("", head + source[at:] + foot)))))


def _rows(source: str) -> list[list[str]]:
    """The rows of a table. A cell over several columns stands in the first of them, one over several rows in each."""
    rows: list[list[str]] = []
    merged: list[tuple[int, int, int]] = []
    for line in _ROW.split(source):
        row: list[str] = []
        for cell in _CELL.split(line):
            if span := _SPAN.match(cell):
                count = int(span.group(2))
                if span.group(1) == "row":
                    merged.append((len(rows), len(rows) + count - 1, len(row)))
                cell = argument(cell, span.end())[0]  # noqa: PLW2901
            row.append(collapsed(_plain(cell)))
            row += [""] * (count - 1 if span and span.group(1) == "column" else 0)
        rows.append(row)
    fill_merged(rows, merged)
    return rows


def _author(source: str) -> str:
    """Who wrote it, without what stands in notes."""
    names = [collapsed(_plain(_THANKS.sub("", one))) for one in _AND.split(source)]
    return ", ".join(filter(None, names))


def _add_text(builder: ContentBuilder, text: str) -> None:
    for paragraph in _BLANK.split(text):
        for start in range(0, len(paragraph), _LONGEST_PIECE):
            for line in _BLANK.split(_plain(paragraph[start : start + _LONGEST_PIECE])):
                builder.block("\n".join(filter(None, map(collapsed, line.split("\n")))))


def _plain(source: str) -> str:
    """A source as text, by pylatexenc; a line that it cannot parse as it stands."""
    if not source.strip():
        return ""
    bare = _LOGO.sub(r"\1", _CITED.sub(r"{[\1]}", _NO_TEXT.sub("", source)))
    try:
        return commands_as_text(bare).strip()
    except Exception:  # its parser has many errors of its own, and RecursionError
        lines = source.strip().split("\n")
        return "\n".join(map(_plain, lines)) if len(lines) > 1 else source.strip()
