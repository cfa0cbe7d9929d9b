"""Slides as they are read: from the top, columns whole, with diagrams, charts and comments; of a damaged one the others."""

from __future__ import annotations

import io

import golden
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from qa.config import Limits
from qa.documents.content import Content
from qa.documents.readers import read_content

KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def read(data: bytes) -> Content:
    return read_content("slides", data, Limits())


def saved(show: Presentation) -> bytes:
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


def link(kind: str, target: str) -> bytes:
    return f'<Relationship Id="x" Type="{KIND}/{kind}" Target="{target}"/></Relationships>'.encode()


def test_texts_are_read_from_the_top_and_columns_whole() -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[5])
    for text, left, top, width, height in (
        ("页脚", 1, 6, 8, 0.5), ("右栏", 5, 2, 3, 3), ("左二", 1, 4, 3, 1), ("左一", 1, 2, 3, 1), ("提要", 1, 1.5, 8, 0.4),
    ):  # fmt: skip
        slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame.text = text
    slide.shapes.title.text = "进度"
    assert read(saved(show)).text == "进度\n\n提要\n\n左一\n\n左二\n\n右栏\n\n页脚\n\n"


def test_superscripts_charts_groups_and_comments_are_read() -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["一月", "二月"]
    data.add_series("产量", (3, 4.5))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), data)
    group = slide.shapes.add_group_shape()
    paragraph = group.shapes.add_textbox(Inches(1), Inches(1), Inches(2), Inches(1)).text_frame.paragraphs[0]
    paragraph.add_run().text = "容量10"
    run = paragraph.add_run()
    run.text = "6"
    run.font._element.set("baseline", "30000")
    names = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
    data = golden.with_members(
        saved(show),
        {
            "ppt/authors.xml": f'<p:cmAuthorLst {names}><p:cmAuthor id="1" name="张三"/></p:cmAuthorLst>'.encode(),
            "ppt/comments/c.xml": f'<p:cmLst {names}><p:cm authorId="1"><p:text>请核对</p:text></p:cm></p:cmLst>'.encode(),
        },
        {
            "ppt/_rels/presentation.xml.rels": (
                b"</Relationships>", link("commentAuthors", "authors.xml"),
            ),
            "ppt/slides/_rels/slide1.xml.rels": (
                b"</Relationships>", link("comments", "../comments/c.xml"),
            ),
        },
    )  # fmt: skip
    assert read(data).text == "容量10⁶\n\n产量\n一月；产量：3\n二月；产量：4.5\n\n[张三] 请核对\n\n"


def test_of_a_damaged_slide_the_rest_is_read_and_one_that_is_none_is_named() -> None:
    damaged = golden.with_members(golden.pptx(), {}, {"ppt/slides/slide1.xml": (b"</a:t>", b"</a:x>")})
    content = read(damaged)
    assert content.text.endswith("预算\n\n项目；金额\n项目：钢材；金额：960万\n\n")
    assert "项目进度" in content.text
    none = golden.with_members(golden.pptx(), {}, {"ppt/slides/slide1.xml": (b"<", b"")})
    for data, code in ((damaged, "documents.part_damaged"), (none, "documents.part_unread")):
        assert [(problem.code, problem.values["name"]) for problem in read(data).problems] == [(code, "ppt/slides/slide1.xml")]


def test_footers_and_what_the_master_says_stand_once_and_today_never() -> None:
    from pptx.oxml import parse_xml

    def shape(kind: str, run: str) -> object:
        names = " ".join(
            f'xmlns:{name}="http://schemas.openxmlformats.org/{uri}/2006/main"'
            for name, uri in (("p", "presentationml"), ("a", "drawingml"))
        )
        return parse_xml(
            f'<p:sp {names}><p:nvSpPr><p:cNvPr id="90" name="x"/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr></p:nvSpPr><p:spPr/>'
            f"<p:txBody><a:bodyPr/><a:p>{run}</a:p></p:txBody></p:sp>"
        )

    show = Presentation()
    show.slide_master.shapes._spTree.append(shape("", "<a:r><a:t>河口供水公司</a:t></a:r>"))
    for text in ("一", "二"):
        slide = show.slides.add_slide(show.slide_layouts[6])
        tree = slide.shapes._spTree
        tree.append(shape("", f"<a:r><a:t>{text}</a:t></a:r>"))
        tree.append(shape('<p:ph type="ftr" idx="11"/>', "<a:r><a:t>内部资料</a:t></a:r>"))
        tree.append(shape('<p:ph type="dt" idx="10"/>', '<a:fld id="{00000000-0000-0000-0000-000000000000}" type="datetime1"/>'))
        tree.append(shape('<p:ph type="sldNum" idx="12"/>', "<a:r><a:t>7</a:t></a:r>"))

    assert read_content("slides", saved(show), Limits()).text == "一\n\n内部资料\n河口供水公司\n\n二\n\n"
