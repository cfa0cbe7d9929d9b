"""Errors are codes with values: the table has every code that the source raises, with the same values in both languages."""

from __future__ import annotations

import ast
import pickle
import re
import string
import tomllib
from pathlib import Path

import pytest

import qa
from qa.errors import CodedError, DocumentError, QAError, from_record, one_line, record, told

ROOT = Path(__file__).parent.parent
AREAS = tomllib.loads((ROOT / "qa" / "errors.toml").read_text("utf-8"))
TABLE = {f"{area}.{name}": sentence for area, names in AREAS.items() for name, sentence in names.items()}
CODE = re.compile(r"[a-z]+\.[a-z0-9_]+")


def raised() -> list[tuple[str, str, frozenset[str]]]:
    """What the source makes errors of: place, code, and the names of the values given; `**` stands for any."""
    kinds = {"CodedError", "QAError"}
    calls = []
    for file in [*sorted((ROOT / "qa").rglob("*.py")), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id in kinds for base in node.bases):
                kinds.add(node.name)
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                calls.append((f"{file.relative_to(ROOT)}:{node.lineno}", node))
    found = []
    for place, node in calls:
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        code = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        if isinstance(code, str) and CODE.fullmatch(code) and (name in kinds or code in TABLE):
            found.append((place, code, frozenset(keyword.arg or "**" for keyword in node.keywords)))
    return found


def placeholders(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def test_every_code_that_is_raised_is_in_the_table_with_its_values() -> None:
    wrong = [
        (place, code, sorted(given))
        for place, code, given in raised()
        if code not in TABLE or ("**" not in given and placeholders(TABLE[code]["en"]) - given)
    ]
    assert wrong == []


def test_the_table_has_no_code_that_nothing_raises() -> None:
    source = "\n".join(file.read_text("utf-8") for file in [*(ROOT / "qa").rglob("*.py"), ROOT / "app.py"])
    assert [code for code in TABLE if not code.startswith("system.") and f'"{code}"' not in source] == []


@pytest.mark.parametrize("code", TABLE)
def test_both_languages_say_the_same_with_the_same_values(code: str) -> None:
    sentence = TABLE[code]
    assert sorted(sentence) == ["en", "zh"]
    assert placeholders(sentence["en"]) == placeholders(sentence["zh"])
    assert re.search(r"[\u4e00-\u9fff]", sentence["zh"])
    assert "\n" not in sentence["en"] + sentence["zh"]
    bare = re.sub(r"\{\w+\}", "", sentence["en"])
    assert not re.search(r"[\u4e00-\u9fff]", bare)


def test_an_error_is_told_in_both_languages() -> None:
    error = QAError("config.unknown_limit", "QA_LIMITS", setting="pages=x", names=["depth", "pages"])
    assert str(error) == "QA_LIMITS: pages=x is no limit; name one of depth, pages and a number from 1 up"
    assert error.told("zh") == "QA_LIMITS：pages=x 不是一项上限；请写 depth、pages 之一和大于 0 的整数"
    assert error.code == "config.unknown_limit"


def test_what_a_system_says_is_told_in_chinese_too() -> None:
    assert told(OSError(28, "No space left on device", "/x"), "en") == "No space left on device"
    assert told(OSError(28, "No space left on device", "/x"), "zh") == "磁盘已满"
    assert told(OSError("no number"), "zh") == "no number"


def test_values_stay_on_one_line_whatever_they_hold() -> None:
    error = QAError("config.unknown_limit", "a\nb", setting="x\u202ey\n{z}", names=[])
    assert str(error) == "a\\nb: x\\u202ey is no limit; name one of  and a number from 1 up"
    assert one_line(Path("a\tb")) == "a\\tb"


def test_an_error_comes_back_from_json_and_from_a_pickle() -> None:
    inner = OSError(13, "Permission denied")
    error = DocumentError("config.unknown_limit", Path("a.txt"), setting=inner, names=["b", 3])
    for again in (from_record(record(error), DocumentError), pickle.loads(pickle.dumps(error))):
        assert isinstance(again, DocumentError)
        assert (again.code, str(again), again.told("zh")) == (error.code, str(error), error.told("zh"))
    assert record(error)["values"]["setting"] == {"errno": 13}


def test_what_is_empty_stays_empty() -> None:
    assert (told(""), told(" \n"), told(ValueError())) == ("", "", "ValueError")
    assert str(from_record(record(QAError("no such thing")), QAError)) == "no such thing"


def test_the_tree_is_public() -> None:
    for name in ("DocumentError", "IndexNotFound", "IndexMismatch", "IndexCorrupt", "ModelError"):
        assert issubclass(getattr(qa, name), qa.QAError)
    assert issubclass(qa.QAError, CodedError)
