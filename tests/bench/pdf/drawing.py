"""Draws text into PDFs as programs do: sizes in the matrix or in the font, glyph by glyph, with CID and Type 3 fonts."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SONG, SERIF = "STSong-Light", "Times-Roman"
EMBEDDED = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
registerFont(UnicodeCIDFont(SONG))

Setter = Callable[[Canvas, float, float, float, str], None]


def font_of(text: str) -> str:
    return SONG if max(text, default=" ") > "⺀" else SERIF


def wide(text: str, size: float) -> float:
    """The width of `text` in points."""
    return float(stringWidth(text, font_of(text), size))


def plain(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    canvas.setFont(font_of(text), size)
    canvas.drawString(x, y, text)


def _scaled(font_size: Callable[[float], float]) -> Setter:
    def put(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
        own = font_size(size)
        canvas.saveState()
        canvas.transform(size / own, 0, 0, size / own, x, y)
        canvas.setFont(font_of(text), own)
        canvas.drawString(0, 0, text)
        canvas.restoreState()

    return put


def in_matrix(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    """Font size 1 and the size in the text matrix."""
    line = canvas.beginText()
    line.setFont(font_of(text), 1)
    line.setTextTransform(size, 0, 0, size, x, y)
    line.textOut(text)
    canvas.drawText(line)


def by_glyph(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    """Every glyph placed by itself, without spaces, as typesetting programs and printer drivers do."""
    font = font_of(text)
    canvas.setFont(font, size)
    for char in text:
        if char != " ":
            canvas.drawString(x, y, char)
        x += stringWidth(char, font, size)


def backwards(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    """Words placed from the last to the first."""
    font = font_of(text)
    canvas.setFont(font, size)
    for match in reversed(list(re.finditer(r"\S+", text))):
        canvas.drawString(x + stringWidth(text[: match.start()], font, size), y, match.group())


def embedded(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    """Latin letters in a subset of a TrueType font."""
    if font_of(text) == SONG or not EMBEDDED.exists():
        return plain(canvas, x, y, size, text)
    registerFont(TTFont("Embedded", str(EMBEDDED)))
    canvas.setFont("Embedded", size * 0.82)
    canvas.drawString(x, y, text)
    return None


def twice(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
    """Bold by drawing everything twice, a fraction of a point apart."""
    plain(canvas, x, y, size, text)
    plain(canvas, x + 0.4, y, size, text)


SETTERS: dict[str, Setter] = {
    "plain": plain,
    "font of 20 times the size": _scaled(lambda size: 20 * size),
    "font of one point": _scaled(lambda size: 1.0),
    "font of a fifth": _scaled(lambda size: size / 5),
    "size in the text matrix": in_matrix,
    "glyph by glyph": by_glyph,
    "words backwards": backwards,
    "embedded subset": embedded,
    "drawn twice": twice,
}


def made(draw: Callable[[Canvas], None], **options: object) -> bytes:
    """The bytes of a PDF that `draw` draws."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(595, 842), **options)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def wrapped(text: str, width: float, size: float) -> list[str]:
    """The lines of a paragraph that is set in `width` points."""
    if font_of(text) == SONG:
        each = max(int(width / size), 1)
        lines: list[str] = []
        while text:
            cut = each + (text[each : each + 1] in tuple("，。；：、”）"))
            lines.append(text[:cut])
            text = text[cut:]
        return lines
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if wide(longer, size) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def type3(text: str, size: float, x: float, y: float) -> bytes:
    """A one-page PDF whose letters are drawings of a Type 3 font, named by a ToUnicode map."""
    letters = sorted(set(text) - {" "})
    code = {char: number + 1 for number, char in enumerate(letters)} | {" ": 32 + len(letters)}
    glyph = b"600 0 0 0 500 700 d1 50 0 400 650 re f"
    blank = b"600 0 0 0 500 700 d1"
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>")
    last = max(code.values())
    names = " ".join(f"{number} /g{number}" for number in sorted(code.values()))
    procs = " ".join(f"/g{number} {8 if number == code[' '] else 7} 0 R" for number in code.values())
    widths = " ".join("600" for _ in range(last))
    objects.append(
        f"<</Type/Font/Subtype/Type3/FontBBox[0 0 600 700]/FontMatrix[.001 0 0 .001 0 0]/FirstChar 1/LastChar {last}"
        f"/Widths[{widths}]/Encoding<</Differences[{names}]>>/CharProcs<<{procs}>>/ToUnicode 6 0 R>>".encode()
    )
    lines = "".join(f"1 0 0 1 {x} {y - 1.5 * size * row} Tm <{''.join(f'{code[c]:02x}' for c in line)}> Tj\n"
                    for row, line in enumerate(text.split("\n")))  # fmt: skip
    content = f"BT /F1 {size} Tf\n{lines}ET".encode()
    mapped = "\n".join(f"<{number:02x}> <{ord(char):04x}>" for char, number in code.items())
    cmap = (
        "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
        f"{len(code)} beginbfchar\n{mapped}\nendbfchar endcmap end"
    ).encode()
    for stream in (content, cmap, glyph, blank):
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    return assembled(objects)


def assembled(objects: list[bytes]) -> bytes:
    """A PDF file of numbered objects, the first one the catalogue."""
    body, places = b"%PDF-1.5\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, table, len(objects) + 1, len(body),
    )  # fmt: skip
