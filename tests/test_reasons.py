"""The package's errors in Chinese: none that a user meets in the documents panel is left in English."""

from __future__ import annotations

import re

import pytest
from conftest import ROOT

from qa.chat.reasons import reason_in_words


def test_every_reason_why_a_file_is_not_read_has_its_chinese() -> None:
    reasons = []
    for file in sorted((ROOT / "qa" / "readers").glob("*.py")):
        for literal in re.findall(r"Unreadable\(\s*f?\"((?:[^\"\\]|\\.)*)\"", file.read_text("utf-8")):
            filled = re.sub(r"\{REMEDY\}", "to have it read: pip install rapidocr==3.10.0", literal)
            filled = re.sub(
                r"\{_first_line\(error\)\}; ", "is not UTF-8 (byte 3) and no other encoding gives readable text; ", filled
            )
            reasons.append(re.sub(r"\{[^{}]*\}", "7", filled))
    assert len(reasons) > 30
    left = [reason for reason in reasons if not re.search(r"[\u4e00-\u9fff]", reason_in_words(f"报告.pdf: {reason}", "zh"))]
    assert left == []


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("a.pdf: is encrypted; save it without a password", "a.pdf：文件有密码；请去掉密码后另存"),
        (
            "x: y.pdf: has over 10000 pages; split it or raise the limit pages",
            "x：y.pdf：超过上限（10000）；请拆分，或在 QA_LIMITS 里提高 pages",
        ),
        (
            "a.exe: .exe is not a kind that is read; save it as .txt, .pdf, .docx or .html",
            "a.exe：不读 .exe 这种文件；请另存为 .txt、.pdf、.docx 或 .html",
        ),
        ("has a damaged page 3; save or print it to PDF again", "第 3 页已损坏；请重新保存或打印成 PDF"),
        ("something else", "something else"),
        ("", ""),
    ],
)
def test_reasons_in_chinese(reason: str, chinese: str) -> None:
    assert reason_in_words(reason, "zh") == chinese
    assert reason_in_words(reason, "en") == reason
