"""The web chat: answers from your own documents, in the browser, on this machine.

The first start builds the index from the documents; later starts open it.
"""

from __future__ import annotations

import argparse
import errno
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from qa.library import Library, data_folder
from qa.manifest import build_in_use
from qa.progress import ProgressBar
from qa.types import QAError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until it is interrupted; 1 when it cannot be served."""
    options = _parser().parse_args(arguments)
    if problem := _port_problem(options.host, options.port):
        return _fail(problem)
    try:
        with ProgressBar() as progress:
            if not build_in_use(Path(options.index)):
                print(f"No index in {options.index} yet; building it from {options.seeds}.", file=sys.stderr)
            library = Library(options.home or data_folder(), options.seeds, options.index, model=options.model)
            library.prepare(progress)
    except QAError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130

    # gradio takes some 5 s, which a refusal need not wait for
    from qa.chat.desk import Desk
    from qa.chat.page import build_chat
    from qa.chat.server import LOOPBACK, launch_chat

    if options.host not in LOOPBACK:
        print(_warning(options.host, options.port), file=sys.stderr)
    page = build_chat(Desk(library).open())
    try:
        url = launch_chat(page, options.host, options.port)
    except OSError as error:
        return _fail(_port_problem(options.host, options.port) or str(error))
    print(f"Ready: {url} (stop with Ctrl+C)", flush=True)
    page.block_thread()
    library.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="Ask your own documents, in the browser and offline.")
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (default: %(default)s, this machine only)")
    parser.add_argument("--port", type=_port, default=7860, help="port to serve on (default: %(default)s)")
    parser.add_argument("--index", default="index", metavar="FOLDER", help="folder of the index (default: %(default)s)")
    parser.add_argument("--seeds", default="seeds", metavar="FOLDER", help="documents to build it from (default: %(default)s)")
    parser.add_argument(
        "--home", metavar="FOLDER", default=os.environ.get("QA_HOME"),
        help="where documents that are added on the page are kept (default: QA_HOME, or the folder for a user's data)",
    )  # fmt: skip
    parser.add_argument("--model", metavar="NAME", help="embedding model, by name or path (default: the one the index has)")
    return parser


def _port(text: str) -> int:
    if not (text.isdecimal() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; choose one from 1 to 65535")
    return int(text)


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


def _warning(host: str, port: int) -> str:
    return (
        f"WARNING: this chat is open to every machine that can reach {host} port {port}: anyone there can ask questions and "
        "read the passages of your documents, without a password and unencrypted. "
        "Leave --host out to serve this machine only."
    )


def _fail(reason: str) -> int:
    print(f"app.py: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
