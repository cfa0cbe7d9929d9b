"""What the lines of a text are besides prose: rows of tables, fields of records, items, clauses, code, and what says nothing.

Everything here looks at a line and at those around it in the same passage, so that an index, which keeps the texts of its
passages alone, sees the same when it is built and when it is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..documents.tables import is_row, is_rule
from ..text.lines import ITEM, LINE, MARKER, Span, trim, width

FENCE = re.compile(r"[ \t>]{0,12}(`{3,}|~{3,})")
CLAUSE = re.compile(r"(?:[#*>]{1,6}[ \t]*)?(?:第[零〇一二两三四五六七八九十百千\d]{1,8}条|(?:Article|Section|Clause) \d{1,4}\b)")
# `字段：值`, `Key: value`: the name of a field, of up to four words, and that something follows.
_PART = r"[^\s：:。，,；;！!？?|`<>{}]"
FIELD = re.compile(rf"[ \t]*(?P<key>(?![()#*\-]){_PART}{{1,16}}(?: {_PART}{{1,15}}){{0,3}})[ \t　]*[：:](?!//)[ \t　]*\S")
FIELDS = 3  # in a row are a record; fewer may be prose
# A row that a reader made of a table: `列名：值；列名：值`.
NAMED_ROW = re.compile(r"[^：；。\n]{1,40}：[^\n]{0,2000}?；[^：；。\n]{1,40}：")
MARKUP = "#=* \t\r\n"  # the signs around a heading's words
LEADS_IN = re.compile(r"[：:][*_）)\s]*\Z")
# What marks a passage up and says nothing: an image, a directive, a comment, an entry of a table of contents.
_SAYS_NOTHING = re.compile(
    r"[ \t>]*+(?:!\[[^\]]*\]\([^)]*\)|:{3,}+.{0,80}|<!--.*|\.\.[ \t]++[\w-]++::.{0,200}|\.\. _[^:]{1,200}:|:\w+:`[^`]*`"
    r"|[-*+] +\[[^\]]*\]\(#[^)]*\)|[-*+] +:ref:`[^`]*`|.{1,80}?(?<![.…·])(?:\.{4}\.*+|…{2}…*+|·{4}·*+)[ \t]*+\d{1,4})[ \t]*+\Z"
)
_ANOTHER = re.compile(r"[；;][^：:；;]{1,40}[：:]")  # field in the same line
_DIGITS, _NUMERAL, _LETTER = re.compile(r"\d+"), re.compile("[一二三四五六七八九十]+"), re.compile("[a-zA-Z]+")
_HEADINGS_READ = 1000  # characters in which a passage's own headings are looked for
_TITLE = 40  # columns of the title of a list at most
_ENDED = re.compile(r"[。！？!?.…；;，,：:][”’」』）)】》\"'*_]*\Z")
_ATX = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")


def lines_of(text: str, start: int, end: int) -> list[Span]:
    """The trimmed lines of text[start:end] that are not blank."""
    spans = (trim(text, *match.span()) for match in LINE.finditer(text, start, end))
    return [span for span in spans if span[0] < span[1]]


def indentation(text: str, start: int) -> int:
    """The white space before the offset `start` in its line, a tab counting four."""
    begin = start
    while begin and text[begin - 1] in " \t　":
        begin -= 1
    return sum(4 if char == "\t" else 2 if char == "　" else 1 for char in text[begin:start])


def field(text: str, line: Span) -> str:
    """The name of the field that a line of a record holds, "" for another line."""
    match = FIELD.match(text, *line)
    return match["key"] if match and not ITEM.match(text, *line) and not NAMED_ROW.match(text, *line) else ""


def value_of_field(line: str) -> str:
    """The value in the line of a record, normalised or not, "" for another line."""
    match = FIELD.match(line)
    if match is None or "\n" in line or ITEM.match(line) or _ANOTHER.search(line, match.end()):
        return ""
    return line[match.end() - 1 :].strip()


def begun(text: str, headings: Sequence[str]) -> list[str]:
    """Those of the `headings` above a passage that it begins with, a line each."""
    found: list[str] = []
    for line in lines_of(text, 0, min(len(text), _HEADINGS_READ)):
        said = text[slice(*line)]
        marked = said if _ATX.match(said) else ""  # which may have more in its line: `## Use {#use}`
        left = (heading for heading in reversed(headings) if heading not in found)
        held = next((heading for heading in left if heading == said.strip(MARKUP) or heading in marked), None)
        if held:
            found.append(held)
        elif said.strip("=-~^#*"):  # no rule under a heading
            break
    return found


def is_structured(sentence: str) -> bool:
    """Whether a sentence is an item, a clause, a row of a table, a field or code, which stand without a full stop and are no
    headings."""
    patterns = (ITEM, CLAUSE, NAMED_ROW, FIELD, FENCE)
    return is_row(sentence) or any(pattern.match(sentence) for pattern in patterns)


def is_header(text: str, end: int) -> bool:
    """Whether the line that ends at `end` is the header of a Markdown table: the next line is the rule under it."""
    below = LINE.search(text, end)
    return below is not None and is_rule(below.group())


def says_nothing(text: str, start: int, end: int) -> bool:
    """Whether a sentence, text[start:end] of a passage, answers nothing: a heading, the header of a table, an image, a directive,
    an entry of a table of contents."""
    line = text[start:end]
    if "\n" in line:
        return False
    if start == 0 and _ATX.match(line):
        return True
    below = LINE.search(text, end)
    if below is not None and is_title(text, (start, end), trim(text, *below.span())):
        return True
    return bool(_SAYS_NOTHING.match(line)) or (is_row(line) and is_header(text, end)) or names_columns(text, end, line)


def code_blocks(text: str, start: int, end: int) -> list[Span]:
    """The blocks of fenced code in text[start:end], with their fences; the last one may be open."""
    found: list[Span] = []
    fence, begin = "", 0
    for line in lines_of(text, start, end):
        opened = FENCE.match(text, *line)
        if not fence and opened:
            fence, begin = opened.group(1), line[0]
        elif opened and opened.group(1).startswith(fence) and opened.end() == line[1]:
            found.append((begin, line[1]))
            fence = ""
    return [*found, (begin, end)] if fence else found


def kind_of_marker(text: str, line: Span) -> str:
    """How the item is marked that a line begins: its marker with every number as 0, every numeral as 一, every letter as a; ""
    for a line that begins none."""
    if not ITEM.match(text, *line):
        return ""
    marker = MARKER.match(text, *line)
    return _LETTER.sub("a", _NUMERAL.sub("一", _DIGITS.sub("0", marker.group().strip()))) if marker else ""


def is_title(text: str, line: Span, below: Span) -> bool:
    """Whether a short line without the punctuation of a sentence stands over an item of a list, as its title.

    It is no item, or one of another kind than the item: `一、请假` over `1、`.
    """
    said = text[slice(*line)]
    kind = kind_of_marker(text, below)
    return (
        bool(kind)
        and width(said) <= _TITLE
        and not _ENDED.search(said)
        and not is_row(said)
        and kind_of_marker(text, line) != kind
    )


def names_columns(text: str, end: int, line: str) -> bool:
    """Whether a line has the names of the columns, `列名；列名`, that the row below it repeats before its values."""
    names = line.split("；")
    if len(names) < 2 or "：" in line:
        return False
    below = LINE.search(text, end)
    row = below.group() if below else ""
    return row.startswith(f"{names[0]}：") and sum(f"；{name}：" in row for name in names[1:]) > 0
