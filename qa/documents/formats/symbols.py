"""What the fonts Symbol and Wingdings show for a code, as Unicode: a ticked box is not nothing."""

from __future__ import annotations

import re

_PRIVATE = re.compile("[\uf020-\uf0ff]+")
_RELATION = re.compile(r"\s{0,3}[-=<>+≤≥≠≈∈∉,)]")
_INDENT = 20  # characters looked at for the beginning of a line
_SYMBOL = (
    dict(
        enumerate(
            " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼",
            0x20,
        )
    )
    | dict(
        enumerate(
            "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪",
            0xA0,
        )
    )
    | dict(enumerate("〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭", 0xF1))
)
_WINGDINGS = {
    0x28: "☎", 0x2A: "✉", 0x4A: "☺", 0x4C: "☹", 0x52: "☼", 0x6C: "●", 0x6D: "○", 0x6E: "■", 0x6F: "□", 0x70: "□", 0x71: "❑",
    0x72: "❒", 0x75: "◆", 0x76: "❖", 0x77: "◆", 0x78: "☒", 0x9E: "·", 0x9F: "•", 0xA1: "○", 0xA7: "▪", 0xA8: "□", 0xAB: "★",
    0xB2: "☆", 0xD8: "➢", 0xDB: "➲", 0xDC: "➲", 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE8: "➔", 0xEF: "⇐", 0xF0: "⇒",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
    **dict(enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿", 0x80)),
}  # fmt: skip
_WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x56: "☒", 0x97: "●", 0x98: "●", 0x99: "○", 0x9A: "○",
    0xA0: "■", 0xA1: "■", 0xA2: "■", 0xA3: "□", 0xA4: "□", 0xAE: "◆", 0xAF: "◇",
    **dict(enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿", 0x69)),
}  # fmt: skip
_HARDLY_ALONE = frozenset("♣♦♥♠◊⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭")  # pieces of brackets and suits of cards: of Wingdings these are → and ✓
# What codes of an unknown font show at the beginning of a line, and elsewhere.
_LEADING = _SYMBOL | _WINGDINGS
_INSIDE = _LEADING | {code: sign for code, sign in _SYMBOL.items() if code not in _WINGDINGS or sign not in _HARDLY_ALONE}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}


def is_symbol(font: str) -> bool:
    """Whether the font named `font` shows symbols that are known."""
    return font.strip().lower() in _FONTS


def shown(text: str, font: str) -> str:
    """`text` as the font named `font` shows it; a code for which no character is known is left out.

    Office writes the codes of these fonts as they are or from U+F000 on.
    """
    table = _FONTS.get(font.strip().lower())
    if table is None:
        return text
    return "".join(table.get(ord(char) & 0xFF if 0xF000 <= ord(char) <= 0xF0FF else ord(char), "") for char in text)


def unprivate(text: str, font: str = "") -> str:
    """`text` with what stands in it from U+F020 on as the symbol font named `font` shows it, and the rest as it is.

    Where the font is unknown, those at the beginning of a line are taken for bullets of Wingdings, others, and those before a
    sign of a relation, for letters of Symbol, which stand in formulas, unless they would be pieces of brackets or suits of cards.
    """
    named = _FONTS.get(font.strip().lower())

    def put(found: re.Match[str]) -> str:
        before = text[max(found.start() - _INDENT, 0) : found.start()].rpartition("\n")
        leads = (before[1] or found.start() <= _INDENT) and not before[2].strip() and not _RELATION.match(text, found.end())
        table = named or (_LEADING if leads else _INSIDE)
        codes = (ord(char) - 0xF000 for char in found.group())
        return "".join(" " if code == 0xA0 else table.get(code, "") for code in codes)

    return _PRIVATE.sub(put, text)
