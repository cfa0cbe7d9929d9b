"""What LaTeX's commands print beyond those that pylatexenc knows: no settings, units as their signs, fractions whole."""

from __future__ import annotations

import functools
import re
from typing import Any

from .office_math import whole
from .raised import raised

_NOTHING = {  # commands by their arguments, none of which is printed
    "{": "bibliographystyle captionsetup cmidrule graphicspath hphantom linespread nocite pagenumbering pagestyle phantom "
    "refstepcounter stepcounter thispagestyle usetikzlibrary vphantom index lstset sisetup newtheoremstyle "
    "fontencoding fontfamily fontseries fontshape",
    "*{": "hspace vspace",
    "{{": "addtocounter addtocontents addtolength fontsize settowidth",
    "{{{": "addcontentsline",
    "[{{": "rule",
    "[{": "author date title",  # read before the text
    "": "selectfont today",  # not a day of the document
}
_PRINTED = {  # commands by their arguments, the last of which is printed
    "{": "mbox hbox texttt textsf textmd textup textnormal textsubscript keywords citetext frametitle",
    "*{": "operatorname",
    "*[{": "caption",
    "*{[{": "captionof",
    "[{": "hyperref fancyhead fancyfoot",
    "[{[{": "pdfcomment",
    "[[{": "makebox framebox",
    "[[[{{": "parbox",
    "{[[{": "raisebox",
    "*{{{": "resizebox",
    "{[{": "scalebox",
    "[{{": "rotatebox",
}
_SIGNS = {
    "gets": "←", "iff": "⟺", "implies": "⟹", "ne": "≠", "land": "∧", "lor": "∨", "neg": "¬", "bot": "⊥", "lt": "<", "gt": ">",
    "bmod": " mod ", "mod": " mod ", "triangle": "△", "degree": "°", "checkmark": "✓", "colon": ":", "Re": "ℜ", "Im": "ℑ",
    "slash": "/", "textless": "<", "textgreater": ">", "textbar": "|", "copyright": "©", "pounds": "£", "euro": "€", "S": "§",
    "P": "¶", "ohm": "Ω", "celsius": "°C", "micro": "µ", "enspace": " ", "thinspace": " ", "newline": "\n", "par": "\n\n",
    "tabularnewline": "\n",
}  # fmt: skip
_UNITS = {  # of siunitx; its short ones, such as \km, are named by their signs
    "ampere": "A", "candela": "cd", "kelvin": "K", "kilogram": "kg", "metre": "m", "meter": "m", "mole": "mol", "second": "s",
    "becquerel": "Bq", "degreeCelsius": "°C", "celsius": "°C", "coulomb": "C", "farad": "F", "gray": "Gy", "hertz": "Hz",
    "henry": "H", "joule": "J", "lumen": "lm", "lux": "lx", "newton": "N", "ohm": "Ω", "pascal": "Pa", "radian": "rad",
    "siemens": "S", "sievert": "Sv", "steradian": "sr", "tesla": "T", "volt": "V", "watt": "W", "weber": "Wb", "day": "d",
    "degree": "°", "hectare": "ha", "hour": "h", "litre": "L", "liter": "L", "minute": "min", "arcminute": "′",
    "arcsecond": "″", "tonne": "t", "electronvolt": "eV", "bel": "B", "decibel": "dB", "percent": "%", "gram": "g", "byte": "B",
    "degC": "°C", "micron": "µm", "um": "µm", "us": "µs", "ug": "µg", "ul": "µl", "uL": "µL", "uA": "µA", "uV": "µV", "uW": "µW",
    "umol": "µmol", "uF": "µF", "uH": "µH", "kohm": "kΩ", "Mohm": "MΩ", "mohm": "mΩ", "angstrom": "Å",
}  # fmt: skip
_MULTIPLES = {
    "kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P", "hecto": "h", "deca": "da", "deci": "d", "centi": "c",
    "exa": "E", "zetta": "Z", "yotta": "Y", "deka": "da", "atto": "a", "zepto": "z", "yocto": "y", "exbi": "Ei",
    "milli": "m", "micro": "µ", "nano": "n", "pico": "p", "femto": "f", "kibi": "Ki", "mebi": "Mi", "gibi": "Gi", "tebi": "Ti",
}  # fmt: skip
_POWERS = {"square": "²", "squared": "²", "cubic": "³", "cubed": "³"}
_OF_A_UNIT = re.compile(
    r"\\(?P<to>tothe|raiseto)\s*+\{(?P<power>-?\d{1,3})\}|\\(?P<name>[a-zA-Z]{1,30})"
    r"|(?P<up>\^)\s*+(?:\{(?P<many>[^{}]{1,10})\}|(?P<one>.))|(?P<gap>[.~]++)|(?P<plain>[^{}\s\\^.~]++)"
)
_RAISED_TO_TEN = re.compile(r"(?<=\d)[eEdD]([-+]?\d{1,6})$")
_GROUPED = re.compile(r"\\.|(?:[_^]\s{0,3})?\{|\}", re.DOTALL)
_LONGEST_GROUP = 400
_ONE_PART = re.compile(r"\s*+(?:\([^()]*+\)|[-−+*']{1,4}|[-−+]?(?:[\w.,'*]++|\\[a-zA-Z]++\s*+(?:\{[^{}]*+\})?+))?\s*+")


def commands_as_text(source: str) -> str:
    """A source that pylatexenc can parse as text. What it raises is its own."""
    parse, text = _converters()
    nodes, _, _ = parse(_bracketed(source)).get_latex_nodes()
    return str(text.nodelist_to_text(nodes))


def _bracketed(source: str) -> str:
    """A source with what is raised or lowered in brackets, unless it is one number, word or command: x^(n+1) is not x^n+1."""
    pieces: list[tuple[int, str]] = []
    opened: list[tuple[int, bool]] = []  # where a group begins, and whether it is raised or lowered
    for found in _GROUPED.finditer(source):
        if found.group().startswith("\\"):
            continue
        if found.group() != "}":
            opened.append((found.end(), len(found.group()) > 1))
        elif opened:
            start, moved = opened.pop()
            if moved and found.start() - start < _LONGEST_GROUP and not _ONE_PART.fullmatch(source, start, found.start()):
                pieces += [(start, "("), (found.start(), ")")]
    at, parts = 0, list[str]()
    for end, sign in sorted(pieces):
        parts += (source[at:end], sign)
        at = end
    return "".join(parts) + source[at:]


def _arguments(node: Any) -> list[str]:
    """The sources of a command's arguments in braces."""
    from pylatexenc.latexwalker import LatexGroupNode

    groups = [one for one in node.nodeargd.argnlist if one is not None and one.isNodeType(LatexGroupNode)]
    return [one.latex_verbatim()[1:-1] for one in groups if one.delimiters[0] == "{"]


def _fraction(node: Any, l2tobj: Any) -> str:
    parts = (l2tobj.node_arg_to_text(node, place).strip() for place in (0, 1))
    return "/".join(part if part.replace("_", "").isalnum() else whole(part) for part in parts)


def _root(node: Any, l2tobj: Any) -> str:
    return f"{raised(l2tobj.node_arg_to_text(node, 0))}√({l2tobj.node_arg_to_text(node, 1)})"


def _superscript(node: Any, l2tobj: Any) -> str:
    return raised(l2tobj.node_arg_to_text(node, 0))


def _number(source: str) -> str:
    times = _RAISED_TO_TEN.sub(lambda found: f" × 10{raised(found[1].lstrip('+'))}", source.strip())
    return times.replace("+-", " ± ").replace("\\pm", " ± ").replace("~", "")


def _unit(source: str) -> str:
    """A unit as siunitx takes it, by names (\\metre\\per\\second\\squared) or signs (m.s^{-2}): m/s², m s⁻²."""
    said, joined, power = "", "", ""
    for found in _OF_A_UNIT.finditer(source):
        name = found["name"]
        if found["to"] == "raiseto" or name in ("square", "cubic"):
            power = _POWERS[name] if name else raised(found["power"])
        elif found["to"] or found["up"] or name in _POWERS:
            said += _POWERS[name] if name else raised(found["power"] or found["many"] or found["one"])
        elif name == "per":
            joined = "/"
        elif name in _MULTIPLES:
            said, joined = said + joined + _MULTIPLES[name], ""
        elif name:
            said, joined, power = said + joined + _UNITS.get(name, name) + power, " ", ""
        else:
            said, joined = said + (" " if found["gap"] else found["plain"]), ""
    return said


def _quantity(node: Any, macroname: str) -> str:
    """Numbers with their unit."""
    *numbers, unit = _arguments(node)
    sign = _unit(unit)
    gap = "" if (sign[:1] in ("°", "′", "″") and not sign[1:].isalpha()) or not sign else " "
    listed = [_number(one) for number in numbers for one in number.split(";")]
    if "range" in macroname:
        return " to ".join(f"{one}{gap}{sign}" for one in listed)
    return f"{', '.join(listed)}{gap if listed else ''}{sign}"


def _numbers(node: Any, macroname: str) -> str:
    numbers = [_number(one) for number in _arguments(node) for one in number.split(";")]
    return (" to " if "range" in macroname else ", ").join(numbers)


def _angle(node: Any) -> str:
    return "".join(
        number.strip() + sign for number, sign in zip(_arguments(node)[0].split(";"), "°′″", strict=False) if number.strip()
    )


@functools.cache
def _converters() -> tuple[Any, Any]:
    from pylatexenc import latex2text, latexwalker, macrospec

    macros: dict[str, tuple[str, Any]] = {name: (spec, "") for spec, names in _NOTHING.items() for name in names.split()}
    macros |= {name: (spec, f"%({len(spec)})s") for spec, names in _PRINTED.items() for name in names.split()}
    macros |= {name: ("", sign) for name, sign in _SIGNS.items()}
    macros |= dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac"), ("{{", _fraction))
    macros |= dict.fromkeys(("ref", "eqref", "pageref", "autoref", "cref", "Cref", "nameref", "vref"), ("*{", "[%(2)s]"))
    macros |= {
        "binom": ("{{", "binom(%(1)s, %(2)s)"), "pmod": ("{", " (mod %(1)s)"), "sqrt": ("[{", _root),
        "overset": ("{{", "%(2)s^%(1)s"), "underset": ("{{", "%(2)s_%(1)s"), "stackrel": ("{{", "%(2)s^%(1)s"),
        "linebreak": ("[", "\n"), "framesubtitle": ("{", "%(1)s\n\n"), "mintinline": ("[{{", "%(3)s"),
        "Call": ("{{", "%(1)s(%(2)s)"), "tag": ("*{", " (%(2)s) "),
        "xrightarrow": ("[{", "—%(2)s→"), "xleftarrow": ("[{", "←%(2)s—"), "textsuperscript": ("{", _superscript),
        "num": ("[{", _numbers), "ang": ("[{", _angle), "si": ("[{", _quantity), "unit": ("[{", _quantity),
        "SI": ("[{[{", _quantity), "qty": ("[{{", _quantity), "SIrange": ("[{{{", _quantity), "qtyrange": ("[{{{", _quantity),
        "numrange": ("[{{", _numbers), "SIlist": ("[{{", _quantity), "qtylist": ("[{{", _quantity), "numlist": ("[{", _numbers),
    }  # fmt: skip
    known = latexwalker.get_default_latex_context_db()
    known.add_context_category(
        "printed",
        macros=[macrospec.MacroSpec(name, spec) for name, (spec, _) in macros.items()],
        prepend=True,
    )
    shown = latex2text.get_default_latex_context_db()
    shown.add_context_category(
        "printed",
        macros=[latex2text.MacroTextSpec(name, said, discard=not said) for name, (_, said) in macros.items()],
        prepend=True,
    )
    return (
        functools.partial(latexwalker.LatexWalker, latex_context=known),
        latex2text.LatexNodes2Text(math_mode="text", latex_context=shown),
    )
