"""Settings that come from the environment: how much of the machine one file may take, and where things are kept."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

from .errors import QAError

VARIABLE = "QA_LIMITS"  # names and whole numbers: QA_LIMITS="seconds=300 pages=20000"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    `file_mb`, `unpacked_mb` (of a zip container) and `memory_mb` (of the process that parses, where the system can hold it
    to that) are MiB; `seconds` are of the clock; `depth` is of nested elements in a page or an XML part; `rows` are of all
    sheets together and `characters` of the text that comes out.
    """

    file_mb: int = 256
    unpacked_mb: int = 512
    members: int = 20_000
    pages: int = 10_000
    rows: int = 500_000
    depth: int = 2_000
    characters: int = 50_000_000
    seconds: int = 300
    memory_mb: int = 3_072


def limits_in_force() -> Limits:
    """The limits, with those that the environment variable `QA_LIMITS` names set to what it says."""
    names = {field.name for field in fields(Limits)}
    values: dict[str, int] = {}
    for setting in os.environ.get(VARIABLE, "").replace(",", " ").split():
        name, _, value = setting.partition("=")
        if name not in names or not value.isascii() or not value.isdigit() or int(value) < 1:
            raise QAError("config.unknown_limit", VARIABLE, setting=setting, names=sorted(names))
        values[name] = int(value)
    return replace(Limits(), **values)


def cache_folder() -> Path:
    """Where prepared models and dictionaries are kept: `QA_CACHE` if set, else the user's cache folder."""
    import platformdirs

    named = os.environ.get("QA_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_path("cited-qa", appauthor=False))


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
