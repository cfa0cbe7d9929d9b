"""Text recognition in images, by the optional package `rapidocr`, which includes its models."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...config import Limits, forbid_telemetry
from ..content import Content, ContentBuilder, Unreadable
from .pdf_layout import Page, lay_out
from .pdf_lines import Line

_MOST_PIXELS = 100_000_000


def read_image(data: bytes, limits: Limits) -> Content:
    """The text in an image. Raises `Unreadable`, also when `rapidocr` is not installed or finds no text."""
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
    for paragraph in lay_out([Page(lines, height)]):
        builder.block(paragraph.text)
    return builder.content("ocr")


def has_ocr() -> bool:
    """Whether `rapidocr` is installed."""
    try:
        _engine()
    except Unreadable:
        return False
    return True


def lines_in(pixels: NDArray[np.uint8]) -> list[tuple[str, float, float, float, float]]:
    """The lines of text in `pixels`, an RGB image of shape (height, width, 3): text, left, top, right, bottom, in pixels.

    The origin is the top left corner. Raises `Unreadable` when `rapidocr` is not installed.
    """
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
    forbid_telemetry()  # rapidocr uses onnxruntime
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise Unreadable("documents.image_unrecognised") from error
    return RapidOCR(params={"Global.log_level": "critical"})
