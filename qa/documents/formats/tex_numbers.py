"""The numbers that LaTeX prints before the items of lists, where they are sure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .numerals import numeral

_OF_LISTS = re.compile(
    r"\\begin\s{0,3}\{(?P<begin>[a-zA-Z]{1,40}\*?+)\}(?=(?P<options>\s*+\[[^\]]{0,300}\]?)?+)|\\end\s{0,3}\{(?P<end>[a-zA-Z]{1,40}\*?+)\}"
    r"|\\setcounter\s{0,3}\{enum(?P<level>i{1,3}|iv)\}\s{0,3}\{(?P<to>\d{1,4})\}|(?P<counter>\{enum[iv]{1,3}\})"
    r"|\\item(?![a-zA-Z])(?!\s*+\[)"
)
_LISTS = frozenset(("enumerate", "itemize", "description"))
_IN_NO_LIST = frozenset(  # around a list they change nothing of its labels
    "abstract center corollary definition example flushleft flushright lemma minipage multicols proof proposition quotation "
    "quote remark samepage theorem".split()
)
_LEVELS_OF_LISTS = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_LABELS = ("", r"\arabic.", r"(\alph)", r"\roman.", r"\Alph.")  # of the usual classes, by level
_OTHER_CLASS = re.compile(  # one whose labels may be others, or a preamble that is elsewhere
    r"\\document(?:class|style)\s{0,3}(?:\[[^\]]{0,300}\])?+\s{0,3}\{(?!(?:article|report|book|ctex(?:art|rep|book)|scr(?:artcl|reprt|book))\})"
    r"|\\(?:input|include)(?![a-zA-Z])|spanish|mexican|galician|basque|magyar|hungarian|sloven"
)
_OWN_ITEMS = re.compile(r"\\(?:item|begin)(?![a-zA-Z])")  # in a preamble: in a command or an environment that it defines
_NEW_LABELS = re.compile(r"\\(?:labelenum|theenum|c@enum|p@enum|set(?:list|enum|defaultenum)|(?:re)?newlist)")
_PROGRAMMED = re.compile(  # items in these are not, or not once, in what is printed
    r"\\(?:(?:re)?new(?:command|environment)|providecommand|(?:New|Renew|Provide|Declare)[A-Z]|[egx]?def(?![a-zA-Z])|let(?![a-zA-Z])"
    r"|if(?!f(?![a-zA-Z]))|foreach|loop)"
)
_SHOWN = re.compile(r"([-().:、．（）【】〔〕]{0,2})([1aAiI])([-().:、．（）【】〔〕]{0,2})")  # a label by its first: (a)
_OPTION = re.compile(
    r"label\s{0,3}=\s{0,3}\{?(?P<label>[-().:、．（）【】〔〕]{0,2}\\(?:arabic|[aA]lph|[rR]oman)\*[-().:、．（）【】〔〕]{0,2})\}?"
    r"|start\s{0,3}=\s{0,3}(?P<start>\d{1,4})"
    r"|(?:nosep|noitemsep|(?:left|right)margin|left|wide|align|ref|(?:item|top|par|partop|label)sep|(?:label|item)indent"
    r"|labelwidth)(?:\s{0,3}=[^{}\[\]]{0,100})?|"
)
_COUNTER = re.compile(r"\\(arabic|[aA]lph|[rR]oman)")
_MOST_LEFT_OPEN = 20  # environments that may have no end
_FORMS = {
    "arabic": "decimal", "alph": "lowerLetter", "Alph": "upperLetter", "roman": "lowerRoman", "Roman": "upperRoman",
    "1": "arabic", "a": "alph", "A": "Alph", "i": "roman", "I": "Roman",
}  # fmt: skip


def with_numbers(text: str, before: str) -> str:
    """The body `text` of a document with its numbers before the items of its lists; as it is where the preamble `before` or a
    command of its own may make others."""
    if _OWN_ITEMS.search(before) or _PROGRAMMED.search(text) or _NEW_LABELS.search(f"{before}\n{text}"):
        return text
    return _with_numbers(text, () if _OTHER_CLASS.search(before) else _LABELS)


@dataclass
class _Begun:
    """An environment, in how many numbered lists it is, itself too, and of such a list the label and the number of its items."""

    name: str
    level: int
    label: str | None = ""  # None where what was begun may not be what is printed, here and in all around it
    count: int = 0


def _with_numbers(text: str, labels: Sequence[str]) -> str:
    """A source with their numbers before the items of its lists, where they are surely those that are printed: with the `labels`
    of its class by level, or with a plain one that a list says itself."""
    opened: list[_Begun] = []

    def in_doubt() -> None:
        for one in reversed(opened):
            if one.label is None:
                break
            one.label = None

    def put_in(found: re.Match[str]) -> str:
        now = opened[-1] if opened else _Begun("", 0)
        if begun := found["begin"]:
            level = now.level if begun in _LISTS or begun in _IN_NO_LIST else len(_LABELS)
            opened.append(_Begun(begun, level))
            if begun == "enumerate":
                own = labels[level + 1] if level + 1 < len(labels) else ""
                label, start = _label((found["options"] or "").strip(), own)
                opened[-1] = _Begun(begun, level + 1, label, start - 1)
        elif ended := found["end"]:
            if now.name != ended:
                in_doubt()
            if any(one.name == ended for one in opened[-_MOST_LEFT_OPEN:]):
                while opened.pop().name != ended:
                    pass
        elif found["level"] and now.name == "enumerate" and now.level == _LEVELS_OF_LISTS[found["level"]]:
            now.count = int(found["to"])
        elif found["level"] or found["counter"] or now.name not in _LISTS:
            in_doubt()
        elif now.name == "enumerate":
            now.count += 1
            if now.label:
                number = _COUNTER.sub(lambda form: numeral(now.count, _FORMS[form.group(1)]), now.label)
                return f"{found.group()}[{number}]"
        return found.group()

    return _OF_LISTS.sub(put_in, text)


def _label(options: str, own: str) -> tuple[str, int]:
    """The label of each item of a list with these `options`, "" where one of them is not known, and the first number."""
    if options and not options.endswith("]"):
        return "", 1
    if shown := _SHOWN.fullmatch(options[1:-1]):
        return f"{shown[1]}\\{_FORMS[shown[2]]}{shown[3]}", 1
    start = 1
    for option in options[1:-1].split(","):
        said = _OPTION.fullmatch(option.strip())
        if not said:
            return "", 1
        own = (said["label"] or own).replace("*", "")
        start = int(said["start"] or start)
    return own, start
