"""What a reader gives back, and how it is put together: one text, and marks that say where in the file it stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..config import Limits
from ..types import Mark

_SPACES = re.compile(r"\s+")


class Unreadable(ValueError):
    """Why a file is not read, with the remedy, as the end of a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Content:
    """The text of a file, the marks in it and the encoding it was in, or the format where that says no more."""

    text: str
    encoding: str
    marks: tuple[Mark, ...] = ()


class ContentBuilder:
    """Collects blocks of text, parted by blank lines, under units and headings."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._marks: list[Mark] = []
        self._unit = ("", 0, "")
        self._headings: list[tuple[int, str]] = []

    def unit(self, unit: str, number: int, name: str = "") -> None:
        """What follows is on this page, slide or sheet or in this chapter, under no heading yet."""
        self._unit = (unit, number, one_line(name))
        self._headings = []
        self._mark()

    def heading(self, level: int, text: str) -> None:
        """A heading of `level`, 1 the outermost: what follows is under it."""
        title = one_line(text)
        if title:
            self._headings = [(depth, name) for depth, name in self._headings if depth < level] + [(level, title)]
            self._mark()
            self._write(title)

    def block(self, text: str) -> None:
        """A paragraph, or lines that belong together."""
        text = text.strip("\n")
        if text.strip():
            self._write(text)

    def pages(self, text: str, starts: Sequence[tuple[int, int]]) -> None:
        """A text with the offsets in it at which pages, by number, start."""
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
            self._marks.pop()  # nothing stood under it
        self._marks.append(mark)

    def _write(self, text: str) -> None:
        self._length += len(text) + 2
        if self._length > self._limits.characters:
            raise Unreadable(f"holds over {self._limits.characters} characters; split it or raise the limit characters")
        self._parts += [text, "\n\n"]


def one_line(text: str) -> str:
    """`text` with every run of white space as one space."""
    return _SPACES.sub(" ", text).strip()


def table_rows(rows: Sequence[Sequence[str]], *, header: bool = True) -> list[str]:
    """The rows of a table as lines that make sense alone: each cell after its column's name, `列名：值；列名：值`.

    The first row names the columns when `header` says so and every one of its cells is a different text; otherwise a row's
    cells stand side by side. A row without a value is left out.
    """
    cells = [[one_line(cell) for cell in row] for row in rows]
    cells = [row for row in cells if any(row)]
    if not cells:
        return []
    names = cells[0]
    named = header and len(cells) > 1 and len(names) > 1 and all(names) and len(set(names)) == len(names)
    if not named or any(len(row) > len(names) for row in cells):
        return ["；".join(cell for cell in row if cell) for row in cells]
    return [
        "；".join(names),
        *("；".join(f"{name}：{cell}" for name, cell in zip(names, row, strict=False) if cell) for row in cells[1:]),
    ]
