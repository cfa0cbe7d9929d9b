"""Runs of text that stand on one baseline as rows, and rows as cells and as text."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .pdf_lines import WIDE, Face, Line, Text

_APART = 0.9  # in multiples of the font size: runs further apart are cells of their own
_SAME_ROW = 0.45  # baselines that differ by less are one
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Hebrew, Arabic
_RAISED = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")


@dataclass(slots=True)
class Row:
    """Runs of text on one baseline, from left to right."""

    pieces: list[Line]
    left: float
    bottom: float
    right: float
    top: float
    size: float
    base: float

    @property
    def middle(self) -> float:
        """The height of the middle of the row, in points."""
        return (self.top + self.bottom) / 2

    @property
    def text(self) -> str:
        """The texts of the runs, with a space between them."""
        if len(self.pieces) == 1:
            return self.pieces[0].text.strip()
        return " ".join(piece.text.strip() for piece in self.pieces)

    @property
    def faces(self) -> tuple[Face | None, Face | None]:
        """The faces of the wide and of the narrow letters, as of a `Line`."""
        if len(self.pieces) == 1:
            return self.pieces[0].faces
        return _same(piece.faces[0] for piece in self.pieces), _same(piece.faces[1] for piece in self.pieces)

    def said(self) -> Text:
        """The text with the places of its characters; what is raised above the baseline as superscript."""
        if len(self.pieces) == 1:
            return self.pieces[0].cleaned()
        found = Text("", [])
        before: Line | None = None
        for piece in self.pieces:
            own = Text(piece.text, piece.at)
            if before is not None and _is_raised(before, piece):
                found = Text(found.text + own.text.strip().translate(_RAISED), found.at + own.at[: len(own.text.strip())])
            elif before is not None and piece.left - before.right < 0.15 * max(piece.size, before.size):
                found = Text(found.text + own.text, found.at + own.at)
            elif before is not None and _is_close(before, piece):
                found = found.joined(own)
            else:
                found = found.beside(own)
            before = piece
        return found.cleaned()


def row_of(pieces: Sequence[Line]) -> Row:
    """The runs of one baseline as a row."""
    if len(pieces) == 1:
        (one,) = pieces
        return Row([one], one.left, one.bottom, one.right, one.top, one.size, one.base)
    ordered = sorted(pieces, key=lambda piece: piece.left)
    tallest = max(ordered, key=lambda piece: piece.size)
    if any(_LEFTWARD.search(p.text) for p in ordered) and _is_leftward("".join(p.text for p in ordered)):
        ordered.reverse()  # Hebrew and Arabic are read from right to left
    return Row(
        ordered, min(p.left for p in ordered), min(p.bottom for p in ordered), max(p.right for p in ordered),
        max(p.top for p in ordered), statistics.median(p.size for p in ordered), tallest.base,
    )  # fmt: skip


def rows_of(lines: Iterable[Line]) -> list[Row]:
    """Runs as rows, from top to bottom: those whose baselines are nearly the same stand on one."""
    groups: list[list[Line]] = []
    tallest: Line | None = None  # of the last group
    for line in sorted(lines, key=lambda line: (-line.base, line.left)):
        if tallest is not None:
            size = max(tallest.size, line.size)
            if abs(tallest.base - line.base) < _SAME_ROW * size or _shares(tallest, line):
                groups[-1].append(line)
                tallest = line if line.size > tallest.size else tallest
                continue
        groups.append([line])
        tallest = line
    return [row_of(group) for group in groups]


def cells_of(row: Row, apart: float = _APART) -> list[Row]:
    """The cells of a row: its runs, those together that are less than `apart` from each other, in multiples of their size."""
    groups: list[list[Line]] = []
    for piece in row.pieces:
        if groups and abs(piece.left - groups[-1][-1].right) < apart * min(piece.size, groups[-1][-1].size):
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return [row_of(group) for group in groups] if len(groups) > 1 else [row]


def joined_lines(lines: Sequence[Line]) -> Text:
    """The text of a cell: its rows joined."""
    found = Text("", [])
    for row in rows_of(lines):
        found = found.joined(row.said())
    return found


def _is_leftward(text: str) -> bool:
    return 2 * len(_LEFTWARD.findall(text)) > len(text)


def _shares(tall: Line, small: Line) -> bool:
    """Whether a small run stands raised or lowered beside a tall one on the same line."""
    return small.size < 0.8 * tall.size and tall.bottom < small.middle < tall.top


def _is_raised(before: Line, piece: Line) -> bool:
    return (
        piece.size <= 0.8 * before.size
        and piece.base - before.base > 0.15 * before.size
        and piece.left - before.right < 0.4 * before.size
        and all(char in "0123456789+-−()n" for char in piece.text.strip())
        and (before.text[-1:].isalnum() or before.text[-1:] in ")）]】")
    )


def _is_close(before: Line, piece: Line) -> bool:
    """Whether two runs go on without a space: wide characters, a narrow gap apart."""
    wide = before.text[-1:] >= WIDE and piece.text[:1] >= WIDE
    return wide and piece.left - before.right < _APART * min(piece.size, before.size)


def _same(faces: Iterable[Face | None]) -> Face | None:
    """The only face among `faces`, Nones aside; None if there are several or none."""
    found = set(filter(None, faces))
    return found.pop() if len(found) == 1 else None
