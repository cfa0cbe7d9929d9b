"""Workbooks as they are shown: formats, merged cells, comments, stray cells; and what a hostile one may cost."""

from __future__ import annotations

import datetime
import io
from typing import Any

import golden
import pytest
from ole import ole
from openpyxl import Workbook
from openpyxl.comments import Comment

from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.formats.number_format import shown_number
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
        (-5, '_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * "-"??_ ;_ @_ ', "-5.00"), (3, "0.##", "3"), (1234, "0.00E+00", "1.23E+3"),
        (1.25, "[h]:mm", "30:00"), (45000, "aaaa", "星期三"), (0.75, "h:mm AM/PM", "6:00 PM"), (12, 'General"人"', "12人"),
        (1.5, "# ?/?", "1.5"), (45000.123, "mm:ss", "57:07"), (0.30000000000000004, "", "0.3"), (1e300, "0", "1e+300"),
        (float("nan"), "", ""), (-1, "yyyy-mm-dd", "-1"),
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
