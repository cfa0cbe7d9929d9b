"""Line plots as inline SVG. y is a share, 0 to 1; x runs from 0 to a width, by default 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT, TOP, SIDE = 340, 290, 46, 12, 280
TALL = 220
INK, AXIS = "#1f5fa8", "#c3cad3"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (x, y) joined by a line, with `dots` on them if asked for; a `dashed` line is for reference."""

    points: Sequence[Point]
    dots: bool = False
    dashed: bool = False


def plot(
    title: str,
    across: str,
    up: str,
    curves: Sequence[Curve],
    width: float = 1,
    bars: Sequence[tuple[float, float, float]] = (),
    ring: Point | None = None,
) -> str:
    """An HTML figure with `curves`, vertical `bars` (x, low, high) and a `ring` around one point; x runs from 0 to `width`.

    `title` is shown above it and `across` below the x axis; `up`, what y is, is for screen readers.
    """

    def at(point: Point) -> Point:
        return LEFT + SIDE * point[0] / width, TOP + TALL * (1 - point[1])

    drawn = []
    for i in range(6):
        x, y = at((width * i / 5, i / 5))
        drawn.append(f'<line x1="{LEFT}" x2="{LEFT + SIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="{AXIS}" stroke-width=".5"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{20 * i}%</text>')
        label = f"{width * i / 5:g}"
        drawn.append(f'<text x="{x:.1f}" y="{TOP + TALL + 18}" text-anchor="middle">{label}</text>')
    drawn.append(f'<text x="{LEFT + SIDE / 2}" y="{HEIGHT - 16}" text-anchor="middle">{escape(across)}</text>')
    for x, low, high in bars:
        (left, bottom), (_, top) = at((x, low)), at((x, high))
        drawn.append(f'<line x1="{left:.1f}" x2="{left:.1f}" y1="{bottom:.1f}" y2="{top:.1f}" stroke="{INK}" opacity=".45"/>')
    for curve in curves:
        places = [at(point) for point in curve.points]
        joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        dash = f' stroke-dasharray="4 4" stroke="{AXIS}"' if curve.dashed else f' stroke="{INK}"'
        drawn.append(f'<polyline points="{joined}" fill="none" stroke-width="2"{dash}/>')
        if curve.dots:
            drawn += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{INK}"/>' for x, y in places]
    if ring is not None:
        x, y = at(ring)
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="none" stroke="#c2410c" stroke-width="2"/>')
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(title)}: {escape(up)}">{"".join(drawn)}</svg></figure>'
    )
