"""Documents of every kind, made here with the libraries that write them, and what must be read from each."""

from __future__ import annotations

import io
import zipfile
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

from qa import Mark

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><title>页</title><style>p {{color: red}}</style></head><body>
<nav><a href="/">首页</a> <a href="/x">导航</a></nav>
<h1>防汛手册</h1><p>水库由<b>王建国</b>主任<br>负责。</p><script>var 脚本 = 1;</script>
<h2>物资</h2><p>仓库备有：</p><ul><li>沙袋3200个</li><li>冲锋舟<ul><li>6艘可用</li></ul></li></ul>
<table><caption>值班表</caption><tr><th>日期</th><th>姓名</th></tr><tr><td>周一</td><td>李雷</td></tr>
<tr><td>周二</td><td>韩梅梅</td></tr></table><p hidden>隐藏</p><pre>a  b
c</pre>
<h2>附录 <i>甲</i></h2><figure><img alt="堤坝照片" src="x"><figcaption>图一 堤坝</figcaption></figure>\
<footer>版权</footer></body></html>"""
PAGE_TEXT = (
    "防汛手册\n\n水库由王建国主任\n负责。\n\n物资\n\n仓库备有：\n\n- 沙袋3200个\n- 冲锋舟\n- 6艘可用\n\n值班表\n\n日期；姓名\n"
    "日期：周一；姓名：李雷\n日期：周二；姓名：韩梅梅\n\na  b\nc\n\n附录 甲\n\n堤坝照片\n\n图一 堤坝\n\n"
)


def marks_at(text: str, *places: tuple[str, Any]) -> tuple[Mark, ...]:
    """Marks at the first occurrences of texts, each after the one before."""
    marks, at = [], 0
    for snippet, (unit, number, name, headings) in places:
        at = text.index(snippet, at)
        marks.append(Mark(at, unit, number, name, headings))
    return tuple(marks)


def page_marks(unit: str = "text", number: int = 0, text: str = PAGE_TEXT) -> tuple[Mark, ...]:
    return marks_at(
        text,
        ("防汛手册", (unit, number, "", ("防汛手册",))),
        ("物资", (unit, number, "", ("防汛手册", "物资"))),
        ("附录", (unit, number, "", ("防汛手册", "附录 甲"))),
    )


def page(encoding: str = "utf-8", charset: str = "utf-8") -> bytes:
    return PAGE.format(charset=charset).encode(encoding)


def mhtml() -> bytes:
    message = MIMEMultipart("related")
    message["Subject"] = "防汛手册"
    message.attach(MIMEText(PAGE.format(charset="gbk"), "html", "gb18030"))
    return message.as_bytes()


def docx() -> bytes:
    """Headings, a list, a merged table, an insertion, a deletion, a footnote and a text box."""
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = Document()
    document.add_heading("年度报告", 0)
    document.add_heading("第一章 收入", 1)
    paragraph = document.add_paragraph("全年收入")
    paragraph._p.append(parse_xml(f'<w:ins {nsdecls("w")} w:id="1"><w:r><w:t>4820万元</w:t></w:r></w:ins>'))
    paragraph._p.append(parse_xml(f'<w:del {nsdecls("w")} w:id="2"><w:r><w:delText>旧数</w:delText></w:r></w:del>'))
    paragraph.add_run("。")
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:footnoteReference w:id="1"/></w:r>'))
    document.add_heading("第二节 支出", 2)
    document.add_paragraph("差旅", style="List Bullet")
    document.add_paragraph("采购", style="List Number")
    table = document.add_table(rows=3, cols=2)
    for row, values in zip(table.rows, (("部门", "人数"), ("研发部", "37"), ("市场部", "12")), strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    box = document.add_paragraph("见右图")
    box._p.append(
        parse_xml(
            f"<w:r {nsdecls('w')}><w:pict><w:txbxContent><w:p><w:r><w:t>文本框内容</w:t></w:r></w:p></w:txbxContent></w:pict>"
            "</w:r>"
        )
    )
    buffer = io.BytesIO()
    document.save(buffer)
    note = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="1"><w:p><w:r>'
        "<w:t>含税。</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    return with_members(
        buffer.getvalue(),
        {"word/footnotes.xml": note.encode()},
        {
            "word/_rels/document.xml.rels": (
                b"</Relationships>",
                f'<Relationship Id="rIdN" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode(),
            )
        },
    )


DOCX_TEXT = (
    "年度报告\n\n第一章 收入\n\n全年收入4820万元。\n\n含税。\n\n第二节 支出\n\n- 差旅\n1. 采购\n\n部门；人数\n"
    "部门：研发部；人数：37\n部门：市场部；人数：12\n\n见右图\n\n文本框内容\n\n"
)


def docx_marks() -> tuple[Mark, ...]:
    return marks_at(
        DOCX_TEXT,
        ("年度报告", ("text", 0, "", ("年度报告",))),
        ("第一章", ("text", 0, "", ("第一章 收入",))),
        ("第二节", ("text", 0, "", ("第一章 收入", "第二节 支出"))),
    )


def with_members(data: bytes, added: dict[str, bytes], changed: dict[str, tuple[bytes, bytes]]) -> bytes:
    """A container with members added, and a text in others replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            member = source.read(name)
            if name in changed:
                member = member.replace(*changed[name])
            target.writestr(name, member)
        for name, member in added.items():
            target.writestr(name, member)
    return buffer.getvalue()


def pptx() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "项目进度"
    slide.placeholders[1].text = "桥墩完成八成\n预计九月通车"
    slide.notes_slide.notes_text_frame.text = "提醒：汇报时说明延期原因"
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "预算"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for row, values in enumerate((("项目", "金额"), ("钢材", "960万"))):
        for column, value in enumerate(values):
            table.cell(row, column).text = value
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


PPTX_TEXT = (
    "项目进度\n\n桥墩完成八成\n预计九月通车\n\n提醒：汇报时说明延期原因\n\n预算\n\n项目；金额\n项目：钢材；金额：960万\n\n"
)


def pptx_marks() -> tuple[Mark, ...]:
    return marks_at(PPTX_TEXT, ("项目进度", ("slide", 1, "", ("项目进度",))), ("预算", ("slide", 2, "", ("预算",))))


def xlsx() -> bytes:
    import datetime

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "库存"
    for row in (["2024年库存表"], ["品名", "数量", "入库"], ["大米", 500, datetime.date(2024, 6, 22)], ["食用油", 12.5, None]):
        sheet.append(row)
    other = book.create_sheet("联系人")
    other.append(["姓名", "电话"])
    other.append(["赵敏", "13800001111"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


XLSX_TEXT = (
    "2024年库存表\n品名；数量；入库\n品名：大米；数量：500；入库：2024-06-22\n品名：食用油；数量：12.5\n\n"
    "姓名；电话\n姓名：赵敏；电话：13800001111\n\n"
)


def xlsx_marks() -> tuple[Mark, ...]:
    return marks_at(XLSX_TEXT, ("2024", ("sheet", 1, "库存", ())), ("姓名", ("sheet", 2, "联系人", ())))


def epub() -> bytes:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest>'
        '<item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
        '<item id="a" href="%E4%B8%80.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>'
        '</manifest><spine><itemref idref="n"/><itemref idref="b"/><itemref idref="a"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="O/b.opf"/></rootfiles></container>'
    )
    first = (
        "<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'><body><h1>第一回</h1><p>猴王出世。</p>"
        "</body></html>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("O/b.opf", opf)
        archive.writestr("O/nav.xhtml", "<html><body>目录</body></html>")
        archive.writestr("O/b.xhtml", first)
        archive.writestr("O/一.xhtml", page())
    return buffer.getvalue()


EPUB_TEXT = "第一回\n\n猴王出世。\n\n" + PAGE_TEXT


def epub_marks() -> tuple[Mark, ...]:
    return (Mark(0, "chapter", 1, "", ("第一回",)), *page_marks("chapter", 2, EPUB_TEXT))


CHINESE_LINES = (
    "　　今年六月二十二日綦江区遭遇历史上最大的一次洪水水位",
    "迅速上涨超过保证水位五点一米沿岸的群众由干部分批转移到",
    "高处的学校里安置下来并且得到了热饭和棉被。",
    "　　第二天早晨洪水开始退去志愿者们清理街道上的淤泥共计",
    "一万五千余吨商店陆续恢复营业。",
)
ENGLISH_LINES = (
    "The committee met on Thursday and agreed that the recon-",
    "struction of the old bridge should begin before winter",
    "comes, so that the market can open again in the spring.",
)


def pdf() -> bytes:
    """Two pages: a running header, page numbers, a paragraph over the page's end, a hyphenated word."""
    canvas, buffer = _canvas()
    for number, lines in ((1, [*CHINESE_LINES[:4]]), (2, [CHINESE_LINES[4], "", *ENGLISH_LINES])):
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(72, 800, "水利局年报")
        canvas.drawString(290, 30, f"- {number} -")
        y = 700
        for line in lines:
            canvas.setFont("Helvetica" if line.isascii() else "STSong-Light", 14 if not line.isascii() else 12)
            indent = 28 if line.startswith("　") else 0
            canvas.drawString(72 + indent, y, line.strip("　"))
            y -= 22
        canvas.showPage()
    canvas.save()
    return bytes(buffer.getvalue())


PDF_TEXT = (
    "水利局年报\n\n今年六月二十二日綦江区遭遇历史上最大的一次洪水水位迅速上涨超过保证水位五点一米沿岸的群众由干部分批转移到高处的学校里安置下来"
    "并且得到了热饭和棉被。\n\n第二天早晨洪水开始退去志愿者们清理街道上的淤泥共计一万五千余吨商店陆续恢复营业。\n\n"
    "The committee met on Thursday and agreed that the reconstruction of the old bridge should begin before winter comes, so "
    "that the market can open again in the spring.\n\n"
)


def pdf_marks() -> tuple[Mark, ...]:
    return marks_at(
        PDF_TEXT,
        ("水利局年报", ("page", 1, "", ())),
        ("一万五千", ("page", 2, "", ())),
    )


def two_columns() -> bytes:
    """One page of two columns under a title across both, drawn line by line across the columns."""
    canvas, buffer = _canvas()
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 720, "A title that goes over both of the columns below")
    canvas.setFont("Helvetica", 10)
    for i in range(8):
        canvas.drawString(72, 680 - 14 * i, f"left column line number {i} goes on and on")
        canvas.drawString(320, 680 - 14 * i, f"right column line number {i} goes on and on")
    canvas.save()
    return bytes(buffer.getvalue())


def empty_pdf() -> bytes:
    """A page with a picture of a line and no text."""
    canvas, buffer = _canvas()
    canvas.rect(100, 100, 200, 200, fill=1)
    canvas.save()
    return bytes(buffer.getvalue())


def encrypted_pdf() -> bytes:
    from reportlab.lib.pdfencrypt import StandardEncryption

    canvas, buffer = _canvas(encrypt=StandardEncryption("secret", ownerPassword="owner"))
    canvas.drawString(72, 700, "hidden")
    canvas.save()
    return bytes(buffer.getvalue())


def _canvas(**settings: Any) -> tuple[Any, io.BytesIO]:
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfgen.canvas import Canvas

    registerFont(UnicodeCIDFont("STSong-Light"))
    buffer = io.BytesIO()
    return Canvas(buffer, invariant=1, **settings), buffer


SUBTITLES = (
    "1\r\n00:00:01,000 --> 00:00:03,000\r\n<i>大坝在</i>\r\n\r\n"
    "2\r\n00:00:03,500 --> 00:00:05,000\r\n1970年合龙。\r\n\r\n"
    "3\r\n00:00:06,000 --> 00:00:07,000\r\n走吧！\r\n"
)
MARKDOWN = "前言一句。\n\n# 第一章 **总则**\n\n适用于全市。\n\n```\n# 不是标题\n```\n\n附则\n---\n\n自2020年起施行。\n"
RST = "======\n指南\n======\n\n开头。\n\n安装\n----\n\n运行命令。\n"
