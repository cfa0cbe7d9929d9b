"""Documents of further kinds, written here byte by byte or with the standard library, and what must be read from each."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from email.message import EmailMessage

import golden
from golden import marks_at
from ole import ole

from qa import Mark


def archive(members: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in members.items():
            target.writestr(name, data)
    return buffer.getvalue()


def eml() -> bytes:
    """A text and a page of it, a picture shown in the page, a workbook, and a mail that was forwarded."""
    forwarded = EmailMessage()
    forwarded["Subject"] = "旧信"
    forwarded.set_content("上月已检修。")
    message = EmailMessage()
    message["From"] = "张三 <zhang@example.com>"
    message["To"] = "li@example.com, wang@example.com"
    message["Date"] = "Tue, 05 Mar 2024 10:22:00 +0800"
    message["Subject"] = "三号水泵报价"
    message.set_content("见网页。")
    message.add_alternative("<html><body><p>三号水泵报价<b>九千元</b>。</p></body></html>", subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG", "image", "png", cid="<a>", filename="a.png")  # type: ignore[union-attr]
    message.add_attachment(golden.xlsx(), "application", "octet-stream", filename="库存.xlsx")
    message.add_attachment(forwarded)
    return message.as_bytes()


EML_TEXT = (
    "三号水泵报价\n\n发件人：张三 <zhang@example.com>\n收件人：li@example.com, wang@example.com\n日期：2024-03-05 10:22+08:00\n\n"
    "三号水泵报价九千元。\n\n" + golden.XLSX_TEXT + "旧信\n\n上月已检修。\n\n"
)


def eml_marks() -> tuple[Mark, ...]:
    return marks_at(
        EML_TEXT,
        ("三号", ("text", 0, "", ("三号水泵报价",))),
        ("2024年", ("attachment", 1, "库存.xlsx, sheet 1 库存", ())),
        ("姓名", ("attachment", 1, "库存.xlsx, sheet 2 联系人", ())),
        ("旧信", ("attachment", 2, "mail.eml", ("旧信",))),
    )


def msg(*, encoding: str = "", sent: int = 133_541_053_200_000_000) -> bytes:
    """An Outlook message with a sender, two recipients, a text, a file and a message as attachments; with `encoding` one of the
    old kind, whose texts are so encoded, though it does not say so."""

    def properties(head: int, **values: str | bytes | int) -> dict[str, bytes]:
        entries, streams = b"", {}
        for name, value in values.items():
            number, kind = int(name[1:5], 16), int(name[5:], 16)
            if encoding and isinstance(value, str):
                kind = 0x1E
            data = value.encode(encoding or "utf-16-le") if isinstance(value, str) else value
            if isinstance(data, bytes):
                streams[f"__substg1.0_{number:04X}{kind:04X}"] = data
                entries += struct.pack("<HHIQ", kind, number, 6, len(data) + 2 * isinstance(value, str))
            else:
                entries += struct.pack("<HHIQ", kind, number, 6, data)
        return {"__properties_version1.0": b"\0" * head + entries, **streams}

    streams = properties(
        32, p001A001F="IPM.Note", p0037001F="水泵验收", p0C1A001F="张三", p5D01001F="zhang@example.com",
        p1000001F="三号水泵于四月验收合格。\r\n", p00390040=sent,
    )  # fmt: skip
    for number, (name, address) in enumerate((("李四", "li@example.com"), ("王五", "wang@example.com"))):
        own = properties(8, p3001001F=name, p39FE001F=address, p3003001F=address)
        streams |= {f"__recip_version1.0_#{number:08X}/{key}": value for key, value in own.items()}
    own = properties(8, p3707001F="清单.csv", p37010102="编号,品名\n1,扳手\n".encode(), p37050003=1)
    streams |= {f"__attach_version1.0_#00000000/{key}": value for key, value in own.items()}
    inside = properties(24, p0037001F="三号水泵", p0C1A001F="王五", p0E04001F="张三", p1000001F="已经核对。")
    own = properties(8, p3001001F="转发", p37050003=5) | {f"__substg1.0_3701000D/{key}": value for key, value in inside.items()}
    streams |= {f"__attach_version1.0_#00000001/{key}": value for key, value in own.items()}
    return ole({**streams, "__nameid_version1.0/__substg1.0_00020102": b"", "__nameid_version1.0/__substg1.0_00030102": b""})


MSG_TEXT = (
    "水泵验收\n\n发件人：张三 <zhang@example.com>\n收件人：李四 <li@example.com>, 王五 <wang@example.com>\n"
    "日期：2024-03-05 09:42+00:00\n\n"
    "三号水泵于四月验收合格。\n\n编号；品名\n编号：1；品名：扳手\n\n"
    "三号水泵\n\n发件人：王五\n收件人：张三\n\n已经核对。\n\n"
)


def msg_marks() -> tuple[Mark, ...]:
    return marks_at(
        MSG_TEXT,
        ("水泵验收", ("text", 0, "", ("水泵验收",))),
        ("编号", ("attachment", 1, "清单.csv", ())),
        ("三号水泵\n", ("attachment", 2, "转发", ("三号水泵",))),
    )


def bundle() -> bytes:
    """An archive with a name in GBK, as of old programs for Windows, what a file manager puts there, and an archive."""
    inner = archive({"b.md": "# 乙\n\n内层的文字。\n"})
    data = archive({"c.xyz": b"?", "d/inner.zip": inner, "NN.txt": "年报的文字。\n", "__MACOSX/._a.txt": b"x"})
    return data.replace(b"NN.txt", "年".encode("gb18030") + b".txt")


BUNDLE_TEXT = "# 乙\n\n内层的文字。\n\n年报的文字。\n\n"


def bundle_marks() -> tuple[Mark, ...]:
    return marks_at(BUNDLE_TEXT, ("# 乙", ("file", 2, "d/inner.zip, file 1 b.md", ("乙",))), ("年报", ("file", 3, "年.txt", ())))


def ipynb() -> bytes:
    cells = [
        {"cell_type": "markdown", "source": ["# 水泵分析\n", "三号泵效率最低。"]},
        {"cell_type": "code", "source": "print(3)", "outputs": [
            {"output_type": "stream", "text": ["\x1b[1;33m效率\x1b[0m 0.61\n"]},
            {"output_type": "display_data", "data": {"image/png": "iVBOR"}},
            {"output_type": "error", "ename": "KeyError", "evalue": "'泵'", "traceback": ["\x1b[31m"]}]},
        {"cell_type": "markdown", "source": "## 结论\n\n更换叶轮。"},
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}).encode()


IPYNB_TEXT = (
    "# 水泵分析\n三号泵效率最低。\n\n```python\nprint(3)\n```\n\n效率 0.61\n\nKeyError: '泵'\n\n## 结论\n\n更换叶轮。\n\n"
)


def ipynb_marks() -> tuple[Mark, ...]:
    return marks_at(
        IPYNB_TEXT,
        ("# 水泵", ("cell", 1, "", ("水泵分析",))),
        ("```", ("cell", 2, "", ("水泵分析",))),
        ("## 结论", ("cell", 3, "", ("水泵分析", "结论"))),
    )


FB2 = (
    '<?xml version="1.0" encoding="utf-8"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description>'
    "<title-info>"
    "<author><first-name>Анна</first-name> <last-name>Петрова</last-name></author><book-title>Паром</book-title></title-info>"
    "</description><body><section><title><p>Глава 1</p></title><p>Огни гаснут в <strong>десять</strong>.</p><poem><stanza>"
    "<v>Снег</v>"
    "<v>тает</v></stanza></poem><section><title><p>Мост</p></title><p>10<sup>6</sup> тонн.</p></section></section></body>"
    '<binary id="a">iVBOR</binary></FictionBook>'
).encode()
FB2_TEXT = "Паром\n\nАнна Петрова\n\nГлава 1\n\nОгни гаснут в десять.\n\nСнег\nтает\n\nМост\n\n10⁶ тонн.\n\n"


def fb2_marks() -> tuple[Mark, ...]:
    return marks_at(
        FB2_TEXT,
        ("Паром", ("text", 0, "", ("Паром",))),
        ("Глава", ("text", 0, "", ("Паром", "Глава 1"))),
        ("Мост", ("text", 0, "", ("Паром", "Глава 1", "Мост"))),
    )


TEX = r"""\documentclass{article}
\title{水泵手册}
\begin{document}
\maketitle
\section{检修} % 注释
三号泵\textbf{今天}检修，容积$V=\pi r^2 h$。

\subsection*{物资}
\begin{tabular}{l|r}
\hline
品名 & 数量 \\ \hline
沙袋 & 3200 \\
\end{tabular}
\end{document}
"""
TEX_TEXT = "水泵手册\n\n检修\n\n三号泵今天检修，容积V=π r^2 h。\n\n物资\n\n品名；数量\n品名：沙袋；数量：3200\n\n"


def tex_marks() -> tuple[Mark, ...]:
    return marks_at(
        TEX_TEXT,
        ("水泵手册", ("text", 0, "", ("水泵手册",))),
        ("检修", ("text", 0, "", ("水泵手册", "检修"))),
        ("物资", ("text", 0, "", ("水泵手册", "检修", "物资"))),
    )


RTF = (
    rb"{\rtf1\ansi\ansicpg936\uc1{\fonttbl{\f0\fcharset134 SimSun;}{\f1\fcharset0 Arial;}}{\stylesheet"
    rb"{\s0 Normal;}{\s1 heading 1;}}"
    rb"{\header \pard Page {\field{\*\fldinst PAGE}{\fldrslt 3}}\par}{\footer \pard\f0 \'b7\'c0\'d1\'b4\par}"
    rb"\pard\s1 \u31532?\u19968?\u31456? \f0\'d7\'dc\'d4\'f2\par\pard\s0 \f0\'c8\'dd\'c1\'bf 10{\super 6}"
    rb"{\v hidden}{\deleted old}"
    rb"\f1 t"
    rb"\'e9{\footnote \pard \f0 \'ba\'ac\'cb\'b0\par}\par"
    rb"\pard{\listtext\tab 1.\tab}\u30002?\par\pard{\listtext 2.\tab}\u20057?\par"
    rb"\trowd\pard\intbl \u21697?\cell \u25968?\cell\row\pard\intbl \u31859?\cell 5\cell\row\pard \u-10187?\u-9216?\par}"
    b"\0"  # as Outlook writes it
)
RTF_TEXT = "第一章 总则\n\n容量 10⁶té\n\n含税\n\n1. 甲\n2. 乙\n\n品；数\n品：米；数：5\n\n\U0001d400\n\n防汛\n\n"


def rtf_marks() -> tuple[Mark, ...]:
    return marks_at(RTF_TEXT, ("第一章", ("text", 0, "", ("第一章 总则",))), ("防汛", ("text", 0, "", ())))


_ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style"),
                        ("presentation", "presentation"), ("svg", "svg-compatible"))
)  # fmt: skip


def _odf(kind: str, body: str, styles: str = "", masters: str = "") -> bytes:
    mimetype = zipfile.ZipInfo("mimetype")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(mimetype, f"application/vnd.oasis.opendocument.{kind}")
        content = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        target.writestr("content.xml", f"<office:document-content {_ODF}>{content}</office:body></office:document-content>")
        target.writestr("styles.xml", f"<office:document-styles {_ODF}>{masters}</office:document-styles>")
    return buffer.getvalue()


def odt() -> bytes:
    styles = (
        '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="S"><style:text-properties style:text-position="super 58%"/></style:style>'
        '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-prefix="第" '
        'style:num-suffix="条" '
        'style:num-format="一, 二, 三, ..."/><text:list-level-style-bullet text:level="2"/></text:list-style>'
    )
    body = (
        '<text:tracked-changes><text:p>旧</text:p></text:tracked-changes><text:h text:outline-level="1">总则</text:h>'
        '<text:p>容量10<text:span text:style-name="S">6</text:span>吨<text:span text:style-name="H">密</text:span>'
        '<text:s text:c="2"/>。'
        "<text:note><text:note-body><text:p>含税。</text:p></text:note-body></text:note></text:p>"
        '<text:list text:style-name="L"><text:list-item><text:p>租期</text:p><text:list><text:list-item><text:p>三年</text:p>'
        "</text:list-item></text:list></text:list-item><text:list-item><text:p>租金</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>部门</text:p></table:table-cell>"
        "<table:table-cell><text:p>人数</text:p>"
        "</table:table-cell></table:table-row><table:table-row>"
        '<table:table-cell table:number-rows-spanned="2"><text:p>研发</text:p>'
        "</table:table-cell><table:table-cell><text:p>37</text:p></table:table-cell></table:table-row><table:table-row>"
        "<table:covered-table-cell/><table:table-cell><text:p>38</text:p></table:table-cell></table:table-row></table:table>"
    )
    page = "<style:header><text:p>文件编号：17号</text:p></style:header>"
    page += "<style:footer><text:p>第<text:page-number>3</text:page-number>页"
    return _odf("text", body, styles, f"<style:master-page>{page}</text:p></style:footer></style:master-page>")


ODT_TEXT = (
    "总则\n\n容量10⁶吨  。\n\n含税。\n\n第一条 租期\n- 三年\n第二条 租金\n\n部门；人数\n部门：研发；人数：37\n"
    "部门：研发；人数：38\n\n"
    "文件编号：17号\n\n"
)


def odt_marks() -> tuple[Mark, ...]:
    return marks_at(ODT_TEXT, ("总则", ("text", 0, "", ("总则",))), ("文件编号", ("text", 0, "", ())))


def odp() -> bytes:
    def frame(text: str, y: str, kind: str = "outline") -> str:
        box = f"<draw:text-box><text:p>{text}</text:p></draw:text-box>"
        return f'<draw:frame svg:y="{y}" svg:x="1cm" presentation:class="{kind}">{box}</draw:frame>'

    notes = f"<presentation:notes>{frame('说明原因', '1cm', 'notes')}{frame('3', '2cm', 'page-number')}</presentation:notes>"
    pages = (
        frame("下面", "9cm") + frame("上面", "50mm") + frame("进度", "20cm", "title") + notes,
        frame("预算", "1cm", "title"),
    )
    return _odf("presentation", "".join(f"<draw:page>{page}</draw:page>" for page in pages))


ODP_TEXT = "进度\n\n上面\n\n下面\n\n说明原因\n\n预算\n\n"


def odp_marks() -> tuple[Mark, ...]:
    return marks_at(ODP_TEXT, ("进度", ("slide", 1, "", ("进度",))), ("预算", ("slide", 2, "", ("预算",))))


def ofd() -> bytes:
    """Two pages; the texts of the first are out of order, and its title is on a template."""
    names = 'xmlns:ofd="http://www.ofdspec.org/2016"'

    def text(x: float, y: float, said: str, steps: str = "") -> str:
        delta = f' DeltaX="{steps}"' if steps else ""
        code = f'<ofd:TextCode X="0" Y="5"{delta}>{said}</ofd:TextCode>'
        return f'<ofd:TextObject Boundary="{x} {y} 80 6" Size="5">{code}</ofd:TextObject>'

    def page(*texts: str, template: str = "") -> str:
        return f"<ofd:Page {names}>{template}<ofd:Content><ofd:Layer>{''.join(texts)}</ofd:Layer></ofd:Content></ofd:Page>"

    return archive(
        {
            "OFD.xml": f"<ofd:OFD {names}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
            "Doc_0/Document.xml": f'<ofd:Document {names}><ofd:CommonData><ofd:TemplatePage ID="9" BaseLoc="T/C.xml"/>'
            '</ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="P0/C.xml"/><ofd:Page ID="2" BaseLoc="P1/C.xml"/></ofd:Pages>'
            "</ofd:Document>",
            "Doc_0/T/C.xml": page(text(60, 10, "电子发票")),
            "Doc_0/P0/C.xml": page(
                text(40, 40, "九千元", "g 2 5"), text(10, 40.2, "金额"), text(10, 30, "名称：水泵"),
                template='<ofd:Template TemplateID="9"/>',
            ),
            "Doc_0/P1/C.xml": page(text(10, 10, "第二页备注")),
        }
    )  # fmt: skip


OFD_TEXT = "电子发票\n\n名称：水泵\n金额 九千元\n\n第二页备注\n\n"


def ofd_marks() -> tuple[Mark, ...]:
    return marks_at(OFD_TEXT, ("电子", ("page", 1, "", ())), ("第二页", ("page", 2, "", ())))


ASS = (
    "[Script Info]\nTitle: 片\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:01:05.00,0:01:07.00,D,,0,0,0,,1970年合龙。\n"
    "Dialogue: 0,0:01:03.00,0:01:04.00,D,,0,0,0,,{\\i1}大坝在\\N四川，\n"
    "Comment: 0,0:00:00.00,0:00:01.00,D,,0,0,0,,不显示\n"
)
ASS_TEXT = "大坝在四川，1970年合龙。\n\n"
