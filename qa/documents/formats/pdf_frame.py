"""A page of a PDF turned so that its text runs to the right, and what is read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pdf_lines import Line

Numbers = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, bottom, right, top in points
Rule = tuple[float, float, float]  # the place of a drawn rule, and from where to where it goes
LEVEL, DOWN, OVER, UP, ASLANT = range(5)  # where text runs: to the right, down, to the left, up, otherwise


@dataclass(slots=True)
class Frame:
    """A page turned so that text which runs in one of four ways runs to the right."""

    box: Box
    way: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the turned page."""
        wide, high = self.box[2] - self.box[0], self.box[3] - self.box[1]
        return (high, wide) if self.way in (DOWN, UP) else (wide, high)

    def x(self, x: Any, y: Any) -> Any:
        """The turned x of a point, or of many."""
        left, bottom, right, top = self.box
        return (x - left, top - y, right - x, y - bottom)[self.way]

    def y(self, x: Any, y: Any) -> Any:
        """The turned y of a point, or of many."""
        left, bottom, right, top = self.box
        return (y - bottom, x - left, top - y, right - x)[self.way]

    def back(self, box: Box) -> Box:
        """A box of the turned page on the page as it is stored."""
        left, bottom, right, top = self.box
        x0, y0, x1, y1 = box
        return (
            (x0 + left, y0 + bottom, x1 + left, y1 + bottom), (y0 + left, top - x1, y1 + left, top - x0),
            (right - x1, top - y1, right - x0, top - y0), (right - y1, x0 + bottom, right - y0, x1 + bottom),
        )[self.way]  # fmt: skip

    def boxes(self, boxes: Numbers) -> Numbers:
        """Boxes, one a row, turned."""
        one, two = self.x(boxes[:, 0], boxes[:, 1]), self.x(boxes[:, 2], boxes[:, 3])
        low, high = self.y(boxes[:, 0], boxes[:, 1]), self.y(boxes[:, 2], boxes[:, 3])
        return np.stack([np.minimum(one, two), np.minimum(low, high), np.maximum(one, two), np.maximum(low, high)], axis=1)


@dataclass(slots=True)
class PageText:
    """The text of a page, turned by `frame` so that most of it runs to the right.

    `drawn` are the boxes of the characters on the page as it is stored, `added` those of what is not drawn as characters: `box`
    gives them by the numbers in `Line.at`. `apart` holds lines that run
    otherwise, such as watermarks, in groups. `level` and `upright` are the rules drawn on the page, turned too. `nameless`
    counts the characters whose font does not say what they are.
    """

    frame: Frame
    lines: list[Line] = field(default_factory=list)
    apart: list[list[Line]] = field(default_factory=list)
    drawn: Numbers = field(default_factory=lambda: np.zeros((0, 4)))
    added: list[Box] = field(default_factory=list)
    level: list[Rule] = field(default_factory=list)
    upright: list[Rule] = field(default_factory=list)
    nameless: int = 0

    def letters(self) -> int:
        """How many letters and digits there are."""
        return sum(char.isalnum() for lines in (self.lines, *self.apart) for line in lines for char in line.text)

    def places(self) -> list[tuple[str, float, float]]:
        """The characters that are drawn, line by line, and the middles of their boxes on the page as it is stored."""
        x, y = (self.drawn[:, 0] + self.drawn[:, 2]) / 2, (self.drawn[:, 1] + self.drawn[:, 3]) / 2
        lines = [line for lines in (self.lines, *self.apart) for line in lines]
        known = [(char, at) for line in lines for char, at in zip(line.text, line.at, strict=True) if 0 <= at < len(self.drawn)]
        return [(char, float(x[at]), float(y[at])) for char, at in known]

    def box(self, number: int) -> Box:
        """The box of a character on the page as it is stored."""
        if number >= len(self.drawn):
            return self.added[number - len(self.drawn)]
        left, bottom, right, top = self.drawn[number].tolist()
        return left, bottom, right, top

    @classmethod
    def empty(cls) -> PageText:
        """A page without text, of the size of a sheet of paper."""
        return cls(Frame((0.0, 0.0, 595.0, 842.0), LEVEL))

    def shown(self, page: Any) -> list[Box]:
        """Turn an almost empty page as it is shown, its lines apart; their boxes."""
        self.turn(4 - page.get_rotation() // 90)
        return [(line.left, line.bottom, line.right, line.top) for line in self.lines]

    def turn(self, way: int) -> None:
        """Turn the page another way, its lines apart."""
        if way % 4 != self.frame.way:
            self.apart, self.lines = [*self.apart, self.lines], []
            self.frame = Frame(self.frame.box, way % 4)

    def add(self, text: str, box: Box, size: float = 0.0) -> Line:
        """A line for a text that is not drawn as characters, such as a form's value: its box is shared out among them."""
        left, bottom, right, top = box
        step = (right - left) / max(len(text), 1)
        places = [(left + i * step, bottom, left + (i + 1) * step, top) for i in range(len(text))]
        ((x0, y0, x1, y1),) = self.frame.boxes(np.array([box])).tolist()
        return self.put(text, places, (x0, y0, x1, y1), size or min(0.7 * (y1 - y0), 12.0))

    def put(self, text: str, places: Sequence[Box], box: Box, size: float) -> Line:
        """A line at `box` of the turned page, the boxes of whose characters are `places` on the page as it is stored."""
        first = len(self.drawn) + len(self.added)
        self.added += places
        base = (box[1] + box[3]) / 2 - 0.35 * size
        return Line(text, *box, size, at=list(range(first, first + len(text))), base=base)
