"""What the chat can be told when it is started: one table of options, each with its environment variable.

The option `--max-upload` has the variable `QA_MAX_UPLOAD`, and so has every other; the option comes before the variable. Importing
this module loads nothing of the chat.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, NoReturn

from ..errors import QAError

DESCRIPTION = "Ask your own documents, in the browser and offline. 在浏览器里向自己的文档提问，不联网。"
EPILOGUE = (
    "Every option has an environment variable, named with it; the option comes before the variable. "
    "Programs can ask too: POST /api/ask, gradio_client, or MCP with --mcp; qa/chat/README.md has an example of each."
)

Reader = Callable[[str], Any]


class WrongUsage(QAError):
    """An option's value does not fit."""


def _one_of(*choices: Any) -> Reader:
    def read(text: str) -> Any:
        for choice in choices:
            if text == str(choice):
                return choice
        raise WrongUsage("chat.not_a_choice", given=repr(text), choices=[str(choice) for choice in choices])

    return read


def _within(least: int, most: int, code: str) -> Reader:
    """Reads a whole number from `least` to `most`; another text is an error of `code`."""

    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
            raise WrongUsage(code, given=repr(text), least=least, most=most)
        return int(text)

    return read


def _on_or_off(text: str) -> bool:
    values = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in values:
        raise WrongUsage("chat.not_a_switch", given=repr(text))
    return values[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if set(name) & set("/:*@ "):
            raise WrongUsage("chat.not_a_name", given=repr(name))
    return names


def _option(help: str, default: Any = None, metavar: str | None = None, read: Reader = str) -> Any:
    return field(default=default, metadata={"help": help, "metavar": metavar, "read": read})


def _switch(help: str) -> Any:
    return field(default=False, metadata={"help": help, "read": _on_or_off})


@dataclass(frozen=True, slots=True)
class ChatOptions:
    """Where the chat is served, of what, to whom, and what a page starts with."""

    host: str = _option("address to serve on; another than this machine's own needs --auth or --no-auth", "127.0.0.1")
    port: int = _option("port to serve on", 7860, read=_within(1, 65535, "chat.not_a_port"))
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
    max_upload: int = _option("most MiB of the files that are put in at once", 1024, "MIB", _within(1, 65536, "chat.not_a_size"))
    rate: int = _option(
        "most requests a second of one address, ten times as many in a burst", 50, "N", _within(1, 100_000, "chat.not_a_rate")
    )
    open: bool = _switch("open the page in the browser when it is ready")


def read_options(arguments: Sequence[str] | None, program: str) -> ChatOptions:
    """The options given on the command line or in the environment; the process ends after `--help`.

    Raises `WrongUsage` where a value does not fit; what argparse itself finds wrong ends the process with status 2, in one line.
    """
    parser = _Parser(prog=program, description=DESCRIPTION, epilog=EPILOGUE, allow_abbrev=False)
    for option in fields(ChatOptions):
        _add(parser, option)
    given = vars(parser.parse_args(arguments))
    values = {option.name: _value(option, given[option.name]) for option in fields(ChatOptions)}
    return ChatOptions(**values)


def spelled(option: Field[Any]) -> str:
    """An option as it is typed: `--max-upload`."""
    return f"--{option.name.replace('_', '-')}"


def variable(option: Field[Any]) -> str:
    """The environment variable of an option: `QA_MAX_UPLOAD`."""
    return f"QA_{option.name.upper()}"


class _Parser(argparse.ArgumentParser):
    """A parser that says in one line what does not fit."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message.removeprefix('argument ')}\n")


def _add(parser: argparse.ArgumentParser, option: Field[Any]) -> None:
    if option.metadata["read"] is _on_or_off:
        help = f"{option.metadata['help']} [{variable(option)}=1]"
        parser.add_argument(spelled(option), action="store_const", const="1", help=help)
    else:
        default = f"; default: {option.default}" if option.default else ""
        help = f"{option.metadata['help']} [{variable(option)}{default}]"
        parser.add_argument(spelled(option), metavar=option.metadata["metavar"], help=help)


def _value(option: Field[Any], given: str | None) -> Any:
    """The value of an option: as given on the command line, else in its variable unless that is empty, else its default."""
    name = spelled(option)
    if given is None:
        name, given = variable(option), os.environ.get(variable(option)) or None
    if given is None:
        return option.default
    try:
        return option.metadata["read"](given)
    except WrongUsage as error:
        raise WrongUsage(error.code, name, **error.values) from None
