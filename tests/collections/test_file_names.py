"""Names for files from elsewhere: never a folder, never unseen, never too long, never another's."""

from __future__ import annotations

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.collections.file_names import NAME_BYTES, own_name, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("年报.pdf", "年报.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/abs/a.txt", "a.txt"),
        ("..", "document"),
        ("", "document"),
        ("a/", "document"),
        (".hidden.txt", "hidden.txt"),
        (".txt", "document.txt"),
        ("a\0b\n.txt", "ab.txt"),
        ("invoice\u202efdp.exe.txt", "invoicefdp.exe.txt"),
        ("a\u200b\ufeff.md", "a.md"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.txt", "_com1.tar.txt"),
        ("console.txt", "console.txt"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("trailing. . .", "trailing"),
        ("  two   spaces .txt", "two spaces.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("\ud800.txt", "document.txt"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_is_cut_between_characters_and_keeps_its_ending() -> None:
    safe = safe_name("长" * 500 + ".docx")
    assert safe == "长" * 65 + ".docx"  # 200 bytes
    assert safe_name("x." + "y" * 500) == "x." + "y" * 19


@given(st.text(st.characters(), max_size=300))
def test_any_name_becomes_one_that_a_folder_takes(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= NAME_BYTES + 1
    assert os.path.basename(safe) == safe
    assert not safe.startswith(".")
    assert not set('/\\<>:"|?*\0') & set(safe)
    assert all(unicodedata.category(char)[0] != "C" for char in safe)


def test_names_that_collide_are_numbered_whatever_their_case() -> None:
    assert own_name("a.txt", []) == "a.txt"
    assert own_name("A.txt", ["a.txt"]) == "A (2).txt"
    assert own_name("a.txt", ["a.txt", "a (2).TXT"]) == "a (3).txt"
    assert own_name("\u00e9.txt", ["e\u0301.txt"]) == "\u00e9 (2).txt"
