"""Text in images, by an optional package that brings its models (`rapidocr`); without it the file is named."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import Limits, forbid_telemetry
from ..content import Content, ContentBuilder, Unreadable
from .pdf_layout import Line, lay_out

_MOST_PIXELS = 100_000_000


def read_image(data: bytes, limits: Limits) -> Content:
    """The lines of text in an image, from top to bottom."""
    from PIL import Image, ImageOps

    _engine()
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise Unreadable("documents.too_many_megapixels", most=_MOST_PIXELS // 10**6)
            pixels = np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable("documents.damaged_image") from error
    height = float(pixels.shape[0])
    lines = [
        Line(text, left, height - bottom, right, height - top, bottom - top)
        for text, left, top, right, bottom in lines_in(pixels)
    ]
    if not lines:
        raise Unreadable("documents.image_without_text")
    builder = ContentBuilder(limits)
    for paragraph in lay_out([lines], [height]):
        builder.block(paragraph.text)
    return builder.content("ocr")


def has_ocr() -> bool:
    """Whether the optional package is there."""
    try:
        _engine()
    except Unreadable:
        return False
    return True


def lines_in(pixels: NDArray[np.uint8]) -> list[tuple[str, float, float, float, float]]:
    """The lines of text in an RGB image [height, width, 3]: text, and left, top, right and bottom in pixels."""
    result = _engine()(pixels[:, :, ::-1])
    if result.boxes is None or result.txts is None:
        return []
    return [
        (text, *map(float, (*corners.min(axis=0), *corners.max(axis=0))))
        for text, corners in zip(result.txts, result.boxes, strict=True)
        if text.strip()
    ]


@cache
def _engine() -> Any:
    forbid_telemetry()  # it runs its models with onnxruntime
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise Unreadable("documents.image_unrecognised") from error
    return RapidOCR(params={"Global.log_level": "critical"})
