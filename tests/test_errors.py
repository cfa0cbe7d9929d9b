"""Errors are codes with values: the table has every code that the source raises, with the same values in both languages."""

from __future__ import annotations

import ast
import errno
import pickle
import re
import string
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qa
from qa.errors import CodedError, DocumentError, QAError, from_record, one_line, record, remedy, told

ROOT = Path(__file__).parent.parent
AREAS = tomllib.loads((ROOT / "qa" / "errors.toml").read_text("utf-8"))
TABLE = {f"{area}.{name}": sentence for area, names in AREAS.items() for name, sentence in names.items()}


SOURCES = {file: ast.parse(file.read_text("utf-8")) for file in [*sorted((ROOT / "qa").rglob("*.py")), ROOT / "app.py"]}
PASSED_ON = "passed on"  # in the place of a code: that of another error, which is found where that one is made


@dataclass(frozen=True)
class Made:
    """A call in the source that makes an error: its codes, and the names of the values given; `**` stands for any."""

    place: str
    codes: frozenset[str]
    given: frozenset[str]


def made() -> list[Made]:
    """Every call in the source that makes an error."""
    kinds, found = error_kinds(), []
    for file, tree in SOURCES.items():
        for call, around in calls_in(tree):
            if name_called(call) in kinds and call.args:
                place = f"{file.relative_to(ROOT)}:{call.lineno}"
                given = frozenset(keyword.arg or "**" for keyword in call.keywords)
                found.append(Made(place, codes_of(call.args[0], around, tree), given))
    return found


def error_kinds() -> set[str]:
    kinds = {"CodedError"}
    classes = [node for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    while True:
        more = {node.name for node in classes if any(isinstance(base, ast.Name) and base.id in kinds for base in node.bases)}
        if more <= kinds:
            return kinds
        kinds |= more


def calls_in(tree: ast.AST, around: tuple[ast.FunctionDef, ...] = ()) -> Iterator[tuple[ast.Call, tuple[ast.FunctionDef, ...]]]:
    """The calls in a piece of source, each with the functions that it stands in, the innermost first."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield node, around
        yield from calls_in(node, (node, *around) if isinstance(node, ast.FunctionDef) else around)


def name_called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def codes_of(value: ast.AST, around: tuple[ast.FunctionDef, ...], tree: ast.Module) -> frozenset[str]:
    """The codes that an expression may be: a literal, one of two, a name's values, those of a table, of a parameter.

    An expression of any other form is given as its source, which is no code.
    """
    parts: Sequence[ast.AST]
    match value:
        case ast.Constant(value=str(code)):
            return frozenset((code,))
        case ast.Attribute(attr="code"):
            return frozenset((PASSED_ON,))
        case ast.IfExp():
            parts = (value.body, value.orelse)
        case ast.Call(func=ast.Attribute(attr="get", value=table)):
            parts = (table, *value.args[1:])
        case ast.Dict():
            parts = value.values
        case ast.Subscript():
            parts = (value.value,)
        case ast.Tuple():  # of a code and something else, as in a table
            parts = value.elts[:1]
        case ast.Name():
            parts = given_for(value.id, around, tree) or values_of(value.id, (*around, tree))
        case _:
            parts = ()
    return frozenset().union(*(codes_of(part, around, tree) for part in parts)) if parts else frozenset((ast.unparse(value),))


def given_for(name: str, around: tuple[ast.FunctionDef, ...], tree: ast.Module) -> list[ast.AST]:
    """What is given for a parameter of one of the functions `around`: by place in its own module, by name in all of them."""
    function = next((one for one in around if name in [argument.arg for argument in one.args.args]), None)
    if function is None:
        return []
    place = [argument.arg for argument in function.args.args].index(name)
    calls = [(call, other) for other in SOURCES.values() for call, _ in calls_in(other) if name_called(call) == function.name]
    by_place = [call.args[place] for call, other in calls if other is tree and len(call.args) > place]
    return [*by_place, *(keyword.value for call, _ in calls for keyword in call.keywords if keyword.arg == name)]


def values_of(name: str, scopes: Sequence[ast.AST]) -> list[ast.AST]:
    """What is assigned to a name in the first of these scopes that assigns it."""
    for scope in scopes:
        found: list[ast.AST] = []
        for node in ast.walk(scope):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
            for target in targets:
                names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
                if names[:1] == [name] and (value := getattr(node, "value", None)) is not None:
                    found.append(value)
        if found:
            return found
    return []


def placeholders(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None)


def test_every_code_that_is_raised_is_in_the_table_with_its_values() -> None:
    wrong = [
        (each.place, code, sorted(each.given))
        for each in made()
        for code in each.codes - {PASSED_ON}
        if code not in TABLE or ("**" not in each.given and placeholders(TABLE[code]["en"]) - each.given)
    ]
    assert wrong == []


def test_the_source_is_read_whole() -> None:
    """The kinds of expression that a code may be given as are all found, and nearly all of the table where it is used."""
    found = frozenset().union(*(each.codes for each in made()))
    assert found > {
        "documents.link",  # literal
        "documents.only_images", "documents.images_without_text",  # the one or the other
        "index.strict", "index.strict_of_several",  # by a name
        "index.not_written_read_only", "index.not_written",  # of a table, or what stands for what it lacks
        "config.not_a_port", "chat.too_many_passwords",  # given to the function
        "chat.bad_k",  # the first of two, of a table
    }  # fmt: skip
    assert sorted(code for code in TABLE.keys() - found if not code.startswith("system.")) == []


def test_a_code_that_is_not_in_the_table_cannot_be_told() -> None:
    with pytest.raises(KeyError):
        QAError("no such thing").told()
    with pytest.raises(KeyError):
        str(QAError("config.not_a_port", given=1))  # without the other values of its sentence


@pytest.mark.parametrize(
    "stored",
    [
        {"code": "config.no_longer", "about": "", "values": {}},
        {"code": "config.not_a_port", "about": "", "values": {"given": 1}},
        {"code": ["config.not_a_port"], "about": "", "values": {}},
        {"code": "index.none", "about": {}, "values": {"command": ""}},
        {"code": "index.none", "about": "", "values": {"command": {"errno": 10**30}}},
        {"code": "index.none", "about": "", "values": {"about": ""}},
        {},
        [],
        None,
    ],
)
def test_what_was_stored_and_is_no_error_of_this_version_is_refused(stored: Any) -> None:
    with pytest.raises(ValueError, match="no error of this version"):
        from_record(stored, QAError)


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
    assert str(error) == "QA_LIMITS: pages=x is not a limit; name one of depth, pages and a number from 1 up"
    assert error.told("zh") == "QA_LIMITS：pages=x 不是一项上限；请写 depth、pages 之一和大于 0 的整数"
    assert error.code == "config.unknown_limit"


def test_what_a_system_says_is_told_in_chinese_too() -> None:
    assert told(OSError(28, "No space left on device", "/x"), "en") == "No space left on device"
    assert told(OSError(28, "No space left on device", "/x"), "zh") == "磁盘已满"
    assert told(OSError("no number"), "zh") == "no number"


@pytest.mark.parametrize(
    ("name", "english", "chinese"),
    [
        ("ENOSPC", "No space left on device; the users were not changed, free some space", "（磁盘已满）；请腾出空间"),
        ("EDQUOT", "Disk quota exceeded; the users were not changed, free some space", "（磁盘配额已用完）；请腾出空间"),
        ("EACCES", "Permission denied; the users were not changed, check permissions", "（没有权限）；请检查权限"),
        (
            "EROFS",
            "Read-only file system; the users were not changed, choose a place that can be written to",
            "（文件系统只读）；请换到可以写入的地方",
        ),
        (
            "EIO",
            "Input/output error; the users were not changed, check the disk, which may be failing",
            "（磁盘读写出错）；请检查磁盘，它可能有故障",
        ),
        (
            "ENOENT",
            "No such file or directory; the users were not changed, check the path",
            "（没有这个文件或文件夹）；请检查路径",
        ),
        (
            "ENOLCK",
            "No locks available; the users were not changed, choose a place on a local disk",
            "（文件系统不支持锁定）；请换到本机的磁盘上",
        ),
        (
            "EFBIG",
            "File too large; the users were not changed, choose a place whose file system, and ulimit -f, allow files so large",
            "（文件太大）；请换到文件系统（和 ulimit -f）容许这么大文件的地方",
        ),
        *(
            (
                name,
                f"{english}; the users were not changed, close other programs, or raise the limit of open files (ulimit -n)",
                f"（{chinese}）；请关闭一些程序，或调高可打开文件数的上限（ulimit -n）",
            )
            for name, english, chinese in (
                ("EMFILE", "Too many open files", "打开的文件太多"),
                ("ENFILE", "Too many open files in system", "系统中打开的文件太多"),
            )
        ),
        (
            "ENOMEM",
            "Cannot allocate memory; the users were not changed, close other programs to free memory",
            "（内存不足）；请关闭一些程序，腾出内存",
        ),
        (
            "ENOTCONN",
            "Transport endpoint is not connected; the users were not changed, try again",
            "（网络文件夹已断开）；请再试一次",
        ),
    ],
)
def test_what_to_do_is_told_by_what_is_wrong(name: str, english: str, chinese: str) -> None:
    error = OSError(getattr(errno, name), "")
    told = QAError("chat.users_unwritten", "users.json", reason=error, remedy=remedy(error))
    assert told.told() == f"users.json: {english}"
    assert told.told("zh") == f"users.json：用户没有改动{chinese}"
    assert from_record(record(told), QAError).told("zh") == told.told("zh")


def test_values_stay_on_one_line_whatever_they_hold() -> None:
    error = QAError("config.unknown_limit", "a\nb", setting="x\u202ey\n{z}", names=[])
    assert str(error) == "a\\nb: x\\u202ey is not a limit; name one of  and a number from 1 up"
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


def test_the_tree_is_public() -> None:
    for name in ("DocumentError", "IndexNotFound", "IndexMismatch", "IndexCorrupt", "ModelError"):
        assert issubclass(getattr(qa, name), qa.QAError)
    assert issubclass(qa.QAError, CodedError)
