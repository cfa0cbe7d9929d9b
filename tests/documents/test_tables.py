"""Rows of tables as lines that make sense alone, and merged cells in every format that has them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

import pytest

from qa.config import Limits
from qa.documents.formats import pdf_layout
from qa.documents.formats.pdf_lines import NOWHERE
from qa.documents.readers import read_content
from qa.documents.tables import COVERED as C
from qa.documents.tables import fill_merged, table_rows


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], []),
        ([["", " "]], []),
        ([["a", "b"]], ["a；b"]),
        ([["a", "b"], ["1", ""], ["", "2"]], ["a；b", "a：1", "b：2"]),
        ([["a", "a"], ["1", "2"]], ["a；a", "1；2"]),  # no names: they are the same
        ([["a", ""], ["1", "2"]], ["a", "1；2"]),
        ([["a"], ["1"]], ["a", "1"]),
        ([["a", "b"], ["1", "2", "3"]], ["a；b", "1；2；3"]),
        ([["10", "甲"], ["20", "乙"], ["70", "丙"]], ["10；甲", "20；乙", "70；丙"]),  # no names: a number over numbers
        ([["2024-01-02", "甲"], ["2024-11-03", "乙"]], ["2024-01-02；甲", "2024-11-03；乙"]),
        (
            [["贷款", "$30,000", ""], ["", "7.50%", "$356.11"], ["利率", "8.97%", ""]],
            ["贷款；$30,000", "7.50%；$356.11", "利率；8.97%"],
        ),
        ([["发件人:", "张三"], ["主题：", "验收"]], ["发件人：张三", "主题：验收"]),  # names in a column
        ([["班级", "1", "2"], ["一班", "5", "3"]], ["班级；1；2", "班级：一班；1：5；2：3"]),  # names that ascend
        # a number among the names: a word stands over numbers, the corner is empty, or the numbers below are written otherwise
        (
            [["班级", "人数", "7"], ["一班", "40", "3"], ["二班", "38", "5"]],
            ["班级；人数；7", "班级：一班；人数：40；7：3", "班级：二班；人数：38；7：5"],
        ),
        (
            [["", "单位", "3"], ["电梯", "台", "2"], ["水泵", "套", "5"]],
            ["单位；3", "电梯；单位：台；3：2", "水泵；单位：套；3：5"],
        ),
        (
            [["规格", "单位", "48"], ["长", "米", "1.20"], ["宽", "米", "0.60"]],
            ["规格；单位；48", "规格：长；单位：米；48：1.20", "规格：宽；单位：米；48：0.60"],
        ),
        ([["入学", "人数", "2024"], ["甲校", "300", "12"]], ["入学；人数；2024", "入学：甲校；人数：300；2024：12"]),
        (
            [["尺码", "44", "42", "40"], ["库存", "3", "9", "2"]],
            ["尺码；44；42；40", "尺码：库存；44：3；42：9；40：2"],
        ),
        ([["Floor", "1月", "2月"], ["3", "10", "20"]], ["Floor；1月；2月", "Floor：3；1月：10；2月：20"]),
        ([["Item", "Q1", "Q2"], ["Rent", "10", "20"]], ["Item；Q1；Q2", "Item：Rent；Q1：10；Q2：20"]),
        # values in the first row: words over words, years over years, a word for none over numbers
        ([["甲", "东", "10"], ["乙", "西", "20"]], ["甲；东；10", "乙；西；20"]),
        (
            [["张三", "女", "1998"], ["李四", "男", "2001"], ["王五", "男", "1987"]],
            ["张三；女；1998", "李四；男；2001", "王五；男；1987"],
        ),
        ([["甲", "无", "5"], ["乙", "3", "6"], ["丙", "4", "7"]], ["甲；无；5", "乙；3；6", "丙；4；7"]),
        ([["地区", "2023", "2022"], ["北区", "10", "20"]], ["地区；2023；2022", "地区：北区；2023：10；2022：20"]),
        # the unit and a date stand above the names
        (
            [["收支表", "", ""], ["单位：万元", "", ""], ["科目", "预算", "决算"], ["办公费", "12", "11"]],
            ["收支表", "单位：万元", "科目；预算；决算", "科目：办公费；预算：12；决算：11"],
        ),
        (
            [["单位：万元", "", "", "日期：5月1日"], ["科目", "预算", "决算", "比例"], ["差旅", "8", "9", "112%"]],
            ["单位：万元；日期：5月1日", "科目；预算；决算；比例", "科目：差旅；预算：8；决算：9；比例：112%"],
        ),
        # so do they above two rows of names
        (
            [
                ["单位：元", "", "", "日期：5月1日"],
                ["物品", "数量", "", "备注"],
                ["物品", "计划", "实际", "备注"],
                ["纸", "100", "98", "急用"],
            ],
            [
                "单位：元；日期：5月1日",
                "物品；数量 计划；数量 实际；备注",
                "物品：纸；数量 计划：100；数量 实际：98；备注：急用",
            ],
        ),
        # a form: values are merged over the columns that they do not need
        (
            [
                ["登记表", C, C, C, C],
                ["姓名", "李四", C, "性别", "男"],
                ["地址", "北京市", C, C, C],
                ["学校", "一中", "专业", "文科", C],
            ],
            ["登记表", "姓名：李四", "性别：男", "地址：北京市", "学校：一中", "专业：文科"],
        ),
        (
            [["姓名：", "李四", "性别：", "男", C], ["学校：", "一中", "专业：", C, "文科"]],
            ["姓名：李四", "性别：男", "学校：一中", "专业：文科"],
        ),
        (
            [
                ["姓名", "李四", "性别", "男", "照片"],
                ["民族", "汉", "学历", "本科", "照片"],
                ["电话：", "", C, C, C],
                ["学校", "一中", C, C, C],
            ],
            ["姓名：李四", "性别：男", "照片", "民族：汉", "学历：本科", "电话", "学校：一中"],
        ),
        (
            [["姓名", "李四", C, "性别", "男"], ["教育经历", C, C, C, C], ["学校", "一中", "专业", "文科", C]],
            ["姓名：李四", "性别：男", "教育经历", "学校：一中", "专业：文科"],
        ),
        # three rows of names, some of them the same, but never beside each other
        (
            [
                ["区域", "出让计划", C, C, C, C],
                ["区域", "宗数", "其中", C, C, C],
                ["区域", "宗数", "住宅", "面积", "公建", "面积"],
                ["主城区", "78", "36", "2215", "42", "1072"],
            ],
            [
                "区域；出让计划 宗数；出让计划 其中 住宅；出让计划 其中 面积；出让计划 其中 公建；出让计划 其中 面积",
                "区域：主城区；出让计划 宗数：78；出让计划 其中 住宅：36；出让计划 其中 面积：2215；出让计划 其中 公建：42；"
                "出让计划 其中 面积：1072",
            ],
        ),
        (
            [
                ["区域", "出让计划", C, C, C],
                ["区域", "宗数", "其中", C, C],
                ["区域", "宗数", "住宅", "面积", "面积"],
                ["主城区", "78", "36", "2215", "42"],
            ],
            ["区域；出让计划", "区域；宗数；其中", "区域；宗数；住宅；面积；面积", "主城区；78；36；2215；42"],
        ),
        # a form whose names are merged below a first row that is not
        (
            [["姓名", "张三", "生日", "1990年"], ["家庭住址", C, "北京市", C], ["工作单位", C, "一中", C]],
            ["姓名：张三", "生日：1990年", "家庭住址：北京市", "工作单位：一中"],
        ),
        (
            [["姓名", "张三", "性别", "男"], ["家庭住址", C, "北京市海淀区中关村大街1号院", C], ["工作单位", C, "一中", C]],
            ["姓名：张三", "性别：男", "家庭住址：北京市海淀区中关村大街1号院", "工作单位：一中"],
        ),
        (
            [
                ["登记表", C, C, C],
                ["姓名", "张三", "工号", "A7"],
                ["民族", "汉", "学历", "本科"],
                ["所在部门", C, C, "后勤"],
                ["备注", "无", C, C],
            ],
            ["登记表", "姓名：张三", "工号：A7", "民族：汉", "学历：本科", "所在部门：后勤", "备注：无"],
        ),
        (
            [["姓名：", "张三", "性别：", "男"], ["家庭住址：", C, "北京市", C]],
            ["姓名：张三", "性别：男", "家庭住址：北京市"],
        ),
        # none: a row has the columns of the first one, or one row alone is merged
        (
            [["项目", "金额", "负责人", "备注"], ["工资", "五百", "张三", "无"], ["合计", C, "一千", C], ["审核", C, "李四", C]],
            [
                "项目；金额；负责人；备注",
                "项目：工资；金额：五百；负责人：张三；备注：无",
                "项目：合计；负责人：一千",
                "项目：审核；负责人：李四",
            ],
        ),
        (
            [["项目", "金额", "负责人", "备注"], ["合计", C, "一千", C]],
            ["项目；金额；负责人；备注", "项目：合计；负责人：一千"],
        ),
        # the rows are numbered, the first one too
        ([["1", "甲", "50"], ["2", "乙", "6"], ["合计", C, "56"]], ["1；甲；50", "2；乙；6", "合计；56"]),
        ([["1", "甲", "50"], ["3", "乙", "6"]], ["1；甲；50", "1：3；甲：乙；50：6"]),
        # none: the first row has names, whatever is merged in those below it
        (
            [["时间", "星期一", "星期二", "星期三"], ["上午", "全校大会", C, C], ["下午", "数学", "英语", "体育"]],
            [
                "时间；星期一；星期二；星期三",
                "时间：上午；星期一：全校大会",
                "时间：下午；星期一：数学；星期二：英语；星期三：体育",
            ],
        ),
        (
            [["节次", "周一", "周二", "周三", "周四", "周五"], ["早读", "晨会", C, C, C, C], ["午休", "午餐", C, C, C, C]],
            ["节次；周一；周二；周三；周四；周五", "节次：早读；周一：晨会", "节次：午休；周一：午餐"],
        ),
        (
            [["节次", "周一", "周二", "周三", "周四"], ["早读", "晨会", C, C, C], ["午休", "午餐", C, C, C]],
            ["节次；周一；周二；周三；周四", "节次：早读；周一：晨会", "节次：午休；周一：午餐"],
        ),
        (
            [["Item", "Owner", "Status", "Remark"], ["Roof", "closed", C, C], ["Floor", "Ann", "open", "waits for Bob"]],
            [
                "Item；Owner；Status；Remark",
                "Item：Roof；Owner：closed",
                "Item：Floor；Owner：Ann；Status：open；Remark：waits for Bob",
            ],
        ),
        # a column that is merged in every row is none; one that is in most rows tells no form
        (
            [["姓名", "部门", "职务", "籍贯", C], ["张三", "后勤", "队长", "重庆", C], ["李四", "请假", C, C, C]],
            ["姓名；部门；职务；籍贯", "姓名：张三；部门：后勤；职务：队长；籍贯：重庆", "姓名：李四；部门：请假"],
        ),
        (
            [
                ["姓名", "部门", "职务", "籍贯", C],
                ["张三", "后勤", "队长", "重庆", C],
                ["李四", "请假", C, C, C],
                ["合计", C, C, "人数", "二人"],
            ],
            ["姓名；部门；职务；籍贯", "张三；后勤；队长；重庆", "李四；请假", "合计；人数；二人"],
        ),
        # one cell takes a whole row
        (
            [["序号", "姓名", "电话"], ["一、办公室", C, C], ["1", "张三", "8101"], ["二、财务科", C, C], ["2", "李四", "8102"]],
            [
                "序号；姓名；电话",
                "一、办公室",
                "序号：1；姓名：张三；电话：8101",
                "二、财务科",
                "序号：2；姓名：李四；电话：8102",
            ],
        ),
        # none: a list with a remark, or the same name twice
        (
            [["姓名", "性别", "籍贯", "单位"], ["张三", "男", "南通", "一中"], ["备注", "无", C, C]],
            ["姓名；性别；籍贯；单位", "姓名：张三；性别：男；籍贯：南通；单位：一中", "姓名：备注；性别：无"],
        ),
        (
            [["月份", "说明", C, C], ["一月", "开工", C, C], ["一月", "竣工", "未验收", ""]],
            ["月份；说明", "一月；开工", "一月；竣工；未验收"],
        ),
        # three rows of names, and two without a corner
        (
            [
                ["序号", "单位", "人员", "", "", ""],
                ["序号", "单位", "男", "", "女", ""],
                ["序号", "单位", "在编", "外聘", "在编", "外聘"],
                ["1", "一中", "30", "5", "42", "7"],
            ],
            [
                "序号；单位；人员 男 在编；人员 男 外聘；人员 女 在编；人员 女 外聘",
                "序号：1；单位：一中；人员 男 在编：30；人员 男 外聘：5；人员 女 在编：42；人员 女 外聘：7",
            ],
        ),
        (
            [["", "上午", "", "下午", ""], ["星期", "一", "二", "一", "二"], ["周一", "语文", "数学", "英语", "体育"]],
            [
                "星期；上午 一；上午 二；下午 一；下午 二",
                "星期：周一；上午 一：语文；上午 二：数学；下午 一：英语；下午 二：体育",
            ],
        ),
        # two rows of names: the last over numbers, or with a cell that both say
        (
            [["", "收入", "", "支出", ""], ["部门", "工资", "奖金", "房租", "水电"], ["一部", "10", "20", "3", "4"]],
            [
                "部门；收入 工资；收入 奖金；支出 房租；支出 水电",
                "部门：一部；收入 工资：10；收入 奖金：20；支出 房租：3；支出 水电：4",
            ],
        ),
        (
            [["项目", "金额", "", "备注"], ["名称", "预算", "决算", ""], ["房租", "8", "9", "已付"]],
            ["项目 名称；金额 预算；金额 决算；备注", "项目 名称：房租；金额 预算：8；金额 决算：9；备注：已付"],
        ),
        (
            [["序号", "收入（单位：万元）", "", ""], ["序号", "预算", "决算", "差额"], ["一", "5", "6", "1"]],  # no note
            [
                "序号；收入（单位：万元） 预算；收入（单位：万元） 决算；收入（单位：万元） 差额",
                "序号：一；收入（单位：万元） 预算：5；收入（单位：万元） 决算：6；收入（单位：万元） 差额：1",
            ],
        ),
        # the row below is none of names: it is like those below it, though two of them say the same
        (
            [["项目", "说明（单位：元）", "", ""], ["房租", "a", "b", "c"], ["水费", "d", "e", "f"]],
            ["项目；说明（单位：元）", "房租；a；b；c", "水费；d；e；f"],
        ),
        (
            [
                ["品名", "规格", "", "产地"],
                ["大米", "10kg", "袋", "泰国"],
                ["面粉", "25kg", "袋", "江苏"],
                ["油", "5L", "桶", "山东"],
            ],
            ["品名；规格；产地", "大米；10kg；袋；泰国", "面粉；25kg；袋；江苏", "油；5L；桶；山东"],
        ),
        (
            [
                ["姓名", "职务", "", "单位"],
                ["张三", "科员", "", "一中"],
                ["李四", "科员", "一级", "二中"],
                ["王五", "科长", "", "三中"],
            ],
            ["姓名；职务；单位", "张三；科员；一中", "李四；科员；一级；二中", "王五；科长；三中"],
        ),
        (
            [
                ["姓名", "地址", "", "备注"],
                ["张三", "南通", "崇川", ""],
                ["李四", "南通", "海门", ""],
                ["王五", "苏州", "吴江", ""],
            ],
            ["姓名；地址；备注", "张三；南通；崇川", "李四；南通；海门", "王五；苏州；吴江"],
        ),
        (
            [
                ["", "上午", "", "下午", ""],
                ["周一", "语文", "数学", "英语", "体育"],
                ["周二", "数学", "语文", "音乐", "英语"],
            ],
            ["上午；下午", "周一；语文；数学；英语；体育", "周二；数学；语文；音乐；英语"],
        ),
        (
            [["", "男", "", "女", ""], ["北区", "10", "20", "30", "40"], ["南区", "11", "21", "31", "42"]],
            ["男；女", "北区；10；20；30；40", "南区；11；21；31；42"],
        ),
        # names in a column, too long or with digits for a form
        (
            [["Counterparty:", "Ada & Co"], ["Account 2 of the holding:", "335"], ["Note", "none so far"], ["CSD:", "A9"]],
            ["Counterparty：Ada & Co", "Account 2 of the holding：335", "Note；none so far", "CSD：A9"],
        ),
        ([["经办人：", "", "", "单位", "一部"]], ["经办人：；单位；一部"]),  # the cell beside the name is empty
        # columns that come again beside one another
        (
            [["姓名", "电话", "姓名", "电话"], ["张三", "8101", "李四", "8102"], ["王五", "8103", "", ""]],
            ["姓名；电话", "姓名：张三；电话：8101", "姓名：李四；电话：8102", "姓名：王五；电话：8103"],
        ),
        (
            [["代码", "含义", "代码", "含义"], ["A1", "开机", "A2", "关机"], ["A3", "复位", "A4", "自检"]],
            ["代码；含义", "代码：A1；含义：开机", "代码：A2；含义：关机", "代码：A3；含义：复位", "代码：A4；含义：自检"],
        ),
        # what stands beside one another belongs together, or is too wide for a list
        (
            [["a", "b", "c", "d", "e", "f", "g", "h", "i"] * 2, [str(i) for i in range(1001, 1019)], ["2001", "2002"]],
            [
                "a；b；c；d；e；f；g；h；i；a；b；c；d；e；f；g；h；i",
                "1001；1002；1003；1004；1005；1006；1007；1008；1009；1010；1011；1012；1013；1014；1015；1016；1017；1018",
                "2001；2002",
            ],
        ),
        ([["球队", "得分", "球队", "得分"], ["甲队", "3", "乙队", "1"]], ["球队；得分；球队；得分", "甲队；3；乙队；1"]),
        (
            [["球队", "得分", "球队", "得分"], ["甲队", "3", "乙队", "1"], ["丙队", "0", "丁队", "2"]],
            ["球队；得分；球队；得分", "甲队；3；乙队；1", "丙队；0；丁队；2"],
        ),
        (
            [["选手", "班级", "选手", "班级"], ["张三", "一班", "李四", "二班"], ["张三", "三班", "王五", "四班"]],
            ["选手；班级；选手；班级", "张三；一班；李四；二班", "张三；三班；王五；四班"],
        ),
        # no form though dates or numbers stand among words: the first row has names alone
        (
            [["文件", "有效期"], ["规定", "2024-05-01"], ["办法", "长期有效"]],
            ["文件；有效期", "文件：规定；有效期：2024-05-01", "文件：办法；有效期：长期有效"],
        ),
        (
            [["文件", "有效期"], ["规定", "2024-05-01"], ["办法", "待定"], ["细则", "TBD"], ["章程", "未设"]],
            [
                "文件；有效期",
                "文件：规定；有效期：2024-05-01",
                "文件：办法；有效期：待定",
                "文件：细则；有效期：TBD",
                "文件：章程；有效期：未设",
            ],
        ),
        (
            [
                ["部门", "电话", "负责人", "邮箱"],
                ["一部", "0513-85001234", "张三", "a@b.cn"],
                ["二部", "同上", "李四", "c@b.cn"],
            ],
            [
                "部门；电话；负责人；邮箱",
                "部门：一部；电话：0513-85001234；负责人：张三；邮箱：a@b.cn",
                "部门：二部；电话：同上；负责人：李四；邮箱：c@b.cn",
            ],
        ),
        (
            [["Task", "Due"], ["Audit", "2024-05-01"], ["Report", "open"]],
            ["Task；Due", "Task：Audit；Due：2024-05-01", "Task：Report；Due：open"],
        ),
        (
            [["姓名", "成绩"], ["张三", "90"], ["李四", "缺考"], ["王五", "77"]],
            ["姓名；成绩", "姓名：张三；成绩：90", "姓名：李四；成绩：缺考", "姓名：王五；成绩：77"],
        ),
    ],
)
def test_rows_of_a_table(rows: list[list[str]], lines: list[str]) -> None:
    assert table_rows(rows) == lines


REGIONS = (
    "地区；城市；人数\n地区：北区；城市：奥城；人数：10\n地区：北区；城市：贝城；人数：20\n地区：南区；城市：罗城；人数：30\n\n"
)
MERGED_ROWS = (("地区", "城市", "人数"), ("北区", "奥城", "10"), ("", "贝城", "20"), ("南区", "罗城", "30"))


def merged_html() -> bytes:
    return (
        "<table><thead><tr><th>地区</th><th>城市</th><th>人数</th></tr></thead><tr><td rowspan=2>北区</td><td>奥城</td>"
        "<td>10</td></tr><tr><td>贝城</td><td>20</td></tr><tr><td>南区<td>罗城<td>30</table>"
    ).encode()


def merged_xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for i, row in enumerate(MERGED_ROWS):
        for j, cell in enumerate(row):
            book.active.cell(i + 4, j + 3, int(cell) if cell.isdigit() else cell or None)  # the values begin at C4
    book.active.merge_cells("C5:C6")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def merged_docx() -> bytes:
    from docx import Document

    document = Document()
    table = document.add_table(rows=4, cols=3)
    for i, row in enumerate(MERGED_ROWS):
        for j, cell in enumerate(row):
            table.cell(i, j).text = cell
    table.cell(1, 0).merge(table.cell(2, 0))
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def merged_pptx() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    table = slide.shapes.add_table(4, 3, Inches(1), Inches(1), Inches(6), Inches(2)).table
    for i, row in enumerate(MERGED_ROWS):
        for j, cell in enumerate(row):
            table.cell(i, j).text = cell
    table.cell(1, 0).merge(table.cell(2, 0))
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("kind", "data"),
    [("html", merged_html()), ("workbook", merged_xlsx()), ("word", merged_docx()), ("slides", merged_pptx())],
    ids=["html", "xlsx", "docx", "pptx"],
)
def test_every_row_that_a_merged_cell_covers_has_its_value(kind: str, data: bytes) -> None:
    assert read_content(kind, data, Limits()).text == REGIONS


def html_rows(table: str) -> list[str]:
    return read_content("html", f"<table>{table}</table>".encode(), Limits()).text.rstrip("\n").split("\n")


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        # the last column, and two cells that cover the same row
        ("<tr><th>a<th>b<th>c<tr><td rowspan=2>1<td>2<td rowspan=3>3<tr><td>4<tr><td>5<td>6",
         ["a；b；c", "a：1；b：2；c：3", "a：1；b：4；c：3", "a：5；b：6；c：3"]),
        # over columns a cell stands once, and what follows stands in its own column
        ("<tr><th>a<th>b<th>c<tr><td colspan=2>all<td>9<tr><td>1<td>2<td>3", ["a；b；c", "a：all；c：9", "a：1；b：2；c：3"]),
        ("<tr><th>a<th>b<th>c<tr><td rowspan=2 colspan=2>x<td>1<tr><td>2", ["a；b；c", "a：x；c：1", "a：x；c：2"]),
        # none goes on from the head into the body; 0 is as far as there are rows
        ("<thead><tr><th rowspan=9>a<th>b</thead><tr><td>1<td>2", ["a；b", "a：1；b：2"]),
        ("<tr><th>a<th>b<tr><td rowspan=0>1<td>2<tr><td>3<tr><td>4", ["a；b", "a：1；b：2", "a：1；b：3", "a：1；b：4"]),
        # what is no number is 1, and what is beyond all bounds ends with the table
        ("<tr><th>a<th>b<tr><td rowspan=x colspan=-2>1<td>2<tr><td>3<td>4", ["a；b", "a：1；b：2", "a：3；b：4"]),
        ("<tr><th>a<th>b<tr><td rowspan=99999999999>1<td>2<tr><td>3<td>4", ["a；b", "a：1；b：2", "a：3；b：4"]),
        ("<tr><th>a<th>b<tr><td rowspan=99999>1<td>2<tr><td>3", ["a；b", "a：1；b：2", "a：1；b：3"]),
        # a row without a text of its own has none
        ("<tr><th>a<th>b<tr><td rowspan=3>1<td>2<tr><td><tr><td>3", ["a；b", "a：1；b：2", "a：1；b：3"]),
    ],
)  # fmt: skip
def test_merged_cells_of_a_page(table: str, rows: list[str]) -> None:
    assert html_rows(table) == rows


FORM = "登记表\n姓名：李四\n性别：男\n地址：北京市\n学校：一中\n专业：文科\n\n"
FORM_ROWS = (
    ("登记表", C, C, C, C),
    ("姓名", "李四", C, "性别", "男"),
    ("地址", "北京市", C, C, C),
    ("学校", "一中", "专业", "文科", C),
)
FORM_MERGED = ((0, 0, 4), (1, 1, 2), (2, 1, 4), (3, 3, 4))  # row, first and last column


def form_html() -> bytes:
    wide = {(row, first): last - first + 1 for row, first, last in FORM_MERGED}
    rows = (
        "".join(f"<td colspan={wide.get((number, at), 1)}>{cell}" for at, cell in enumerate(row) if cell is not C)
        for number, row in enumerate(FORM_ROWS)
    )
    return f"<table>{'<tr>'.join(['', *rows])}</table>".encode()


def form_xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for row in FORM_ROWS:
        book.active.append([cell or None for cell in row])
    for cells in ("A1:E1", "B2:C2", "B3:E3", "D4:E4"):
        book.active.merge_cells(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def form_docx() -> bytes:
    from docx import Document

    document = Document()
    table = document.add_table(rows=4, cols=5)
    for number, row in enumerate(FORM_ROWS):
        for column, cell in enumerate(row):
            table.cell(number, column).text = cell
    for number, first, last in FORM_MERGED:
        merged = table.cell(number, first).merge(table.cell(number, last))
        merged.text = FORM_ROWS[number][first]
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def form_pptx() -> bytes:
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    table = slide.shapes.add_table(4, 5, Inches(1), Inches(1), Inches(6), Inches(2)).table
    for number, row in enumerate(FORM_ROWS):
        for column, cell in enumerate(row):
            table.cell(number, column).text = cell
    for number, first, last in FORM_MERGED:
        table.cell(number, first).merge(table.cell(number, last))
    buffer = io.BytesIO()
    show.save(buffer)
    return buffer.getvalue()


def ruled_pdf(rows: Sequence[Sequence[str]], merged: Iterable[tuple[int, int, int, int]]) -> bytes:
    """A page with a table: `merged` are the first row and column of each merged cell, and the last ones."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate, Table

    buffer = io.BytesIO()
    table = Table(rows, colWidths=[90] * len(rows[0]))
    spans = [("SPAN", (first, top), (last, bottom)) for top, first, bottom, last in merged]
    table.setStyle([("GRID", (0, 0), (-1, -1), 1, "black"), *spans])
    SimpleDocTemplate(buffer, pagesize=A4).build([table])
    return buffer.getvalue()


def form_pdf() -> bytes:
    rows = [
        ["Entry", "", "", "", ""],
        ["Name", "Ada", "", "Sex", "female"],
        ["Town", "Oxford", "", "", ""],
        ["School", "Balliol", "Degree", "MA", ""],
    ]
    return ruled_pdf(rows, [(row, first, row, last) for row, first, last in FORM_MERGED])


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("html", form_html(), FORM),
        ("workbook", form_xlsx(), FORM),
        ("word", form_docx(), FORM),
        ("slides", form_pptx(), FORM),
        ("pdf", form_pdf(), "Entry\nName：Ada\nSex：female\nTown：Oxford\nSchool：Balliol\nDegree：MA\n\n"),
    ],
    ids=["html", "xlsx", "docx", "pptx", "pdf"],
)
def test_a_form_is_told_by_its_merged_values(kind: str, data: bytes, text: str) -> None:
    assert read_content(kind, data, Limits()).text == text


def test_every_cell_of_a_form_with_a_picture_has_its_place_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        ["Name", "Ann Lee", "Sex", "F", "Photo"],
        ["Born", "1990", "Town", "Rome", ""],
        ["Address", "12 High Street", "", "", ""],
        ["School", "Roma Tre", "Degree", "MA", ""],
    ]
    found: list[tuple[str, list[int]]] = []

    def located(text: str, cells: Sequence[pdf_layout.Text]) -> list[int]:
        found.append((text, _located(text, cells)))
        return found[-1][1]

    _located = pdf_layout._located
    monkeypatch.setattr(pdf_layout, "_located", located)
    read_content("pdf", ruled_pdf(rows, [(0, 4, 3, 4), (2, 1, 2, 3)]), Limits())
    ((text, at),) = found
    assert text == "Name：Ann Lee\nSex：F\nPhoto\nBorn：1990\nTown：Rome\nAddress：12 High Street\nSchool：Roma Tre\nDegree：MA"
    assert [sign for sign, place in zip(text, at, strict=True) if place == NOWHERE and sign not in "：\n "] == []


def test_two_merged_rows_of_a_long_list_make_no_form_of_it() -> None:
    letters = "abcdefghijklmnopqrst"
    rows = [["Name", "Dept", "Post", "Town"], *([f"P{a}", f"D{a}", f"J{a}", f"T{a}"] for a in letters)]
    rows[7] = ["Pg", "on leave", "", ""]
    rows[15] = ["Po", "on leave", "", ""]
    lines = read_content("pdf", ruled_pdf(rows, [(7, 1, 7, 3), (15, 1, 15, 3)]), Limits()).text.splitlines()
    assert lines[:2] == ["Name；Dept；Post；Town", "Name：Pa；Dept：Da；Post：Ja；Town：Ta"]
    assert lines[6:9] == [
        "Name：Pf；Dept：Df；Post：Jf；Town：Tf",
        "Name：Pg；Dept：on leave",
        "Name：Ph；Dept：Dh；Post：Jh；Town：Th",
    ]
    assert lines[15] == "Name：Po；Dept：on leave"


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        # heads and values in turn
        ("<tr><th colspan=2>南通<tr><th>面积<td>大<tr><th>第3区号<td>小", ["南通", "面积：大", "第3区号：小"]),
        (
            "<tr><th>姓名<td>李四<th>性别<td>男<tr><th>民族<td>汉<th>学历<td>本科",
            ["姓名：李四", "性别：男", "民族：汉", "学历：本科"],
        ),
        ("<tr><th>a<th>b<tr><th>x<td>y", ["a；b", "a：x；b：y"]),
        # cells that an editor has put into sections
        ("<tr><td><section><p>a</p></section><td><section>b</section><tr><td><section>1</section><td>2", ["a；b", "a：1；b：2"]),
    ],
)
def test_heads_of_rows_and_cells_in_sections_of_a_page(table: str, rows: list[str]) -> None:
    assert html_rows(table) == rows


def test_a_section_alone_in_a_table_is_no_cell_of_data() -> None:
    page = (
        "<table><tr><td><section><p>one</p><p>two</p></section></table><table><tr><td><section>"
        + "x" * 201
        + "</section><td>y</table>"
    )
    assert read_content("html", page.encode(), Limits()).text == "one two\n\n" + "x" * 201 + "\n\ny\n\n"


def test_a_table_that_lays_out_a_page_says_each_cell_once() -> None:
    page = "<table><tr><td rowspan=2>menu<td><h2>News</h2>one<tr><td>two</table>"
    assert read_content("html", page.encode(), Limits()).text == "menu\n\nNews one\n\ntwo\n\n"


def test_filling_keeps_what_a_cell_says_and_passes_over_what_is_outside() -> None:
    rows = [["a", "b"], ["", "1"], ["x", "2"], ["", "3"], ["", ""], ["", "4"]]
    fill_merged(rows, [(0, 99, 0), (7, 8, 0), (0, 1, 5), (-1, 1, 0), (1, 0, 1)])
    assert rows == [["a", "b"], ["a", "1"], ["x", "2"], ["a", "3"], ["", ""], ["a", "4"]]


def test_an_empty_row_of_a_sheet_parts_tables_though_a_merged_cell_covers_it() -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (["a", "b"], ["x", 1], [None, 2], [None, None], [None, 3], ["y", 4]):
        book.active.append(row)
    book.active.merge_cells("A2:A5")
    buffer = io.BytesIO()
    book.save(buffer)
    assert read_content("workbook", buffer.getvalue(), Limits()).text == "a；b\na：x；b：1\na：x；b：2\n\nx：3\ny：4\n\n"


@pytest.mark.parametrize(
    ("first", "merged", "text"),
    [
        (  # all names of columns go down to the first row of data
            ["序号", "概况", None, "备注"],
            ("B1:C1", "A1:A3", "B2:B3", "C2:C3", "D1:D3"),
            "序号；概况 单位；概况 地块；备注\n序号：7；概况 单位：一中；概况 地块：东；备注：无\n\n",
        ),
        # one of them does not
        (
            ["序号", "概况", None, "备注"],
            ("B1:C1", "A1:A3", "B2:B3", "C2:C3"),
            "序号；概况；备注\n序号；单位；地块\n\n7；一中；东；无\n\n",
        ),
        # a cell over all columns names none of them
        (["登记表", None, None, None], ("A1:D3",), "登记表\n\n7；一中；东；无\n\n"),
    ],
)
def test_rows_that_the_header_is_merged_over_do_not_part_it_from_its_table(
    first: list[str | None], merged: Sequence[str], text: str
) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for row in (first, [None, "单位", "地块", None], [None] * 4, [7, "一中", "东", "无"]):
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    assert read_content("workbook", buffer.getvalue(), Limits()).text == text


def test_a_cell_over_many_columns_keeps_what_follows_in_its_column() -> None:
    from docx import Document

    names = [f"n{i}" for i in range(13)]
    page = "<table><tr>" + "".join(f"<th>{name}" for name in names) + "<tr><td colspan=12>x<td>y</table>"
    document = Document()
    table = document.add_table(rows=2, cols=13)
    for cell, name in zip(table.rows[0].cells, names, strict=True):
        cell.text = name
    table.cell(1, 0).merge(table.cell(1, 11)).text = "x"
    table.cell(1, 12).text = "y"
    buffer = io.BytesIO()
    document.save(buffer)
    for kind, data in (("html", page.encode()), ("word", buffer.getvalue())):
        assert read_content(kind, data, Limits()).text == "；".join(names) + "\nn0：x；n12：y\n\n"


def test_the_sign_that_parts_most_of_the_first_lines_parts_all() -> None:
    data = "1,2\n" * 6 + "a;b\n" * 44
    assert "a；b" in read_content("values", data.encode(), Limits()).text
