"""What Word shows for a field EQ, by which characters are put into circles, under their reading, or one over the other."""

from __future__ import annotations

import re

from .numerals import numeral
from .raised import raised

EQ = re.compile(r"\s{0,20}EQ(?![A-Za-z])", re.IGNORECASE)
LONGEST = 500  # characters of an instruction that are read
_SWITCH = re.compile(r"\\\*[ \t]*+(?:\"[^\"]*\"|[^\\(\"]*)")  # \* jc2, \* "Font:SimSun": how, not what
_TOKEN = re.compile(r"\\([A-Za-z]{1,2})[\d ]*|\\(.)|([(),;])|([^\\(),;]+)", re.DOTALL)
_ENCLOSING = frozenset("○◯〇□△◇")
_FOLLOWED = ("lc", "rc", "bc", "fc", "vc")  # options that a sign follows: a bracket left, right, both, or one instead of ∫
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_OPERATORS = {"su": "∑", "pr": "∏", "i": "∫"}
_DEEPEST = 20  # commands in commands


def eq_text(instruction: str) -> str:
    """The text of a field with this instruction, whose results are not stored: ① for `EQ \\o\\ac(○,1)`, 1/2 for `EQ \\f(1,2)`."""
    source = _SWITCH.sub("", EQ.sub("", instruction[:LONGEST], count=1))
    tokens = [found.groups() for found in _TOKEN.finditer(source)]
    tokens.reverse()
    return _sequence(tokens, 0)[0].strip()


def _sequence(tokens: list[tuple[str, ...]], depth: int) -> tuple[str, bool]:
    """What is shown up to the sign that ends an argument, and whether that ends the command's arguments too."""
    shown = ""
    while tokens:
        command, escaped, sign, text = tokens.pop()
        if sign and depth:
            return shown, sign == ")"
        if command:
            names = [command.lower()]
            while tokens and tokens[-1][0]:
                option = tokens.pop()[0].lower()
                names.append(option + (tokens.pop()[1] if option in _FOLLOWED and tokens and tokens[-1][1] else ""))
            if len(tokens) > 1 and tokens[-2][2] == "(" and (tokens[-1][3] or "").isspace():
                tokens.pop()
            shown += _command(names, tokens, depth)
        else:
            shown += escaped or sign or text or ""
    return shown, True


def _command(names: list[str], tokens: list[tuple[str, ...]], depth: int) -> str:
    arguments: list[str] = []
    if tokens and tokens[-1][2] == "(" and depth < _DEEPEST:
        tokens.pop()
        ended = False
        while not ended:
            raising = bool(tokens) and (tokens[-1][0] or "").lower() == "s"
            said, ended = _sequence(tokens, depth + 1)
            if not (raising and names[0] == "o"):  # what is raised over another text is its reading
                arguments.append(said.strip())
    return _shown(names, arguments)


def _shown(names: list[str], arguments: list[str]) -> str:
    name = names[0]
    if name == "f" and len(arguments) == 2:
        return "/".join(part if part.isalnum() else f"({part})" for part in arguments)
    if name == "r" and arguments:
        return f"{raised(arguments[0]) if len(arguments) > 1 else ''}√({arguments[-1]})"
    if name == "o":
        text = "".join(part for part in arguments if part not in _ENCLOSING)
        circled = len(text) < len("".join(arguments)) and text.isascii() and text.isdigit() and len(text) < 3
        return numeral(int(text), "decimalEnclosedCircle") if circled else text
    if name == "s":
        return "".join(raised(part) if "up" in names else part for part in arguments)
    if name == "b":
        left, right = _brackets(names)
        return f"{left}{','.join(arguments)}{right}"
    own = _followed(names)
    sign = own.get("fc") or own.get("vc") or next((sign for option, sign in _OPERATORS.items() if option in names), "")
    return sign + (" ".join if name in ("a", "i") else ",".join)(arguments)


def _brackets(names: list[str]) -> tuple[str, str]:
    """What stands before and after the argument of the command b with these options."""
    said = _followed(names)
    if "bc" in said:
        return said["bc"], _CLOSING.get(said["bc"], said["bc"])
    return (said.get("lc", ""), said.get("rc", "")) if said else ("(", ")")


def _followed(names: list[str]) -> dict[str, str]:
    """The options of a command that a sign follows, and their signs."""
    return {name[:2]: name[2:] for name in names[1:] if name[2:]}
