"""LaTeX's environments: what they are set with is no text, names of theorems and titles of boxes are; words of drawings, steps of
algorithms."""

from __future__ import annotations

import re

_BEGIN = re.compile(
    r"\\begin\s{0,3}\{(?!(?:alignat|aligned|array|cases|center|description|enumerate|equation|gather|itemize|math|multline|quot|verse)"
    r"|[a-zA-Z]?matrix)([a-zA-Z]{1,40})\*?+\}"
)
_SIZE = re.compile(
    r"\s{0,3}(?:[\d.]{1,8}\s{0,3}(?:\\[a-zA-Z]{0,20}(?:width|height)|cm|mm|pt|em|ex|in)?|\\[a-zA-Z]{0,20}width)\s{0,3}"
)
_LONGEST_SETTING = 1000
_PLACED = re.compile(r"[htbpcHsljr!\d.\s]{0,8}")
_TITLE = re.compile(r"(?:^|,)\s{0,3}(?:frame)?title\s{0,3}=\s{0,3}(\{[^{}]{0,200}\}|[^,{}]{1,200})")
_THEOREM = re.compile(r"\\newtheorem\*?+\s{0,3}\{([a-zA-Z]{1,40})\}(?:\[[^\]\n]{0,40}\])?\s{0,3}\{([^{}\n]{1,60})\}")
_DRAWING = re.compile(r"\\begin\{(tikzpicture|pspicture|circuitikz|forest|algorithmic|tikzcd)\}")
_WORDS = re.compile(
    r"(?:(?<![a-zA-Z])node(?![a-zA-Z])[^;{}\[\n]{0,100}+(?:\[[^\]]{0,300}\])?+[^;{}\[\n]{0,100}+"
    r"|(?:[xyz]label|title)\s{0,3}=\s{0,3}|\\addlegendentry\s{0,3})\{((?:[^{}]|\{[^{}]{0,200}\}){0,400}+)\}"
)
_STEP = re.compile(
    r"\\(end)?(state|statex|if|elsif|else|for|forall|while|repeat|until|loop|function|procedure|return|require|ensure|comment|print)"
    r"(?![a-zA-Z])",
    re.IGNORECASE,
)
_SAID = {
    "state": "",
    "statex": "",
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
            if text[end] == "{" and not _SIZE.fullmatch(inside) and not (name.startswith("wrap") and len(inside) == 1):
                break
            if title := _TITLE.search(inside):
                said.append(title[1].removeprefix("{").removesuffix("}") + "\n\n")
            elif text[end] == "[" and "=" not in inside and name != "frame" and not _PLACED.fullmatch(inside):
                said.append(f"({inside})" if name in theorems or name in _THEOREMS else f"[{inside}]")
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
            pieces.append(_STEP.sub(_step, inside.replace("[1]", "", 1)))
        else:
            pieces.append("\n\n" + "\n".join(words[1] for words in _WORDS.finditer(inside)) + "\n\n")
        at = end + len(found[1]) + 6
    return "".join(pieces) + text[at:]


def _step(found: re.Match[str]) -> str:
    word = found[2].lower()
    line = " " if word in ("comment", "return") else "\n"
    return f"{line}{'end ' if found[1] else ''}{_SAID.get(word, word)} "
