"""The package's errors in Chinese: none that a user meets in the documents panel is left in English."""

from __future__ import annotations

import ast
import re

import pytest
from conftest import ROOT

from qa.chat.texts.reasons import reason_in_words

# modules whose errors only the command line meets, or that are told before the page is there
NOT_ON_THE_PAGE = frozenset(
    ("cli e5 report run to_json config mcp_tools plots question_files result_files outcomes user_words").split()
)
ERRORS = frozenset(
    "QAError DocumentError IndexNotFound IndexMismatch IndexCorrupt ModelError CollectionEmpty NothingToIndex".split()
)
REBUILD = "rebuild it with: python -m qa build seeds --index index"


def filled(literal: ast.expr) -> str:
    """The text of an error, with something in the place of every value."""
    if isinstance(literal, ast.Constant):
        return str(literal.value)
    if isinstance(literal, ast.JoinedStr):
        return "".join(map(filled, literal.values))
    source = ast.unparse(literal.value if isinstance(literal, ast.FormattedValue) else literal)
    for part, text in (
        ("rebuild(", REBUILD),
        ("anew", "python -m qa build seeds makes the index anew"),
        ("build_command", "python"),
    ):
        if part in source:
            return text
    return "7"


def test_every_error_that_may_end_a_question_has_its_chinese() -> None:
    told = []
    for file in sorted((ROOT / "qa").rglob("*.py")):
        if file.stem in NOT_ON_THE_PAGE:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            is_error = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args
            if is_error and isinstance(node.args[0], ast.Constant | ast.JoinedStr) and (text := filled(node.args[0])):
                if re.fullmatch(r"[a-z]+\.[a-z0-9_]+", text):
                    continue  # a code, which errors.toml tells in both languages
                told.append((file.name, text))
    told = [(name, text) for name, text in told if not re.fullmatch(r"[a-z]+\.[a-z0-9_]+", text)]  # a code: see test_errors
    # what is a value as a whole was told elsewhere; the others are the command line's
    untold = re.compile("7: 7|.*--strict asks")
    left = [
        (name, text)
        for name, text in told
        if not (untold.fullmatch(text) or re.search("[\u4e00-\u9fff]", reason_in_words(text, "zh")))
    ]
    assert left == []


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        (
            "/i/index: build-x/segment0/texts.bin is not what was written; " + REBUILD,
            "/i/index：索引的 build-x/segment0/texts.bin 已损坏；请重建：python -m qa build seeds --index index",
        ),
        (
            "a.txt: holds NUL bytes, so it is not a text file; save it as UTF-8 text",
            "a.txt：含有 NUL 字节，不是文本文件；请另存为 UTF-8 文本",
        ),
        (
            "a.txt: is not UTF-8 (byte 7) and no other encoding gives readable text; save it as UTF-8 text",
            "a.txt：不是 UTF-8（第 7 字节），别的编码也读不通；请另存为 UTF-8 文本",
        ),
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
