"""Start and stop the chat: `cited-qa serve`, `python -m qa serve` and `python app.py`.

The first start builds the index from the documents, later starts open it. Errors of options, password or port are raised before.
"""

from __future__ import annotations

import atexit
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from ..config import ChatOptions, WrongUsage, data_folder, forgo_reader, use_device, use_synonyms
from ..disk import read_within
from ..errors import IndexNotFound, QAError
from ..index.location import ServerAddress, location_of
from ..progress import ProgressBar
from ..service.access.users import Users
from ..service.hosts import is_loopback
from ..service.llm.writer import host_of, writer_of
from ..service.question_log import QuestionLog
from ..service.web.prefix import check_prefix
from .options import read_options
from .process import prepare_process

_LARGEST_PASSWORD_FILE = 2**16  # bytes

SHORTEST_PASSWORD = 8  # characters


def main(arguments: Sequence[str] | None = None, program: str = "cited-qa serve") -> int:
    """Serve the chat with the options in `arguments` until it is stopped, and return the exit status.

    0 after SIGTERM or Ctrl+C, 1 when it cannot be served, 2 for wrong options, 130 for Ctrl+C before it serves. `program` is the
    name in usage and errors.
    """
    try:
        options = read_options(arguments, program)
        _check_access(options)
        check_prefix(options.root_path)
        _check_port(options.host, options.port)
        writer_of(options.llm, options.llm_model, options.llm_remote)
        if options.question_log:
            QuestionLog(options.question_log).check()
        _serve(options, _credentials(options), _users(options))
    except QAError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2 if isinstance(error, WrongUsage) else 1
    except KeyboardInterrupt:
        return 130
    return 0


def _serve(options: ChatOptions, credentials: tuple[str, str] | None, users: Users | None) -> None:
    """Serve the chat until it is stopped. Raises `QAError` when it cannot be served."""
    from ..collections.library import Library
    from ..index.manifest_file import build_in_use

    if options.no_reader:
        forgo_reader()
    use_device(options.device)
    if options.synonyms:
        use_synonyms(options.synonyms)
    if options.mcp:
        from ..service.api.mcp_tools import check_package

        check_package()
    place = _place(options)
    with ProgressBar() as progress:
        if isinstance(place, Path) and not build_in_use(place):
            print(f"No index in {options.index} yet; building it from {options.seeds}.", file=sys.stderr)
        library = Library(options.home or data_folder(), options.seeds, options.index, model=options.model)
        library.prepare(progress)

    uploads = prepare_process()
    # importing Gradio takes some 5 s, so it comes after everything that may fail
    from ..service.backend import Backend
    from ..service.web.exchange import MEBIBYTE, ClientLimits
    from ..service.web.offline import stay_offline
    from .page.page import build_chat
    from .serving.server import launch_chat
    from .state.settings import Settings

    if not is_loopback(options.host):
        print(_warning(options.host, options.port, credentials is not None or users is not None), file=sys.stderr)
    backend = Backend(library, users=users, seconds=options.question_seconds).open()
    if options.question_log:
        backend.listeners.append(QuestionLog(options.question_log))
    backend.writer = writer_of(options.llm, options.llm_model, options.llm_remote, options.llm_key or "")
    defaults = Settings(options.passages, options.caution, "" if options.language == "browser" else options.language)
    page = build_chat(backend, library.home, options.keep_history or users is not None, defaults)
    stay_offline([options.host], [host_of(backend.writer)] if backend.writer is not None else ())
    limits = ClientLimits(upload=options.max_upload * MEBIBYTE, rate=options.rate)
    try:
        url = launch_chat(
            page, options.host, options.port,
            backend=backend, mcp=options.mcp, names=options.names, credentials=credentials, limits=limits,
            import_from=options.import_from, trusted_proxies=options.trusted_proxy,
            root_path=options.root_path, frame_ancestors=options.frame_ancestors,
        )  # fmt: skip
    except OSError as error:
        _check_port(options.host, options.port)
        raise _cannot_serve(options.host, options.port, error) from error
    print(f"Ready: {url} (stop with Ctrl+C)", flush=True)
    if options.open:
        import webbrowser

        webbrowser.open(url)
    _wait_for_the_end(uploads)
    page.close(verbose=False)
    library.close()


def _place(options: ChatOptions) -> Path | ServerAddress:
    """Where the index is. Raises `WrongUsage` for an option that does not go with a server, and `IndexNotFound` for a file."""
    place = location_of(options.index)
    if isinstance(place, ServerAddress):
        if options.keep_history:
            raise WrongUsage("chat.history_on_server", place)
    elif place.exists() and not place.is_dir():
        raise IndexNotFound("index.is_a_file", options.index)
    return place


def _check_access(options: ChatOptions) -> None:
    """Raise `WrongUsage` for contradictory access options, and for a host beyond this machine without any."""
    given = [name for name in ("auth", "auth_file", "users", "no_auth") if getattr(options, name)]
    if len(given) > 1:
        one, other = (f"--{name.replace('_', '-')}" for name in given[:2])
        raise WrongUsage("chat.options_exclude", one=one, other=other)
    if not given and not is_loopback(options.host):
        raise WrongUsage("chat.open_host", host=options.host)


def _credentials(options: ChatOptions) -> tuple[str, str] | None:
    """The (user, password) that every request needs, None for no password. Raises `QAError`, whose text holds no password."""
    text, origin = options.auth, "--auth"
    if options.auth_file:
        origin = options.auth_file
        try:
            text = read_within(origin, _LARGEST_PASSWORD_FILE).decode("utf-8-sig")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
        except OSError as error:
            raise QAError("chat.password_file_unreadable", origin, reason=error) from error
        except ValueError as error:
            raise QAError("chat.password_file_not_text", origin) from error
        if len(lines) > 1:
            raise WrongUsage("chat.password_lines", origin, lines=len(lines))
        text = lines[0] if lines else ""
    elif not text:
        return None
    user, separator, password = text.partition(":")
    if not (separator and user and len(password) >= SHORTEST_PASSWORD):
        raise WrongUsage("chat.password_form", origin, least=SHORTEST_PASSWORD)
    return user, password


def _users(options: ChatOptions) -> Users | None:
    """The users of `--users`, None without the option. Raises `QAError` for a file without any."""
    if not options.users:
        return None
    users = Users(options.users)
    if not users.everybody():
        raise QAError("chat.no_users", options.users, file=options.users)
    return users


def _check_port(host: str, port: int) -> None:
    """Raise `QAError` when `host` and `port` cannot be bound; called before the index is built, which takes long."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if sys.platform != "win32":  # on Windows the option lets two servers share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise _cannot_serve(host, port, error) from error


def _cannot_serve(host: str, port: int, error: OSError) -> QAError:
    if error.errno == errno.EADDRINUSE:
        return QAError("chat.port_in_use", host=host, port=port)
    reason = error if error.errno in errno.errorcode else error.strerror or str(error)  # getaddrinfo's numbers are no errno
    return QAError("chat.cannot_serve", host=host, port=port, reason=reason)


def _warning(host: str, port: int, asks_password: bool) -> str:
    who = "who has the password" if asks_password else "there, without a password,"
    return (
        f"WARNING: this chat is open to every machine that can reach {host} port {port}, unencrypted: anyone {who} can ask "
        "questions, read your documents, and put in and remove documents. Leave --host out to serve this machine only."
    )


# Waits for a byte, which the signal's handler in C writes whatever Python is doing, and gives the process so many seconds to end;
# many more once it has told that all is closed, and only its memory is to be given back: on a busy machine that takes long. What
# a killed process leaves of its private folder is removed.
_GUARDIAN = """
import os, select, shutil, signal, sys, time
parent, seconds, folder = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
closed, heard = b"c", os.read(0, 1)
ends = time.monotonic() + seconds + 10 * seconds * (heard == closed)
while heard and os.getppid() == parent:
    if time.monotonic() > ends:
        os.kill(parent, signal.SIGKILL)
        break
    if select.select([0], [], [], 0.1)[0]:
        heard = os.read(0, 1)
        ends += 10 * seconds * (heard == closed)
if folder:
    shutil.rmtree(folder, ignore_errors=True)
"""
_ENDING = 8.0  # seconds


def _end_in_any_case(folder: str = "") -> None:
    """Have this process killed some seconds after SIGTERM or Ctrl+C if it has not ended by then, whatever it is doing.

    Python runs a signal's handler between two of its instructions; while one of them takes long, the signal is not heard. However
    the process ends, its private `folder` is removed.
    """
    if os.name != "posix":
        return
    heard, tells = os.pipe()
    os.set_blocking(tells, False)
    with suppress(OSError):
        guardian = [sys.executable, "-I", "-S", "-c", _GUARDIAN, str(os.getpid()), str(_ENDING), folder]
        subprocess.Popen(guardian, stdin=heard, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
        atexit.register(_tell, tells)
    os.close(heard)


def _tell(guardian: int) -> None:
    with suppress(OSError):  # it is gone, or has all that it can take
        os.write(guardian, b"c")


def _wait_for_the_end(uploads: Path) -> None:
    """Wait for Ctrl+C or SIGTERM; the caller then closes the page and the library."""
    ended = threading.Event()
    _end_in_any_case(str(uploads))
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with suppress(KeyboardInterrupt):
        while not ended.wait(1):  # on Windows Ctrl+C does not interrupt a wait without a timeout
            pass
