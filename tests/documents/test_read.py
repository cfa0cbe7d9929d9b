"""Files to documents: name, path, digest and text; one line for what is refused; a folder's files read one by one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from qa import Document, DocumentError
from qa.documents.folders import FoundFile, find_roots, walk
from qa.documents.read import read_document


def test_a_document_has_its_name_path_digest_text_and_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    data = "水位一度达227.6米。\r\n".encode("gb18030")
    file.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    assert read_document(file, "b") == Document("b", str(file), "水位一度达227.6米。\r\n", digest, "gb18030")
    assert read_document(file).source == "a.txt"


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
        "b.pdf: its name says PDF, but its contents do not; save it again or delete it",
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
