"""What kind a file is: by what it holds first, by its name second; and what is read in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import golden
import pytest

import qa
from qa.config import Limits
from qa.documents import read
from qa.documents.content import Content, Unreadable
from qa.documents.kinds import LARGEST_HERE, is_isolated, kind_of, reads_as_it_is
from qa.documents.worker import DRAWER, WORKER


@pytest.mark.parametrize(
    ("suffix", "data", "kind"),
    [
        (".txt", b"a", "plain"),
        ("", b"a", "plain"),
        (".PY", b"a", "plain"),
        (".md", b"a", "markdown"),
        (".csv", b"a", "values"),
        (".tab", b"a", "tabs"),
        (".vtt", b"a", "subtitles"),
        (".htm", b"a", "html"),
        (".htm", b"\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "mhtml"),
        (".doc", b"Date: Mon, 6 May 2024\r\nMessage-ID: <1>\r\nContent-Type: Multipart/Related\r\n", "mhtml"),  # Confluence's
        (".txt", b"  <!-- a --> <!-- b\n-- -->\n<!DOCTYPE  HTML>", "html"),
        (".txt", b"<?xml version='1.0'?>\n<html >", "html"),
        (".txt", b"<!-- <html> -->", "plain"),
        (".txt", b"a <html>", "plain"),
        (".md", b"<html>", "markdown"),
        (".doc", b"x" * 1019 + b"%PDF-", "pdf"),
        (".txt", b"x" * 1020 + b"%PDF-", "plain"),
        (".txt", b"BM and no image", "plain"),
        (".txt", b"BM\0", "image"),
        (".txt", b"RIFF1234WEBP", "image"),
        (".doc", golden.docx(), "word"),
        (".txt", golden.pptx(), "slides"),
        (".zip", golden.xlsx(), "workbook"),
        ("", golden.epub(), "epub"),
        (".rtf", b"{\\pard \\ql a\\par}", "rich_text"),
        (".rtf", b"a {\\pard \\ql a\\par}", "plain"),
        (".doc", b"{\\pard \\ql a\\par}", "plain"),
    ],
)
def test_the_kind_of_a_file(suffix: str, data: bytes, kind: str) -> None:
    assert kind_of(suffix, data, Limits()) == kind


@pytest.mark.parametrize(
    ("suffix", "data", "code", "values"),
    [
        (".pdf", b"a", "not_what_it_is_called", {"kind": "PDF"}),
        (".epub", b"a", "not_what_it_is_called", {"kind": "EPUB"}),
        (".png", b"a", "not_what_it_is_called", {"kind": ".png"}),
        (".exe", b"a", "unknown_kind", {"suffix": ".exe"}),
        (".xyz", b"a", "unknown_kind", {"suffix": ".xyz"}),
    ],
)
def test_what_no_reader_reads(suffix: str, data: bytes, code: str, values: dict[str, str]) -> None:
    with pytest.raises(Unreadable) as caught:
        kind_of(suffix, data, Limits())
    assert (caught.value.code, caught.value.values) == (f"documents.{code}", values)


@pytest.mark.parametrize(
    ("kind", "size", "isolated"),
    [
        ("pdf", 1, True),
        ("html", 1, True),
        ("plain", LARGEST_HERE, False),
        ("plain", LARGEST_HERE + 1, True),
        ("values", 1, True),
    ],
)
def test_what_is_read_in_a_process_of_its_own(kind: str, size: int, isolated: bool) -> None:
    assert is_isolated(kind, size) == isolated
    assert LARGEST_HERE == 64 * 2**10


@pytest.mark.parametrize(("suffix", "as_it_is"), [(".txt", True), ("", True), (".MD", True), (".html", False), (".pdf", False)])
def test_whose_text_is_likely_its_characters(suffix: str, as_it_is: bool) -> None:
    assert reads_as_it_is(suffix) == as_it_is


def test_a_large_plain_file_is_decoded_by_the_worker_and_one_that_is_waited_for_by_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []

    def note(name: str) -> Any:
        return lambda kind, data, limits: asked.append((name, kind)) or Content("text", "utf-8")

    monkeypatch.setattr(WORKER, "read", note("worker"))
    monkeypatch.setattr(DRAWER, "read", note("drawer"))
    monkeypatch.setattr("qa.documents.kinds.LARGEST_HERE", 10)
    for name, data in (("a.txt", b"x" * 11), ("b.txt", b"y" * 10), ("c.html", b"<p>z")):
        (tmp_path / name).write_bytes(data)
        qa.read_document(tmp_path / name)
    assert asked == [("worker", "plain"), ("worker", "html")]
    assert read.text_of_plain(str(tmp_path / "a.txt")) == "text"
    assert read.text_of_plain(str(tmp_path / "b.txt")) == "y" * 10
    assert read.text_of_plain(str(tmp_path / "c.html")) is None
    assert read.text_of_plain(str(tmp_path / "none.txt")) is None
    assert asked[2:] == [("drawer", "plain")]


def test_a_large_file_is_read_the_same_by_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# 标题 \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") + "\r\n\u202e甲\n" * 20
    (tmp_path / "a.md").write_bytes(text.encode())
    here = qa.read_document(tmp_path / "a.md")
    monkeypatch.setattr("qa.documents.kinds.LARGEST_HERE", 10)
    assert qa.read_document(tmp_path / "a.md") == here
    assert (here.text, len(here.marks)) == (text, 1)
