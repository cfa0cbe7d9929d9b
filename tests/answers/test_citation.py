"""Quotations checked against their file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tiny import TinyEncoder

import qa
from qa import Citation
from qa.answers.citation import citation_of
from qa.documents.read import read_document


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


@pytest.mark.parametrize(
    ("words", "span"), [((6, 14), (9, 14)), ((8, 14), (9, 14)), ((9, 14), (9, 14)), ((6, 8), None), (None, None)]
)
def test_the_words_that_answer_begin_with_no_mark(
    words: tuple[int, int] | None, span: tuple[int, int] | None, tmp_path: Path, tiny: TinyEncoder
) -> None:
    (tmp_path / "a.txt").write_text("Closes：: 20:00。", encoding="utf-8")
    index = qa.build(tmp_path / "a.txt", tmp_path / "index", encoder=tiny)
    assert citation_of(index.retriever.engine, 1, 0, 0, 15, words).span == (words and span)
