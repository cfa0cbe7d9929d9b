"""The question log: a JSON line for every question that was asked, for who writes the documents to see what is asked of them.

A line is `{time, user, by, collection, question, understood, found, answer, sources, confidence, ms}`, and `error`, a code, where
it failed. When the file has grown to its limit it becomes `FILE.1`, what was `FILE.1` becomes `FILE.2`, and the last one goes.
"""

from __future__ import annotations

import errno
import json
import os
import select
import stat
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import QAError, one_line, remedy

if TYPE_CHECKING:
    from ..answers.answer import Answer

BYTES_A_FILE = 10 << 20
FILES_KEPT = 5  # beside the one that is written to
_LONGEST_ANSWER = 4000  # characters; quotations of whole tables are longer
_TRIES, _PAUSE = 10, 0.02  # how often, and after how many seconds again, a pipe is tried whose reader opens it again
_PATIENCE = 2.0  # seconds for which a question waits for the reader of a pipe that is full


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was asked, by whom ("" where there are no users) and how, and what came of it after so many `seconds`."""

    question: str
    by: str  # "page" or "program"
    user: str
    collection: str
    seconds: float
    answer: Answer | None
    trouble: QAError | None = None

    @property
    def outcome(self) -> str:
        """ "answered", "not found" or "failed"."""
        return "failed" if self.answer is None else "answered" if self.answer.found else "not found"


class QuestionLog:
    """Writes the log to `file`, of at most `size` bytes, and keeps `kept` older ones. Safe to use from several threads.

    Nothing that happens to the file keeps a question from being answered: it is told on the terminal, once until it is over.
    """

    def __init__(self, file: str | os.PathLike[str], size: int = BYTES_A_FILE, kept: int = FILES_KEPT) -> None:
        self.file = Path(file)
        self._size = size
        self._kept = kept
        self._lock = threading.Lock()
        self._told = False
        self._cut = False  # whether a pipe has got a part of a line

    def check(self) -> None:
        """Raise `QAError` when the log cannot be written."""
        try:
            os.close(self._open())
        except OSError as error:
            raise QAError("chat.log_unwritten", self.file, reason=error, remedy=remedy(error)) from error

    def __call__(self, asked: Asked) -> None:
        """Write the line of `asked`."""
        line = (json.dumps(log_entry(asked), ensure_ascii=False) + "\n").encode("utf-8", "replace")
        with self._lock:
            try:
                self._append_in_time(line)
                self._told = False
            except OSError as error:
                if not self._told:
                    print(one_line(QAError("chat.log_unwritten", self.file, reason=error, remedy=remedy(error))), file=sys.stderr)
                self._told = True

    def _open(self) -> int:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        flags |= getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody reads is an error, nothing to wait for
        return os.open(self.file, flags, 0o600)  # what people ask is nobody else's business

    def _append_in_time(self, line: bytes) -> None:
        """Write the line, also to a pipe whose reader closes it and soon opens it again."""
        for _ in range(_TRIES - 1):
            try:
                return self._append(line)
            except OSError as error:
                if error.errno not in (errno.ENXIO, errno.EPIPE):  # nobody reads the pipe, and nothing was written
                    raise
            time.sleep(_PAUSE)
        return self._append(line)

    def _append(self, line: bytes) -> None:
        """Write the whole line or nothing. The file is opened each time, so that it may be moved away meanwhile."""
        number = self._open()
        try:
            status = os.fstat(number)
            if not stat.S_ISREG(status.st_mode):
                return self._send(number, line)
            size = status.st_size
            if size and size + len(line) > self._size:
                os.close(number)
                number = -1
                self._rotate()
                number, size = self._open(), 0
            if os.write(number, line) < len(line):  # the disk is full
                os.ftruncate(number, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            if number >= 0:
                os.close(number)

    def _send(self, pipe: int, line: bytes) -> None:
        """Write the line to a pipe or a terminal; its reader may pause for `_PATIENCE` seconds, unless it has done so before.

        What has been written of a line cannot be taken back: the next one then begins with a line's end.
        """
        ends = time.monotonic() + (0 if self._told else _PATIENCE)
        rest = memoryview(b"\n" * self._cut + line)
        while rest:
            try:
                rest = rest[os.write(pipe, rest) :]
                self._cut = bool(rest)
            except BlockingIOError:
                left = ends - time.monotonic()
                if left <= 0:
                    raise
                ready = select.poll()
                ready.register(pipe, select.POLLOUT)
                ready.poll(1000 * left)

    def _rotate(self) -> None:
        files = rotated(self.file, self._kept)
        for older, newer in pairwise(files):
            if newer.exists():
                os.replace(newer, older)


def rotated(file: Path, kept: int = FILES_KEPT) -> list[Path]:
    """The files of a log, the oldest first, the one that is written to last; some may not be there."""
    return [*(file.with_name(f"{file.name}.{number}") for number in range(kept, 0, -1)), file]


def log_entry(asked: Asked) -> dict[str, Any]:
    """What the log keeps of a question."""
    answer = asked.answer
    entry: dict[str, Any] = {
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "user": asked.user,
        "by": asked.by,
        "collection": asked.collection,
        "question": asked.question,
        "understood": answer.understood if answer else "",
        "found": answer is not None and answer.found,
        "answer": answer.text[:_LONGEST_ANSWER] if answer else "",
        "sources": list(dict.fromkeys(citation.source for citation in answer.citations)) if answer else [],
        "confidence": round(answer.confidence, 4) if answer else 0.0,
        "ms": round(asked.seconds * 1000),
    }
    if answer is None:
        entry["error"] = asked.trouble.code if asked.trouble else "chat.unexpected"
    return entry


def read_log(file: Path) -> Iterator[dict[str, Any]]:
    """The entries of a log and of the older files beside it, the oldest first; lines that are none are left out.

    Raises `QAError` when there is no such log, or it cannot be read.
    """
    files = [one for one in rotated(file) if os.path.exists(one)]
    if not files:
        raise QAError("chat.no_log", file)
    for one in files:
        try:
            with one.open("rb") as stream:
                while line := stream.readline(BYTES_A_FILE + 1):
                    if len(line) > BYTES_A_FILE:
                        raise QAError("chat.log_line_too_long", one, most=BYTES_A_FILE >> 20)
                    if (entry := _entry(line)) is not None:
                        yield entry
        except OSError as error:
            raise QAError("chat.log_unreadable", one, reason=error) from error


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get("question"), str) else None
