"""The result of every reader, a text with marks that locate it in the file, and a builder for it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from ..config import Limits
from ..errors import CodedError, DocumentError
from ..types import Mark

# Characters of a heading that are kept for what stands under it: every mark has its headings, and may have little text.
LONGEST_HEADING = 200
MOST_PROBLEMS = 20  # that are named of one file
_SPACES = re.compile(r"\s+")
_FOR_PICTURES = 0.7  # of the time for a file: after that pictures in it are left, so that what was read is kept
_BEGAN: ContextVar[float] = ContextVar("began")  # the reading of the file that is not inside another


class Unreadable(CodedError):
    """A file cannot be read. Raised by readers, which do not know the file's name: `of` adds it."""

    def of(self, about: object) -> DocumentError:
        """The same error as a `DocumentError` about `about`, a file."""
        return DocumentError(self.code, about, **self.values)


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file, its marks, ascending, and its encoding; for a file without one the format (`docx`, `pdf`).

    `problems` say what of the file could not be read while the rest was.
    """

    text: str
    encoding: str
    marks: tuple[Mark, ...] = ()
    problems: tuple[Unreadable, ...] = ()


class ContentBuilder:
    """Builds a `Content` from headings and blocks of text, each followed by an empty line.

    Every method that adds text raises `Unreadable` if the text grows longer than `limits.characters`.
    """

    def __init__(self, limits: Limits, problems: Sequence[Unreadable] = ()) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._unit = ("", 0, "")
        self._headings: list[tuple[int, str]] = []
        self._problems = list(problems)

    def unit(self, unit: str, number: int, name: str = "") -> None:
        """Begin a unit as in `Mark`: a slide, sheet or chapter, or the "text" (number 0). Closes all headings."""
        self._unit = (unit, number, shortened(collapsed(name)))
        self._headings = []
        self._mark()

    def heading(self, level: int, text: str) -> None:
        """Add a heading of `level`, 1 being the outermost. Closes the headings of this and of deeper levels."""
        title = collapsed(text)
        if title:
            self._headings = [(depth, name) for depth, name in self._headings if depth < level] + [(level, shortened(title))]
            self._mark()
            self._write(title)

    def block(self, text: str) -> None:
        """Add a paragraph, or lines that belong together, such as a list. Text that is all white space is ignored."""
        text = text.strip("\n")
        if text.strip():
            self._write(text)

    def pages(self, text: str, starts: Sequence[tuple[int, int]]) -> None:
        """Add a paragraph of a paged file; `starts` gives, for each page it is on, the offset in `text` and the page's number."""
        for start, number in starts:
            if not self._marks or self._marks[-1].number != number:
                self._marks.append(Mark(self._length + start, "page", number))
        self._write(text)

    def under(self, headings: Sequence[tuple[int, str]]) -> None:
        """Put what follows under `headings`, each with its level, whose text is elsewhere."""
        self._headings = list(headings)
        self._mark()

    def add(self, content: Content) -> None:
        """Add what was read of a file inside this one. In its marks its own units are put after the name of the present one."""
        unit, number, name = self._unit
        above = tuple(title for _, title in self._headings)
        for mark in content.marks or (Mark(0),):
            inner = " ".join(filter(None, (mark.unit, str(mark.number), mark.name))) if mark.number else ""
            place = ", ".join(filter(None, (name, inner)))
            own = Mark(self._length + mark.start, unit, number, place, above + mark.headings, mark.columns)
            if self._marks and self._marks[-1].start == own.start:
                self._marks.pop()  # it has no text
            if not self._marks or replace(own, start=0) != replace(self._marks[-1], start=0):
                self._marks.append(own)
        if content.text.strip():
            self._write(content.text.rstrip("\n"))
        for problem in content.problems:
            self.problem(problem)

    def problem(self, problem: Unreadable) -> None:
        """Note that a part of the file could not be read; of very many the first ones."""
        if len(self._problems) < MOST_PROBLEMS:
            self._problems.append(problem)

    def problems(self, problems: Sequence[Unreadable]) -> None:
        """Note several."""
        for problem in problems:
            self.problem(problem)

    def part(self, name: str, problem: Unreadable) -> None:
        """Note that the part `name` cannot be read. Raises `problem` if it is a limit on the whole file."""
        if problem.code.startswith("documents.too_"):
            raise problem
        self.problem(Unreadable("documents.part_unread", name=name, reason=problem))

    def content(self, encoding: str) -> Content:
        """The text and marks added so far, with `encoding`."""
        return Content("".join(self._parts), encoding, tuple(self._marks), tuple(self._problems))

    def _mark(self) -> None:
        mark = Mark(self._length, *self._unit, tuple(title for _, title in self._headings))
        if self._marks and self._marks[-1].start == self._length:
            self._marks.pop()  # it has no text
        self._marks.append(mark)

    def _write(self, text: str) -> None:
        self._length += len(text) + 2
        check_characters(self._length, self._limits)
        self._parts += [text, "\n\n"]


@contextmanager
def timed() -> Iterator[None]:
    """Around the reading of a file, be it inside another or not."""
    if _BEGAN.get(0.0):
        yield
        return
    token = _BEGAN.set(time.monotonic())
    try:
        yield
    finally:
        _BEGAN.reset(token)


def is_time_left(limits: Limits) -> bool:
    """Whether pictures may still be recognised, which takes seconds for each."""
    began = _BEGAN.get(0.0)
    return not began or time.monotonic() - began < _FOR_PICTURES * limits.seconds


def check_characters(count: int, limits: Limits) -> None:
    """Raise `Unreadable` if `count` characters are more than `limits.characters`."""
    if count > limits.characters:
        raise Unreadable("documents.too_many_characters", most=limits.characters)


def collapsed(text: str) -> str:
    """`text` trimmed, with every run of white space replaced by one space."""
    return _SPACES.sub(" ", text).strip()


def shortened(title: str, most: int = LONGEST_HEADING) -> str:
    """A heading or the name of a unit or column as it is kept for what stands under it: cut to `most` characters."""
    return title if len(title) <= most else title[: most - 1] + "…"


def packed(marks: Sequence[Mark]) -> dict[str, Any]:
    """`marks` as a JSON object in which every heading stands once, however many marks are under it."""
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    rows = [
        [mark.start, mark.unit, mark.number, number(mark.name), list(map(number, mark.headings)), list(map(number, mark.columns))]
        for mark in marks
    ]
    return {"texts": list(numbers), "marks": rows}


def unpacked(stored: Mapping[str, Any]) -> tuple[Mark, ...]:
    """The marks that `packed` made `stored` of. Raises KeyError, IndexError, TypeError or ValueError for a damaged object."""
    texts = stored["texts"]
    known: dict[tuple[int, ...], tuple[str, ...]] = {}

    def named(numbers: Sequence[int]) -> tuple[str, ...]:
        key = tuple(numbers)
        return known.get(key) or known.setdefault(key, tuple(texts[number] for number in key))

    return tuple(
        Mark(start, unit, number, texts[name], named(headings), named(columns))
        for start, unit, number, name, headings, columns in stored["marks"]
    )


def ranges(numbers: Sequence[int]) -> str:
    """Ascending `numbers` as text: `1-3, 7`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)
