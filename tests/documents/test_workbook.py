"""Workbooks as they are shown: formats, merged cells, comments, stray cells; and what a hostile one may cost."""

from __future__ import annotations

import datetime
import io
import struct
import zipfile
from typing import Any

import golden
import pytest
from ole import ole
from openpyxl import Workbook
from openpyxl.comments import Comment

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.formats.number_format import shown_number
from qa.documents.formats.old_extras import Extra, old_extras
from qa.documents.formats.workbook import Sheet, printed_text
from qa.documents.kinds import kind_of
from qa.documents.readers import read_content

LIMITS = Limits()


def text_of(book: Any, limits: Limits = LIMITS) -> str:
    buffer = io.BytesIO()
    book.save(buffer)
    return read_content("workbook", buffer.getvalue(), limits).text


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (0.125, "0%", "13%"), (0.125, "0.00%", "12.50%"), (1234.5, "#,##0.00", "1,234.50"),
        (-1234.5, "#,##0.00;[Red]-#,##0.00", "-1,234.50"), (45000, 'yyyy"年"m"月"d"日"', "2023年3月15日"),
        (45000.5, "yyyy/m/d h:mm", "2023/3/15 12:00"), (45000, "[$-F800]dddd\\,\\ mmmm\\ dd", "Wednesday, March 15"),
        (1.23456789012346e17, "0", "123456789012346000"), (13800001111, "000-0000-0000", "138-0000-1111"), (5, "00000", "00005"),
        (1234567, '#,##0,"千元"', "1,235千元"), (0, '#,##0;-#,##0;"-"', "-"), (12345.678, "[$¥-804]#,##0.00", "¥12,345.68"),
        (-5, '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-5.00"), (3, "0.##", "3"), (1234, "0.00E+00", "1.23E+03"),
        (0.00001234, "0.0E+0", "1.2E-5"),
        (1.25, "[h]:mm", "30:00"), (45000, "aaaa", "星期三"), (0.75, "h:mm AM/PM", "6:00 PM"), (12, 'General"人"', "12人"),
        (1.5, "# ?/?", "1.5"), (45000.123, "mm:ss", "57:07"), (0.30000000000000004, "", "0.3"), (1e300, "0", "1e+300"),
        (float("nan"), "", ""), (-1, "yyyy-mm-dd", "-1"), (45000.5, "h:mm:ss.000", "12:00:00.000"),
        (45000, '[$-411]ggge"年"m"月"', "2023年3月"), (0.999999, "mm:ss.0", "59:59.9"), (1.5, "0.0 g", "1.5 g"),
         (0, "0.00E+00", "0.00E+00"), (-0.0, "", "0"), (45000.5, "yyyy.mm.dd", "2023.03.15"),
        (45000.5001234, "yyyy.mm.dd hh:mm:ss.00", "2023.03.15 12:00:10.66"),
        (3, '[=1]"男";[=2]"女";"其他"', "其他"), (2, '[=1]"男";[=2]"女";"其他"', "女"), (59, '[<60]"不及格";0', "不及格"),
        (60, '[<60]"不及格";0', "60"), (13800001111, "[<=9999999]000-0000;000-0000-0000", "138-0000-1111"), (5, "0;[<0]-0", "5"),
        (-123, "[Red][<0]-0;0", "-123"), (-123, "[<-100](0)", "(123)"), (-20, '[<-10]0" C"', "20 C"), (-5, '[>-10]0" C"', "-5 C"),
        (-5, "[>=0]0;(0)", "(5)"), (-5, "[>=1]0;00", "-05"), (-5, "[>=-1]0;00", "05"), (0, "[>=1]0;00", "00"),
        (4, "[>=5]0;00;000", "004"), (-1, "[>=5]0;00;000", "01"), (-3, "[<0]yyyy-mm-dd;0", "-3"),
        (4, "[<3]0.0;[>5]0.00", "4"), (105, "[DBNum2][$-804]General", "壹佰零伍"),
        (123456789, "[DBNum1]General", "一亿二千三百四十五万六千七百八十九"),
        (100000001, '[DBNum2]General"元"', "壹亿零壹元"), (15, "[DBNum1]0", "一五"), (1.5, "[DBNum1]General", "一.五"),
        (45000, '[DBNum1][$-804]yyyy"年"m"月"d"日"', "二〇二三年三月十五日"),
        (45000, "mmmm d, yyyy", "March 15, 2023"), (45000, "[$-F800]dddd, mmmm dd, yyyy", "Wednesday, March 15, 2023"),
    ],
)  # fmt: skip
def test_a_number_is_what_its_cell_shows(value: float, code: str, text: str) -> None:
    assert shown_number(value, code) == text


def test_dates_count_from_1904_where_the_workbook_says_so() -> None:
    assert shown_number(0, "yyyy-mm-dd", from_1904=True) == "1904-01-01"


def test_cells_are_read_as_shown_with_their_comments() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["姓名", "身份证号", "比例", "日期", "合计"])
    sheet.append(["赵敏", "110101199003071234", 0.125, datetime.date(2024, 6, 22), "=C2*2"])
    sheet["C2"].number_format = "0.0%"
    sheet["D2"].number_format = 'yyyy"年"m"月"d"日"'
    sheet["C2"].comment = Comment("张三:\n请核对", "张三")
    assert text_of(book) == (
        "姓名；身份证号；比例；日期；合计\n"
        "姓名：赵敏；身份证号：110101199003071234；比例：12.5%；日期：2024年6月22日；合计：=C2*2\n\n"
        "C2 12.5% [张三] 请核对\n\n"
    )


def test_a_stray_cell_in_the_last_row_and_column_is_read_and_costs_nothing() -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["编号1", 1])
    sheet.append(["编号2", 2])
    sheet["XFD1048576"] = "角"
    assert text_of(book, Limits(rows=3)) == "编号1；1\n编号2；2\n\n角\n\n"
    with pytest.raises(Unreadable, match="has over 2 rows"):
        text_of(book, Limits(rows=2))


def test_merged_cells_stand_in_every_row_and_titles_above_the_header() -> None:
    book = Workbook()
    sheet = book.active
    for row in (
        ["产量统计"],
        ["车间", "班组", "上半年", None],
        [None, None, "产量", "次品"],
        ["一", "甲", 3, 4],
        [None, "乙", 5, 6],
    ):
        sheet.append(row)
    for cells in ("A1:D1", "A2:A3", "B2:B3", "C2:D2", "A4:A5"):
        sheet.merge_cells(cells)
    assert text_of(book) == (
        "产量统计\n车间；班组；上半年 产量；上半年 次品\n车间：一；班组：甲；上半年 产量：3；上半年 次品：4\n"
        "车间：一；班组：乙；上半年 产量：5；上半年 次品：6\n\n"
    )


def test_a_damaged_sheet_is_named_and_the_others_read() -> None:
    data = golden.with_members(golden.xlsx(), {}, {"xl/worksheets/sheet1.xml": (b"</row>", b"</rox>")})
    content = read_content("workbook", data, Limits())
    assert content.text == golden.XLSX_TEXT.partition("\n\n")[2]
    assert [(problem.code, problem.values["name"]) for problem in content.problems] == [("documents.part_unread", "库存")]


def test_entities_in_a_sheet_are_refused() -> None:
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha">]><worksheet'
    data = golden.with_members(golden.xlsx(), {}, {"xl/worksheets/sheet1.xml": (b"<worksheet", laughs)})
    assert [problem.values["name"] for problem in read_content("workbook", data, Limits()).problems] == ["库存"]


def test_an_old_workbook_with_a_password_is_said_to_have_one() -> None:
    records = b"\x09\x08\x04\x00\x00\x06\x05\x00" + b"\x2f\x00\x02\x00\x01\x00"
    with pytest.raises(Unreadable, match="is encrypted"):
        read_content("workbook", ole({"Workbook": records}), Limits())


def test_boxes_headers_and_footers_of_old_sheets_are_found_without_comments_and_charts() -> None:
    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def box(kind: int, length: int, *pieces: bytes) -> bytes:
        drawn = record(0x5D, struct.pack("<HHH", 0x15, 18, kind)) + record(0x1B6, struct.pack("<10xHI", length, 0))
        return drawn + b"".join(record(0x3C, piece) for piece in (*pieces, bytes(8)))

    def sheet(*records: bytes) -> bytes:
        return record(0x809, bytes(16)) + b"".join(records) + record(0x0A)

    header = "&C河口供水公司"
    first = sheet(
        record(0x14, struct.pack("<HB", len(header), 1) + header.encode("utf-16-le")), record(0x15),
        sheet(box(6, 1, b"\0x")), box(0x19, 2, b"\0no"), box(6, 4, b"\0A\r", b"\1" + "说明".encode("utf-16-le")),
    )  # fmt: skip
    names = [record(0x85, struct.pack("<IBBBB", 0, 0, kind, 1, 0) + b"S") for kind in (0, 2, 0)]
    start = len(sheet(*names))
    places = (start, start, start + len(first))
    names = [record(0x85, struct.pack("<IBBBB", at, 0, kind, 1, 0) + b"S") for at, kind in zip(places, (0, 2, 0), strict=True)]
    found = old_extras(ole({"Workbook": sheet(*names) + first + sheet(box(6, 99, b"\0short"))}))
    assert found == [Extra(["A\n说明"], [header]), Extra()]
    assert [printed_text(line) for line in found[0].printed] == ["河口供水公司"]
    assert old_extras(b"no container") == []


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("&L河口供水公司&C第 &P 页&R内部 &A", "河口供水公司 内部"),
        ('&"Arial,Bold"&12River &&  Mouth&RSeite &P von &N', "River & Mouth"),
        ("&CСтраница &P&RSheet &A of &N", ""),
        ("&C&[TAB]", ""),
        ("&K01+000Draft", "Draft"),
        ("&CP&&L Report", "P&L Report"),
        ("&CCentral&&Left", "Central&Left"),
    ],
)
def test_headers_and_footers_are_read_without_codes_and_numbers_of_pages(code: str, shown: str) -> None:
    assert printed_text(code) == shown


def test_an_old_workbook_is_read_as_shown() -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("人员")
    sheet.write_merge(0, 0, 0, 4, "人员登记表")
    for column, name in enumerate(["部门", "工号", "占比", "入职", "面积"]):
        sheet.write(1, column, name)
    sheet.write_merge(2, 3, 0, 0, "一部")
    high = xlwt.easyfont("escapement superscript")
    for row, number in ((2, 110101199003071234), (3, 42)):
        for column, (value, code) in enumerate([(number, "0"), (0.125, "0.0%"), (45465, 'yyyy"年"m"月"d"日"')], 1):
            sheet.write(row, column, value, xlwt.easyxf(num_format_str=code))
        sheet.write_rich_text(row, 4, ["约 32 m", ("2", high)])
    sheet.header_str, sheet.footer_str = b"&LRiver Mouth Water", b"&P of &N"
    book.add_sheet("开关").write(0, 0, True)
    buffer = io.BytesIO()
    book.save(buffer)
    found = read_content("workbook", buffer.getvalue(), LIMITS)
    assert found.text == (
        "人员登记表\n部门；工号；占比；入职；面积\n"
        "部门：一部；工号：110101199003071000；占比：12.5%；入职：2024年6月22日；面积：约 32 m²\n"
        "部门：一部；工号：42；占比：12.5%；入职：2024年6月22日；面积：约 32 m²\n\n"
        "River Mouth Water\n\nTRUE\n\n"
    )
    assert [(mark.unit, mark.number, mark.name) for mark in found.marks] == [("sheet", 1, "人员"), ("sheet", 2, "开关")]
    with pytest.raises(Unreadable, match="has over 3 rows"):
        read_content("workbook", buffer.getvalue(), Limits(rows=3))


def open_sheet(rows: str) -> bytes:
    names = {name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" for name in ("office", "table", "text")}
    spaces = " ".join(f'xmlns:{name}="{uri}"' for name, uri in names.items())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        made.writestr(
            "content.xml",
            f'<office:document-content {spaces} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:body><office:spreadsheet>'
            f'<table:table table:name="表">{rows}</table:table></office:spreadsheet></office:body></office:document-content>',
        )
    return buffer.getvalue()


def test_an_open_workbook_is_read_as_shown() -> None:
    def cell(shown: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{shown}</text:p></table:table-cell>"

    def row(*cells: str, more: str = "") -> str:
        return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"

    note = "<office:annotation><dc:creator>张三</dc:creator><text:p>请核对</text:p></office:annotation>"
    rows = (
        f"<table:table-header-rows>{row(cell('部门'), cell('占比'), cell('日期'))}</table:table-header-rows>",
        row(
            cell("一部", 'table:number-rows-spanned="2"'), cell("12.5%", 'office:value="0.125"').replace("<text", f"{note}<text"),
            cell("2024年6月22日"),
        ),
        row("<table:covered-table-cell/>", '<table:table-cell office:value="7"/>',
            '<table:table-cell table:formula="of:=[.B2]*2"/>'),
        row(cell("二部"), cell("同上", 'table:number-columns-repeated="2"'), more='table:number-rows-repeated="2"'),
        row("<table:table-cell/>", more='table:number-rows-repeated="1048000"'),
        row('<table:table-cell table:number-columns-repeated="16000"/>', cell("角")),
    )  # fmt: skip
    data = open_sheet("".join(rows))
    assert read_content("workbook", data, Limits(rows=6)).text == (
        "部门；占比；日期\n部门：一部；占比：12.5%；日期：2024年6月22日\n部门：一部；占比：7；日期：=B2*2\n"
        "部门：二部；占比：同上；日期：同上\n部门：二部；占比：同上；日期：同上\n\n角\n\nB2 12.5% [张三] 请核对\n\n"
    )
    with pytest.raises(Unreadable, match="has over 5 rows"):
        read_content("workbook", data, Limits(rows=5))


def test_cells_that_an_open_workbook_repeats_are_counted() -> None:
    cell = '<table:table-cell table:number-columns-repeated="1000"><text:p>甲</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="60">{cell * 16}</table:table-row>'
    with pytest.raises(Unreadable) as refused:
        read_content("workbook", open_sheet(row), Limits(memory_mb=200))
    assert refused.value.code == "documents.too_much_memory"


def test_a_box_on_an_open_sheet_is_read_once() -> None:
    drawing = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    frame = f"<draw:frame {drawing}><draw:text-box><text:p>注意</text:p></draw:text-box></draw:frame>"
    row = "<table:table-row><table:table-cell><text:p>甲</text:p></table:table-cell></table:table-row>"
    text = read_content("workbook", open_sheet(f"<table:shapes>{frame}</table:shapes>{row}"), Limits()).text
    assert text.count("注意") == 1


def test_a_workbook_in_binary_form_goes_to_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    import python_calamine

    class PanicException(BaseException):
        pass

    def panic(*_: object) -> None:
        raise PanicException("no entry found for key")

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("xl/workbook.bin", b"")
    with pytest.raises(Unreadable, match="is a damaged workbook"):
        read_content("workbook", buffer.getvalue(), LIMITS)
    monkeypatch.setattr(python_calamine.CalamineWorkbook, "from_filelike", panic)
    with pytest.raises(Unreadable, match="no entry found for key"):
        read_content("workbook", buffer.getvalue(), LIMITS)


def test_what_is_printed_with_sheets_and_lies_on_them_is_read() -> None:
    from openpyxl.chart import BarChart, Reference

    def chart(title: str) -> Any:
        made = BarChart()
        made.title, made.y_axis.title = title, "吨"
        made.add_data(Reference(sheet, min_col=2, min_row=1, max_row=2), titles_from_data=True)
        return made

    book = Workbook()
    sheet = book.active
    for row in (["月", "产量"], ["一月", 3]):
        sheet.append(row)
    sheet.add_chart(chart("水厂"))
    sheet.oddHeader.center.text = "河口供水公司 A&&B"
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = '&"宋体,Bold"&12制表：张三', "第 &P 页，共 &N 页"
    other = book.create_sheet("二")
    other["A1"], other.oddHeader.center.text = "丙", "河口供水公司 A&&B"
    book.create_chartsheet("图").add_chart(chart("另图"))
    assert text_of(book) == ("月；产量\n月：一月；产量：3\n\n水厂\n吨\n\n河口供水公司 A&B\n制表：张三\n\n丙\n\n另图\n吨\n\n")


def test_threads_text_boxes_and_embedded_files_of_a_sheet_are_read_once() -> None:
    book = Workbook()
    book.active.append(["姓名", "比例"])
    book.active.append(["赵敏", 3])
    book.active["B2"].comment = Comment("[Threaded comment]\n\nComment:\n    请核对", "tc={1}")
    buffer = io.BytesIO()
    book.save(buffer)
    drawing = "http://schemas.openxmlformats.org/drawingml/2006"
    threads = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
    numbered = "<a:pPr><a:buAutoNum type='arabicParenBoth'/></a:pPr>"
    box = f"<xdr:sp><xdr:txBody><a:p>{numbered}<a:r><a:t>说明</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
    compatible = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    said = "".join(
        f'<threadedComment ref="B2" personId="p"><text>{text}</text></threadedComment>' for text in ("请核对", "已核对")
    )

    def links(*relations: tuple[str, str]) -> bytes:
        return (
            "".join(
                f'<Relationship Id="x{number}" Type="http://x/{kind}" Target="{target}"/>'
                for number, (kind, target) in enumerate(relations)
            )
            + "</Relationships>"
        ).encode()

    data = golden.with_members(
        buffer.getvalue(),
        {
            "xl/threads.xml": f'<ThreadedComments xmlns="{threads}">{said}</ThreadedComments>'.encode(),
            "xl/persons.xml": f'<personList xmlns="{threads}"><person id="p" displayName="张三"/></personList>'.encode(),
            "xl/drawing.xml": (
                f'<xdr:wsDr xmlns:xdr="{drawing}/spreadsheetDrawing" xmlns:a="{drawing}/main" xmlns:mc="{compatible}">'
                f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></xdr:wsDr>"
            ).encode(),
            "xl/embeddings/letter.docx": docx_with("内嵌的信"),
        },
        {
            "xl/worksheets/_rels/sheet1.xml.rels": (
                b"</Relationships>",
                links(
                    ("threadedComment", "/xl/threads.xml"),
                    ("drawing", "/xl/drawing.xml"),
                    ("package", "/xl/embeddings/letter.docx"),
                ),
            ),
            "xl/_rels/workbook.xml.rels": (b"</Relationships>", links(("person", "/xl/persons.xml"))),
        },
    )
    assert read_content("workbook", data, LIMITS).text == (
        "姓名；比例\n姓名：赵敏；比例：3\n\nB2 3 [张三] 请核对\nB2 3 [张三] 已核对\n\n(1) 说明\n\n内嵌的信\n\n"
    )


def docx_with(text: str) -> bytes:
    from docx import Document

    document = Document()
    document.add_paragraph(text)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def xml_book(body: str, styles: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f"<Styles>{styles}</Styles>{body}</Workbook>"
    ).encode()


def xml_row(*cells: tuple[str, str, str], more: str = "") -> str:
    return (
        f"<Row {more}>"
        + "".join(f'<Cell {place}><Data ss:Type="{kind}">{text}</Data></Cell>' for kind, text, place in cells)
        + "</Row>"
    )


def test_a_workbook_that_is_one_piece_of_xml_is_read_under_either_name() -> None:
    styles = (
        '<Style ss:ID="Default"/><Style ss:ID="d"><NumberFormat ss:Format="Short Date"/></Style>'
        '<Style ss:ID="p"><NumberFormat ss:Format="0.0%"/></Style><Style ss:ID="q" ss:Parent="p"/>'
    )
    rows = xml_row(("String", "站名", ""), ("String", "日期", ""), ("String", "占比", ""), ("String", "合格", 'ss:Index="5"'))
    rows += xml_row(
        ("String", "石桥", 'ss:MergeDown="1"'), ("DateTime", "2024-05-01T00:00:00.000", 'ss:StyleID="d"'),
        ("Number", "0.125", 'ss:StyleID="p"'), ("Boolean", "1", 'ss:Index="5"'),
    )  # fmt: skip
    rows += xml_row(
        ("DateTime", "2024-05-02T08:30:00.000", 'ss:Index="2"'), ("Number", "0.5", 'ss:StyleID="q"'),
        ("Error", "#N/A", 'ss:Index="5"'),
    )  # fmt: skip
    rows += xml_row(("String", '以上<B xmlns="http://www.w3.org/TR/REC-html40">为</B>初值', ""), more='ss:Index="6"')
    note = (
        '<Row><Cell><Data ss:Type="Number">7</Data><Comment ss:Author="李四"><ss:Data>李四:已核</ss:Data></Comment></Cell></Row>'
    )
    sheets = (
        f'<Worksheet ss:Name="水情"><Table>{rows}</Table></Worksheet><Worksheet ss:Name="二"><Table>{note}</Table></Worksheet>'
    )
    data = xml_book(sheets, styles)
    for suffix in (".xls", ".xml"):
        content = read_content(kind_of(suffix, data, Limits()), data, Limits())
        assert content.text == (
            "站名；日期；占比；合格\n站名：石桥；日期：2024-05-01；占比：12.5%；合格：TRUE\n"
            "站名：石桥；日期：2024-05-02 8:30；占比：50.0%\n\n以上为初值\n\n7\n\nA1 7 [李四] 已核\n\n"
        )
        assert [(mark.unit, mark.name) for mark in content.marks if not mark.columns] == [("sheet", "水情"), ("sheet", "二")]


def test_other_xml_stays_a_text_and_word_as_xml_is_named() -> None:
    text = b'<a note="urn:schemas-microsoft-com:office:spreadsheet"><b>1</b></a>'
    assert kind_of(".xml", text, Limits()) == "plain"
    book = xml_book("<Worksheet/>").partition(b"?>")[2]
    for text in (
        b"<Envelope>" + book + b"</Envelope>", b"<!-- " + book + b" --><a/>", b"<a><![CDATA[" + book + b"]]></a>",
        b'<Workbook xmlns="http://example.org" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"/>',
    ):  # fmt: skip
        assert kind_of(".xml", text, Limits()) == "plain"
    with pytest.raises(Unreadable, match="is an Office file as one piece of XML"):
        kind_of(".doc", b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><w:wordDocument/>', Limits())
    rows = "".join(xml_row(("Number", "1", "")) for _ in range(4))
    with pytest.raises(Unreadable, match="over 3 rows"):
        read_content("workbook", xml_book(f"<Worksheet><Table>{rows}</Table></Worksheet>"), Limits(rows=3))


def test_a_workbook_of_xml_that_is_not_quite_right_is_read_as_far_as_it_is() -> None:
    rows = xml_row(("String", "朱镕基路", ""), ("Number", "3", ""))
    good = xml_book(f"<Worksheet><Table>{rows}</Table></Worksheet>")
    declared = good.decode().replace('version="1.0"', 'version="1.0" encoding="gb2312"').encode("gbk")
    for data in (b"\r\n" + good, declared, good.replace(b"</Table></Worksheet></Workbook>", b"")):
        for suffix in (".xml", ".xls"):
            content = read_content(kind_of(suffix, data, Limits()), data, Limits())
            assert content.text == "朱镕基路；3\n\n"


@pytest.mark.parametrize(
    ("named", "value", "shown"),
    [
        ("General Number", "1234.5", "1234.5"),
        ("Yes/No", "1", "Yes"),
        ("Yes/No", "0", "No"),
        ("True/False", "1", "True"),
        ("On/Off", "1", "On"),
    ],
)
def test_named_formats_of_a_workbook_of_xml(named: str, value: str, shown: str) -> None:
    style = f'<Style ss:ID="f"><NumberFormat ss:Format="{named}"/></Style>'
    row = xml_row(("Number", value, 'ss:StyleID="f"'), ("Boolean", "false", ""))
    data = xml_book(f"<Worksheet><Table>{row}</Table></Worksheet>", style)
    assert read_content("workbook", data, Limits()).text == f"{shown}；FALSE\n\n"


def test_cells_strewn_over_a_large_field_are_rows_of_their_own() -> None:
    strewn = Sheet({row: {row: "a", 5000 - row: "b"} for row in range(1100)})
    assert strewn.blocks() == [[["a", "b"]]] * 1100
    table = Sheet({row: {row: "a", 1100 - row: "b"} for row in range(500)})
    assert [(len(block), len(block[0])) for block in table.blocks()] == [(500, 1000)]
    filled = Sheet({row: dict.fromkeys(range(row % 100, 1100, 100), "a") for row in range(1100)})
    assert [(len(block), len(block[0])) for block in filled.blocks()] == [(1100, 1100)]


def test_cells_of_xml_have_the_formats_of_columns_and_of_styles_that_come_later() -> None:
    styles = (
        '<Style ss:ID="q" ss:Parent="p"/><Style ss:ID="p"><NumberFormat ss:Format="0%"/></Style>'
        '<Style ss:ID="t"><NumberFormat ss:Format="0.00"/></Style><Style ss:ID="x" ss:Parent="y"/>'
        '<Style ss:ID="y" ss:Parent="x"/>'
    )
    columns = '<Column/><Column ss:StyleID="q" ss:Span="1"/><Column ss:Index="5" ss:StyleID="x"/>'
    row = xml_row(*[("Number", "0.5", "")] * 5)
    data = xml_book(f'<Worksheet><Table ss:StyleID="t">{columns}{row}</Table></Worksheet>', styles)
    assert read_content("workbook", data, Limits()).text == "0.50；50%；50%；0.50；0.5\n\n"


def test_a_damaged_workbook_of_xml_is_read_as_far_as_it_is_right_and_named() -> None:
    data = xml_book(f"<Worksheet><Table>{xml_row(('String', 'a', ''), ('String', 'b', ''))}</Table></Worksheet>")
    content = read_content("workbook", data[: data.index(b"</Table>")], Limits())
    assert content.text == "a；b\n\n"
    assert [(one.code, one.values["name"]) for one in content.problems] == [("documents.part_damaged", "Workbook")]
