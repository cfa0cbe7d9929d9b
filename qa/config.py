"""Every setting: what comes from the environment, with its meaning and its default, and the folders that are the user's.

`QA_CACHE`   folder of prepared models and dictionaries (default: the system's folder for a user's caches)
`QA_LIMITS`  what reading one file may take, as "seconds=300 pages=20000": names and values of `Limits` (default: its own)
`QA_...`     one for each option of the chat: `ChatOptions`

A variable is read when it is asked for, not when this module is imported, and importing it changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from .errors import QAError

CACHE_VARIABLE, LIMITS_VARIABLE = "QA_CACHE", "QA_LIMITS"
_LONGEST_NUMBER = 9  # digits of a limit


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
    """The limits, those that `QA_LIMITS` names as it says. Raises `QAError` for what is no limit there."""
    names = {field.name for field in fields(Limits)}
    values: dict[str, int] = {}
    for setting in os.environ.get(LIMITS_VARIABLE, "").replace(",", " ").split():
        name, _, value = setting.partition("=")
        if name not in names or not (value.isascii() and value.isdigit() and len(value) <= _LONGEST_NUMBER) or int(value) < 1:
            raise QAError("config.unknown_limit", LIMITS_VARIABLE, setting=setting, names=sorted(names))
        values[name] = int(value)
    return replace(Limits(), **values)


def cache_folder() -> Path:
    """Where prepared models and dictionaries are kept: `QA_CACHE` if set, else the user's cache folder."""
    import platformdirs

    named = os.environ.get(CACHE_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_cache_path("cited-qa", appauthor=False))


def data_folder() -> Path:
    """Where the chat keeps collections when `ChatOptions.home` names no folder: the system's folder for a user's data."""
    import platformdirs

    return Path(platformdirs.user_data_dir("cited-qa", appauthor=False))


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


Reader = Callable[[str], Any]


class WrongUsage(QAError):
    """An option's value does not fit."""


def _one_of(*choices: Any) -> Reader:
    def read(text: str) -> Any:
        for choice in choices:
            if text == str(choice):
                return choice
        raise WrongUsage("config.not_a_choice", given=repr(text), choices=[str(choice) for choice in choices])

    return read


def _within(least: int, most: int, code: str) -> Reader:
    """Reads a whole number from `least` to `most`; another text is an error of `code`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
            raise WrongUsage(code, given=repr(text), least=least, most=most)
        return int(text)

    return read


def on_or_off(text: str) -> bool:
    """Whether a text says that something is on. Raises `WrongUsage` for one that says neither."""
    values = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in values:
        raise WrongUsage("config.not_a_switch", given=repr(text))
    return values[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if set(name) & set("/:*@ "):
            raise WrongUsage("config.not_a_name", given=repr(name))
    return names


def _option(help: str, default: Any = None, metavar: str | None = None, read: Reader = str) -> Any:
    return field(default=default, metadata={"help": help, "metavar": metavar, "read": read})


def _switch(help: str) -> Any:
    return field(default=False, metadata={"help": help, "read": on_or_off})


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Where the chat is served, of what, to whom, and what a page starts with.

    The option of `max_upload` is `--max-upload` and its variable is `QA_MAX_UPLOAD`, and so with every other. The option comes
    before the variable, and an empty variable is none.
    """

    host: str = _option("address to serve on; another than this machine's own needs --auth or --no-auth", "127.0.0.1")
    port: int = _option("port to serve on", 7860, read=_within(1, 65535, "config.not_a_port"))
    index: str = _option("folder of the index", "index", "FOLDER")
    seeds: str = _option("documents to build it from", "seeds", "FOLDER")
    model: str | None = _option("embedding model, by name or folder; the one the index has if left out", metavar="NAME")
    home: str | None = _option(
        "where collections, documents put in on the page and ratings are kept; the folder for a user's data if left out",
        metavar="FOLDER",
    )
    keep_history: bool = _switch("keep conversations in --home too, not in the browser alone")
    passages: int = _option(
        "passages listed for a question, until a reader sets it: 3, 5, 10 or 20", 5, "N", _one_of(3, 5, 10, 20)
    )
    caution: str = _option(
        "how sure an answer has to be, until a reader sets it: bold, balanced or cautious", "balanced", "HOW",
        _one_of("bold", "balanced", "cautious"),
    )  # fmt: skip
    language: Literal["browser", "zh", "en"] = _option(
        "language of the page, until a reader sets it: zh, en or the browser's", "browser", "LANGUAGE",
        _one_of("browser", "zh", "en"),
    )  # fmt: skip
    auth: str | None = _option("ask everybody for this user and password, on the page and for programs", metavar="USER:PASSWORD")
    auth_file: str | None = _option(
        "the same from the first line of a file, which other users cannot see in a list of processes", metavar="FILE"
    )
    no_auth: bool = _switch("let everybody who reaches --host ask and read, without a password")
    names: tuple[str, ...] = _option(
        "further names the chat is reached by, as behind a proxy, separated by commas", (), "NAME,...", _names
    )
    mcp: bool = _switch("offer ask, search and documents to language models too, by MCP at /mcp")
    max_upload: int = _option(
        "most MiB of the files that are put in at once", 1024, "MIB", _within(1, 65536, "config.not_a_size")
    )
    rate: int = _option(
        "most requests a second of one address, ten times as many in a burst", 50, "N", _within(1, 100_000, "config.not_a_rate")
    )
    open: bool = _switch("open the page in the browser when it is ready")


def spelled(option: Field[Any]) -> str:
    """An option as it is typed: `--max-upload`."""
    return f"--{option.name.replace('_', '-')}"


def variable(option: Field[Any]) -> str:
    """The environment variable of an option: `QA_MAX_UPLOAD`."""
    return f"QA_{option.name.upper()}"


def forbid_telemetry() -> None:
    """Keep onnxruntime from reporting its use to its maker over the network. Called before anything that imports it."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
