"""The public surface: what the documents promise is there, and nothing else; values cannot be changed."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass
from typing import Any

import pytest
from conftest import ROOT

import qa

VALUES = ["Answer", "Citation", "Document", "Hit", "Mark", "Paragraph", "Verification"]
ERRORS = ["DocumentError", "IndexCorrupt", "IndexMismatch", "IndexNotFound", "ModelError", "QAError"]
TOOLS = ["Encoder", "Index", "Manifest", "Report"]
VERBS = [
    "answer_json",
    "ask",
    "build",
    "evaluate",
    "hits_json",
    "load_encoder",
    "open",
    "read_document",
    "retrieve",
    "understand",
]


def test_the_public_names_are_the_documented_ones_and_every_one_is_there() -> None:
    assert sorted(qa.__all__) == sorted(VALUES + ERRORS + TOOLS + VERBS) == dir(qa)
    for name in qa.__all__:
        assert getattr(qa, name) is not None
    assert all(callable(getattr(qa, name)) for name in VERBS)


def test_a_star_import_gives_the_public_names() -> None:
    program = "from qa import *; import qa; assert set(qa.__all__) <= set(globals()); print(open is qa.open)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"^module 'qa' has no attribute 'answers_of'$"):
        _ = qa.answers_of


def test_every_name_the_readme_uses_is_public() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    used = set(re.findall(r"\bqa\.([A-Za-z_]\w*)\b(?!\.py)", readme)) - {"py"}
    assert {"build", "open", "retrieve", "QAError"} <= used <= set(qa.__all__)


def test_errors_have_one_base() -> None:
    for name in ERRORS:
        assert issubclass(getattr(qa, name), qa.QAError)
        assert getattr(qa, name).__doc__
    assert not issubclass(qa.QAError, (OSError, ValueError))


PARAGRAPH = qa.Paragraph(0, "a", 0, 1, 1, 1, "甲")


@pytest.mark.parametrize(
    "value",
    [
        qa.Answer("q", False, 0.0, "no"),
        qa.Citation(1, "a", "/a", "paragraph 1, line 1", 0, 1, "甲", "0", 0),
        qa.Document("a", "/a", "甲", "0", "utf-8"),
        qa.Hit(1, 1.0, PARAGRAPH, {}),
        qa.Mark(0, "page", 1),
        PARAGRAPH,
        qa.Verification(True, "unchanged"),
    ],
    ids=VALUES,
)
def test_values_are_frozen_and_have_slots(value: Any) -> None:
    assert is_dataclass(value)
    assert not hasattr(value, "__dict__")
    with pytest.raises(FrozenInstanceError):
        setattr(value, fields(value)[0].name, None)


def test_a_place_is_said_as_a_person_would() -> None:
    assert PARAGRAPH.place == "paragraph 1, line 1"
    assert qa.Paragraph(4, "a", 0, 1, 12, 40, "甲", part=2).place == "paragraph 12.2, line 40"
    assert qa.Hit(1, 1.0, PARAGRAPH, {}).text == "甲"


def test_a_verification_is_its_truth() -> None:
    assert bool(qa.Verification(True, "")) is True
    assert bool(qa.Verification(False, "")) is False
