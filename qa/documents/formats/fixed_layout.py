"""Reads OFD (GB/T 33190), the fixed-layout format of Chinese invoices and official documents, page by page."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ...config import Limits
from ..content import Content, ContentBuilder, Unreadable, collapsed
from .zip_package import Package, resolve

_MOST_GLYPHS = 1_000_000  # characters of a page
_LINE = 0.5  # of a character's height, by which texts of one line may stand higher or lower
_GAP = 0.6  # of a character's height, from which on a space stands between two texts of a line


@dataclass(frozen=True, slots=True)
class _Text:
    """A text on a page: its left, right and base in millimetres, and the height of its characters."""

    left: float
    right: float
    base: float
    size: float
    text: str


def read_fixed_layout(data: bytes, limits: Limits) -> Content:
    """The pages of an OFD, lines from top to bottom; what is drawn as a picture is not read. Raises `Unreadable`."""
    package = Package(data, limits)
    builder = ContentBuilder(limits)
    number = 0
    for root in package.xml("OFD.xml").iter("{*}DocRoot"):
        name = resolve("", (root.text or "").strip())
        document = package.xml(name)
        folder = posixpath.dirname(name)
        templates = {
            template.get("ID"): resolve(folder, template.get("BaseLoc") or "") for template in document.iter("{*}TemplatePage")
        }
        for page in document.iter("{*}Page"):
            number += 1
            if number > limits.pages:
                raise Unreadable("documents.too_many_pages", most=limits.pages)
            builder.unit("page", number)
            try:
                _add(builder, package, resolve(folder, page.get("BaseLoc") or ""), templates)
            except Unreadable as error:
                builder.part(f"{number}", error)
    return builder.content("ofd")


def _add(builder: ContentBuilder, package: Package, name: str, templates: dict[str | None, str]) -> None:
    content = package.xml(name)
    parts = [package.xml(part) for use in content.iter("{*}Template") if (part := templates.get(use.get("TemplateID")))]
    texts = [text for part in (*parts, content) for text in _texts(part)]
    lines: list[list[_Text]] = []
    for text in sorted(texts, key=lambda text: (text.base, text.left)):
        if lines and abs(lines[-1][0].base - text.base) <= _LINE * max(text.size, 1.0):
            lines[-1].append(text)
        else:
            lines.append([text])
    paragraph: list[str] = []
    last: _Text | None = None
    for line in lines:
        line.sort(key=lambda text: text.left)
        if last is not None and line[0].base - last.base > 2.2 * max(last.size, line[0].size):
            builder.block("\n".join(paragraph))
            paragraph = []
        paragraph.append(_joined(line))
        last = line[0]
    builder.block("\n".join(paragraph))


def _joined(line: list[_Text]) -> str:
    pieces = [line[0].text]
    for before, text in pairwise(line):
        pieces += [" " * (text.left - before.right > _GAP * text.size), text.text]
    return collapsed("".join(pieces))


def _texts(part: Any) -> Iterator[_Text]:
    """The texts of a page or template. A text has its start in the box of its object, and the steps between its characters."""
    left = _MOST_GLYPHS
    for item in part.iter("{*}TextObject"):
        box = _numbers(item.get("Boundary"))
        size = (_numbers(item.get("Size")) or [3.0])[0]
        matrix = _numbers(item.get("CTM"))
        scale = abs(matrix[3]) or 1.0 if len(matrix) == 6 else 1.0
        if len(box) < 4 or item.get("Visible") == "false":
            continue
        for code in item.iter("{*}TextCode"):
            text = code.text or ""
            left -= len(text)
            if left < 0:
                return
            x, y = ((_numbers(code.get(name)) or [0.0])[0] * scale for name in "XY")
            steps = _numbers(code.get("DeltaX"))
            width = (sum(steps) if steps else size * max(len(text) - 1, 0)) * scale + size * scale * (
                0.5 if text.isascii() else 1
            )
            if text.strip():
                yield _Text(box[0] + x, box[0] + x + width, box[1] + y, size * scale, text)


def _numbers(text: str | None) -> list[float]:
    """Numbers parted by spaces; `g 3 2.5` stands for three times 2.5."""
    found: list[float] = []
    words = (text or "").split()
    at = 0
    try:
        while at < len(words):
            if words[at] == "g":
                found += [float(words[at + 2])] * min(int(words[at + 1]), 10_000)
                at += 3
            else:
                found.append(float(words[at]))
                at += 1
    except (ValueError, IndexError):
        return found
    return found
