"""Puts the characters of a page together to runs of text: parted at gaps, at rules, where the baseline or direction changes."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .pdf_characters import Characters, characters
from .pdf_frame import ASLANT, DOWN, LEVEL, OVER, UP, Frame, Numbers, PageText, Rule
from .pdf_lines import NOWHERE, WIDE, Face, Line

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
    made = PageText(frame, boxes=[(*each,) for each in found.boxes.tolist()])
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
    wide = np.array([char >= WIDE for char in found.chars])
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
    wide = np.array([found.chars[i] >= WIDE for i in own.tolist()])
    right = left + np.where((step > 0) & (step < 1.4 * size), step, np.where(wide, 1.0, 0.5) * size)
    return np.stack([left, base - 0.2 * size, right, base + 0.8 * size], axis=1), base


def _lines(found: Characters, own: NDArray[np.int64], boxes: Numbers, base: Numbers, upright: list[Rule]) -> list[Line]:
    """The runs of the characters numbered `own`: parted at gaps, at rules, and where the baseline or the direction changes."""
    if not own.size:
        return []
    chars = [found.chars[i] for i in own.tolist()]
    size = found.size[own]
    both = np.maximum(size[1:], size[:-1])
    wide = np.array([char >= WIDE for char in chars])
    leftward = np.array(["\u0590" <= char <= "\u08ff" or "\ufb1d" <= char <= "\ufefc" for char in chars])
    leftward = leftward[1:] & leftward[:-1]
    gap = np.where(leftward, boxes[:-1, 0] - boxes[1:, 2], boxes[1:, 0] - boxes[:-1, 2]) / both
    back = np.where(leftward, boxes[1:, 2] - boxes[:-1, 2], boxes[:-1, 0] - boxes[1:, 0]) / both
    between = wide[1:] & wide[:-1]
    parted = (gap > np.where(wide[1:] | wide[:-1], _BREAK_WIDE, _BREAK)) | (back > _BACK) | (np.abs(np.diff(base)) > _OFF * both)
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    for x, low, high in upright[:500]:
        parted |= (boxes[:-1, 2] <= x + 1) & (boxes[1:, 0] >= x - 1) & (middle[1:] > low) & (middle[1:] < high)
    starts = np.flatnonzero(np.append([True], parted))
    ends = np.append(starts[1:], len(chars))
    usual = np.zeros(len(chars) - 1)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start > 4:  # letterspaced text has gaps that are no spaces
            usual[start : end - 1] = max(float(np.median(gap[start : end - 1])), 0.0)
    spaced = found.spaced[own][1:] & (np.diff(own) == 1)
    space = ~parted & ((gap - usual > np.where(between, _SPACE_WIDE, _SPACE)) | (spaced & (gap > 0.1)))
    before = np.append([False], space)
    shift = np.cumsum(before)
    places = np.flatnonzero(before)
    text = np.insert(np.array(chars, object), places, " ").tolist()
    at = np.insert(own, places, NOWHERE).tolist()
    named = _FaceCounter(found, own, wide, chars)
    lines = []
    lows, highs = np.minimum.reduceat(boxes, starts), np.maximum.reduceat(boxes, starts)
    sizes = np.maximum.reduceat(size, starts)
    for k, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        first, last = start + int(shift[start]), end + int(shift[end - 1])
        left, bottom, _, _ = lows[k].tolist()
        _, _, right, top = highs[k].tolist()
        said = "".join(text[first:last])
        lines.append(
            Line(said, left, bottom, right, top, float(sizes[k]), named.of(start, end), at[first:last], float(base[start]))
        )
    return lines


class _FaceCounter:
    """Finds the faces of a line's letters, of wide and narrow ones separately."""

    def __init__(self, found: Characters, own: NDArray[np.int64], wide: NDArray[np.bool_], chars: list[str]) -> None:
        self._faces = found.faces
        letter = np.array([char.isalnum() for char in chars])
        self._face = np.where(letter, found.face[own], -1).tolist()
        self._wide = wide.tolist()

    def of(self, start: int, end: int) -> tuple[Face | None, Face | None]:
        """The faces of nearly all wide and of nearly all narrow letters, each None if there is none."""
        kinds: tuple[list[int], list[int]] = ([], [])
        for face, wide in zip(self._face[start:end], self._wide[start:end], strict=True):
            if face >= 0:
                kinds[not wide].append(face)
        return self._most(kinds[0]), self._most(kinds[1])

    def _most(self, faces: list[int]) -> Face | None:
        if not faces:
            return None
        if faces.count(faces[0]) == len(faces):
            return self._faces[faces[0]]
        ((face, count),) = Counter(faces).most_common(1)
        return self._faces[face] if count >= _NEARLY_ALL * len(faces) else None
