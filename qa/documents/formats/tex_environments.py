"""LaTeX's environments: what they are set with is no text, names of theorems and titles of boxes are; words of drawings, steps of
algorithms."""

from __future__ import annotations

import re

_BEGIN = re.compile(
    r"\\begin\s{0,3}\{(?!(?:align|array|cases|center|description|displaymath|dmath|enumerate|eqnarray|equation|flalign|gather|itemize"
    r"|math|multline|quot|split|tabular|verse)|[a-zA-Z]{0,5}matrix)([a-zA-Z]{1,40})\*?+\}"
)
_SIZE = re.compile(
    r"[\d.]{1,3}|(?=[^a-z\\]{0,40}[a-z\\])(?:[-+*/\d.\s]|\\(?:dimexpr|relax)|\\[a-zA-Z]{0,20}(?:width|height|indent|skip|sep)|cm|mm|pt|em|ex|in|bp){1,40}"
)
_LONGEST_SETTING = 1000
_PLACED = re.compile(r"[htbpcHsljrT!\d.\s]{0,8}")
_TITLE = re.compile(r"(?:^|,)\s{0,3}(?:frametitle|title|caption)\s{0,3}=\s{0,3}(?:(\{)|([^,{}]{1,200}))")
_SET = re.compile(r"(?:^|,)\s{0,3}[a-zA-Z][\w ./-]{0,40}=")
_THEOREM = re.compile(r"\\newtheorem\*?+\s{0,3}\{([a-zA-Z]{1,40})\}(?:\[[^\]\n]{0,40}\])?\s{0,3}\{([^{}\n]{1,60})\}")
_DRAWING = re.compile(r"\\begin\{(tikzpicture|algorithmic)\}")
_WORDS = re.compile(  # where words of a drawing begin: a node's after its settings, which may have labels, or a title
    r"(?:(?:(?<![a-zA-Z])node|\\matrix(?=[^;{}]{0,300}matrix of))(?![a-zA-Z])"
    r"(?=((?:[^;{}\[=]{0,100}+(?:\[(?:[^\[\]]|\[[^\[\]]{0,100}\]){0,300}+\])?+){1,3}\{))"
    r"|(?<![a-zA-Z])(?:[xyz]?label|title|pin|legend entries|[xyz]ticklabels|symbolic [xyz] coords)\s{0,3}=\s{0,3}"
    r"(?:(\{)|([^,{}\[\]\n]{1,200}))"
    r"|\\(?:addlegendentry|legend)\s{0,3}(\{))"
)
_SIDE = re.compile(r"\A(?:above|below|left|right|center)[a-z ]{0,10}:")  # where a label stands
_NUMBERED = re.compile(r"\A\[\d{1,3}\]")
_STEP = re.compile(
    r"\\(end)?(state|statex|if|elsif|else|for|forall|while|repeat|until|loop|function|procedure|return|require|ensure|comment|print)"
    r"(?![a-zA-Z])",
    re.IGNORECASE,
)
_SAID = {
    "state": "",
    "statex": "",
    "procedure": "procedure \\Call",
    "function": "function \\Call",
    "elsif": "else if",
    "forall": "for all",
    "require": "Require:",
    "ensure": "Ensure:",
    "comment": "▷",
}
_THEOREMS = frozenset(
    "theorem proposition lemma corollary definition conjecture remark example thm prop lem cor conj rem defn".split()
)
_OVERLAY = re.compile(r"(\\[a-zA-Z]{1,30}\*?+(?:\{[a-zA-Z]{1,30}\})?)<[-\d,+.]{1,20}>")


def argument(text: str, at: int) -> tuple[str, int]:
    """What stands up to the brace that closes the one before `at`, and the offset after it."""
    depth = 1
    for place in range(at, min(at + 2000, len(text))):
        depth += (text[place] == "{") - (text[place] == "}")
        if not depth:
            return text[at:place], place + 1
    return "", at


def title_of(settings: str) -> str:
    """The title or caption that settings give."""
    found = _TITLE.search(settings)
    return "" if not found else found[2] or argument(settings, found.end())[0]


def without_settings(text: str, before: str) -> str:
    """A source without what its environments are set with, theorems and titles of boxes as text; its preamble is `before`."""
    theorems = {found[1]: found[2] for found in _THEOREM.finditer(before)}
    if "{beamer}" in before:
        text = _OVERLAY.sub(r"\1", text)

    text = _without_drawings(text)
    pieces: list[str] = []
    at = 0
    while begun := _BEGIN.search(text, at):
        name, end = begun[1], begun.end()
        pieces.append(text[at:end])
        said = [theorems[name]] if name in theorems else []
        while end < len(text) and text[end] in "[{" and (close := _closed(text, end)):
            inside = text[end + 1 : close]
            named = name == "frame" or name.endswith("block")  # what is in braces is its title, be it a number
            if text[end] == "{" and (named or not _SIZE.fullmatch(inside)) and not (name.startswith("wrap") and len(inside) == 1):
                break
            theorem = name in theorems or name in _THEOREMS
            if text[end] == "[" and not theorem and (title := title_of(inside)):
                said.append(title + "\n\n")
            elif text[end] == "[" and (theorem or not _SET.search(inside)) and name != "frame" and not _PLACED.fullmatch(inside):
                said.append(f"({inside})" if theorem else f"{inside}." if name == "proof" else f"[{inside}]")
            end = close + 1
        if name == "frame" and text.startswith("{", end):
            said.append("\\frametitle")
        pieces.append(" ".join(said) + (" " if said and name != "frame" else ""))
        at = end
    return "".join(pieces) + text[at:]


def _closed(text: str, at: int) -> int:
    """Where what is opened at `at` closes, 0 where it does not soon."""
    close, depth = ("]" if text[at] == "[" else "}"), 0
    end = text.find("\\begin", at, at + _LONGEST_SETTING)
    for place in range(at + 1, end if end >= 0 else min(at + _LONGEST_SETTING, len(text))):
        if text[place] == close and not depth:
            return place
        depth += (text[place] == "{") - (text[place] == "}")
    return 0


def _without_drawings(text: str) -> str:
    """A source with the words alone of its drawings, and the steps of algorithms on lines with the words that are printed."""
    pieces: list[str] = []
    at = 0
    while found := _DRAWING.search(text, at):
        end = text.find(f"\\end{{{found[1]}}}", found.end())
        if end < 0:
            break
        pieces.append(text[at : found.start()])
        inside = text[found.end() : end]
        if found[1] == "algorithmic":
            pieces.append(_STEP.sub(_step, _NUMBERED.sub("", inside)))
        else:
            pieces.append("\n\n" + "\n".join(_words(inside)) + "\n\n")
        at = end + len(found[1]) + 6
    return "".join(pieces) + text[at:]


def _words(drawing: str) -> list[str]:
    """The texts of its nodes, and its labels and titles."""
    words: list[str] = []
    start = end = 0  # of the last words in braces
    for found in _WORDS.finditer(drawing):
        at = next((found.end(group) for group in (1, 2, 4) if found[group]), 0)
        if start <= found.start() < end or start == at:
            continue
        if at:
            start, (said, end) = at, argument(drawing, at)
            if end == at:  # it does not close soon: what stands there is looked at once
                end = at + _LONGEST_SETTING
                said = drawing[at:end]
        else:
            said = found[3].strip()
        words.append(_SIDE.sub("", said))
    return words


def _step(found: re.Match[str]) -> str:
    word = found[2].lower()
    line = " " if word in ("comment", "return") else "\n"
    return f"{line}{'end ' if found[1] else ''}{word if found[1] else _SAID.get(word, word)} "
