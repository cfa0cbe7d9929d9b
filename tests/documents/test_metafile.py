"""The letters of drawn pictures: where they stand, in what encoding, and where a document shows them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import golden
import pytest

from qa.config import Limits
from qa.documents.formats.metafile import metafile_text, picture_text
from qa.documents.formats.old_pictures import OldPictures
from qa.documents.formats.zip_package import Package
from qa.documents.readers import read_content

PLACES = (
    (0, 0, "设备"),
    (300, 0, "台数"),
    (0, 40, "水泵"),
    (300, 40, "12"),
    (0, 80, "闸门"),
    (300, 80, "3"),
    (0, 300, "由乙局绘制"),
)
SAID = "设备；台数\n水泵；12\n闸门；3\n由乙局绘制"


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<II", kind, 8 + len(body)) + body


def emf(texts: tuple[tuple[int, int, str], ...] = PLACES, before: bytes = b"", options: int = 0, slant: int = 0) -> bytes:
    font = struct.pack("<I5i8x64s", 1, -20, 0, slant, slant, 400, "SimSun".encode("utf-16-le"))
    drawn = record(1, bytes(32) + b" EMF" + bytes(64)) + record(82, font) + record(37, struct.pack("<I", 1)) + before
    for x, y, text in texts:
        letters = text.encode("utf-16-le")
        place = struct.pack("<16xIffiiIII16xI", 1, 1.0, 1.0, x, y, len(letters) // 2, 76, options, 0)
        drawn += record(84, place + letters + bytes(-len(letters) % 4))
    return drawn + record(14, bytes(12))


def old(kind: int, body: bytes) -> bytes:
    body += bytes(len(body) % 2)
    return struct.pack("<IH", 3 + len(body) // 2, kind) + body


def wmf(*records: bytes) -> bytes:
    return b"\xd7\xcd\xc6\x9a" + bytes(18) + struct.pack("<HHH12x", 1, 9, 0x300) + b"".join(records) + old(0, b"")


def test_texts_stand_as_they_are_drawn() -> None:
    assert metafile_text(emf()) == SAID
    assert metafile_text(emf(tuple(reversed(PLACES)))) == SAID
    shadows = tuple((x + 2, y + 2, text) for x, y, text in PLACES)
    assert metafile_text(emf(tuple(two for both in zip(PLACES, shadows, strict=True) for two in both))) == SAID
    upside_down = record(35, struct.pack("<6f", 1, 0, 0, -1, 0, 500)) + record(22, struct.pack("<I", 24))
    assert metafile_text(emf(tuple((x, 500 - y, text) for x, y, text in PLACES), upside_down)) == SAID
    assert metafile_text(emf(PLACES[:1], slant=900)) == "设备"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (emf(options=0x10), ""),  # numbers of glyphs
        (emf()[:-150], "设备 台数\n水泵 12\n闸门"),  # two rows are left of a damaged one, which are no table
        (emf()[:60], ""),
        (emf(((0, 0, "总\u3000高\u00a012\t米\u200b\x01"),)), "总 高 12 米"),
        (b"", ""),
        (bytes(100), ""),
        (wmf(old(0x0521, struct.pack("<H", 9))), ""),
    ],
)
def test_of_damaged_pictures_and_odd_characters_what_can_be_read_is(data: bytes, said: str) -> None:
    assert metafile_text(data) == said


def test_older_pictures_have_the_encoding_of_their_font() -> None:
    def font(charset: int, face: bytes = b"SimSun") -> bytes:
        return old(0x02FB, struct.pack("<hhhhh3xB4x32s", -20, 0, 0, 0, 400, charset, face))

    def said(x: int, y: int, text: bytes) -> bytes:
        return old(0x0521, struct.pack("<H", len(text)) + text + bytes(len(text) % 2) + struct.pack("<hh", y, x))

    def framed(x: int, y: int, text: bytes) -> bytes:
        return old(0x0A32, struct.pack("<hhHH8x", y, x, len(text), 4) + text + bytes(len(text) % 2) + struct.pack("<hh", 20, 20))

    pen, chosen, gone = old(0x02FA, bytes(10)), (lambda n: old(0x012D, struct.pack("<H", n))), old(0x01F0, struct.pack("<H", 1))
    data = wmf(
        pen, font(134), chosen(1), said(0, 0, "闸".encode("gbk")), framed(0, 200, "门".encode("gbk")),
        gone, font(2, b"Wingdings"), chosen(0), chosen(1), said(0, 400, b"\xfe"),
    )  # fmt: skip
    assert metafile_text(data) == "闸\n门\n☑"


def test_word_shows_them_once_and_those_of_objects_that_are_not_read_themselves() -> None:
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = f'xmlns:r="{kinds}" xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    picture = '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" r:embed="p"/>'

    def shown(program: str, relation: str) -> str:
        return f'<w:object><v:imagedata r:id="{relation}"/><o:OLEObject ProgID="{program}"/></w:object>'

    inside = picture + picture + shown("Visio.Drawing.11", "v") + shown("Equation.DSMT4", "e")
    body = f"<w:body><w:p {names}><w:r><w:t>见图</w:t>{inside}</w:r></w:p>"
    links = "".join(f'<Relationship Id="{n}" Type="{kinds}/image" Target="media/{n}.emf"/>' for n in "pve")
    data = golden.with_members(
        golden.docx(),
        {"word/media/p.emf": emf(), "word/media/v.emf": emf(PLACES[-1:]), "word/media/e.emf": emf(PLACES[:1])},
        {
            "word/document.xml": (b"<w:body>", body.encode()),
            "word/_rels/document.xml.rels": (b"</Relationships>", f"{links}</Relationships>".encode()),
        },
    )
    text = read_content("word", data, Limits()).text
    assert text.startswith(f"见图\n\n{SAID}\n\n由乙局绘制\n\n")
    assert text.count("设备") == 1


def test_pictures_leave_room_for_the_text() -> None:
    def package(sizes: tuple[int, ...], most: int) -> Package:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, size in enumerate(sizes):
                archive.writestr(f"{number}.emf", emf(PLACES[:1]).ljust(size, b"\0"))
            archive.writestr("text.xml", bytes(1 << 19))
        return Package(data.getvalue(), Limits(unpacked_mb=most))

    for sizes, most, read in (
        ((600_000, 100_000), 1, [1]),  # over half of what may be unpacked
        ((100_000,) * 8, 1, [0, 1, 2, 3, 4]),  # together
        (((32 << 20) + 1, 32 << 20), 512, [1]),
    ):
        pictures = package(sizes, most)
        assert [number for number in range(len(sizes)) if picture_text(pictures, f"{number}.emf") == "设备"] == read
        assert len(pictures.read("text.xml")) == 1 << 19
    first = package((300_000, 300_000), 1)
    first.read("text.xml")
    assert [picture_text(first, f"{number}.emf") for number in range(2)] == ["", ""]  # over half of what is left


def test_slides_show_them_but_for_those_of_files_that_are_read() -> None:
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    links = "".join(f'<Relationship Id="{n}" Type="{kinds}/image" Target="../media/{n}.emf"/>' for n in "pe")
    item = (
        '<p:oleObj progId="Excel.Sheet.12"><p:pic><a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        f'xmlns:r="{kinds}" r:embed="e"/></p:pic></p:oleObj></p:spTree>'
    )
    data = golden.with_members(
        golden.pptx(),
        {"ppt/media/p.emf": emf(), "ppt/media/e.emf": emf(((0, 0, "重复"),))},
        {
            "ppt/slides/slide1.xml": (b"</p:spTree>", item.encode()),
            "ppt/slides/_rels/slide1.xml.rels": (b"</Relationships>", f"{links}</Relationships>".encode()),
        },
    )
    text = read_content("slides", data, Limits()).text
    assert (text.count(SAID), text.count("重复")) == (1, 0)


def test_old_slides_find_them_by_their_number() -> None:
    def nested(kind: int, body: bytes, instance: int = 0, version: int = 0) -> bytes:
        return struct.pack("<HHI", instance << 4 | version, kind, len(body)) + body

    def kept(kind: int, instance: int, data: bytes, hashes: int) -> bytes:
        return nested(kind, bytes(16 * hashes + 32) + b"\0\xfe" + zlib.compress(data), instance)

    first = kept(0xF01E, 0x6E0, b"png", 1)
    second = kept(0xF01A, 0x3D5, emf(), 2)
    entries = b"".join(nested(0xF007, bytes(28) + struct.pack("<II", at, 0)) for at in (0, len(first), 10**6))
    document = nested(0xF001, entries, version=15)

    def slide(*numbers: int) -> bytes:
        shapes = [nested(0xF00B, struct.pack("<HIHI", 0x4104, number, 0x181, 2), 2) for number in numbers]
        return nested(0xF003, b"".join(nested(0xF004, shape, version=15) for shape in shapes), version=15)

    slides = slide(1, 2, 3), slide(2, 9)
    stream = document + b"".join(slides)
    pictures = OldPictures(stream, first + second, 0, len(document), Limits())
    start = len(document)
    assert list(pictures.texts(start, start + len(slides[0]))) == ["", SAID, ""]
    assert list(pictures.texts(start + len(slides[0]), len(stream))) == []
