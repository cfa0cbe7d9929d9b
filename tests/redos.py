"""Counts the steps of a backtracking regular expression, and makes the texts on which it may take too many.

`steps` follows the parse tree of `re` as its engine does: greedy, lazy and possessive repeats, atomic groups, assertions and
references. So it tells without a clock whether the time of a search grows with the length of the text or faster: exponentially,
as `(a|ab|b)+$`, or with its square, as `a+$`. `attacks` makes the texts from the tree itself: what each repeat repeats,
many times, behind what comes before it, and before something that does not fit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Continuation = Callable[[int], bool]
_MISFITS = ("", "\0")  # an end, and a character that few patterns accept
_LETTERS = 8  # characters of a pattern that are tried by themselves
_SAMPLES = 2  # choices of a branch or a set that are tried


class TooMany(Exception):
    """A search took more steps than it was granted."""


class Counter:
    """A pattern whose matching is counted, up to `most` steps a search."""

    def __init__(self, pattern: str | bytes, flags: int = 0, most: int = 10**6) -> None:
        self.tree = _parser.parse(pattern if isinstance(pattern, str) else pattern.decode("latin-1"), flags & ~re.UNICODE)
        self.flags = flags | self.tree.state.flags
        self.most = most
        self._branches: dict[int, list[tuple[str, Any]]] = {}

    def steps(self, text: str, method: str = "search") -> int:
        """How many steps `match`, `fullmatch` or a search in `text` takes; a search goes on behind each match (`finditer`)."""
        self._text, self._count, at = text, 0, 0
        while at <= len(text):
            self._groups: dict[int, tuple[int, int]] = {}
            self._end = -1
            found = self._sequence(self.tree, 0, at, (lambda end: end == len(text)) if method == "fullmatch" else self._found)
            if method != "search":
                break
            at = max(at + 1, self._end) if found else at + 1
        return self._count

    def _found(self, end: int) -> bool:
        self._end = end
        return True

    def _sequence(self, items: Any, number: int, at: int, then: Continuation) -> bool:
        while number < len(items):
            kind, value = items[number]
            if not _is_single(kind):
                return self._item(kind, value, at, partial(self._sequence_from, items, number + 1, then))
            if not self._fits(kind, value, at):
                return False
            at += 1
            number += 1
        return then(at)

    def _sequence_from(self, items: Any, number: int, then: Continuation, at: int) -> bool:
        return self._sequence(items, number, at, then)

    def _item(self, kind: Any, value: Any, at: int, then: Continuation) -> bool:  # noqa: PLR0911 - one return for each kind
        self._step()
        if kind is op.BRANCH:
            return any(self._sequence(way, 0, at, then) for way in self._ways(value, at))
        if kind is op.SUBPATTERN:
            return self._group(value, at, then)
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self._repeat(value, at, then, greedy=kind is op.MAX_REPEAT)
        if kind is op.POSSESSIVE_REPEAT:
            least, most, body = value
            number = 0
            while number < most and (end := self._once(body, at)) is not None and (end > at or number < least):
                at, number = end, number + 1
            return number >= least and then(at)
        if kind is op.ATOMIC_GROUP:
            end = self._once(value, at)
            return end is not None and then(end)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            direction, body = value
            start = at if direction > 0 else at - body.getwidth()[0]
            holds = start >= 0 and self._once(body, start) is not None
            return holds == (kind is op.ASSERT) and then(at)
        if kind is op.AT:
            return self._is_at(value, at) and then(at)
        if kind is op.GROUPREF:
            start, end = self._groups.get(value, (0, -1))
            same = end >= start and self._text.startswith(self._text[start:end], at)
            return same and then(at + end - start)
        raise NotImplementedError(str(kind))

    def _ways(self, value: Any, at: int) -> list[Any]:
        """The alternatives of a branch that may fit; of those that begin with a certain character the others are left out."""
        known = self._branches.get(id(value))
        if known is None:
            known = self._branches[id(value)] = [
                (chr(way[0][1]) if len(way) and way[0][0] is op.LITERAL and not self.flags & re.IGNORECASE else "", way)
                for way in value[1]
            ]
        char = self._text[at : at + 1]
        return [way for first, way in known if not first or first == char]

    def _group(self, value: Any, at: int, then: Continuation) -> bool:
        group, _, _, body = value
        before = self._groups.get(group)

        def after(end: int) -> bool:
            self._groups[group] = (at, end)
            return then(end)

        if self._sequence(body, 0, at, after):
            return True
        if before is not None:
            self._groups[group] = before
        return False

    def _repeat(self, value: Any, at: int, then: Continuation, *, greedy: bool) -> bool:
        least, most, body = value
        if len(body) == 1 and _is_single(body[0][0]):
            return self._run(least, most, body[0], at, then, greedy=greedy)

        def again(number: int, here: int) -> bool:
            def more() -> bool:
                return number < most and self._sequence(
                    body, 0, here, lambda end: (end > here or number < least) and again(number + 1, end)
                )

            if number < least:
                return more()
            return (more() or then(here)) if greedy else (then(here) or more())

        return again(0, at)

    def _run(self, least: int, most: int, item: Any, at: int, then: Continuation, *, greedy: bool) -> bool:
        """A repeat of one character."""
        if greedy:
            end = at
            while end - at < most and self._fits(*item, end):
                end += 1
            return any(then(here) for here in range(end, at + least - 1, -1) if self._step())
        end = at
        while end - at < least:
            if not self._fits(*item, end):
                return False
            end += 1
        while not then(end):
            if end - at >= most or not self._fits(*item, end):
                return False
            end += 1
        return True

    def _once(self, body: Any, at: int) -> int | None:
        ends: list[int] = []

        def keep(end: int) -> bool:
            ends.append(end)
            return True

        return ends[0] if self._sequence(body, 0, at, keep) else None

    def _fits(self, kind: Any, value: Any, at: int) -> bool:
        self._step()
        return at < len(self._text) and _holds(kind, value, self._text[at], self.flags)

    def _is_at(self, where: Any, at: int) -> bool:
        text, lines = self._text, self.flags & re.MULTILINE
        if where in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
            return at == 0 or bool(where is op.AT_BEGINNING and lines and text[at - 1] == "\n")
        if where is op.AT_END_STRING:
            return at == len(text)
        if where is op.AT_END:
            return at == len(text) or text[at:] == "\n" or bool(lines and text[at] == "\n")
        inside = (at > 0 and _is_word(text[at - 1])) != (at < len(text) and _is_word(text[at]))
        return inside == (where is op.AT_BOUNDARY)

    def _step(self) -> bool:
        self._count += 1
        if self._count > self.most:
            raise TooMany
        return True


def attacks(tree: Any) -> Iterator[tuple[str, str, str]]:
    """(what comes before, what is repeated, an end that may not fit), from the parse tree of a pattern."""
    seen = set()
    own = sorted(set(_characters(tree)))
    letters = {*own[:: 1 + len(own) // _LETTERS], " ", "a", "1", "中"}
    for before, body in [*_repeats(tree, ""), *(("", char) for char in sorted(letters)), *(("", each) for each in _texts(tree))]:
        for end in _MISFITS:
            if body and (before, body, end) not in seen:
                seen.add((before, body, end))
                yield before, body, end


def _repeats(items: Any, before: str) -> Iterator[tuple[str, str]]:
    for kind, value in items:
        for inner in _bodies(kind, value):
            yield from _repeats(inner, before)
            if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT) and value[1] > 8:
                yield from ((before, text) for text in _texts(inner))
        before += next(_texts([(kind, value)]), "")


def _bodies(kind: Any, value: Any) -> list[Any]:
    if kind is op.BRANCH:
        return list(value[1])
    if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is op.SUBPATTERN:
        return [value[3]]
    if kind in (op.ASSERT, op.ASSERT_NOT):
        return [value[1]]
    return [value] if kind is op.ATOMIC_GROUP else []


def _texts(items: Any) -> Iterator[str]:
    """A few texts that `items` match, as far as that can be told."""
    for choice in range(_SAMPLES):
        text = ""
        for kind, value in items:
            if kind in (op.ASSERT, op.ASSERT_NOT):
                continue
            bodies = _bodies(kind, value)
            if bodies:
                body = bodies[choice % len(bodies)]
                times = max(1, value[0]) if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT) else 1
                parts = list(_texts(body))
                text += parts[choice % len(parts)] * times if parts else ""
            elif _is_single(kind):
                fitting = _fitting(kind, value)
                text += fitting[choice % len(fitting)] if fitting else ""
        yield text


def _characters(items: Any) -> Iterator[str]:
    for kind, value in items:
        if _is_single(kind):
            yield from _fitting(kind, value)
        for body in _bodies(kind, value):
            yield from _characters(body)


def _fitting(kind: Any, value: Any) -> list[str]:
    """Up to `_SAMPLES` characters that fit one position of a pattern."""
    if kind is op.LITERAL:
        return [chr(value)]
    named = []
    if kind is op.IN:
        for each, what in value:
            if each is op.LITERAL:
                named.append(chr(what))
            elif each is op.RANGE:
                named += [chr(what[0]), chr(what[1])]
    return [char for char in [*named, *"a1 中-A_\n"] if _holds(kind, value, char, 0)][:_SAMPLES]


def _is_single(kind: Any) -> bool:
    return kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


def _holds(kind: Any, value: Any, char: str, flags: int) -> bool:
    if kind is op.ANY:
        return bool(flags & re.DOTALL) or char != "\n"
    forms = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
    if kind is op.IN:
        return any(_in_set(value, form) for form in forms)
    same = any(ord(form) == value for form in forms if len(form) == 1)
    return same == (kind is op.LITERAL)


def _in_set(items: Any, char: str) -> bool:
    inside = False
    for kind, value in items:
        if kind is op.LITERAL:
            inside = inside or ord(char[0]) == value
        elif kind is op.RANGE:
            inside = inside or value[0] <= ord(char[0]) <= value[1]
        elif kind is op.CATEGORY:
            inside = inside or _in_category(value, char)
    return inside != (items[0][0] is op.NEGATE)


def _in_category(category: Any, char: str) -> bool:
    tests: dict[Any, Callable[[str], bool]] = {
        op.CATEGORY_DIGIT: str.isdigit,
        op.CATEGORY_SPACE: str.isspace,
        op.CATEGORY_WORD: _is_word,
    }
    opposite = {
        op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
        op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
        op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
    }
    return tests[category](char) if category in tests else not tests[opposite[category]](char)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))
