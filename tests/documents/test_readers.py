"""Documents of every kind: text, marks and spans exact, found again by a question, and hostile files in one line."""

from __future__ import annotations

import os
import random
from pathlib import Path

import golden
import golden_kinds as kinds
import golden_old as old
import pytest
from bombs import archive
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import mutated
from ole import ole
from tiny import TinyEncoder

import qa
from qa import Mark
from qa.answers.citation import citation_of
from qa.config import Limits
from qa.documents.content import Unreadable
from qa.documents.formats.mail import _person
from qa.documents.kinds import kind_of
from qa.documents.readers import read_content

LONG = os.environ.get("FUZZ_EXAMPLES", "")  # a number of examples for each kind: a scheduled run's, not a commit's

COLUMNS = (
    "A title that goes over both of the columns below\n\n"
    + " ".join(f"{side} column line number {i} goes on and on" for side in ("left", "right") for i in range(8))
    + "\n\n"
)
# name -> bytes, encoding, text, marks, a question and what its first passage holds
FILES = {
    "page.html": (golden.page(), "utf-8", golden.PAGE_TEXT, golden.page_marks(), "冲锋舟有几艘可用？", "6艘可用"),
    "gbk.htm": (golden.page("gb18030", "gb2312"), "gb18030", golden.PAGE_TEXT, golden.page_marks(), "周二韩梅梅", "姓名：韩梅梅"),
    "saved.mhtml": (golden.mhtml(), "gb18030", golden.PAGE_TEXT, golden.page_marks(), "周一李雷", "姓名：李雷"),
    "report.docx": (golden.docx(), "docx", golden.DOCX_TEXT, golden.docx_marks(), "研发部人数", "人数：37"),
    "show.pptx": (golden.pptx(), "pptx", golden.PPTX_TEXT, golden.pptx_marks(), "钢材金额", "金额：960万"),
    "stock.xlsx": (golden.xlsx(), "xlsx", golden.XLSX_TEXT, golden.xlsx_marks(), "赵敏电话", "13800001111"),
    "book.epub": (golden.epub(), "epub", golden.EPUB_TEXT, golden.epub_marks(), "猴王出世", "猴王出世"),
    "year.pdf": (golden.pdf(), "pdf", golden.PDF_TEXT, golden.pdf_marks(), "志愿者清理淤泥多少吨", "一万五千余吨"),
    "columns.pdf": (golden.two_columns(), "pdf", COLUMNS, (Mark(0, "page", 1),), "left column line", "left"),
    "film.srt": (
        golden.SUBTITLES.encode("gb18030"), "gb18030", "大坝在1970年合龙。\n\n走吧！\n\n", (Mark(0, "time", 1, "00:00:01"),),
        "大坝合龙", "1970年",
    ),
    "film.vtt": (
        b"WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:03.000\n<v Ann>The dam\n\n00:03.000 --> 00:04.000\nheld.\n",
        "utf-8", "The dam held.\n\n", (Mark(0, "time", 1, "00:00:01"),), "dam held", "dam",
    ),
    "law.md": (
        golden.MARKDOWN.encode(), "utf-8", golden.MARKDOWN,
        (Mark(7, headings=("第一章 总则",)), Mark(45, headings=("第一章 总则", "附则"))), "何时施行", "自2020年起施行",
    ),
    "guide.rst": (
        golden.RST.encode(), "utf-8", golden.RST, (Mark(0, headings=("指南",)), Mark(23, headings=("指南", "安装"))),
        "运行命令", "运行命令",
    ),
    "list.csv": (
        "姓名,城市\r\n张三,\"上海, 浦东\"\r\n李四,北京\r\n".encode("gb18030"), "gb18030",
        "姓名；城市\n姓名：张三；城市：上海, 浦东\n姓名：李四；城市：北京\n\n", (), "李四城市", "城市：北京",
    ),
    "list.tsv": (b"name\tage\nAnn\t31\n", "utf-8", "name；age\nname：Ann；age：31\n\n", (), "Ann age", "age：31"),
    "mail.eml": (kinds.eml(), "eml", kinds.EML_TEXT, kinds.eml_marks(), "水泵报价多少", "九千元"),
    "mail.msg": (kinds.msg(), "msg", kinds.MSG_TEXT, kinds.msg_marks(), "水泵验收合格了吗", "验收合格"),
    "work.ipynb": (kinds.ipynb(), "utf-8", kinds.IPYNB_TEXT, kinds.ipynb_marks(), "更换叶轮", "更换叶轮"),
    "novel.fb2": (kinds.FB2, "fb2", kinds.FB2_TEXT, kinds.fb2_marks(), "Огни гаснут", "десять"),
    "manual.tex": (kinds.TEX.encode(), "utf-8", kinds.TEX_TEXT, kinds.tex_marks(), "沙袋数量", "数量：3200"),
    "old.rtf": (kinds.RTF, "rtf", kinds.RTF_TEXT, kinds.rtf_marks(), "容量 10⁶té 总则", "10⁶"),
    "text.odt": (kinds.odt(), "odf", kinds.ODT_TEXT, kinds.odt_marks(), "研发人数", "人数：37"),
    "show.odp": (kinds.odp(), "odf", kinds.ODP_TEXT, kinds.odp_marks(), "说明原因", "说明原因"),
    "invoice.ofd": (kinds.ofd(), "ofd", kinds.OFD_TEXT, kinds.ofd_marks(), "金额", "九千元"),
    "old.doc": (old.doc(), "doc", old.DOC_TEXT, old.doc_marks(), "大米数量", "数量：500"),
    "old.ppt": (old.ppt(), "ppt", old.PPT_TEXT, old.ppt_marks(), "钢材金额", "金额：960万"),
    "all.zip": (kinds.bundle(), "zip", kinds.BUNDLE_TEXT, kinds.bundle_marks(), "内层的文字", "内层"),
    "film.ass": (kinds.ASS.encode(), "utf-8", kinds.ASS_TEXT, (Mark(0, "time", 1, "00:01:03"),), "大坝在四川", "1970年"),
    "tool.py": ("def 求和(a):\n    return a\n".encode(), "utf-8", "def 求和(a):\n    return a\n", (), "求和", "求和"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_exactly_with_its_marks(name: str, tmp_path: Path) -> None:
    data, encoding, text, marks, _, _ = FILES[name]
    (tmp_path / name).write_bytes(data)
    document = qa.read_document(tmp_path / name)
    assert document.text == text
    assert document.marks == marks
    assert document.encoding == encoding


def test_every_kind_is_found_again_by_a_question_and_its_citations_hold(tmp_path: Path, tiny: TinyEncoder) -> None:
    (tmp_path / "docs").mkdir()
    for name, (data, *_) in FILES.items():
        (tmp_path / "docs" / name).write_bytes(data)
    index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    assert index.manifest.skipped == ()
    assert {entry.source for entry in index.manifest.documents} == set(FILES)
    for name, (_, _, text, _, question, held) in FILES.items():
        hits = [hit for hit in index.search(question, index.size) if hit.paragraph.source == name]
        assert held in hits[0].text, name
        for hit in hits:
            citation = citation_of(index.store, 1, hit.paragraph.row, hit.paragraph.start, hit.paragraph.end)
            assert text[citation.start : citation.end] == citation.quote == hit.text
            assert citation.verify(), citation.verify().reason


@pytest.mark.parametrize(
    ("name", "like"),
    [("a.txt", "year.pdf"), ("a.doc", "report.docx"), ("a.xls", "stock.xlsx"), ("a", "book.epub"), ("a.txt", "page.html")],
)
def test_content_decides_when_the_name_is_wrong(name: str, like: str, tmp_path: Path) -> None:
    data, encoding, text, marks, _, _ = FILES[like]
    (tmp_path / name).write_bytes(data)
    document = qa.read_document(tmp_path / name)
    assert (document.text, document.encoding, document.marks) == (text, encoding, marks)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("report.docx", "第一章 收入, paragraph 2"),
        ("page.html", "防汛手册, paragraph 1"),
        ("law.md", "第一章 总则, paragraph 2, line 3"),
        ("tool.py", "paragraph 1, line 1"),
    ],
)
def test_a_place_names_a_line_only_where_there_are_lines(name: str, place: str, tmp_path: Path, tiny: TinyEncoder) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / name).write_bytes(FILES[name][0])
    index = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
    assert place in [index.paragraph(row).place for row in range(index.size)]


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="%s"><w:body><w:p><w:r><w:t>start &b;&f; end</w:t></w:r></w:p></w:body></w:document>' % WORD.encode()
)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HOSTILE = {
    "bomb.docx": (archive({"word/document.xml": b" " * (3 << 20)}), "unpacks to over 2 MiB; raise the limit unpacked_mb"),
    "bomb.xlsx": (
        golden.with_members(golden.xlsx(), {}, {"xl/worksheets/sheet1.xml": (b"<row", b" " * (3 << 20) + b"<row")}),
        "unpacks to over 2 MiB",
    ),
    "bomb.epub": (
        golden.with_members(golden.epub(), {}, {"O/b.xhtml": (b"<p>", b"<p>" + b" " * (3 << 20))}), "unpacks to over 2 MiB"
    ),
    "many.docx": (archive({f"{i}.xml": b"" for i in range(60)} | {"word/document.xml": b""}), "has over 50 members"),
    "empty.docx": (archive({"word/document.xml": b""}), "has a part that is not XML"),
    "other.zip": (archive({"a.xyz": b"a"}), "its part a.xyz is not read (.xyz is not a kind that is read; save it as .txt"),
    "cut.docx": (golden.docx()[:2000], "is a damaged container; save it again with the program that made it"),
    "secret.pdf": (golden.encrypted_pdf(), "is encrypted; save it without a password"),
    "broken.pdf": (b"%PDF-1.7\n" + b"garbage " * 200, "is a damaged PDF; save or print it to PDF again"),
    "text.pdf": (b"plain words", "its name says PDF, but its contents do not; save it again or delete it"),
    "cut.doc": (OLE + b"\0" * 600, "is a damaged container; save it again with the program that made it"),
    "old.doc": (ole({"WordDocument": b"\xdc\xa5\x65\0".ljust(99, b"\0")}), "is of Word 6 or 95; save it as .docx"),
    "locked.doc": (ole({"WordDocument": b"\xec\xa5\xc1\0".ljust(11, b"\0") + b"\1"}), "is encrypted; save it without a password"),
    "empty.doc": (ole({"WordDocument": b""}), "is a damaged container"),
    "old.ppt": (ole({"PowerPoint Document": b""}), "is a damaged container"),
    "old.xls": (ole({"Workbook": b"x" * 100}), "is a damaged workbook"),
    "locked.docx": (ole({"EncryptedPackage": b""}), "is encrypted; save it without a password"),
    "deep.rtf": (b"{\\rtf1 " + b"{" * 2500, "is nested over 2000 elements deep; it is not a document that people read"),
    "deep.html": (b"<div>" * 3000 + b"x", "is nested over 2000 elements deep; it is not a page that people read"),
    "long.txt": (b"a" * 200_001, "holds over 200000 characters; split it or raise the limit characters"),
    "rows.csv": (b"a,b\n" * 2000, "has over 1000 rows; split it or raise the limit rows"),
    "nul.csv": (b"a,b\n\0,c\n", "holds NUL bytes, so it is not a text file; save it as UTF-8 text"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_one_line_with_its_name_and_the_remedy(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_LIMITS", "unpacked_mb=2 members=50 characters=200000 rows=1000")
    data, reason = HOSTILE[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(qa.DocumentError) as caught:
        qa.read_document(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}: {reason}")
    assert "\n" not in str(caught.value)


def test_entities_are_not_expanded_and_nothing_is_fetched(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(archive({"word/document.xml": LAUGHS}))
    assert qa.read_document(tmp_path / "a.docx").text == "start\n\n"


def test_marks_of_direction_and_control_characters_stay_in_the_text(tmp_path: Path) -> None:
    text = "a\u202ebc\u2066d\x07e\u200bf\ufeff 　g\r\n"
    (tmp_path / "a.txt").write_bytes(text.encode())
    assert qa.read_document(tmp_path / "a.txt").text == text


@pytest.mark.parametrize("name", FILES)
@settings(
    max_examples=int(LONG or 25), deadline=None, database=None, derandomize=not LONG,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(seed=st.integers(0, 2**32))
def test_a_mutated_file_is_a_document_or_one_line(name: str, seed: int) -> None:
    data = mutated(FILES[name][0], random.Random(seed))
    try:
        content = read_content(kind_of(Path(name).suffix, data, Limits()), data, Limits())
    except Unreadable:
        return
    starts = [mark.start for mark in content.marks]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(content.text) for start in starts)


def test_captions_that_end_no_sentence_are_put_together_up_to_a_length() -> None:
    captions = "".join(f"00:0{i}.000 --> 00:0{i}.500\n{letter * 90}\n\n" for i, letter in enumerate("abcd"))
    blocks = read_content("subtitles", captions.encode(), Limits()).text.split()
    assert read_content("subtitles", captions.encode(), Limits()).text.count("\n\n") == 2  # after 200 characters, and at the end
    assert [block[0] for block in blocks] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("kind", "data", "limit", "holds"),
    [("pdf", golden.pdf(), "pages", 2), ("slides", golden.pptx(), "pages", 2), ("workbook", golden.xlsx(), "rows", 6)],
)
def test_as_much_as_the_limit_is_read_and_one_more_refused(kind: str, data: bytes, limit: str, holds: int) -> None:
    assert read_content(kind, data, Limits(**{limit: holds})).text
    with pytest.raises(Unreadable, match=rf"^has over {holds - 1} (pages|slides|rows); split it or raise the limit {limit}$"):
        read_content(kind, data, Limits(**{limit: holds - 1}))


def text_of(kind: str, data: bytes) -> str:
    return read_content(kind, data, Limits()).text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<div id=a style='visibility: hidden;opacity:0'><p>渡口的灯</p></div><p>广告</p>", "渡口的灯\n\n广告\n\n"),
        ("<p>灯在十点熄灭，天天如此</p><p style='display:none'>密</p>", "灯在十点熄灭，天天如此\n\n"),
        ("<article><p>停水</p><footer>联系人张三</footer></article><footer>版权</footer>", "停水\n\n联系人张三\n\n"),
        ("<p>10<sup>6</sup>吨，H<sub>2</sub>O，1<sup>st</sup>，甲<sup>[2]</sup></p>", "10⁶吨，H2O，1st，甲[2]\n\n"),
        ("<table><tr><td>面积<td>10<sup>-3</sup></table>", "面积；10⁻³\n\n"),
        ("<p>a<sup>b<p>c</sup>", "ab\n\nc\n\n"),
        # boxes that are ticked or not, but no switches of the page; equations, without their source
        (
            "<ul><li><input type=checkbox checked disabled> 买菜<li><input type=checkbox disabled>扫地</ul>",
            "- ☑ 买菜\n- ☐ 扫地\n\n",
        ),
        ("<input type=checkbox id=menu><input type=text value=x><p><input type=radio checked>同意</p>", "☑ 同意\n\n"),
        ("<p>比<math><mfrac><mi>a</mi><mi>b</mi></mfrac><annotation>\\frac</annotation></math>大", "比 a/b 大\n\n"),
        ("<p>设<math><mtext>if <b>x</b> holds</mtext></math>则", "设 if x holds 则\n\n"),
        (
            "<p>见<math><semantics><annotation-xml encoding='application/xhtml+xml'><p>Only <b>here</b></p></annotation-xml>",
            "见 Only here\n\n",
        ),
    ],
)
def test_a_page_is_read_as_it_is_seen(page: str, text: str) -> None:
    assert text_of("html", page.encode()) == text


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("sep=;\r\n编号;品名\r\n1;扳手\r\n", ["编号；品名", "编号：1；品名：扳手"]),
        (
            '品名,数\n"12寸水管,4\n扳手,"1"\n"a\nb",3\n',
            ["品名；数", "品名：12寸水管；数：4", "品名：扳手；数：1", "品名：a b；数：3"],
        ),
        ('品名,数\n12" 管,4\n', ["品名；数", '品名：12" 管；数：4']),
    ],
)
def test_a_table_of_values_is_read_as_its_program_shows_it(table: str, rows: list[str]) -> None:
    assert text_of("values", table.encode()).split("\n")[:-2] == rows


def test_pictures_in_markdown_are_no_text() -> None:
    data = "# 安装\n\n![接线图](data:image/png;base64," + "iVBOR/+w0" * 999 + "=)\n\n先接地线。\n"
    assert text_of("markdown", data.encode()) == "# 安装\n\n![接线图](data:image/png)\n\n先接地线。\n"


@pytest.mark.parametrize("kind", ["text/x-oeb1-document", "application/xml", "image/svg+xml"])
def test_a_chapter_is_read_whatever_its_type_is_called_but_for_pictures(kind: str) -> None:
    book = golden.with_members(golden.epub(), {}, {"O/b.opf": (b'href="b.xhtml" media-type="application/xhtml+xml"',
                                                               f'href="b.xhtml" media-type="{kind}"'.encode())})  # fmt: skip
    assert text_of("epub", book).startswith("第一回") == (not kind.startswith("image/"))


def test_a_chapter_that_the_spine_names_often_is_read_once() -> None:
    book = golden.with_members(golden.epub(), {}, {"O/b.opf": (b"<spine>", b"<spine>" + b'<itemref idref="b"/>' * 3)})
    content = read_content("epub", book, Limits())
    assert content.text.count("第一回") == golden.EPUB_TEXT.count("第一回") == 1


def test_a_chapter_that_cannot_be_read_is_named_and_the_rest_read() -> None:
    book = golden.with_members(golden.epub(), {}, {"O/b.xhtml": (b"<p>", b"<p>" + b"\xff\xfe\xfd" * 99)})
    content = read_content("epub", book, Limits())
    assert content.text == golden.PAGE_TEXT
    assert [str(problem) for problem in content.problems] == [
        "its part O/b.xhtml is not read (is not UTF-8 (byte 108) and no other encoding gives readable text); the rest is"
    ]


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("通知.doc", "<html><body><p>开饭</p></body></html>".encode("gb18030"), "gb18030"),
        ("表.xls", "<table><tr><td>甲</td></tr></table>".encode(), "utf-8"),
        ("表.xls", "品名\t数\n扳手\t4\n".encode("utf-16"), "utf-16"),
        ("a.doc", "开饭时间六点".encode(), "utf-8"),
    ],
)
def test_pages_and_texts_under_the_names_of_office_files_are_read(name: str, data: bytes, kind: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert qa.read_document(tmp_path / name).encoding == kind


def test_objects_inside_an_old_file_do_not_say_what_it_is(tmp_path: Path) -> None:
    assert kind_of(".xls", ole({"Workbook": b"WordDocument".ljust(200), "MBD1/WordDocument": b"x"}), Limits()) == "workbook"
    assert kind_of(".xls", ole({"BOOK": "EncryptedPackage".encode("utf-16-le")}), Limits()) == "workbook"


@pytest.mark.parametrize("name", ["a.docx", "a.html", "a.svg.txt"])
def test_a_file_without_any_text_is_named_and_an_empty_one_is_not(name: str, tmp_path: Path) -> None:
    word = archive({"word/document.xml": b"<document/>"})
    files = {"a.docx": word, "a.html": b"<html><img src=x></html>", "a.svg.txt": b"----\n"}
    (tmp_path / name).write_bytes(files[name])
    with pytest.raises(qa.DocumentError, match="holds no text that can be read"):
        qa.read_document(tmp_path / name)
    (tmp_path / "empty.txt").write_bytes(b"\xef\xbb\xbf \r\n")
    assert qa.read_document(tmp_path / "empty.txt").text.strip("\ufeff") == " \r\n"


def test_what_is_read_in_part_is_named_by_the_build_and_refused_by_a_strict_one(tmp_path: Path, tiny: TinyEncoder) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_bytes("水库容量正常。".encode() * 20 + b"\xff")
    what = "holds bytes that are not utf-8 (1 in all, at 420, line 1); \ufffd stands for them, save it again"
    for _ in range(2):  # the second build takes the document over from the first
        made = qa.build(tmp_path / "docs", tmp_path / "index", encoder=tiny)
        assert made.manifest.partly_read == (f"{tmp_path / 'docs' / 'a.txt'}: {what}",)
    with pytest.raises(qa.DocumentError, match="holds bytes that are not utf-8"):
        qa.build(tmp_path / "docs", tmp_path / "other", encoder=tiny, strict=True)


def test_items_of_a_page_have_the_numbers_that_a_browser_shows() -> None:
    page = (
        "<ol start=3 type=a><li>三<ul><li>x</ul>尾<li value=9>九</ol>"
        "<ol><li><p>一段</p><p>二段</p></li><li><h3>题</h3>文</li></ol>"
        "<ul><li><p>甲</p></li></ul><p>完"
    )
    text = read_content("html", page.encode(), Limits()).text
    assert text == "c. 三\n- x\n- 尾\ni. 九\n\n1. 一段\n二段\n\n题\n\n- 文\n\n- 甲\n\n完\n\n"


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("<ol reversed><li>a<li>b<li>c</ol>", "3. a\n2. b\n1. c"),
        ("<ol reversed start=10 type=A><li>a<li value=3>b<li>c</ol>", "J. a\nC. b\nB. c"),
        ("<ol start=26 type=a><li>a<li>b</ol>", "z. a\naa. b"),
        ("<ol start=-1 type=i><li>a<li>b<li>c<li type=I>d</ol>", "-1. a\n0. b\ni. c\nII. d"),
        ("<ol><li>a<ol type=I><li>b<li>c</ol><li>d</ol>", "1. a\nI. b\nII. c\n2. d"),
        ("<ol style='list-style-type: cjk-ideographic'><li>甲<li>乙</ol>", "一、甲\n二、乙"),
        ("<ol style='list-style: inside decimal'><li>甲<li>乙</ol>", "1. 甲\n2. 乙"),
        ("<ol style='list-style: url(a.png) square'><li>甲</ol>", "- 甲"),
        ("<ol style='list-style-type: lower-greek'><li>甲</ol>", "1. 甲"),
        ("<ol style='list-style: none'><li>甲<li style='list-style-type:upper-roman'>乙</ol>", "- 甲\nII. 乙"),
        ("<table><tr><th>步骤<th>人<tr><td><ol start=3><li>开<li>关</ol><td><ul><li>甲<li>乙</ul></table>",
         "步骤；人\n步骤：3. 开 4. 关；人：甲 乙"),
    ],
)  # fmt: skip
def test_lists_of_a_page_count_as_they_say(page: str, read: str) -> None:
    assert read_content("html", page.encode(), Limits()).text == f"{read}\n\n"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_an_old_message_is_in_the_encoding_that_its_texts_seem_to_be_in(encoding: str) -> None:
    content = read_content("outlook", kinds.msg(encoding=encoding), Limits())
    assert (content.text, content.marks) == (kinds.MSG_TEXT, kinds.msg_marks())


def test_a_message_without_what_it_lists_is_damaged() -> None:
    data = kinds.msg()
    name = "__substg1.0_37010102".encode("utf-16-le")
    with pytest.raises(Unreadable) as caught:
        read_content("outlook", data.replace(name, name[:-4] + b"9\x009\x00"), Limits())
    assert caught.value.code == "documents.damaged_container"


def test_a_message_without_a_date_has_none() -> None:
    text = read_content("outlook", kinds.msg(sent=0), Limits()).text
    assert text == kinds.MSG_TEXT.replace("日期：2024-03-05 09:42+00:00\n", "")


@pytest.mark.parametrize(
    ("name", "address", "said"),
    [
        ("李四", "li@example.com", "李四 <li@example.com>"),
        ("li@example.com", "li@example.com", "li@example.com"),
        ("李四", "/o=ExchangeLabs/ou=Group/cn=Recipients/cn=li", "李四"),  # known within Exchange only
        ("李四", "", "李四"),
        ("", "li@example.com", "li@example.com"),
    ],
)
def test_a_person_of_a_message_has_an_address_that_people_use(name: str, address: str, said: str) -> None:
    assert _person(name, address) == said
