"""The web chat: answers from your own documents, in the browser, on this machine.

The first start builds the index from the documents; later starts open it.
"""

from __future__ import annotations

import argparse
import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from qa.collections.library import Library, data_folder
from qa.errors import QAError
from qa.index.manifest import build_in_use
from qa.progress import ProgressBar

DESCRIPTION = "Ask your own documents, in the browser and offline. 在浏览器里向自己的文档提问，不联网。"
EPILOGUE = (
    "Every option has an environment variable, named with it; the option comes before the variable. "
    "Programs can ask too: POST /api/ask, gradio_client, or MCP with --mcp; the README has an example of each."
)
SHORTEST_PASSWORD = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until it is interrupted; 1 when it cannot be served, 2 for options that do not fit."""
    options = _parser().parse_args(arguments)
    if problem := _access_problem(options):
        return _fail(problem, 2)
    if problem := _port_problem(options.host, options.port):
        return _fail(problem)
    try:
        credentials = _credentials(options)
        if options.mcp:
            from qa.chat.service.mcp_tools import check_package

            check_package()
        with ProgressBar() as progress:
            if not build_in_use(Path(options.index)):
                print(f"No index in {options.index} yet; building it from {options.seeds}.", file=sys.stderr)
            library = Library(options.home or data_folder(), options.seeds, options.index, model=options.model)
            library.prepare(progress)
    except QAError as error:
        return _fail(str(error), 2 if isinstance(error, _WrongUsage) else 1)
    except KeyboardInterrupt:
        return 130

    # gradio takes some 5 s, which a refusal need not wait for
    from qa.chat.page.page import build_chat
    from qa.chat.page.settings import Settings
    from qa.chat.service.desk import Desk
    from qa.chat.service.guards import MEBIBYTE, Limits
    from qa.chat.service.offline import stay_offline
    from qa.chat.service.server import launch_chat

    if not _is_loopback(options.host):
        print(_warning(options.host, options.port, credentials is not None), file=sys.stderr)
    desk = Desk(library).open()
    defaults = Settings(options.passages, options.caution, options.language.removeprefix("browser"))
    page = build_chat(desk, library.home, options.keep_history, defaults)
    stay_offline([options.host])
    limits = Limits(upload=options.max_upload * MEBIBYTE, rate=options.rate)
    try:
        url = launch_chat(
            page, options.host, options.port,
            desk=desk, mcp=options.mcp, names=options.names, credentials=credentials, limits=limits,
        )  # fmt: skip
    except OSError as error:
        return _fail(_port_problem(options.host, options.port) or str(error))
    print(f"Ready: {url} (stop with Ctrl+C)", flush=True)
    if options.open:
        import webbrowser

        webbrowser.open(url)
    _wait_for_the_end()
    page.close(verbose=False)
    library.close()
    return 0


class _WrongUsage(QAError):
    """An option's value does not fit."""


class _Parser(argparse.ArgumentParser):
    """Options that each have an environment variable too; what does not fit is told in one line."""

    def option(
        self, name: str, variable: str, help: str, default: Any = None, type: Callable[[str], Any] = str, **more: Any
    ) -> None:
        """An option with a value."""
        text = f"{help} [{variable}; default: {default}]" if default else f"{help} [{variable}]"
        self.add_argument(name, type=type, default=self._of_variable(variable, type, default), help=text, **more)

    def switch(self, name: str, variable: str, help: str) -> None:
        """An option that is on or off."""
        default = self._of_variable(variable, _switch, False)
        self.add_argument(name, action="store_true", default=default, help=f"{help} [{variable}=1]")

    def _of_variable(self, variable: str, type: Callable[[str], Any], default: Any) -> Any:
        given = os.environ.get(variable, "")
        if not given:
            return default
        try:
            return type(given)
        except argparse.ArgumentTypeError as error:
            self.error(f"{variable}: {error}")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"app.py: {message.removeprefix('argument ')}\n")


def _parser() -> _Parser:
    parser = _Parser(prog="app.py", description=DESCRIPTION, epilog=EPILOGUE, allow_abbrev=False)
    parser.option(
        "--host", "QA_HOST", "address to serve on; another than this machine's own needs --auth or --no-auth", "127.0.0.1"
    )
    parser.option("--port", "QA_PORT", "port to serve on", 7860, _number("a port", 1, 65535))
    parser.option("--index", "QA_INDEX", "folder of the index", "index", metavar="FOLDER")
    parser.option("--seeds", "QA_SEEDS", "documents to build it from", "seeds", metavar="FOLDER")
    parser.option("--model", "QA_MODEL", "embedding model, by name or folder; the one the index has if left out", metavar="NAME")
    parser.option("--home", "QA_HOME", "where collections, documents put in on the page and ratings are kept; the folder for a "
                  "user's data if left out", metavar="FOLDER")  # fmt: skip
    parser.switch("--keep-history", "QA_KEEP_HISTORY", "keep conversations in --home too, not in the browser alone")
    parser.option("--passages", "QA_PASSAGES", "passages listed for a question, until a reader sets it: 3, 5, 10 or 20", 5,
                  _choice(3, 5, 10, 20), metavar="N")  # fmt: skip
    parser.option("--caution", "QA_CAUTION", "how sure an answer has to be, until a reader sets it: bold, balanced or cautious",
                  "balanced", _choice("bold", "balanced", "cautious"), metavar="HOW")  # fmt: skip
    parser.option("--language", "QA_LANGUAGE", "language of the page, until a reader sets it: zh, en or the browser's", "browser",
                  _choice("browser", "zh", "en"), metavar="LANGUAGE")  # fmt: skip
    parser.option("--auth", "QA_AUTH", "ask everybody for this user and password, on the page and for programs",
                  metavar="USER:PASSWORD")  # fmt: skip
    parser.option("--auth-file", "QA_AUTH_FILE", "the same from the first line of a file, which other users cannot see in a list "
                  "of processes", metavar="FILE")  # fmt: skip
    parser.switch("--no-auth", "QA_NO_AUTH", "let everybody who reaches --host ask and read, without a password")
    parser.option("--names", "QA_NAMES", "further names the chat is reached by, as behind a proxy, separated by commas", (),
                  _names, metavar="NAME,...")  # fmt: skip
    parser.switch("--mcp", "QA_MCP", "offer ask, search and documents to language models too, by MCP at /mcp")
    parser.option("--max-upload", "QA_MAX_UPLOAD", "most MiB of the files that are put in at once", 1024,
                  _number("a size in MiB", 1, 65536), metavar="MIB")  # fmt: skip
    parser.option("--rate", "QA_RATE", "most requests a second of one address, ten times as many in a burst", 50,
                  _number("a rate", 1, 100_000), metavar="N")  # fmt: skip
    parser.switch("--open", "QA_OPEN", "open the page in the browser when it is ready")
    return parser


def _number(what: str, least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not {what}; choose a number from {least} to {most}")
        return int(text)

    return read


def _choice(*choices: Any) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        for choice in choices:
            if text == str(choice):
                return choice
        raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(map(str, choices))}")

    return read


def _switch(text: str) -> bool:
    values = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in values:
        raise argparse.ArgumentTypeError(f"{text!r} is neither on nor off; choose 1 or 0")
    return values[text.lower()]


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if set(name) & set("/:*@ "):
            raise argparse.ArgumentTypeError(f"{name!r} is not a name alone; leave out scheme, port and path")
    return names


def _access_problem(options: argparse.Namespace) -> str:
    """What is unclear about who may ask, or nothing."""
    given = [name for name in ("auth", "auth_file", "no_auth") if getattr(options, name)]
    if len(given) > 1:
        return f"--{given[0].replace('_', '-')} and --{given[1].replace('_', '-')} exclude each other; give one of them"
    if not given and not _is_loopback(options.host):
        return (
            f"--host {options.host} opens the documents to every machine that reaches it; give --auth USER:PASSWORD to ask for a "
            "password, or --no-auth to let everybody in"
        )
    return ""


def _credentials(options: argparse.Namespace) -> tuple[str, str] | None:
    """User and password, if they are to be asked for. Raises `QAError`; its text holds no password."""
    text, origin = options.auth, "--auth"
    if options.auth_file:
        origin = options.auth_file
        try:
            text = (Path(origin).read_text("utf-8").splitlines() or [""])[0].strip()
        except (OSError, ValueError) as error:
            raise QAError(
                f"{origin}: {getattr(error, 'strerror', None) or 'is not text'}; give a file with USER:PASSWORD"
            ) from error
    elif not text:
        return None
    user, separator, password = text.partition(":")
    if not (separator and user and len(password) >= SHORTEST_PASSWORD):
        raise _WrongUsage(f"{origin}: has to be USER:PASSWORD, with a password of {SHORTEST_PASSWORD} characters or more")
    return user, password


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port_problem(host: str, port: int) -> str:
    """Why nothing can be served there, or nothing; asked before the long work of building an index."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":  # there it would let two servers share the port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {port} on {host} is in use; choose another with --port"
        return f"Cannot serve on {host} port {port}: {error.strerror or error}; choose another with --host and --port"
    return ""


def _warning(host: str, port: int, asks_password: bool) -> str:
    who = "who has the password" if asks_password else "there, without a password,"
    return (
        f"WARNING: this chat is open to every machine that can reach {host} port {port}, unencrypted: anyone {who} can ask "
        "questions, read your documents, and put in and remove documents. Leave --host out to serve this machine only."
    )


def _wait_for_the_end() -> None:
    """Until Ctrl+C or a polite request to end, after which there is time to tidy up."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with suppress(KeyboardInterrupt):
        while not ended.wait(1):  # on Windows a wait without an end cannot be interrupted
            pass


def _fail(reason: str, status: int = 1) -> int:
    print(f"app.py: {reason}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
