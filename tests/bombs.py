"""Files that nobody writes but who wants to hang, flood or break a build, made from a seed: bombs of every kind that is read, and
whole files of every kind, damaged a little.

Used by `test_adversarial.py` in small numbers and by `bench/adversarial.py` in large ones.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from random import Random

import golden
import golden_kinds as kinds
from adversarial import CODE, CONTROLS, PAIRS, WORDS, questions
from mutations import mutated

LINES_END = ("\n", "\r\n", "\r", "\n\n", "\u2028")


def files(seed: int, first: int, last: int, whole: Sequence[tuple[str, bytes]] = ()) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the files with the numbers [first, last) of those of `seed`: two of five are `whole` ones, damaged."""
    makers = list(BOMBS.items())
    for number in range(first, last):
        random = Random(f"{seed} {number}")
        if whole and number % 5 in (1, 3):
            name, data = whole[number // 2 % len(whole)]
            yield f"{number:05}-{name}", mutated(data, random)
        else:
            name, make = makers[number % len(makers)]
            yield f"{number:05}-{name}", make(random)


@cache
def _whole(make: Callable[[], bytes]) -> bytes:
    return make()


def _size(random: Random) -> int:
    return random.choice((30, 30, 300, 300, 300, 3000))


def _word(random: Random) -> str:
    return random.choice((*WORDS, *CONTROLS[:40], "a", "标", "x" * 90, "题" * 40, "", " "))


def _joined(random: Random, parts: list[str]) -> bytes:
    text = random.choice(LINES_END).join(parts)
    encoding = random.choice(("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030", "big5", "shift_jis", "latin-1"))
    return text.encode(encoding, "ignore")


# ---- plain text and what is written as such


def _text(random: Random) -> bytes:  # noqa: PLR0911 - one for each style
    n = _size(random)
    style = random.randrange(8)
    if style == 0:  # one line, one character
        return _joined(random, [random.choice("标a1 .。-=|#*`([{<\t\u0301\u200b") * (n * 30)])
    if style == 1:
        return _joined(random, [_word(random) for _ in range(n)])
    if style == 2:
        return _joined(random, [each.text for each in questions(random.randrange(10**6), 0, 15, bait=False)])
    if style == 3:  # sentences that never end, and ends that end nothing
        return _joined(random, ["".join(random.choice("。.！?…，、；：a1中 ") for _ in range(n * 10))])
    if style == 4:
        return _joined(random, [random.choice(CODE) * 20 for _ in range(n // 4)])
    if style == 5:
        opened = random.choice(PAIRS)
        return _joined(random, [opened[0] * n, *(f"{opened[0]}x" for _ in range(n)), opened[1] * n])
    if style == 6:
        return random.randbytes(n * 10)
    return _joined(
        random, [" " * random.randrange(200) + random.choice("-*1一(") + random.choice(". )、") + _word(random) for _ in range(n)]
    )


def _fields(random: Random) -> bytes:
    """Records: fields without an end, of the same name, of names that go on and on."""
    n = _size(random)
    names = [_word(random)[:20] or "x" for _ in range(random.choice((1, 2, 50)))]
    return _joined(random, [f"{random.choice(names)}{random.choice(('：', ': ', '；', ':：'))}{_word(random)}" for _ in range(n)])


def _markdown(random: Random) -> bytes:  # noqa: PLR0911 - one for each style
    n = _size(random)
    style = random.randrange(12)
    if style == 0:  # long headings over short ones
        long = "标" * random.choice((100, 9000))
        return _joined(random, [*(f"{'#' * i} {long}{i}" for i in range(1, 6)), *(f"###### h{i}\nt{i}" for i in range(n))])
    if style == 1:
        return _joined(random, [f"{'#' * (i % 6 + 1)} " * random.choice((1, 9)) + _word(random) for i in range(n)])
    if style == 2:
        return _joined(random, ["  " * min(i, 400) + random.choice("-*+") + " x" for i in range(n)])
    if style == 3:
        return _joined(random, [">" * min(i, 1000) + " x" for i in range(n)])
    if style == 4:  # one table, far too wide
        return _joined(random, ["|a" * n + "|", "|-" * n + "|", "|x|", "|" * n])
    if style == 5:
        return _joined(random, ["|" + "标" * random.choice((10, 9000)) + "|b|", "|---|---|", *("|x|y|" for _ in range(n))])
    if style == 6:
        mark = random.choice(("[", "![", "](", "*a", "_a_", "**a", "`", "``a", "<!--", "<!---->", "\\", "<a", "&", "[^1]", "~~"))
        return _joined(random, [mark * n, "x"])
    if style == 7:
        return _joined(random, [random.choice(("```", "~~~~", "````", "```py")) + random.choice(("", "x")) for _ in range(n)])
    if style == 8:
        return _joined(random, ["---", *(f"{_word(random)}: {_word(random)}" for _ in range(n)), random.choice(("---", ""))])
    if style == 9:
        return _joined(random, ["<!-- markdownlint-disable -->"] * n + ["# T", "x"])
    if style == 10:
        return _joined(random, [_word(random) + "\n" + random.choice("=-") * random.randrange(1, 9) for _ in range(n)])
    return _joined(random, [f"[{i}]: http://x/{_word(random)} '{_word(random)}'\n[{i}][{i}]" for i in range(n)])


def _rst(random: Random) -> bytes:
    n, signs = _size(random), "=-`:'\"~^_*+#<>.!$%&,/;@"
    style = random.randrange(5)
    long = "标" * random.choice((3, 5000))
    if style == 0:
        return _joined(
            random,
            [
                *(f"{long}{i}\n{c * (len(long) + 9)}\n" for i, c in enumerate(signs)),
                *(f"h\n{signs[-1] * 9}\n\nt\n" for _ in range(n)),
            ],
        )
    if style == 1:
        return _joined(random, [f"{random.choice(signs) * 9}\n{_word(random)}\n{random.choice(signs) * 9}\n" for _ in range(n)])
    if style == 2:
        return _joined(random, [f".. {_word(random)}::\n" + " " * random.randrange(90) + _word(random) for _ in range(n)])
    if style == 3:
        return _joined(random, ["+---" * n + "+", "|x  " * n + "|", "+===" * n + "+", "|y  " * n + "|", "+---" * n + "+"])
    return _joined(random, ["=" * n + " " + "=" * n, ":ref:`" * n, "`" * n, "|" * n, "::" * n])


def _table(random: Random) -> bytes:
    n = _size(random)
    end = random.choice((",", ";", "\t", "|"))
    style = random.randrange(6)
    if style == 0:
        return _joined(random, [end.join("a" for _ in range(n)), *("x" for _ in range(n))])
    if style == 1:
        return _joined(random, ["标" * random.choice((9, 60_000)) + end + "b", *(f"x{end}y" for _ in range(n))])
    if style == 2:
        return _joined(
            random, [random.choice(('"', "'")) + _word(random) + end + random.choice(('""', '"', "\n")) for _ in range(n)]
        )
    if style == 3:
        return _joined(random, [end * random.randrange(300) for _ in range(n)])
    if style == 4:
        return _joined(random, ['"' + "\n" * n + '"', '""' * n, '"' + '""' * n])
    return _joined(random, [end.join(_word(random) for _ in range(random.randrange(9))) for _ in range(n)])


def _json(random: Random) -> bytes:  # noqa: PLR0911 - one for each style
    n = _size(random)
    style = random.randrange(7)
    if style == 0:
        return b"[" * (n * 10) + b"]" * random.choice((0, n * 10))
    if style == 1:
        return b'{"a":' * n + b"1" + b"}" * n
    if style == 2:
        return json.dumps([{f"k{i % 50}{'标' * random.choice((0, 50))}": _word(random)} for i in range(n)]).encode()
    if style == 3:
        return b"[" + b"9" * (n * 5) + b",1e" + b"9" * n + b",-" + b"0" * n + b"]"
    if style == 4:
        return json.dumps({"标" * n * 5: {str(i): {"x": [i] * 3} for i in range(n)}}, ensure_ascii=False).encode()
    if style == 5:
        return json.dumps([["标" * 5000, "b"], *([i, None] for i in range(n))], ensure_ascii=False).encode()
    return b"\n".join(json.dumps({"q": _word(random), str(i): [[[i]]]}).encode() for i in range(n))


def _code_file(random: Random) -> bytes:
    n = _size(random)
    return _joined(
        random,
        [
            " " * min(i, 500) + random.choice(("def f(", "class A:", "if x:", "'''", "/*", "*/", "//", "#", "{", "}"))
            for i in range(n)
        ],
    )


def _subtitles(random: Random) -> bytes:
    n = _size(random)
    when = (
        "00:00:01,000 --> 00:00:02,000",
        "99:99:99.999 --> 0:0",
        "-->",
        "0" * 90 + ":00:00,0 --> 1",
        "00:00:01.0 --> 00:00:00.0",
    )
    head = random.choice(("", "WEBVTT", "[Events]\nFormat: " + "Text," * random.choice((1, 99)), "WEBVTT\n\nNOTE " + "x" * n))
    lines = (f"{i}\n{random.choice(when)}\n{random.choice(('<i>', '{b1}', '<v ' * 9, ''))}{_word(random)}\n" for i in range(n))
    return _joined(random, [head, *lines, *(f"Dialogue: {',' * (i % 40)}{_word(random)}" for i in range(n // 10))])


def _tex(random: Random) -> bytes:
    n = _size(random)
    part = random.choice(
        ("{", "\\begin{a}", "\\section{x}", "$", "$$", "\\[", "\\def\\a{\\a\\a}\\a", "\\input{a.tex}", "%", "\\verb|",
        "\\\\", "&",
         "\\newcommand{\\b}[9]{#1#1}\\b", "\\begin{tabular}{l}a&b\\\\", "\\footnote{", "\\item ", "^{_{", "\\frac{a}{",
         "\\cite{a,")
    )  # fmt: skip
    return _joined(random, ["\\documentclass{article}\\begin{document}", part * n, "x", "\\end{document}"])


def _rtf(random: Random) -> bytes:
    n = _size(random)
    part = random.choice(
        (b"{", b"}", b"{\\b x", b"\\u-1?", b"\\u22269 ", b"\\'b1", b"\\bin99999 x", b"\\trowd\\cellx1 a\\cell\\row",
        b"\\par ", b"\\uc9",
         b"{\\*\\x", b"{\\field{\\*\\fldinst X}{\\fldrslt y}}", b"\\a-99999999999999999", b"{\\object{\\*\\objdata 00}}",
         b"\\tab",
         b"{\\stylesheet{\\s1 a;}}", b"{\\listtext 1.}", b"\\itap9 a\\nestcell")
    )  # fmt: skip
    return b"{\\rtf1\\ansi\\ansicpg936 start " + part * n + b" end" + b"}" * random.choice((0, 1, n))


# ---- marked up


def _html(random: Random) -> bytes:
    n = _size(random)
    part = random.choice(
        ("<div>", "<p>x", "<b><i>", "<ul><li>x", "<ol start=99999999999><li>x", "<table><tr><td>", "<tr><td>x", "<!---->",
        "<!--", "<!",
         "&", "&#x110000;", "&nbsp", "<a href='", "<td colspan=99999 rowspan=99999>x</td>", "<h1>标题", "<script>",
         "<style>", "<svg>",
         "<select><option>x", "<math><mi>", "<iframe src=x>", "<pre>\n", "<br>", "</div>", "<![CDATA[", "<?x", "<frameset>",
         "<template>",
         "<ruby>水<rt>sui</rt>", "<details><summary>x", "<q>", "<sub>1", f"<a b{'=c d' * 50}>", "<textarea>", "<title>",
         "<dl><dt>a<dd>b")
    )  # fmt: skip
    head = random.choice(("<!DOCTYPE html>", "<html><body>", "<meta charset=gb2312>", "<table><tr>" + "<th>列" * (n // 10), ""))
    return _joined(random, [head + part * n + "末尾"])


def _mail(random: Random) -> bytes:
    n = _size(random)
    style = random.randrange(6)
    head = b"From: a@b.cn\r\nMIME-Version: 1.0\r\n"
    if style == 0:
        parts = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(min(n, 900)))
        return head + parts + b"Content-Type: text/plain\r\n\r\nx"
    if style == 1:
        return head + b"Subject: " + b"=?utf-8?b?5qCH?=\r\n " * n + b"\r\n\r\nx"
    if style == 2:
        return head + b"".join(b"X-%d: %s\r\n" % (i, b"y" * 50) for i in range(n)) + b"\r\nx"
    if style == 3:
        body = base64.b64encode(b"PK\x03\x04" + random.randbytes(n))
        part = b"--x\r\nContent-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" + body + b"\r\n"
        return head + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part * random.choice((1, 200)) + b"--x--"
    if style == 4:
        inner = head + b"Content-Type: text/plain\r\n\r\nx"
        for i in range(random.choice((3, 40, 200))):
            inner = (
                head
                + b"Content-Type: multipart/mixed; boundary=c%d\r\n\r\n--c%d\r\nContent-Type: message/rfc822\r\n\r\n" % (i, i)
                + inner
            )
        return inner
    return (
        head
        + b"Content-Type: text/html; charset="
        + random.choice((b"x" * n, b"utf-7", b"hz", b"idna"))
        + b"\r\n\r\n"
        + b"> " * n
        + b"=3D=" * n
    )


def _mhtml(random: Random) -> bytes:
    page = _html(random)
    return (
        b"From: <Saved>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type=\"text/html\"; boundary=q\r\n\r\n--q\r\n"
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(page) + b"\r\n--q--"
    )  # fmt: skip


def _notebook(random: Random) -> bytes:
    n = min(_size(random), 3000)
    output = {"output_type": "stream", "text": [_word(random)] * random.choice((1, 300)), "data": {"text/html": "<div>" * 50}}
    cells = [
        {"cell_type": random.choice(("markdown", "code", "raw", 7, None)), "source": random.choice(([_word(random)] * 9,
            "# x", 3, None)),
         "outputs": random.choice(([output], [], None, "x"))}
        for _ in range(n)
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _fiction(random: Random) -> bytes:
    n = _size(random)
    part = random.choice(
        (
            "<section>",
            "<section><title><p>x</p></title>",
            "<p>x</p>",
            "<p><strong>",
            "<table><tr><td>x</td></tr></table>",
            "<poem><stanza><v>",
        )
    )
    opened = [tag.split(">")[0] for tag in part.split("<")[1:] if tag[0] != "/" and f"</{tag.split('>')[0]}>" not in part]
    closed = "".join(f"</{tag}>" for tag in reversed(opened)) * n
    return (
        f"<FictionBook xmlns='http://www.gribuser.ru/xml/fictionbook/2.0'><body>{part * n}x{closed}</body></FictionBook>".encode()
    )


# ---- containers


def archive(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return buffer.getvalue()


def _rewritten(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    """A container with the first `old` in its member `name` replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {each: source.read(each) for each in source.namelist()}
    members[name] = members[name].replace(old, new, 1)
    return archive(members)


def _word_file(random: Random) -> bytes:
    n = _size(random)
    paragraph = b"<w:p><w:r><w:t>x</w:t></w:r></w:p>"
    cell = b"<w:tbl><w:tr><w:tc>"
    box = b"<w:p><w:r><w:pict><w:txbxContent>"
    part = random.choice(
        (
            paragraph * n, cell * min(n, 3000) + paragraph + b"</w:tc></w:tr></w:tbl>" * min(n, 3000),
            box * min(n, 900) + paragraph + b"</w:txbxContent></w:pict></w:r></w:p>" * min(n, 900),
            b"<w:tbl><w:tr>" + b"<w:tc><w:tcPr><w:gridSpan w:val='99999999'/></w:tcPr>%s</w:tc>" % paragraph * min(n,
            300) + b"</w:tr></w:tbl>",
            b"<w:tbl>" + b"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>" * n + b"</w:tbl>",
            b"<w:p><w:pPr><w:numPr><w:ilvl w:val='99'/><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>x</w:t></w:r></w:p>" * n,
            b"<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>"
            % ("标" * 3000).encode() * min(n, 300),
            b"<w:p><w:r><w:fldChar w:fldCharType='begin'/><w:instrText> EQ \\f(1,2) </w:instrText></w:r></w:p>" * n,
            b"<w:p><w:ins w:id='1'>" * min(n, 900) + b"</w:ins></w:p>" * min(n, 900),
            b"<w:p><w:r><w:t xml:space='preserve'>%s</w:t><w:tab/><w:br/></w:r></w:p>" % (b" " * n) * 50,
        )
    )  # fmt: skip
    return _rewritten(_whole(golden.docx), "word/document.xml", b"<w:sectPr", part + b"<w:sectPr")


def _slides_file(random: Random) -> bytes:
    n = min(_size(random), 3000)
    text = b"<p:txBody><a:bodyPr/><a:p><a:r><a:t>x</a:t></a:r></a:p></p:txBody>"
    shape = b"<p:sp><p:nvSpPr><p:cNvPr id='9' name='x'/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>%s</p:sp>" % text
    group = b"<p:grpSp><p:nvGrpSpPr><p:cNvPr id='8' name='g'/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>"
    row = b"<a:tr h='1'>" + b"<a:tc gridSpan='9999999'>%s</a:tc>" % text.replace(b"p:txBody", b"a:txBody") * 30 + b"</a:tr>"
    frame = (
        b"<p:graphicFrame><p:nvGraphicFramePr>"
        b"<p:cNvPr id='7' name='t'/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/>"
        b"<a:graphic><a:graphicData uri='http://schemas.openxmlformats.org/drawingml/2006/table'><a:tbl><a:tblPr/><a:tblGrid/>%s</a:tbl>"
        b"</a:graphicData></a:graphic></p:graphicFrame>"
    )
    part = random.choice((shape * n, group * n + shape + b"</p:grpSp>" * n, frame % (row * min(n, 300))))
    return _rewritten(_whole(golden.pptx), "ppt/slides/slide1.xml", b"</p:spTree>", part + b"</p:spTree>")


def _sheet_file(random: Random) -> bytes:
    n = _size(random)
    part = random.choice(
        (
            b"<row r='1048576'><c r='XFD1048576' t='inlineStr'><is><t>x</t></is></c></row>",
            b"<row>" * n,
            b"<row/>" * n,
            b"<row>" + b"<c t='inlineStr'><is><t>x</t></is></c>" * n + b"</row>",
            b"<row><c t='s'><v>99999999</v></c></row>" * n,
            b"<row>" + b"".join(b"<c r='A%d'><v>%d</v></c>" % (i, i) for i in range(n)) + b"</row>",
            b"<row><c><v>1e308</v></c><c s='999'><v>-1e308</v></c><c t='d'><v>x</v></c><c t='e'><v>#N/A</v></c></row>" * n,
            b"<row><c t='inlineStr'><is><t>%s</t></is></c></row>" % ("标" * 60_000).encode() + b"<row><c><v>1</v></c></row>" * n,
        )
    )
    data = _rewritten(_whole(golden.xlsx), "xl/worksheets/sheet1.xml", b"<sheetData>", b"<sheetData>" + part)
    merged = (
        b"</sheetData><mergeCells count='1'>" + b"<mergeCell ref='A1:XFD1048576'/>" * random.choice((1, 500)) + b"</mergeCells>"
    )
    return _rewritten(data, "xl/worksheets/sheet1.xml", b"</sheetData>", merged if random.random() < 0.4 else b"</sheetData>")


def _open_file(random: Random) -> bytes:
    n = _size(random)
    part = random.choice(
        (
            "<text:p>x</text:p>" * n, "<text:p><text:s text:c='999999999'/></text:p>", "<text:p>" + "<text:span>" * min(n, 1500),
            "<table:table><table:table-row table:number-rows-repeated='1048576'>"
            "<table:table-cell table:number-columns-repeated='16384'>"
            "<text:p>x</text:p></table:table-cell></table:table-row></table:table>",
            "<text:list><text:list-item>" * min(n, 900) + "<text:p>x</text:p>" + "</text:list-item></text:list>" * min(n, 900),
            "<text:p>x<text:tab/><text:line-break/></text:p>" * n, f"<text:h text:outline-level='{n}'>标</text:h>" * n,
            "<text:p><draw:frame><draw:text-box>" * min(n,
            500) + "<text:p>x</text:p>" + "</draw:text-box></draw:frame></text:p>" * min(n, 500),
        )
    )  # fmt: skip
    return _rewritten(_whole(kinds.odt), "content.xml", b"<office:text>", b"<office:text>" + part.encode())


def _book(random: Random) -> bytes:
    n = min(_size(random), 3000)
    part = random.choice((b"<itemref idref='b'/>" * n, b"<itemref idref='n'/><itemref idref='x'/>" * n))
    data = _rewritten(_whole(golden.epub), "O/b.opf", b"<spine>", b"<spine>" + part)
    return (
        _rewritten(data, "O/b.xhtml", b"<p>", b"<div>" * random.choice((1, 900, 5000)) + b"<p>")
        if random.random() < 0.5
        else data
    )


def _archive(random: Random) -> bytes:
    n = _size(random)
    style = random.randrange(6)
    if style == 0:
        return archive({f"{i}.txt": b"x" for i in range(min(n, 3000))})
    if style == 1:
        return archive({"a.txt": b"a\n" * (n * 100)})
    if style == 2:
        inner = b"x"
        for i in range(random.choice((2, 5, 60))):
            inner = archive({f"{i}.zip" if i else "a.txt": inner})
        return inner
    if style == 3:
        names = (
            "../../a.txt",
            "/etc/a.txt",
            "C:\\a.txt",
            "a\0.txt",
            "a" * 3000 + ".txt",
            "\u202etxt.a",
            "a.txt/",
            "con.txt",
            "标/" * 99 + "a.md",
        )
        return archive(dict.fromkeys(names, b"x " * 9))
    if style == 4:
        whole = bytearray(archive({"a.txt": b"a" * n, "b.txt": b"b" * n}))
        at = whole.find(b"PK\x01\x02")
        struct.pack_into("<I", whole, at + 24, random.choice((0, 1, 2**31, 2**32 - 1)))  # the size that is claimed
        return bytes(whole)
    return archive(
        {f"a.{name.rpartition('.')[2]}": BOMBS[name](random) for name in random.sample(list(BOMBS), 4) if name != "bomb.zip"}
    )


def _ofd(random: Random) -> bytes:
    data = _whole(kinds.ofd)
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        members = {each: source.read(each) for each in source.namelist()}
    name = random.choice([each for each in members if each.endswith(".xml")])
    tags = members[name].split(b">")
    at = random.randrange(1, len(tags))
    members[name] = b">".join([*tags[:at], *(tags[at - 1 : at] * random.choice((5, 500, 5000))), *tags[at:]])
    return archive(members)


def _pdf(random: Random) -> bytes:
    """A PDF by hand: pages that are their own parents, very many, or a stream that says very much."""
    n = min(_size(random), 3000)
    style = random.randrange(6)
    said = {
        0: b"BT /F1 12 Tf 9 700 Td (x) Tj ET " * n * 3, 1: b"q " * n * 9 + b"BT /F1 1 Tf (x) Tj ET", 2: b"0 0 m 9 9 l S " * n * 9,
        3: b"BT /F1 12 Tf " + b"(" + b"x" * n * 30 + b") Tj ET", 4: b"BT /F1 1e9 Tf 1e9 -1e9 Td (x) Tj ET " * n, 5: b"/X Do " * n,
    }[style]  # fmt: skip
    stream = zlib.compress(said)
    kids = b" ".join([b"3 0 R"] * random.choice((1, 1, n)) + ([b"2 0 R"] if random.random() < 0.3 else []))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (random.choice((1, n, 10**9)), kids),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>"
        % random.choice((600, 0, 10**9)),
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>/Length 5>>stream\n/X Do\nendstream",
    ]  # fmt: skip
    data, places = b"%PDF-1.5\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj %s endobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(data)
    return data + b"xref\n0 7\n0000000000 65535 f \n" + table + b"trailer<</Size 7/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start


def _picture(random: Random) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    side = random.choice((1, 3000, 60_000, 2**31 - 1))
    rows = zlib.compress(b"\0" * random.choice((10, 10**6)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


BOMBS: dict[str, Callable[[Random], bytes]] = {
    "bomb.txt": _text, "bomb.md": _markdown, "bomb.rst": _rst, "bomb.csv": _table, "bomb.tsv": _table, "bomb.html": _html,
    "bomb.docx": _word_file, "bomb.pptx": _slides_file, "bomb.xlsx": _sheet_file, "bomb.odt": _open_file, "bomb.epub": _book,
    "bomb.zip": _archive, "bomb.pdf": _pdf, "bomb.png": _picture, "bomb.json": _json, "bomb.jsonl": _json,
    "bomb.ipynb": _notebook,
    "bomb.eml": _mail, "bomb.mhtml": _mhtml, "bomb.tex": _tex, "bomb.rtf": _rtf, "bomb.fb2": _fiction, "bomb.srt": _subtitles,
    "bomb.ass": _subtitles, "bomb.py": _code_file, "bomb.ofd": _ofd, "fields.txt": _fields, "more.txt": _text,
    "more.md": _markdown,
}  # fmt: skip
