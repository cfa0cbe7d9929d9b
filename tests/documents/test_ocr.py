"""Text in images: laid out where a package recognises it, and the file named with the remedy where none does."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import golden
import numpy as np
import pytest

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.formats import ocr
from qa.documents.readers import read_content


def image() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("image", image(), "is an image; pip install rapidocr==3.10.0 reads such files"),
        ("pdf", golden.empty_pdf(), "has no text, only images; pip install rapidocr==3.10.0 reads such files"),
    ],
)
def test_an_image_is_named_with_the_remedy_where_nothing_recognises_text(
    kind: str, data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    ocr._engine.cache_clear()
    with pytest.raises(Unreadable) as caught:
        read_content(kind, data, Limits())
    assert str(caught.value) == reason


@pytest.mark.parametrize(("kind", "data", "encoding"), [("image", image(), "ocr"), ("pdf", golden.empty_pdf(), "pdf, ocr")])
def test_recognised_lines_are_laid_out_to_paragraphs(
    kind: str, data: bytes, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    corners = [[[20, y], [380 - 200 * short, y], [380 - 200 * short, y + 20], [20, y + 20]] for y, short in ((100, 0), (125, 1))]
    found = SimpleNamespace(txts=("洪水退去后，志愿者清理了街", "道。"), boxes=np.array(corners, float))
    monkeypatch.setattr(ocr, "_engine", lambda: lambda pixels: found)
    content = read_content(kind, data, Limits())
    assert (content.text, content.encoding) == ("洪水退去后，志愿者清理了街道。\n\n", encoding)
