"""Lines on pages to paragraphs: what begins one, what goes on, columns, and furniture at the edges."""

from __future__ import annotations

import io

import pytest

from qa.config import Limits
from qa.documents.formats.pdf import read_pdf

BODY = "The river rose over night and the people left their homes."
SONG = "这条河一夜之间涨了三米，两岸的人们连夜离开了自己的家，第二天才回来看看。"


@pytest.mark.parametrize(
    ("lines", "paragraphs"),
    [
        ([("Times-Roman", 11, BODY), ("Helvetica", 11, BODY)], 2),  # another font
        ([("Times-Roman", 11, BODY), ("Times-Roman", 10, BODY)], 2),  # another size
        ([("Times-Roman", 11, BODY), ("Times-Roman", 11, BODY)], 1),
        ([("Times-Bold", 11, BODY[:-1]), ("Times-Roman", 11, BODY)], 2),  # a heading that fills its line
        ([("Times-Roman", 11, BODY[:-1]), ("Times-Italic", 11, BODY)], 1),  # a phrase that fills one
        ([("Times-Bold", 11, BODY[:-1]), ("Times-Roman", 11, BODY.lower())], 1),
        ([("STSong-Light", 11, SONG), ("STSong-Light", 10, SONG)], 2),
        ([("STSong-Light", 11, SONG[:-1]), ("Times-Roman", 11, BODY + BODY[:19])], 1),  # Latin letters have a font of their own
    ],
)
def test_lines_in_different_type_are_different_paragraphs(lines: list[tuple[str, int, str]], paragraphs: int) -> None:
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
    from reportlab.pdfgen.canvas import Canvas

    registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    canvas = Canvas(file)
    for i, (font, size, text) in enumerate(lines):
        canvas.setFont(font, size)
        space = (420 - stringWidth(text, font, size)) / len(text)  # all lines are as long
        canvas.drawString(72, 700 - 14 * i, text, charSpace=space)
    canvas.save()
    found = [part for part in read_pdf(file.getvalue(), Limits()).text.split("\n\n") if part]
    assert len(found) == paragraphs, found
