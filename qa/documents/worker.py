"""A separate process for parsers that may hang, use much memory or crash. It is kept, and killed when a file takes too long.

Protocol: a request is a line of JSON (the kind of file, or the page to draw; the number of bytes; the limits) and the bytes. A
response is a line with the number of bytes of a JSON text, and that text: the content, the picture, or an `Unreadable`.
"""

from __future__ import annotations

import atexit
import faulthandler
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from ..config import Limits
from ..errors import from_record, record
from .content import Content, Unreadable, packed, unpacked
from .readers import read_content

_LATER = 10  # seconds after which a process ends itself that should have been killed
# The modules are found where the caller finds them. Not by PYTHONPATH, with which a file beside the caller's script, called
# like a module that Python starts with (encodings.py) would end the process before it begins.
_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from qa.documents.worker import serve; serve()"


class Worker:
    """A client of the parsing process, which it starts at the first request. Threads may share it: files are read in turn."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._limits: Limits | None = None

    def read(self, kind: str, data: bytes, limits: Limits) -> Content:
        """Call `read_content` in the process. Raises `Unreadable`, also when it takes over `limits.seconds` and is killed."""
        answer = self._ask({"kind": kind}, data, limits)
        problems = tuple(from_record(problem, Unreadable) for problem in answer["problems"])
        return Content(answer["text"], answer["encoding"], unpacked(answer["marks"]), problems)

    def draw(self, request: dict[str, Any], data: bytes, limits: Limits) -> dict[str, Any]:
        """Call `draw_page` in the process; `request` has its arguments but `data`. Raises `Unreadable`, as `read` does."""
        return self._ask({"draw": request}, data, limits)

    def _ask(self, request: dict[str, Any], data: bytes, limits: Limits) -> dict[str, Any]:
        with self._lock:
            process = self._running(limits)
            late = threading.Event()

            def stop() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(limits.seconds, stop)
            timer.daemon = True
            timer.start()
            try:
                answer = _exchange(process, request, data, limits)
            except (OSError, EOFError, ValueError) as error:
                self._close()
                if late.is_set():
                    raise Unreadable("documents.too_slow", seconds=limits.seconds) from error
                raise Unreadable("documents.reader_died") from error
            except BaseException:
                self._close()
                raise
            finally:
                timer.cancel()
                timer.join()
            if late.is_set():
                self._close()
        if "unreadable" in answer:
            raise from_record(answer["unreadable"], Unreadable)
        return answer

    def close(self) -> None:
        """Kill the process, if it runs; the next request starts another."""
        with self._lock:
            self._close()

    def _running(self, limits: Limits) -> subprocess.Popen[bytes]:
        if self._process is not None and (self._process.poll() is not None or self._limits != limits):
            self._close()
        if self._process is None:
            package = str(Path(__file__).absolute().parents[2])
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM, package, *filter(None, sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._limits = limits
        return self._process

    def _close(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(OSError):  # bytes not yet sent to a dead process
                    stream.close()
        process.wait()


def _exchange(process: subprocess.Popen[bytes], task: dict[str, Any], data: bytes, limits: Limits) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    request = json.dumps({**task, "length": len(data), "limits": asdict(limits)})
    process.stdin.write(request.encode("ascii") + b"\n")
    process.stdin.write(data)
    process.stdin.flush()
    length = int(process.stdout.readline())
    return json.loads(_exactly(process.stdout, length))  # type: ignore[no-any-return]


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if len(data) != length:
        raise EOFError("the other side is gone")
    return data


def serve() -> None:
    """Main loop of the process: answer requests on stdin until it closes. The output of libraries is discarded."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    held = False
    while line := requests.readline():
        request = json.loads(line)
        limits = Limits(**request["limits"])
        if not held:
            _hold_memory(limits)
            held = True
        data = _exactly(requests, request["length"])
        # If the client dies, nobody kills this process; it then ends by itself, which needs no leave of what it is doing.
        faulthandler.dump_traceback_later(limits.seconds + _LATER, exit=True, file=nowhere)
        try:
            answer = _drawn(request["draw"], data) if "draw" in request else _read(request["kind"], data, limits)
        except Unreadable as error:
            answer = {"unreadable": record(error)}
        faulthandler.cancel_dump_traceback_later()
        body = json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass")
        answers.write(b"%d\n" % len(body) + body)
        answers.flush()


def _read(kind: str, data: bytes, limits: Limits) -> dict[str, Any]:
    content = read_content(kind, data, limits)
    problems = [record(problem) for problem in content.problems]
    return {"text": content.text, "encoding": content.encoding, "marks": packed(content.marks), "problems": problems}


def _drawn(request: dict[str, Any], data: bytes) -> dict[str, Any]:
    from .formats.pdf_pages import draw_page

    try:
        return draw_page(data, **request)
    except Unreadable:
        raise
    except Exception as error:  # a bug in a library; the caller can still show the text
        raise Unreadable("documents.cannot_draw", error=type(error).__name__) from error


def _hold_memory(limits: Limits) -> None:
    """Limit the memory of this process to `limits.memory_mb`, on systems that support it."""
    try:
        import resource
    except ImportError:
        return  # Windows; the limits on size and time still hold
    size = limits.memory_mb * 2**20
    try:
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    except (OSError, ValueError):
        return  # macOS refuses it


WORKER = Worker()
DRAWER = Worker()  # a second process for users who wait, so that they do not queue behind a build
atexit.register(WORKER.close)
atexit.register(DRAWER.close)
