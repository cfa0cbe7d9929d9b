"""Documents are prepared in processes of their own, a core each, where there are so many that it pays; else here.

What comes back, and in which order, is the same either way. A process that dies costs time: its documents are prepared here.
Protocol: a request and a response are a length in 8 bytes and as many bytes of `marshal`: plain values, which run nothing.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

import numpy as np

from ..config import cores
from ..documents.content import packed, unpacked
from ..text.user_words import UserDictionary, UserWord
from ..types import Document
from . import layout
from .prepared import Prepared, prepare

ALONE = 400_000  # characters that are prepared here first: about a second, as long as it takes until the processes are there
_TOGETHER = 50_000  # characters that are sent together, 0.1 s of work
_AHEAD = 100_000  # characters a process that are sent or wait for those before them, at most: a build is cancelled behind them
_MOST = 8  # processes; what reads and writes is one
# Ctrl+C is for the process that asks, which ends these: one that ended by itself would have its documents prepared there first.
_PROGRAM = """import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path[:] = sys.argv[1:]
from qa.index.preparing import serve
serve()"""


class Preparing:
    """Prepares documents with the user's `dictionary`, and gives them back in their order."""

    def __init__(self, dictionary: UserDictionary) -> None:
        self._dictionary = dictionary
        self._count = min(cores(), _MOST)
        self._characters = self._size = self._waiting = 0
        self._batch: list[Document] = []
        self._sent: deque[tuple[Future[list[Prepared]], int]] = deque()
        self._helpers: _Helpers | None = None

    def give(self, document: Document) -> Iterator[Prepared]:
        """Take the next document, and yield those that are ready."""
        self._characters += len(document.text)
        if self._characters <= ALONE or self._count == 1:
            yield prepare(document, self._dictionary)
            return
        self._batch.append(document)
        self._size += len(document.text)
        if self._size >= _TOGETHER:
            self._send()
        while self._sent and (self._sent[0][0].done() or self._waiting > _AHEAD * self._count):
            yield from self._next()

    def rest(self) -> Iterator[Prepared]:
        """Yield those that were given and are not yet back, and end the processes."""
        if self._batch:
            self._send()
        while self._sent:
            yield from self._next()
        self.close()

    def close(self) -> None:
        """End the processes; what is not back is lost."""
        if self._helpers:
            self._helpers.close()
            self._helpers = None

    def _send(self) -> None:
        self._helpers = self._helpers or _Helpers(self._dictionary, self._count)
        self._sent.append((self._helpers.submit(self._batch), self._size))
        self._waiting += self._size
        self._batch, self._size = [], 0

    def _next(self) -> list[Prepared]:
        future, size = self._sent.popleft()
        self._waiting -= size
        return future.result()


class _Helpers:
    """The processes, each used by one thread at a time."""

    def __init__(self, dictionary: UserDictionary, count: int) -> None:
        self._dictionary = dictionary
        self._threads = ThreadPoolExecutor(count, "preparing")
        self._free: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()  # guards `_running` and `_closed`
        self._closed = False
        for _ in range(count):
            self._free.put(None)

    def submit(self, batch: list[Document]) -> Future[list[Prepared]]:
        return self._threads.submit(self._prepared, batch)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in running:
            _reap(process)

    def _prepared(self, batch: list[Document]) -> list[Prepared]:
        process = self._free.get()
        try:
            process = process or self._start()
            documents = [(document.source, document.text, packed(document.marks)) for document in batch]
            return [_unpacked(each) for each in _exchange(process, documents)]
        except (OSError, EOFError, ValueError, TypeError):  # it was killed, or cannot be started; `ValueError` of a closed pipe
            if process:
                process.kill()
                _reap(process)
                with self._lock:
                    self._running.discard(process)
            process = None
        finally:
            self._free.put(process)
        if self._closed:
            return []
        return [prepare(document, self._dictionary) for document in batch]

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise EOFError
            package = str(Path(__file__).absolute().parents[2])
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM, package, *filter(None, sys.path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            self._running.add(process)
        assert process.stdin is not None
        _write(process.stdin, [(word.text, word.frequency, word.tag) for word in self._dictionary.words])
        return process


def _reap(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):  # bytes not yet sent to a dead process
                stream.close()
    process.wait()


def _exchange(process: subprocess.Popen[bytes], value: Any) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    _write(process.stdin, value)
    return marshal.loads(_read(process.stdout))


def _write(stream: IO[bytes], value: Any) -> None:
    data = marshal.dumps(value)
    stream.write(len(data).to_bytes(8, "little"))
    stream.write(data)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes:
    head = stream.read(8)
    data = stream.read(int.from_bytes(head, "little")) if len(head) == 8 else b""
    if len(head) != 8 or len(data) != int.from_bytes(head, "little"):
        raise EOFError("the other side is gone")
    return data


def _packed(own: Prepared) -> tuple[Any, ...]:
    return (
        own.title, own.passages.tobytes(), own.sentences.tobytes(), own.texts, packed(own.marks), own.passage_keys,
        own.sentence_keys, own.names, own.terms.data, own.sizes.data,
    )  # fmt: skip


def _unpacked(sent: Sequence[Any]) -> Prepared:
    title, passages, sentences, texts, marks, passage_keys, sentence_keys, names, terms, sizes = sent
    return Prepared(
        title, np.frombuffer(passages, layout.PASSAGE), np.frombuffer(sentences, layout.SENTENCE), texts, unpacked(marks),
        passage_keys, sentence_keys, names, np.frombuffer(terms, np.int32), np.frombuffer(sizes, np.int32),
    )  # fmt: skip


def serve() -> None:
    """Main loop of a process: answer requests on stdin until it closes. An error ends it, and is had again by who asked."""
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    waiting: SimpleQueue[Any] = SimpleQueue()

    def listen() -> None:
        try:
            while True:
                waiting.put(marshal.loads(_read(requests)))
        finally:
            os._exit(0)  # whoever asked is gone, so that nobody waits for what is worked on

    threading.Thread(target=listen, daemon=True).start()
    dictionary = UserDictionary(tuple(UserWord(*word) for word in waiting.get()))
    while True:
        documents = (Document(source, "", text, "", "", unpacked(marks)) for source, text, marks in waiting.get())
        _write(answers, [_packed(prepare(document, dictionary)) for document in documents])
