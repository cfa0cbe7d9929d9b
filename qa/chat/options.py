"""The options of `serve`, the fields of `config.ChatOptions`, read from the command line and the environment.

Importing this module loads no other part of the chat.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import Field, fields
from typing import Any, NoReturn

from ..config import ChatOptions, WrongUsage, on_or_off, spelled, variable

CHAT_DESCRIPTION = "Ask your own documents, in the browser and offline. 在浏览器里向自己的文档提问，不联网。"
EPILOGUE = (
    "Every option has an environment variable, named with it; the option comes before the variable. "
    "Programs can ask too: POST /api/ask, gradio_client, or MCP with --mcp; qa/service/README.md has an example of each."
)


def read_options(arguments: Sequence[str] | None, program: str) -> ChatOptions:
    """The options from `arguments` (None for those of the process) and the environment; `program` is the name in usage.

    Raises `WrongUsage` for a value that does not fit, SystemExit(2) for an unknown option, after one line, and SystemExit(0) for
    --help.
    """
    parser = _Parser(prog=program, description=CHAT_DESCRIPTION, epilog=EPILOGUE, allow_abbrev=False)
    for option in fields(ChatOptions):
        _add(parser, option)
    given = vars(parser.parse_args(arguments))
    values = {option.name: _value(option, given[option.name]) for option in fields(ChatOptions)}
    return ChatOptions(**values)


class _Parser(argparse.ArgumentParser):
    """An argument parser that reports wrong usage in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message.removeprefix('argument ')}\n")


def _add(parser: argparse.ArgumentParser, option: Field[Any]) -> None:
    if option.metadata["read"] is on_or_off:
        help = f"{option.metadata['help']} [{variable(option)}=1]"
        parser.add_argument(spelled(option), action="store_const", const="1", help=help)
    else:
        default = f"; default: {option.default}" if option.default else ""
        help = f"{option.metadata['help']} [{variable(option)}{default}]"
        parser.add_argument(spelled(option), metavar=option.metadata["metavar"], help=help)


def _value(option: Field[Any], given: str | None) -> Any:
    """The value of an option: `given` on the command line, else from its environment variable if not empty, else its default."""
    name = spelled(option)
    if given is None:
        name, given = variable(option), os.environ.get(variable(option)) or None
    if given is None:
        return option.default
    try:
        return option.metadata["read"](given)
    except WrongUsage as error:
        raise WrongUsage(error.code, name, **error.values) from None
