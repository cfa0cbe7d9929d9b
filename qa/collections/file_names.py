"""Names for added files: safe on every system, of bounded length, and unique in their folder."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection
from itertools import count

NAME_BYTES = 200  # of UTF-8; file systems take 255, which leaves room for " (2)" and for the suffix of a temporary name
SUFFIX_BYTES = 20  # of UTF-8
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # on Windows
# Unicode categories: control and format characters (bidirectional ones too), private and unassigned, surrogates, line separators
_UNSEEN = frozenset(("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"))


def safe_name(name: str) -> str:
    """`name` without folders, invisible characters and those Windows forbids; not hidden, not reserved, of up to 200 bytes."""
    last = re.split(r"[/\\]", name)[-1]
    last = "".join(char for char in unicodedata.normalize("NFC", last) if unicodedata.category(char) not in _UNSEEN)
    last = " ".join(_FORBIDDEN.sub("_", last).split()).rstrip(". ")
    stem, dot, suffix = last.rpartition(".") if "." in last else (last, "", "")
    suffix = _cut(dot + suffix, SUFFIX_BYTES)
    stem = _cut(stem.strip(". "), NAME_BYTES - len(suffix.encode())).rstrip(". ") or "document"
    if _RESERVED.fullmatch(stem.split(".")[0].rstrip()):
        stem = f"_{stem}"
    return stem + suffix


def own_name(name: str, taken: Collection[str]) -> str:
    """`name`, or with the lowest number that makes it differ from all of `taken`, ignoring case: `report (2).pdf`."""
    used = {_key(other) for other in taken}
    if _key(name) not in used:
        return name
    stem, suffix = os.path.splitext(name)
    return next(numbered for n in count(2) if _key(numbered := f"{stem} ({n}){suffix}") not in used)


def is_plain_line(text: str) -> bool:
    """Whether `text` is one line of visible characters and spaces."""
    return not any(unicodedata.category(char) in _UNSEEN for char in text)


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _cut(text: str, size: int) -> str:
    """The first characters of `text` that fit into `size` bytes of UTF-8."""
    return text.encode()[:size].decode("utf-8", "ignore")
