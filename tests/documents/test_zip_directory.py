"""A container's names are read in this process within the limit of members; everything else in it is read elsewhere."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import golden
import golden_kinds
import pytest

import qa
from qa.config import Limits
from qa.documents import zip_directory
from qa.documents.content import Unreadable
from qa.documents.formats.zip_package import Package
from qa.documents.kinds import kind_of
from qa.documents.readers import read_content
from qa.documents.zip_directory import member_names

END = "<4s4H2IH"


def names_only(count: int, *, wide: bool = False, told: int | None = None) -> bytes:
    """A container that is a directory of `count` names, in the 64-bit form if `wide`; its end tells `told` of them."""
    entries = []
    for i in range(count):
        name = b"n%07x.xml" % i
        entries.append(b"PK\x01\x02" + bytes(24) + struct.pack("<HHH", len(name), 0, 0) + bytes(12) + name)
    directory = b"".join(entries)
    local = b"PK\x03\x04" + bytes(26)
    told = count if told is None else told
    if not wide:
        return local + directory + struct.pack(END, b"PK\x05\x06", 0, 0, told, told, len(directory), len(local), 0)
    end = b"PK\x06\x06" + struct.pack("<Q2H2I4Q", 44, 45, 45, 0, 0, told, told, len(directory), len(local))
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, len(local) + len(directory), 1)
    full = struct.pack(END, b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    return local + directory + end + locator + full


def archive(**settings: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **settings) as target:
        target.writestr("a.txt", "甲" * 100)
        target.writestr("文件/乙.xml", b"")
        with target.open(zipfile.ZipInfo("wide.bin"), "w", force_zip64=True) as member:
            member.write(b"x")
        target.comment = b"PK\x05\x07 a comment"
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [golden.docx(), golden.xlsx(), golden.pptx(), golden.epub(), archive(), b"before it " + archive(), archive(compression=8)],
    ids=["docx", "xlsx", "pptx", "epub", "stored", "after other bytes", "deflated"],
)
def test_the_names_are_those_that_zipfile_reads(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as container:
        assert member_names(data, Limits()) == container.namelist()


@pytest.mark.parametrize("wide", [False, True])
def test_the_directory_of_the_most_members_is_read_and_of_one_more_refused(wide: bool) -> None:
    assert len(member_names(names_only(50, wide=wide), Limits(members=50))) == 50
    with pytest.raises(Unreadable) as caught:
        member_names(names_only(51, wide=wide), Limits(members=50))
    assert (caught.value.code, caught.value.values) == ("documents.too_many_members", {"most": 50})


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("told", [1, 200_000])
def test_no_more_entries_are_looked_at_than_the_limit_whatever_the_directory_tells(
    wide: bool, told: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = names_only(30_000, wide=wide, told=min(told, 0xFFFF) if not wide else told)
    looked = []
    unpack = struct.unpack_from
    monkeypatch.setattr(zip_directory.struct, "unpack_from", lambda *given: looked.append(given[0]) or unpack(*given))
    with pytest.raises(Unreadable, match=r"^has over 100 members; raise the limit members if it is what it seems$"):
        member_names(data, Limits(members=100))
    assert len(looked) <= 102  # one an entry, two for the end


@pytest.mark.parametrize("suffix", [".docx", ".xlsx", ".epub", ".txt", ".zip"])
def test_nothing_but_the_names_is_read_in_the_process_that_asks(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = golden.docx()

    def refuse(*_: object) -> None:
        raise AssertionError("the directory is parsed here")

    monkeypatch.setattr(zipfile, "ZipFile", refuse)
    monkeypatch.setenv("QA_LIMITS", "members=100")
    with pytest.raises(Unreadable):
        kind_of(suffix, names_only(3000), Limits(members=100))
    (tmp_path / f"a{suffix}").write_bytes(names_only(3000))
    with pytest.raises(qa.DocumentError, match=r"has over 100 members; raise the limit members if it is what it seems$"):
        qa.read_document(tmp_path / f"a{suffix}")
    (tmp_path / "b.docx").write_bytes(good)
    assert qa.read_document(tmp_path / "b.docx").text == golden.DOCX_TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04" + bytes(100),  # no end
        names_only(3)[:-1],  # cut
        names_only(3).replace(b"PK\x01\x02", b"PK\x01\x03"),  # no entries
        names_only(3, wide=True).replace(b"PK\x06\x06", b"PK\x06\x05"),
        struct.pack(END, b"PK\x05\x06", 0, 0, 1, 1, 10_000, 0, 0),  # a directory larger than the file
        b"PK\x03\x04" + bytes(20) + struct.pack(END, b"PK\x05\x06", 0, 0, 1, 1, 20, 0, 0),  # an entry that is cut
    ],
)
def test_a_damaged_directory_is_one_error(data: bytes) -> None:
    with pytest.raises(Unreadable, match=r"^is a damaged container; save it again with the program that made it$"):
        member_names(data, Limits())


def test_the_end_is_found_before_the_longest_comment() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("a", b"")
        target.comment = b"c" * 0xFFFF
    assert member_names(buffer.getvalue(), Limits()) == ["a"]


@pytest.mark.parametrize(
    ("suffix", "data", "text"), [(".docx", golden.docx(), golden.DOCX_TEXT), (".xlsx", golden.xlsx(), golden.XLSX_TEXT)]
)
def test_parts_that_a_program_has_named_with_backslashes_are_found(suffix: str, data: bytes, text: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            target.writestr(name.replace("/", "\\").replace("[C", "[c"), source.read(name))
    kind = kind_of(suffix, buffer.getvalue(), Limits())
    assert read_content(kind, buffer.getvalue(), Limits()).text == text


@pytest.mark.parametrize(
    ("suffix", "data", "name", "other", "text"),
    [
        (".epub", golden.epub(), "META-INF/container.xml", "meta-inf/Container.xml", golden.EPUB_TEXT),
        (".docx", golden.docx(), "word/document.xml", "Word/Document.xml", golden.DOCX_TEXT),
        (".ofd", golden_kinds.ofd(), "OFD.xml", "ofd.xml", golden_kinds.OFD_TEXT),
    ],
)
def test_parts_are_found_in_any_case(suffix: str, data: bytes, name: str, other: str, text: str) -> None:
    data = data.replace(name.encode(), other.encode())
    assert read_content(kind_of(suffix, data, Limits()), data, Limits()).text == text


def test_of_parts_whose_names_differ_in_case_each_is_read_by_its_own() -> None:
    package = Package(golden_kinds.archive({"A/b.xml": b"1", "a\\B.xml": b"2", "a/b.xml": b"3"}), Limits())
    names = ("A/b.xml", "a\\B.xml", "a/b.xml", "a/B.xml")
    assert [package.read(name) for name in names] == [b"1", b"2", b"3", b"1"]
    assert ("A/B.XML" in package, "b.xml" in package) == (True, False)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("成功案例說明", "big5"), ("予定表ソフト", "shift-jis"), ("誠實成功的人", "gbk"), ("子\\文件說明", "big5")],
)
def test_a_byte_of_a_name_that_is_also_that_of_a_backslash_separates_nothing(name: str, encoding: str) -> None:
    own = name.encode(encoding)
    data = golden_kinds.archive({"N" * len(own) + ".txt": "甲乙丙。", "a\\b.txt": "一", "a/b.txt": "二"})
    content = read_content("archive", data.replace(b"N" * len(own), own), Limits())
    assert content.text == "甲乙丙。\n\n一\n\n二\n\n"
    assert [mark.name for mark in content.marks] == [name.replace("\\", "/") + ".txt", "a/b.txt", "a/b.txt"]
