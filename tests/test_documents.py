"""Files to texts: exact characters, strict decoding, one line for what is refused; and quotations checked against their file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa import Citation, Document, DocumentError
from qa.documents.encodings import Undecodable, decode
from qa.documents.folders import FoundFile, find_roots, walk
from qa.documents.read import read_document

SIMPLIFIED = "綦河洪峰水位一度达227.6米，超保证水位5.1米。\r\n“人民至上”——生命至上！\n"
TRADITIONAL = "菜壩社區的居民在六月恢復了正常生活，勝利村的「七百弄雞」養了八千隻。\n"
RARE = "𠮷野家与䶮先生在㐂屋，一起研究汉字的写法。"
CLASSICAL = "项籍者，下相人也，字羽。初起时，年二十四。其季父项梁，梁父即楚将项燕，为秦将王翦所戮者也。\n"
NAMES = "张伟 王芳 李娜 刘洋 陈静 杨勇 赵磊 黄敏 周杰 吴艳\n"

ENCODED = [
    (SIMPLIFIED, "utf-8", "utf-8"),
    (SIMPLIFIED, "utf-8-sig", "utf-8-sig"),
    (SIMPLIFIED, "utf-16", "utf-16"),
    (SIMPLIFIED, "gbk", "gb18030"),
    (SIMPLIFIED, "gb18030", "gb18030"),
    (RARE, "gb18030", "gb18030"),
    (CLASSICAL, "gbk", "gb18030"),
    (NAMES, "gbk", "gb18030"),
    (TRADITIONAL, "big5", "big5hkscs"),
    (TRADITIONAL, "utf-16", "utf-16"),
    ("日本語の文章です。東京は日本の首都であり、人口は多い。\n", "shift-jis", "cp932"),
    ("日本語の文章です。東京は日本の首都であり、人口は多い。\n", "euc-jp", "euc_jp"),
    ("日本語の文章です。東京は日本の首都であり、人口は多い。\n", "iso-2022-jp", "iso2022_jp"),
    ("ヨーロッパの①番目の髙い山を見る。\n", "cp932", "cp932"),
    ("대한민국의 수도는 서울이다. 한강은 서울을 가로질러 흐른다.\n", "euc-kr", "cp949"),
    ("똠방각하는 펲시콜라를 마시고 있다.\n", "cp949", "cp949"),
    ("Привет, мир. Это текст о большой реке.\n", "cp1251", "cp1251"),
    ("Привет, мир. Это текст о большой реке.\n", "koi8-r", "koi8_r"),
    ("Der Ärzteverband tagt in Köln – “gut”, 25 °C.\n", "cp1252", "cp1252"),
    ("L'été à Besançon, où l'on dîne près de la rivière.\n", "latin-1", "cp1252"),
    (SIMPLIFIED, "utf-16-le", "utf-16-le"),
    (TRADITIONAL, "utf-16-be", "utf-16-be"),
    ("Plain English, 100 %.\n", "ascii", "utf-8"),
    ("Ünïcödé 🙂 ไทย \u2028 \ufeff end", "utf-8", "utf-8"),
    ("", "utf-8", "utf-8"),
]


@pytest.mark.parametrize(("text", "encoding", "name"), ENCODED)
def test_a_text_is_decoded_exactly(text: str, encoding: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    data = text.encode(encoding)
    file.write_bytes(data)
    assert read_document(file, "a") == Document("a", str(file), text, hashlib.sha256(data).hexdigest(), name)


def test_big_endian_utf_16_and_four_byte_gb18030_are_decoded_exactly() -> None:
    assert decode(b"\xfe\xff" + SIMPLIFIED.encode("utf-16-be")) == (SIMPLIFIED, "utf-16")
    assert len("𠮷㐂".encode("gb18030")) == 8
    assert decode(RARE.encode("gb18030"))[0] == RARE


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"text\0more", "holds NUL bytes, so it is not a text file"),
        (bytes(range(256)) * 4, "holds NUL bytes, so it is not a text file"),
        (b"\x89PNG\r\n\x1a\n\xff\xfe\x9c", "is not UTF-8 (byte 0) and no other encoding gives readable text"),
        ("人民".encode() + b"\xff", "is not UTF-8 (byte 6) and no other encoding gives readable text"),
        (b"\xff\xfea", "starts as utf-16 but byte 2 is not"),
        (b"\xef\xbb\xbfa\xff", "starts as utf-8-sig but byte 1 is not"),
    ],
)
def test_a_file_that_no_encoding_reads_is_refused_by_name_with_the_remedy(data: bytes, reason: str, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        read_document(file)
    assert str(caught.value) == f"{file}: {reason}; save it as UTF-8 text"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The temperature was 25°C today.", "latin-1"),
        ("Der Ärzteverband tagt.", "latin-1"),
        ("대한민국의 수도는 서울이다. 한강은 서울을 가로질러 흐른다.", "euc-kr"),
        ("日本語の文章です。東京は日本の首都であり、人口は多い。", "euc-jp"),
        ("你好世界，今天。", "utf-32"),
    ],
)
def test_another_encoding_is_refused_or_decoded_and_never_guessed_at(text: str, encoding: str) -> None:
    try:
        decoded, _ = decode(text.encode(encoding))
    except Undecodable:
        return
    assert decoded == text


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_LIMITS", "file_mb=1")
    file = tmp_path / "a.txt"
    with file.open("wb") as stream:
        stream.truncate(2**20 + 1)
    with pytest.raises(DocumentError, match=r"a\.txt: is over 1 MiB; split it or raise the limit file_mb$"):
        read_document(file)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(tmp_path / "none.txt")
    assert str(caught.value) == f"{tmp_path / 'none.txt'}: No such file or directory; check the file and its permissions"


def read_documents(folder: Path) -> Iterator[Document | DocumentError]:
    """The documents of a folder; what cannot be read comes as the error that says why."""
    for item in walk(find_roots(folder)):
        if isinstance(item, FoundFile):
            try:
                yield read_document(item.path, item.source)
            except DocumentError as error:
                yield error
        elif isinstance(item, DocumentError):
            yield item


def read(folder: Path) -> list[str]:
    """The sources of the documents of a folder, and the errors' texts without the folder's name, in order."""
    return [item.source if isinstance(item, Document) else str(item).replace(f"{folder}/", "") for item in read_documents(folder)]


def test_a_folder_is_read_in_the_order_of_names_through_sub_folders(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.md", "a/b.TXT", "a.txt", "中文/二.rst", "中文/一.log", ".hidden.txt", ".git/x.txt", "B.markdown"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert read(tmp_path) == ["B.markdown", "a.txt", "a/b.TXT", "a/z.md", "b.txt", "中文/一.log", "中文/二.rst"]


def test_a_file_of_its_own_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("甲")
    (document,) = read_documents(tmp_path / "a.txt")
    assert isinstance(document, Document)
    assert (document.source, document.path, document.text) == ("a.txt", str(tmp_path / "a.txt"), "甲")


def test_what_cannot_be_read_stands_in_its_place_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("甲")
    (tmp_path / "b.pdf").write_text("")
    (tmp_path / "c.txt").write_bytes(b"\0")
    (tmp_path / "d.xyz").write_text("")
    (tmp_path / "e.txt").symlink_to(tmp_path / "a.txt")
    os.mkfifo(tmp_path / "f.txt")
    (tmp_path / "g.txt").write_text("乙")
    assert read(tmp_path) == [
        "a.txt",
        "b.pdf: is no PDF file, whatever its name says; save it again or delete it",
        "c.txt: holds NUL bytes, so it is not a text file; save it as UTF-8 text",
        "d.xyz: .xyz is not a kind that is read; save it as .txt, .pdf, .docx or .html",
        "e.txt: is a link, passed over; put a copy of the file there",
        "f.txt: is a pipe, passed over; put a copy of the file there",
        "g.txt",
    ]


def test_a_link_to_a_folder_is_not_followed_and_not_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.txt").write_text("甲")
    (tmp_path / "docs" / "link").symlink_to(tmp_path / "elsewhere")
    (reason,) = read(tmp_path / "docs")
    assert reason.startswith("link: is a link")


def test_a_folder_that_cannot_be_listed_is_not_passed_over_in_silence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "a.txt").write_text("甲")
    scandir = os.scandir

    def deny(path: Any) -> Any:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", deny)
    found = read(tmp_path)
    assert "a.txt" in found
    assert any("closed" in reason and "Permission denied" in reason for reason in found)


def test_a_name_with_a_newline_is_shown_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "two\nlines.txt").write_bytes(b"\0")
    assert read(tmp_path) == ["two\\nlines.txt: holds NUL bytes, so it is not a text file; save it as UTF-8 text"]
    with pytest.raises(DocumentError) as caught:
        list(read_documents(tmp_path / "no\nsuch"))
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        list(read_documents(tmp_path / "none"))
    assert str(caught.value) == f"{tmp_path / 'none'}: no such file or folder; name the folder that holds your documents"


@pytest.fixture
def cited(tmp_path: Path) -> Citation:
    file = tmp_path / "a.txt"
    file.write_text("第一句。第二句。第三句。", encoding="utf-8")
    document = read_document(file)
    return Citation(1, "a.txt", str(file), "paragraph 1, line 1", 4, 8, "第二句。", document.sha256, 0)


def test_a_quotation_in_an_unchanged_file_holds(cited: Citation) -> None:
    assert cited.verify().ok
    assert cited.verify().reason == f"{cited.path}: unchanged"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_quotation_holds_when_the_file_changes_elsewhere_or_is_saved_otherwise(cited: Citation, encoding: str) -> None:
    Path(cited.path).write_text("第一句。第二句。第三句？……", encoding=encoding)
    assert cited.verify()
    assert cited.verify().reason == f"{cited.path}: the file has changed since it was indexed, but not at the quotation"


@pytest.mark.parametrize("text", ["第一句。第2句。第三句。", "序。第一句。第二句。第三句。", ""])
def test_a_quotation_that_no_longer_stands_there_does_not_hold(cited: Citation, text: str) -> None:
    Path(cited.path).write_text(text, encoding="utf-8")
    assert not cited.verify()
    assert cited.verify().reason == f"{cited.path}: the quotation no longer stands at characters 4 to 8"


def test_a_quotation_from_a_file_that_is_gone_does_not_hold(cited: Citation) -> None:
    Path(cited.path).unlink()
    assert not cited.verify()
    assert cited.verify().reason == f"{cited.path}: No such file or directory; check the file and its permissions"


def test_a_quotation_that_was_never_there_does_not_hold(cited: Citation) -> None:
    assert not replace(cited, quote="第四句。").verify()
    assert not replace(cited, start=5, end=9).verify()
