"""PDFs of the kinds that people have, made here, each with what is to be read from it."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from drawing import SETTERS, SONG, Setter, font_of, made, plain, type3, wide, wrapped
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

Row = dict[str, str]
ZH = (
    "水库管理处每年四月检查全部闸门和启闭机，记录存档十年。",
    "汛期值班人员须在岗二十四小时，不得由他人代签。",
    "水位超过一百二十六米时，由值班长报告县防汛办并开启二号泄洪闸。",
    "下游三个村的村民接到广播后，应当沿北侧山路撤到小学操场。",
    "备用柴油每季度更换一次，剩余部分交车队使用。",
    "抢险物资存放在坝顶仓库，钥匙由值班长保管。",
    "雨量站的数据每五分钟上传一次，中断时改用电话报送。",
    "检修期间任何人不得在泄洪渠内停留。",
    "闸门启闭前应鸣笛三次，每次十秒。",
    "观测井的水位由两人同时读取，取平均值。",
    "发现渗水应立即拍照，并在一小时内上报。",
    "坝体位移每月测量一次，结果与上年同期比较。",
)
EN = (
    "The boiler house is checked every morning before the first shift begins.",
    "Pressure above seven bar must be written down and reported to the foreman.",
    "Visitors leave their telephones at the gate and wear a helmet inside.",
    "The spare pump stands behind the workshop and is started once a month.",
    "Ash is carried to the yard in closed barrows and wetted when the wind is strong.",
    "A valve that leaks is marked with red paint and changed within two days.",
    "Water for the boiler comes from the upper well and is softened on Mondays.",
    "The key of the store hangs in the office and is signed for in the green book.",
    "Lamps in the tunnel are changed in pairs so that no part of it is ever dark.",
    "The last man of the shift closes the damper and reads the meter.",
    "Coal is weighed on the bridge scale and the slip goes to the accounts.",
    "Belts are looked over for cracks while they stand, never while they run.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A PDF and its truth: paragraphs in reading order, rows of its tables, texts that occur once, texts that do not occur."""

    kind: str
    name: str
    data: bytes
    paragraphs: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    once: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(slots=True)
class Sheet:
    """A page that is being drawn, and what has been written on it so far."""

    canvas: Canvas
    put: Setter = plain
    truth: list[str] = field(default_factory=list)

    def paragraph(self, text: str, x: float, y: float, width: float, size: float = 11) -> float:
        """Set a paragraph; the place of the next line."""
        self.truth.append(text)
        for line in wrapped(text, width, size):
            self.put(self.canvas, x, y, size, line)
            y -= 1.5 * size
        return y


def prose(chance: random.Random, language: str, sentences: int) -> str:
    chosen = chance.sample(ZH if language == "zh" else EN, sentences)
    return "".join(chosen) if language == "zh" else " ".join(chosen)


def one_column(chance: random.Random, put: Setter, language: str) -> tuple[bytes, list[str]]:
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas, put, truth)
        y = sheet.paragraph("第一章 水库运行" if language == "zh" else "Chapter One: The Boiler House", 72, 770, 450, 18) - 10
        for _ in range(4):
            y = sheet.paragraph(prose(chance, language, 3), 72, y, 440) - 9
        amount = f"-{chance.randint(1, 9)},{chance.randint(100, 999)}.{chance.randint(10, 99)}"
        sheet.paragraph(f"一、本年支出{amount}元，同比下降8.75%。" if language == "zh" else
                        f"Spending was {amount} pounds, 8.75% less, i.e. -0.0053 of it.", 72, y, 440)  # fmt: skip

    return made(draw), truth


def columns(chance: random.Random, put: Setter, language: str, count: int, *, titled: bool) -> tuple[bytes, list[str]]:
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas, put, truth)
        top = 770.0
        if titled:
            top = (
                sheet.paragraph("水库运行与管理简报" if language == "zh" else "News from the boiler house", 150, 770, 400, 20) - 8
            )
            top = sheet.paragraph(prose(chance, language, 3), 60, top, 475, 11) - 10
        width = (475 - 24 * (count - 1)) / count
        for column in range(count):
            y = top
            for _ in range(3 if count == 2 else 2):
                y = sheet.paragraph(prose(chance, language, 4), 60 + column * (width + 24), y, width, 10) - 7

    return made(draw), truth


ITEMS = ("屋面防水", "电缆更换", "锅炉检修", "外墙粉刷", "水泵采购", "道路硬化", "围栏加固", "绿化养护", "照明改造", "排水疏通")
PEOPLE = ("李秀英", "王建国", "赵敏", "陈志强", "孙丽华", "周卫东")
DEPARTMENTS = ("后勤科", "设备科", "基建科", "安保科")


def table(chance: random.Random, count: int) -> list[list[str]]:
    rows = [["项目", "负责人", "部门", "金额（元）", "完成日期"]]
    for number in range(count):
        rows.append([
            ITEMS[number % len(ITEMS)] + (f"{number}期" if count > len(ITEMS) else ""), chance.choice(PEOPLE),
            chance.choice(DEPARTMENTS), f"{chance.randint(1, 99)},{chance.randint(100, 999)}.{chance.randint(10, 99)}",
            f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
        ])  # fmt: skip
    return rows


def draw_rows(
    canvas: Canvas, put: Setter, rows: list[list[str]], y: float, rules: str, widths: tuple[float, ...] = (110, 75, 75, 110, 90)
) -> float:
    """Draw a table with "all" rules, "three" (booktabs) or "none"; figures stand to the right."""
    left, height = 60.0, 22.0
    right = left + sum(widths)
    for number, row in enumerate(rows):
        x = left
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            own = wide(cell, 10)
            at = x + width - own - 6 if column == 3 else x + 5
            put(canvas, at, y - 15, 10, cell)
            if rules == "all":
                canvas.rect(x, y - height, width, height)
            x += width
        if rules == "three" and number in (0, 1):
            canvas.line(left, y, right, y)
        y -= height
    if rules == "three":
        canvas.line(left, y, right, y)
    return y


def as_rows(rows: list[list[str]]) -> list[Row]:
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def tabled(chance: random.Random, put: Setter, rules: str) -> tuple[bytes, list[str], list[Row]]:
    truth: list[str] = []
    rows = table(chance, 8)

    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas, put, truth)
        y = sheet.paragraph("工程进度说明", 240, 780, 300, 16)
        y = sheet.paragraph(prose(chance, "zh", 3), 60, y - 8, 460)
        y = draw_rows(canvas, put, rows, y - 10, rules)
        sheet.paragraph(prose(chance, "zh", 3), 60, y - 30, 460)

    return made(draw), truth, as_rows(rows)


def long_table(chance: random.Random, *, repeated: bool) -> tuple[bytes, list[Row]]:
    """A table over three pages, its header on each of them or on the first only."""
    rows = table(chance, 90)

    def draw(canvas: Canvas) -> None:
        body = rows[1:]
        for page in range(3):
            part = body[30 * page : 30 * page + 30]
            draw_rows(canvas, plain, [rows[0], *part] if repeated or not page else part, 780, "all")
            canvas.showPage()

    return made(draw), as_rows(rows)


def statement(chance: random.Random) -> tuple[bytes, list[str]]:
    """Rows up to the edges of four pages, without a header and without rules."""
    lines: list[str] = []

    def draw(canvas: Canvas) -> None:
        for number in range(152):
            if number and number % 38 == 0:
                canvas.showPage()
            amount = f"{chance.randint(10, 9999)}.{chance.randint(10, 99)}"
            y = 822 - 21 * (number % 38)
            cells = (f"2024-03-{number % 28 + 1:02}", "转账支出", amount, f"第{number + 1}笔")
            for x, cell in zip((50, 170, 300, 420), cells, strict=True):
                plain(canvas, x, y, 11, cell)
            lines.append(" ".join(cells))

    return made(draw), lines


def letter(chance: random.Random, pages: int) -> tuple[bytes, list[str], list[str]]:
    """The same lines at the top and at the foot of every page, and a page number."""
    head, foot = "文件编号：WJ-2024-017　密级：内部", "客服电话：0571-88996655　开户行：农业银行城关支行"
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        for page in range(pages):
            plain(canvas, 72, 805, 9, head)
            y = 760.0
            for _ in range(4):
                text = prose(chance, "zh", 3)
                truth.append(text)
                for line in wrapped(text, 440, 11):
                    plain(canvas, 72, y, 11, line)
                    y -= 17
                y -= 8
            plain(canvas, 72, 40, 9, foot)
            plain(canvas, 290, 22, 9, f"第 {page + 1} 页")
            canvas.showPage()

    return made(draw), truth, [head.replace("　", " "), foot.replace("　", " ")]


def footnoted(chance: random.Random) -> tuple[bytes, list[str]]:
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        sheet = Sheet(canvas, plain, truth)
        y = 760.0
        for _ in range(5):
            y = sheet.paragraph(prose(chance, "zh", 4), 72, y, 440) - 8
        canvas.line(72, 90, 220, 90)
        sheet.paragraph("① 数据来自县水文站二〇二三年年报。", 72, 74, 440, 8)

    return made(draw), truth


def rotated(chance: random.Random, angle: int, language: str) -> tuple[bytes, list[str]]:
    """A page that a viewer turns by `angle`; its text stands upright once it is turned."""
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        canvas.setPageRotation(angle)
        if angle == 90:
            canvas.transform(0, 1, -1, 0, 595, 0)
        elif angle == 270:
            canvas.transform(0, -1, 1, 0, 0, 595)
        else:
            canvas.transform(-1, 0, 0, -1, 595, 842)
        sheet = Sheet(canvas, plain, truth)
        y = 520.0
        for _ in range(4):
            y = sheet.paragraph(prose(chance, language, 3), 60, y, 460) - 8

    return made(draw), truth


def turned(chance: random.Random) -> tuple[bytes, list[str]]:
    """Text along the long side of an upright page."""
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        canvas.transform(0, 1, -1, 0, 595, 0)
        sheet = Sheet(canvas, plain, truth)
        y = 520.0
        for _ in range(4):
            y = sheet.paragraph(prose(chance, "en", 3), 60, y, 600) - 8

    return made(draw), truth


def vertical(chance: random.Random, lines: int, *, dense: bool) -> tuple[bytes, list[str]]:
    """Chinese from top to bottom, the lines from right to left."""
    text = prose(chance, "zh", lines)
    step = 14 if dense else 17

    def draw(canvas: Canvas) -> None:
        canvas.setFont(SONG, 14)
        for number, char in enumerate(text):
            canvas.drawString(500 - 26 * (number // 30), 760 - step * (number % 30), char)

    return made(draw), [text]


def watermarked(chance: random.Random, pages: int) -> tuple[bytes, list[str]]:
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        for _ in range(pages):
            canvas.saveState()
            canvas.setFillGray(0.8)
            canvas.translate(300, 420)
            canvas.rotate(45)
            plain(canvas, -200, 0, 50, "内部资料严禁外传")
            canvas.restoreState()
            sheet = Sheet(canvas, plain, truth)
            y = 560.0
            for _ in range(5):
                y = sheet.paragraph(prose(chance, "zh", 2), 72, y, 440) - 8
            canvas.showPage()

    return made(draw), truth


def scanned(chance: random.Random) -> tuple[bytes, list[str]]:
    """A picture of a page with the recognised text laid over it, invisible."""
    truth: list[str] = []

    def invisible(canvas: Canvas, x: float, y: float, size: float, text: str) -> None:
        line = canvas.beginText(x, y)
        line.setTextRenderMode(3)
        line.setFont(font_of(text), size)
        line.textOut(text)
        canvas.drawText(line)

    def draw(canvas: Canvas) -> None:
        from PIL import Image

        picture = io.BytesIO()
        Image.effect_noise((600, 850), 20).save(picture, "PNG")
        canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        sheet = Sheet(canvas, invisible, truth)
        y = 760.0
        for _ in range(5):
            y = sheet.paragraph(prose(chance, "zh", 3), 72, y, 440) - 8

    return made(draw), truth


def boxed(chance: random.Random) -> tuple[bytes, list[str], list[str]]:
    """Text beside the visible part of the page: slugs of printers and slides."""
    truth: list[str] = []

    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((100, 100, 560, 800))
        sheet = Sheet(canvas, plain, truth)
        y = 760.0
        for _ in range(4):
            y = sheet.paragraph(prose(chance, "zh", 3), 130, y, 400) - 8
        plain(canvas, 20, 60, 10, "印刷厂内部标记七号机台")
        plain(canvas, 610, 400, 10, "备用文字不应读到")

    return made(draw), truth, ["印刷厂内部标记", "备用文字"]


def form(chance: random.Random) -> tuple[bytes, list[str]]:
    fields = [("Applicant: ", "Boiler House No. 3"), ("Date: ", "2024-06-05"), ("Amount: ", "4,820.50")]

    def draw(canvas: Canvas) -> None:
        for number, (label, value) in enumerate(fields):
            plain(canvas, 72, 740 - 30 * number, 12, label)
            canvas.acroForm.textfield(
                name=f"f{number}", value=value, x=160, y=735 - 30 * number, width=200, height=18, fontSize=10
            )
        plain(canvas, 72, 640, 12, "Urgent")
        canvas.acroForm.checkbox(name="c", checked=True, x=160, y=636)

    return made(draw), [label + value for label, value in fields]


def raised(chance: random.Random) -> tuple[bytes, list[str]]:
    def draw(canvas: Canvas) -> None:
        plain(canvas, 72, 700, 12, "水库容量为10")
        plain(canvas, 72 + wide("水库容量为10", 12), 705, 7, "6")
        plain(canvas, 72 + wide("水库容量为10", 12) + wide("6", 7), 700, 12, "立方米，断面积32平方米。")

    return made(draw), ["水库容量为10⁶立方米，断面积32平方米。"]


def damaged(chance: random.Random) -> tuple[bytes, list[str]]:
    """Three pages, of which the second is no page."""
    data, truth, _ = letter(chance, 3)
    parts = data.split(b"/Type /Page\n")
    if len(parts) < 4:
        raise ValueError("the page objects are not where they were")
    broken = parts[0] + b"/Type /Page\n" + parts[1] + b"/Type /Nope\n" + parts[2] + b"/Type /Page\n" + parts[3]
    return broken, [*truth[:4], *truth[8:]]


def drawn_cases(seed: int = 7) -> Iterator[Made]:
    """The PDFs that need nothing but reportlab."""
    chance = random.Random(seed)
    for setting, put in SETTERS.items():
        for language in ("zh", "en"):
            yield Made("prose", f"prose, {language}, {setting}", *_texts(one_column(chance, put, language)))
        yield Made("columns", f"two columns, en, {setting}", *_texts(columns(chance, put, "en", 2, titled=True)))
        yield Made("columns", f"three columns, zh, {setting}", *_texts(columns(chance, put, "zh", 3, titled=False)))
        for rules in ("all", "three", "none"):
            data, truth, rows = tabled(chance, put, rules)
            yield Made("table", f"table, rules {rules}, {setting}", data, tuple(truth), tuple(rows))
    for count, titled in ((2, False), (3, True)):
        for language in ("zh", "en"):
            yield Made("columns", f"{count} columns, {language}, titled {titled}",
                       *_texts(columns(chance, plain, language, count, titled=titled)))  # fmt: skip
    for repeated in (True, False):
        data, rows = long_table(chance, repeated=repeated)
        yield Made("table", f"table over pages, header repeated {repeated}", data, (), tuple(rows))
    yield Made("rows at edges", "statement", *_texts(statement(chance)))
    for pages in (2, 3, 6):
        data, truth, lines = letter(chance, pages)
        yield Made("running lines", f"letter of {pages} pages", data, tuple(truth), once=tuple(lines))
    yield Made("footnote", "footnote", *_texts(footnoted(chance)))
    for angle in (90, 180, 270):
        for language in ("zh", "en"):
            yield Made("turned", f"page turned by {angle}, {language}", *_texts(rotated(chance, angle, language)))
    yield Made("turned", "text along the side", *_texts(turned(chance)))
    for lines, dense in ((2, False), (4, True), (8, False)):
        yield Made("vertical", f"vertical, {lines} sentences, dense {dense}", *_texts(vertical(chance, lines, dense=dense)))
    for pages in (1, 3):
        data, truth = watermarked(chance, pages)
        yield Made("watermark", f"watermark on {pages} pages", data, tuple(truth))
    yield Made("scan", "scan with a layer of text", *_texts(scanned(chance)))
    data, truth, absent = boxed(chance)
    yield Made("beside the page", "text beside the page", data, tuple(truth), absent=tuple(absent))
    yield Made("form", "filled form", *_texts(form(chance)))
    yield Made("superscript", "superscript", *_texts(raised(chance)))
    yield Made("damaged page", "damaged page", *_texts(damaged(chance)))
    text = "\n".join(EN[:6])
    yield Made("type 3", "type 3 font", type3(text, 8, 60, 760), tuple(EN[:6]))


def _texts(pair: tuple[bytes, list[str]]) -> tuple[bytes, tuple[str, ...]]:
    return pair[0], tuple(pair[1])
