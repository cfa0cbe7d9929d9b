"""Equations of Office files (OMML) as a line of text: V=πr²h, (a+b)/2, √(x), ∑_(i=1)^n."""

from __future__ import annotations

import re
from typing import Any

from .raised import raised

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
EQUATION = f"{M}oMath"
_ONE_BRACKET = re.compile(r"\((?:[^()]|\([^()]*+\))*+\)|\[[^\[\]]*+\]")
_DEEPEST = 60  # equations in equations; what is deeper is text in its order


def equation(element: Any, depth: int = 0) -> str:
    """The equation `element` as a line of text."""
    if depth > _DEEPEST:
        return "".join(text.text or "" for text in element.iter(f"{M}t"))
    return "".join(_part(child, depth + 1) for child in element)


def _part(element: Any, depth: int) -> str:  # noqa: PLR0911, PLR0912 - one return for each construct
    name = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""

    def inner(part: str) -> str:
        found = element.find(f"{M}{part}")
        return equation(found, depth) if found is not None else ""

    def setting(part: str, default: str) -> str:
        found = element.find(f"{M}{name}Pr/{M}{part}")
        return default if found is None else found.get(f"{M}val") or ""

    if name == "t":
        return element.text or ""
    if name == "f":
        return f"{whole(inner('num'))}/{whole(inner('den'))}"
    if name in ("sSup", "sSub", "sSubSup"):
        return whole(inner("e")) + _lowered(inner("sub")) + _power(inner("sup"))
    if name == "sPre":
        return _lowered(inner("sub")) + _power(inner("sup")) + inner("e")
    if name == "rad":
        return f"{raised(inner('deg')) if inner('deg') else ''}√{whole(inner('e'))}"
    if name == "nary":
        return setting("chr", "∫") + _lowered(inner("sub")) + _power(inner("sup")) + f" {inner('e')}"
    if name in ("limLow", "limUpp"):
        return inner("e") + (_lowered(inner("lim")) if name == "limLow" else _power(inner("lim")))
    if name == "d":
        parts = [equation(part, depth) for part in element.iterfind(f"{M}e")]
        return setting("begChr", "(") + setting("sepChr", "|").join(parts) + setting("endChr", ")")
    if name == "func":
        return f"{inner('fName')}{_called(inner('e'))}"
    if name == "acc":
        return inner("e") + setting("chr", "\u0302")
    if name == "eqArr":
        return "; ".join(equation(part, depth) for part in element.iterfind(f"{M}e"))
    if name == "m":
        rows = [", ".join(equation(cell, depth) for cell in row.iterfind(f"{M}e")) for row in element.iterfind(f"{M}mr")]
        return f"[{'; '.join(rows)}]"
    if name.endswith("Pr"):
        return ""
    return equation(element, depth)


def whole(text: str) -> str:
    """`text` in brackets, unless it is one number, word or bracket."""
    bare = text.strip()
    return bare if len(bare) < 2 or bare.replace(".", "").isalnum() or _ONE_BRACKET.fullmatch(bare) else f"({bare})"


def _called(text: str) -> str:
    called = whole(text)
    return called if called.startswith("(") else f" {called}"


def _power(text: str) -> str:
    if not text.strip():
        return ""
    shown = raised(text)
    return shown if shown != text or not text.strip() else f"^{whole(text)}"


def _lowered(text: str) -> str:
    return f"_{whole(text)}" if text.strip() else ""
