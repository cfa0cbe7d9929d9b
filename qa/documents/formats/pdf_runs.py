"""Puts the characters of a page together to runs of text: parted at gaps, at rules, where the baseline or direction changes."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pdf_characters import GIVEN, Characters, characters
from .pdf_frame import ASLANT, DOWN, LEVEL, OVER, UP, Frame, Numbers, PageText, Rule
from .pdf_lines import NOWHERE, WIDE, Face, Line

_WIDE, _LAST = ord(WIDE), 0xFFFF

_NEARLY_ALL = 0.9  # share of a line's letters that must have a face for the line to have it
# In multiples of the font size:
_BREAK_WIDE, _BREAK = 0.45, 0.6  # a wider gap parts two runs: beside wide characters, between others
_SPACE_WIDE, _SPACE = 0.4, 0.16  # a gap that is wider than is usual in its run by more is a space
_BACK = 0.2  # moving back by more begins a new run
_OFF = 0.2  # so does a baseline that differs by more


def page_text(page: Any, upright: list[Rule], level: list[Rule]) -> PageText:
    """The text of a page of pypdfium2. `upright` and `level` are the rules on it, as stored."""
    box = page.get_bbox()
    textpage = page.get_textpage()
    try:
        found = characters(textpage.raw, box)
    finally:
        textpage.close()
    if found is None:
        return PageText(Frame(box, (4 - page.get_rotation() // 90) % 4))
    ways = _ways(found)
    main = int(np.bincount(ways, minlength=5)[:4].argmax())
    frame = Frame(box, main)
    made = PageText(frame, drawn=found.boxes, nameless=found.nameless)
    across, along = (level, upright) if main in (LEVEL, OVER) else (upright, level)
    swap = main in (DOWN, UP)
    made.level = [_turned(frame, rule, upright=swap) for rule in across]
    made.upright = [_turned(frame, rule, upright=not swap) for rule in along]
    for way in range(5):
        own = np.flatnonzero(ways == way)
        if way == main:
            made.lines = _lines(found, own, *_placed(found, own, frame), made.upright)
        elif way == ASLANT:
            for angle in sorted(set(np.round(found.angle[own], 2).tolist())):
                same = own[np.abs(found.angle[own] - angle) < 0.01]
                made.apart.append(_lines(found, same, *_levelled(found, same, angle), []))
        elif own.size:
            made.apart.append(_lines(found, own, *_placed(found, own, Frame(box, way)), []))
    return made


def _turned(frame: Frame, rule: Rule, *, upright: bool) -> Rule:
    at, start, end = rule
    if upright:
        one, two = (frame.x(at, start), frame.y(at, start)), (frame.x(at, end), frame.y(at, end))
    else:
        one, two = (frame.x(start, at), frame.y(start, at)), (frame.x(end, at), frame.y(end, at))
    k = 0 if abs(one[0] - two[0]) < abs(one[1] - two[1]) else 1
    low, high = sorted((one[1 - k], two[1 - k]))
    return one[k], low, high


def _ways(found: Characters) -> NDArray[np.int64]:
    """Where each character's text runs. Upright wide characters one below the other run down."""
    turn = np.round(found.angle / (math.pi / 2))
    ways = np.where(np.abs(found.angle - turn * (math.pi / 2)) < math.radians(2), (-turn) % 4, ASLANT).astype(np.int64)
    wide = found.codes >= _WIDE
    x, y = (found.boxes[:, 0] + found.boxes[:, 2]) / 2, (found.boxes[:, 1] + found.boxes[:, 3]) / 2
    both = wide[1:] & wide[:-1] & (ways[1:] == LEVEL) & (ways[:-1] == LEVEL)
    size = found.size[1:]
    right, down = np.diff(x) / size, -np.diff(y) / size
    below = both & (np.abs(right) < 0.3) & (down > 0.5) & (down < 2)
    beside = both & (np.abs(down) < 0.3) & (right > 0.5) & (right < 2)
    if below.sum() > max(2 * beside.sum(), 7):
        ways[ways == LEVEL] = DOWN
    return ways


def _placed(found: Characters, own: NDArray[np.int64], frame: Frame) -> tuple[Numbers, Numbers]:
    """The boxes and baselines of characters, turned."""
    boxes = frame.boxes(found.boxes[own])
    origin = found.origin[own]
    base = frame.y(origin[:, 0], origin[:, 1])
    size = found.size[own]
    level = np.abs(found.angle[own]) < 0.005
    if frame.way != LEVEL:
        boxes[~level, 0] = np.minimum(boxes[~level, 0], frame.x(origin[:, 0], origin[:, 1])[~level])
        boxes[~level, 1], boxes[~level, 3] = (base - 0.2 * size)[~level], (base + 0.8 * size)[~level]
        base[level] = ((boxes[:, 1] + boxes[:, 3]) / 2 - 0.38 * size)[level]  # set from top to bottom, upright
    return boxes, base


def _levelled(found: Characters, own: NDArray[np.int64], angle: float) -> tuple[Numbers, Numbers]:
    """The boxes and baselines of characters that run at `angle`, turned by it."""
    cos, sin = math.cos(angle), math.sin(angle)
    x, y = found.origin[own, 0], found.origin[own, 1]
    left, base = x * cos + y * sin, y * cos - x * sin
    size = found.size[own]
    step = np.append(np.diff(left), 0.0)
    wide = found.codes[own] >= _WIDE
    right = left + np.where((step > 0) & (step < 1.4 * size), step, np.where(wide, 1.0, 0.5) * size)
    return np.stack([left, base - 0.2 * size, right, base + 0.8 * size], axis=1), base


def _lines(found: Characters, own: NDArray[np.int64], boxes: Numbers, base: Numbers, upright: list[Rule]) -> list[Line]:
    """The runs of the characters numbered `own`: parted at gaps, at rules, and where the baseline or the direction changes."""
    if not own.size:
        return []
    codes = found.codes[own]
    size = found.size[own]
    both = np.maximum(size[1:], size[:-1])
    wide = codes >= _WIDE
    leftward = ((codes >= 0x590) & (codes <= 0x8FF)) | ((codes >= 0xFB1D) & (codes <= 0xFEFC))  # Hebrew, Arabic
    leftward = leftward[1:] & leftward[:-1]
    gap = np.where(leftward, boxes[:-1, 0] - boxes[1:, 2], boxes[1:, 0] - boxes[:-1, 2]) / both
    back = np.where(leftward, boxes[1:, 2] - boxes[:-1, 2], boxes[:-1, 0] - boxes[1:, 0]) / both
    square = wide & ~((codes > 0xFF00) & (codes < 0xFF5F))  # full-width Latin letters have spaces between words
    between = square[1:] & square[:-1]
    parted = (gap > np.where(wide[1:] | wide[:-1], _BREAK_WIDE, _BREAK)) | (back > _BACK) | (np.abs(np.diff(base)) > _OFF * both)
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    for x, low, high in upright[:500]:
        parted |= (boxes[:-1, 2] <= x + 1) & (boxes[1:, 0] >= x - 1) & (middle[1:] > low) & (middle[1:] < high)
    starts = np.flatnonzero(np.append([True], parted))
    ends = np.append(starts[1:], len(codes))
    usual = np.zeros(len(codes) - 1)
    gaps = gap.tolist()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        middle_gap = sorted(gaps[start : end - 1])[(end - start - 1) // 2] if end - start > 4 else 0.0
        if middle_gap > 0.01:
            usual[start : end - 1] = middle_gap  # letterspaced text has gaps that are no spaces
    spaced = np.where(np.diff(own) == 1, found.spaced[own][1:], 0)
    space = (
        (gap - usual > np.where(between, _SPACE_WIDE, _SPACE)) | ((spaced > 0) & (gap > 0.1)) | ((spaced >= GIVEN) & (gap > -0.1))
    )
    space &= ~parted
    before = np.append([False], space)
    shift = np.cumsum(before)
    places = np.flatnonzero(before)
    text = "".join(map(chr, np.insert(codes, places, 32).tolist()))
    at = np.insert(own, places, NOWHERE).tolist()
    named = _FaceCounter(found, own, wide)
    firsts, lasts = (starts + shift[starts]).tolist(), (ends + shift[ends - 1]).tolist()
    lefts, bottoms, _, _ = np.minimum.reduceat(boxes, starts).T.tolist()
    _, _, rights, tops = np.maximum.reduceat(boxes, starts).T.tolist()
    where = zip(lefts, bottoms, rights, tops, np.maximum.reduceat(size, starts).tolist(), base[starts].tolist(), strict=True)
    faces = map(named.of, starts.tolist(), ends.tolist())
    return [
        Line(text[first:last], left, bottom, right, top, high, face, at[first:last], line)
        for first, last, face, (left, bottom, right, top, high, line) in zip(firsts, lasts, faces, where, strict=True)
    ]


@cache
def _letters() -> NDArray[np.bool_]:
    """Which codes, up to `_LAST`, are letters or digits."""
    return np.fromiter((chr(code).isalnum() for code in range(_LAST + 1)), np.bool_, _LAST + 1)


class _FaceCounter:
    """Finds the faces of a line's letters, of wide and narrow ones separately."""

    def __init__(self, found: Characters, own: NDArray[np.int64], wide: NDArray[np.bool_]) -> None:
        self._faces = found.faces
        letter = _letters()[np.minimum(found.codes[own], _LAST)]
        self._wide, self._narrow = (
            np.where(kind, found.face[own], -1).tolist() if kind.any() else [] for kind in (letter & wide, letter & ~wide)
        )

    def of(self, start: int, end: int) -> tuple[Face | None, Face | None]:
        """The faces of nearly all wide and of nearly all narrow letters, each None if there is none."""
        return self._most(self._wide[start:end]), self._most(self._narrow[start:end])

    def _most(self, faces: list[int]) -> Face | None:
        different = set(faces) - {-1}
        if len(different) < 2:
            return self._faces[different.pop()] if different else None
        most = max(different, key=faces.count)
        return self._faces[most] if faces.count(most) >= _NEARLY_ALL * (len(faces) - faces.count(-1)) else None
