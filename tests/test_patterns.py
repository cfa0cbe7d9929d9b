"""No regular expression of the package takes more than linear time, whatever text it is given.

The patterns are those of the modules' variables and those written where they are used; `redos.py` counts their steps. Each is
searched, or matched where the package only matches it, in texts made of its own parts.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from redos import Counter, TooMany, attacks

import qa

_METHODS = {"match": "match", "fullmatch": "fullmatch"} | dict.fromkeys(
    ("search", "sub", "split", "finditer", "findall"), "search"
)
_SIZES = (24, 48)  # characters; a pattern that seems to be slow is looked at again in a longer text, where its bounds show
_LONGER = (400, 800)
_MOST = 10_000  # steps in a short text
# Made of a question or a title when they are used, from parts that are escaped or among the others here.
_AT_RUN_TIME = {
    "qa.answers.refusals: letters",
    "qa.service.examples.headings: f'{named}[，,]?(?:[^，。]{{0,12}}，)?(?:[是为為]|[位在][于於])'",
    "qa.service.examples.headings: f'{named}[，,是为為]'",
    "qa.service.examples.headings: saying",
    "qa.search.retrieval: re.escape(identifier.text)",
    "qa.text.words: letter",
}


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(qa.__path__, "qa."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def _within(value: Any) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)) and len(value) < 100:
        for each in value:
            yield from _within(each)
    elif isinstance(value, dict) and len(value) < 100:
        yield from _within(list(value.values()))


def _collected() -> tuple[dict[tuple[Any, int], tuple[str, set[str]]], set[str]]:
    """(pattern, flags) -> where it is and how it is used; and the patterns that are made at run time."""
    found: dict[tuple[Any, int], tuple[str, set[str]]] = {}
    used: dict[tuple[Any, int], set[str]] = {}
    made = set()
    inline = []
    for module in _modules():
        assert module.__file__ is not None
        for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in _METHODS and isinstance(node.value, ast.Name):
                value = getattr(module, node.value.id, None)
                if isinstance(value, re.Pattern):
                    used.setdefault((value.pattern, value.flags), set()).add(_METHODS[node.attr])
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) in {f"re.{method}" for method in _METHODS}):
                continue
            try:
                pattern = eval(compile(ast.Expression(node.args[0]), "", "eval"), vars(module))
            except NameError:
                made.add(f"{module.__name__}: {ast.unparse(node.args[0])}")
                continue
            inline.append((re.compile(pattern), f"{module.__name__}:{node.lineno}", _METHODS[ast.unparse(node.func)[3:]]))
        for name, value in vars(module).items():
            for one in _within(value):
                found.setdefault((one.pattern, one.flags), (f"{module.__name__}.{name}", set()))
    for key, (_, methods) in found.items():
        methods.update(used.get(key, {"search"}))
    for one, where, method in inline:
        found.setdefault((one.pattern, one.flags), (where, set()))[1].add(method)
    return found, made


def _slow(counter: Counter, method: str, attack: tuple[str, str, str], sizes: tuple[int, int]) -> bool:
    """Whether a text twice as long takes much more than twice the steps."""
    before, body, end = attack
    try:
        few, many = (counter.steps(before + body * (size // len(body)) + end, method) for size in sizes)
    except TooMany:
        return True
    except RecursionError:
        return False  # a group that is repeated goes as deep as it is long; the short text has shown that it is linear
    return many > 2.6 * few + 200


def attacked(pattern: Any, flags: int, method: str) -> list[str]:
    """The text that makes the pattern slow, as what comes before, what is repeated, and the end; empty for none."""
    for attack in attacks(Counter(pattern, flags).tree):
        if _slow(Counter(pattern, flags, _MOST), method, attack, _SIZES):
            longer = Counter(pattern, flags, _MOST * 40)
            if _slow(longer, method, attack, _LONGER):
                return list(attack)
    return []


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        (r"(?:a|ab|b)+$", True),
        (r"a+$", True),
        (r"(?<!a)a++$", False),
        (r"\s*-", True),
        (r"(?:<!--.*?-->\s*)*<html", True),
        (r"[a-z]{1,40}:", False),
        (r"(a+)+!", True),
        (r"(?<!a)(?>a+)+!", False),
        (r"(\d+)-\1!", True),
    ],
)
def test_what_is_slow_is_known_by_its_steps(pattern: str, slow: bool) -> None:
    assert bool(attacked(pattern, 0, "search")) == slow


def test_every_pattern_is_linear() -> None:
    found, made = _collected()
    assert made == _AT_RUN_TIME
    assert len(found) > 200
    slow = {
        where: (method, text)
        for (pattern, flags), (where, methods) in found.items()
        for method in methods
        if (text := attacked(pattern, flags, method))
    }
    assert not slow
