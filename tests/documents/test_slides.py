"""Slides as they are read: from the top, columns whole, with diagrams, charts and comments; of a damaged one the others."""

from __future__ import annotations

import io

import golden
import golden_old
import olefile
import pytest
from lxml import etree
from ole import ole
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from qa.config import Limits
from qa.documents.content import Content
from qa.documents.formats import old_slides
from qa.documents.formats.office import drawn_lines
from qa.documents.formats.zip_package import Package
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


def test_numbered_paragraphs_have_the_numbers_that_are_shown() -> None:
    from pptx.oxml import parse_xml

    names = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    letters = '<a:buAutoNum type="alphaLcParenR" startAt="3"/>'
    show = Presentation()
    show.slide_layouts[1].placeholders[1]._element.txBody.insert(
        1, parse_xml(f'<a:lstStyle {names}><a:lvl1pPr><a:buAutoNum type="arabicPeriod"/></a:lvl1pPr></a:lstStyle>')
    )
    slide = show.slides.add_slide(show.slide_layouts[1])
    body = slide.placeholders[1].text_frame
    said = [
        ("开机", 0, ""), ("关机", 0, ""), ("甲", 1, letters), ("乙", 1, letters), ("检查", 0, ""), ("注意", 0, "<a:buNone/>"),
        ("重来", 0, ""), ("一", 0, '<a:buAutoNum type="ea1ChsPlain"/>'),
        ("二", 0, '<a:buAutoNum type="circleNumDbPlain" startAt="2"/>'),
    ]  # fmt: skip
    for number, (text, level, sign) in enumerate(said):
        paragraph = body.paragraphs[0] if not number else body.add_paragraph()
        paragraph.text, paragraph.level = text, level
        if sign:
            paragraph._p.get_or_add_pPr().append(parse_xml(sign.replace("/>", f" {names}/>")))
    assert read(saved(show)).text == ("1. 开机\n2. 关机\nc) 甲\nd) 乙\n3. 检查\n注意\n1. 重来\n一 一\n② 二\n\n")


def test_layouts_are_parsed_once_and_a_damaged_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    parse = Package.xml

    def counted(package: Package, name: str) -> object:
        parsed.append(name)
        return parse(package, name)

    monkeypatch.setattr(Package, "xml", counted)
    show = Presentation()
    for text in ("一", "二", "三"):
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = text
    assert read(saved(show)).text == "一\n\n二\n\n三\n\n"
    assert [parsed.count(f"ppt/{part}.xml") for part in ("slideLayouts/slideLayout6", "slideMasters/slideMaster1")] == [1, 1]
    damaged = read(golden.with_members(saved(show), {}, {"ppt/slideLayouts/slideLayout6.xml": (b"<", b"")}))
    assert damaged.text == "一\n\n二\n\n三\n\n"
    assert [problem.values["name"] for problem in damaged.problems] == ["ppt/slideLayouts/slideLayout6.xml"]


def test_a_layout_that_is_not_in_the_file_is_no_problem_of_it() -> None:
    show = Presentation()
    show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = "一"
    content = read(golden.with_members(saved(show), {}, {"ppt/slides/_rels/slide1.xml.rels": (b"slideLayout6", b"none")}))
    assert (content.text, content.problems) == ("一\n\n", ())


def test_levels_of_lists_below_the_ninth_are_the_ninth() -> None:
    sign = '<a:buAutoNum type="arabicPeriod"/>'
    said = "".join(f'<a:p><a:pPr lvl="{level}">{sign}</a:pPr><a:r><a:t>x</a:t></a:r></a:p>' for level in (-1, 0, 7, 8, 9, 99))
    shape = etree.fromstring(f'<s xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">{said}</s>')
    assert drawn_lines(shape) == ["1. x", "2. x", "1. x", "1. x", "2. x", "3. x"]


def test_codes_of_symbol_fonts_on_slides_are_what_they_show() -> None:
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    runs = "".join(
        f"<a:r><a:rPr>{font}</a:rPr><a:t>{text}</a:t></a:r>"
        for text, font in (
            ("风险 ", ""),
            ("\uf06e\uf06e", '<a:sym typeface="Wingdings"/>'),
            (" \uf06d", '<a:latin typeface="Symbol"/>'),
        )
    )
    assert drawn_lines(etree.fromstring(f'<p:txBody xmlns:p="p" xmlns:a="{a}"><a:p>{runs}</a:p></p:txBody>')) == ["风险 ■■ μ"]


@pytest.mark.parametrize(
    ("fonts", "text", "said"),
    [
        (("Times New Roman", "Symbol"), "角\uf071", "角θ"),
        (("Arial", "Wingdings"), "由\uf0e0到\uf0fc", "由→到✓"),
        (("Wingdings", "Arial"), "由\uf0e0到\uf0fc", "由→到✓"),
        (("Symbol", "Wingdings"), "由\uf0e0到", "由→到"),
    ],
)
def test_the_font_of_symbols_counts_before_that_of_letters(fonts: tuple[str, str], text: str, said: str) -> None:
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    own = f'<a:latin typeface="{fonts[0]}"/><a:ea typeface="宋体"/><a:sym typeface="{fonts[1]}"/>'
    body = f'<x xmlns:a="{a}"><a:p><a:r><a:rPr>{own}</a:rPr><a:t>{text}</a:t></a:r></a:p></x>'
    assert drawn_lines(etree.fromstring(body)) == [said]


def test_a_master_of_old_slides_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    boxes_at = old_slides._boxes_at

    def counted(stream: bytes, places: dict[int, int], place: int) -> list[old_slides._Box]:
        asked.append(place)
        return boxes_at(stream, places, place)

    monkeypatch.setattr(old_slides, "_boxes_at", counted)
    text = read_content("old_slides", golden_old.ppt(3), Limits()).text
    assert text == golden_old.PPT_TEXT + 2 * golden_old.PPT_TEXT.replace("二〇二四年五月\n防汛办公室\n内部资料\n\n", "")
    assert asked == [4, 3, 3, 3]  # the master, then the notes of each slide


@pytest.mark.parametrize(
    ("flags", "said"),
    [(1 | 4 | 32, "甲会\n第三版\n"), (1 | 2 | 32, "第三版\n"), (4 | 8, "")],  # a date of today is none that the file has
)
def test_footers_of_an_old_slide_are_its_own_in_place_of_those_of_all(flags: int, said: str) -> None:
    text = read_content("old_slides", golden_old.ppt(own=golden_old.footers(0, flags, "甲会", "第三版")), Limits()).text
    assert text == golden_old.PPT_TEXT.replace("二〇二四年五月\n防汛办公室\n", said)


def test_what_stands_on_a_slide_as_its_footer_is_said_once() -> None:
    own = golden_old.footers(0, 32, "", "下面")  # a text of the slide
    assert read_content("old_slides", golden_old.ppt(2, own), Limits()).text.count("下面") == 1


def test_a_title_and_a_cell_that_say_what_the_footer_says_stay() -> None:
    for text in ("Plan\nB", "钢材"):
        own = golden_old.footers(0, 32, "", text)
        said = golden_old.PPT_TEXT.replace("二〇二四年五月\n防汛办公室\n", "")
        assert read_content("old_slides", golden_old.ppt(2, own), Limits()).text == said + said.replace("内部资料\n\n", "")


def test_of_powerpoint_95_the_texts_are_read_and_of_a_file_for_both_those_for_97() -> None:
    said = "标题\r\r第一点\x0b续\r第二点\r\r".encode("gbk")
    old = {
        "Header": b"x",
        "Current User": b"x",
        "PowerPoint Document": b"x",
        "Text_Content": said,
    }
    assert read_content("old_slides", ole(old), Limits()).text == "标题\n\n第一点\n续\n第二点\n\n"
    with olefile.OleFileIO(golden_old.ppt()) as file:
        new = {f"PP97_DUALSTORAGE/{name}": file.openstream(name).read() for name in ("Current User", "PowerPoint Document")}
    assert read_content("old_slides", ole(old | new), Limits()).text == golden_old.PPT_TEXT


def test_what_is_written_at_points_of_a_chart_stands_with_their_values() -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["一月", "二月", "三月", "四月"]
    data.add_series("产量", (3, 4.5, 6, 7))
    frame = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), data)
    points = frame.chart.plots[0].series[0].points
    for point, label in zip(points, ("新高", "4.5 万吨", "", "[VALUE]"), strict=True):
        point.data_label.text_frame.text = label
    run = points[3].data_label.text_frame.paragraphs[0].runs[0]._r
    run.tag = run.tag.replace("}r", "}fld")  # the program fills in the value
    assert read(saved(show)).text == "产量\n一月；产量：3 新高\n二月；产量：4.5 万吨\n三月；产量：6\n四月；产量：7\n\n"


def test_charts_of_the_newer_kinds_and_embedded_files_are_read() -> None:
    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    frame = (
        '<p:graphicFrame><p:xfrm/><a:graphic><a:graphicData><cx:chart xmlns:cx="http://schemas.microsoft.com/office/drawing/'
        f'2014/chartex" r:id="x" xmlns:r="{KIND}"/></a:graphicData></a:graphic></p:graphicFrame></p:spTree>'
    )
    chart = (
        '<cx:chartSpace xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><cx:chartData><cx:data id="0">'
        '<cx:strDim><cx:lvl><cx:pt idx="0">收入</cx:pt><cx:pt idx="1">成本</cx:pt></cx:lvl></cx:strDim>'
        '<cx:numDim><cx:lvl><cx:pt idx="0">7</cx:pt><cx:pt idx="1">-3</cx:pt></cx:lvl></cx:numDim></cx:data></cx:chartData>'
        "<cx:chart><cx:title><cx:tx><cx:rich><a:p><a:r><a:t>利润</a:t></a:r></a:p></cx:rich></cx:tx></cx:title></cx:chart>"
        "</cx:chartSpace>"
    )
    slide.shapes.add_textbox(0, 0, 1, 1).text_frame.text = "甲"
    data = golden.with_members(
        saved(show),
        {"ppt/charts/new.xml": chart.encode(), "ppt/embeddings/book.xlsx": golden.xlsx()},
        {
            "ppt/slides/slide1.xml": (b"</p:spTree>", frame.encode()),
            "ppt/slides/_rels/slide1.xml.rels": (
                b"</Relationships>",
                b'<Relationship Id="y" Type="http://x/package" Target="../embeddings/book.xlsx"/>'
                + link("chartEx", "../charts/new.xml"),
            ),
        },
    )
    inside = read_content("workbook", golden.xlsx(), Limits()).text
    assert read(data).text == f"甲\n\n利润\n收入；7\n成本；-3\n\n{inside}"


def test_a_box_at_the_edge_of_every_slide_is_read_once() -> None:
    """But not one whose text is at another place, or on too few slides; of many slides the first and the last may be without."""
    show = Presentation()

    def box(slide: object, text: str, top: float) -> None:
        slide.shapes.add_textbox(Inches(1), Inches(top), Inches(4), Inches(1)).text_frame.text = text  # type: ignore[attr-defined]

    for number in range(6):
        slide = show.slides.add_slide(show.slide_layouts[6])
        box(slide, f"第{number + 1}项", 1)
        if number:
            box(slide, "江口 & 水务", 6.7)
        if number > 1:
            box(slide, "待办", 6.8)
        if number == 5:
            box(slide, "江口 & 水务", 2)
    assert read(saved(show)).text.split("\n\n")[:-1] == [
        "第1项", "第2项", "江口 & 水务", "第3项", "待办", "第4项", "待办", "第5项", "待办", "第6项", "江口 & 水务", "待办",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("slides", "top"),
    [
        # answers that come again, also at an edge, where another box of each slide has the same words; labels of cards
        ([("Is A safe?", "Yes"), ("Is B safe?", "No"), ("Is C safe?", "Yes"), ("Is D safe?", "Yes"), ("Is E safe?", "No")], 3),
        (
            [
                ("对 错 答案：", "答案：对"),
                ("对 错 答案：", "答案：错"),
                ("对 错 答案：", "答案：对"),
                ("对 错 答案：", "答案：对"),
            ],
            6.8,
        ),
        ([("Owner", "Ann"), ("Owner", "Bob"), ("Owner", "Carl"), ("Owner", "Dora")], 3),
    ],
)
def test_answers_and_labels_that_come_again_are_read_on_every_slide(slides: list[tuple[str, ...]], top: float) -> None:
    show = Presentation()
    for texts in slides:
        slide = show.slides.add_slide(show.slide_layouts[6])
        for number, text in enumerate(texts):
            place = Inches(1), Inches(top if number else 2), Inches(4), Inches(0.5)
            paragraph = slide.shapes.add_textbox(*place).text_frame.paragraphs[0]
            for run in text.partition("：") if "：" in text[:3] else text.split(" "):
                paragraph.add_run().text = run
    joined = ["".join(text.split(" ")) for texts in slides for text in texts]
    assert read(saved(show)).text.split("\n\n")[:-1] == joined
