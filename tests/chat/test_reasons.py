"""The package's errors in Chinese: none that a user meets in the documents panel is left in English."""

from __future__ import annotations

import ast
import re
import string

import pytest
from conftest import ROOT

from qa.chat.texts.reasons import reason_in_words
from qa.errors import DocumentError, QAError, sentences

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


@pytest.mark.parametrize("code", sorted(code for code in sentences() if code.startswith("documents.")))
def test_why_a_file_was_not_read_is_told_in_chinese_from_the_line_that_an_index_keeps(code: str) -> None:
    names = {name for _, name, _, _ in string.Formatter().parse(sentences()[code]["en"]) if name}
    if len(re.sub(r"\{\w+\}", "", sentences()[code]["en"])) < 12:
        pytest.skip("it says nothing beside its values")
    error = DocumentError(code, "报告: 1.pdf", **{name: f"{number}7" for number, name in enumerate(sorted(names), 1)})
    assert reason_in_words(str(error), "zh") == error.told("zh").replace("报告: 1", "报告：1")
    assert reason_in_words(error, "zh") == error.told("zh")
    assert reason_in_words(str(error), "en") == str(error)


def test_what_the_system_said_is_told_in_chinese_too() -> None:
    kept = QAError("chat.not_kept", "/x", reason=OSError(28, ""))
    assert reason_in_words(str(kept), "zh") == kept.told("zh") == "/x：没有保存（磁盘已满）；请腾出空间或检查权限"


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        (
            "/i/index: build-x/segment0/texts.bin is not what was written; " + REBUILD,
            "/i/index：索引的 build-x/segment0/texts.bin 已损坏；请重建：python -m qa build seeds --index index",
        ),
        ("something else", "something else"),
        ("a: " * 5000, "a: " * 5000),
        ("", ""),
    ],
)
def test_reasons_in_chinese(reason: str, chinese: str) -> None:
    assert reason_in_words(reason, "zh") == chinese
    assert reason_in_words(reason, "en") == reason
