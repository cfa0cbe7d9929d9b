"""What every reader gives back: one text with marks that say where in the file it stands, and how it is collected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..config import Limits
from ..errors import CodedError, DocumentError
from ..types import Mark

_SPACES = re.compile(r"\s+")


class Unreadable(CodedError):
    """Why a file is not read, told without the file's name, which a reader does not know."""

    def of(self, about: object) -> DocumentError:
        """The same as an error about a file."""
        return DocumentError(self.code, about, **self.values)


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file, its marks in ascending order, and its encoding or, where it has none, its format (`docx`, `pdf`)."""

    text: str
    encoding: str
    marks: tuple[Mark, ...] = ()


class ContentBuilder:
    """Collects headings and blocks of text, each followed by a blank line, and the marks that belong to them.

    Every method that adds text raises `Unreadable` over `limits.characters`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._unit = ("", 0, "")
        self._headings: list[tuple[int, str]] = []

    def unit(self, unit: str, number: int, name: str = "") -> None:
        """Begin a page, slide, sheet, chapter, or a "text" without units (number 0); no heading is open in it yet."""
        self._unit = (unit, number, collapsed(name))
        self._headings = []
        self._mark()

    def heading(self, level: int, text: str) -> None:
        """Add a heading of `level`, 1 the outermost; it closes those of its level and of deeper ones."""
        title = collapsed(text)
        if title:
            self._headings = [(depth, name) for depth, name in self._headings if depth < level] + [(level, title)]
            self._mark()
            self._write(title)

    def block(self, text: str) -> None:
        """Add a paragraph, or lines that belong together, such as a list; white space alone adds nothing."""
        text = text.strip("\n")
        if text.strip():
            self._write(text)

    def pages(self, text: str, starts: Sequence[tuple[int, int]]) -> None:
        """Add a paragraph that goes on over pages: `starts` are offsets in it and the numbers of the pages that start there."""
        for start, number in starts:
            if not self._marks or self._marks[-1].number != number:
                self._marks.append(Mark(self._length + start, "page", number))
        self._write(text)

    def content(self, encoding: str) -> Content:
        """What was collected."""
        return Content("".join(self._parts), encoding, tuple(self._marks))

    def _mark(self) -> None:
        mark = Mark(self._length, *self._unit, tuple(title for _, title in self._headings))
        if self._marks and self._marks[-1].start == self._length:
            self._marks.pop()  # no text stands under it
        self._marks.append(mark)

    def _write(self, text: str) -> None:
        self._length += len(text) + 2
        check_characters(self._length, self._limits)
        self._parts += [text, "\n\n"]


def check_characters(count: int, limits: Limits) -> None:
    """Raise `Unreadable` for a text of more characters than the limit allows."""
    if count > limits.characters:
        raise Unreadable("documents.too_many_characters", most=limits.characters)


def collapsed(text: str) -> str:
    """`text` with every run of white space as one space, and none at its ends."""
    return _SPACES.sub(" ", text).strip()
