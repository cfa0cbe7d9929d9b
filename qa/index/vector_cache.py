"""Vectors that were computed once: kept beside the index by the digest of their text, so that no text is embedded twice.

Each write is a segment, a file of its own that appears whole under its name or not at all, and is checked against its
SHA-256 before it is used. What a killed build computed is there for the next; a damaged segment is removed and its texts are
embedded again. The cache holds digests and vectors, no text.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..disk import remove, sync
from ..models.encoder import Encoder, Vectors

KEY_SIZE = 16  # bytes
# Texts embedded between two writes: what a kill can cost, some seconds of work with the default model.
CHUNK = 512
# More segments than this are merged after a build.
MOST_SEGMENTS = 16
# Vectors that the index no longer uses go with the next build once they are half of their segment, or after this many seconds.
KEPT_UNUSED = 7 * 24 * 3600
# Those of another model go when none was added for this many seconds.
KEPT_OTHER_MODEL = 30 * 24 * 3600

_FORMAT = 1
_HEADER = 512  # bytes: a line of JSON, padded with spaces
# A segment of more bytes is read whole once and from then on known by its stamp.
_LARGE = 2**20
_STAMPS = "stamps.json"
_ROWS = 8192  # vectors moved at a time


def text_key(text: str, kind: str = "passage") -> bytes:
    """The key of a text's vector: `KEY_SIZE` bytes of the SHA-256 of the text and of what it is embedded as."""
    return hashlib.sha256(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).digest()[:KEY_SIZE]


def split_keys(keys: bytes | NDArray[np.uint8]) -> list[bytes]:
    """The keys that follow one another in `keys`."""
    data = bytes(keys)
    return [data[at : at + KEY_SIZE] for at in range(0, len(data), KEY_SIZE)]


@dataclass(frozen=True, slots=True)
class _Segment:
    file: Path
    keys: tuple[bytes, ...]
    written: float  # seconds since 1970


class EmbeddingCache:
    """The vectors of one model in a folder of segments. Its writers take turns: the lock of the index sees to that."""

    def __init__(self, folder: Path, fingerprint: str, dimension: int) -> None:
        self._folder = folder / hashlib.sha256(fingerprint.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self._fingerprint, self._dimension = fingerprint, dimension
        self._segments: list[_Segment] = []
        self._starts: list[int] = []  # of each segment, among the rows of all
        self._rows: dict[bytes, int] = {}
        self._size = 0
        for file in self._folder.glob(".writing-*"):
            remove(file)
        noted = self._noted()
        for file in sorted(self._folder.glob("*.vectors")):
            segment = self._read(file, noted.get(file.name))
            if segment is None:
                remove(file)
            else:
                self._take(segment)

        self._note()

    def __len__(self) -> int:
        """How many vectors there are."""
        return len(self._rows)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def add(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors, shape (len(keys), dimension), and force them to the disk. Raises OSError."""
        if keys:
            self._take(self._write(keys, [vectors]))

    def vectors(self, keys: Sequence[bytes]) -> Vectors:
        """The vectors of keys that are there, shape (len(keys), dimension)."""
        found = np.empty((len(keys), self._dimension), np.float32)
        rows = np.array([self._rows[key] for key in keys], np.int64)
        segment_of = np.searchsorted(self._starts, rows, "right") - 1
        for number in np.unique(segment_of):
            here = np.flatnonzero(segment_of == number)
            found[here] = self._of(self._segments[number], rows[here] - self._starts[number])
        return found

    def tidy(self, used: Iterable[bytes]) -> None:
        """Drop what is no longer of use and merge small segments; `used` are the keys that the index now stands on.

        The cache is then to be opened anew.
        """
        wanted = set(used)
        now = time.time()
        live = [
            np.array([key in wanted and self._rows[key] == start + row for row, key in enumerate(segment.keys)], bool)
            for segment, start in zip(self._segments, self._starts, strict=True)
        ]
        merged = {
            number
            for number, (segment, rows) in enumerate(zip(self._segments, live, strict=True))
            if not rows.all() and (2 * rows.sum() < len(rows) or now - segment.written > KEPT_UNUSED)
        }
        if len(self._segments) > MOST_SEGMENTS:
            sizes = [len(segment.keys) for segment in self._segments]
            largest = int(np.argmax(sizes))
            spared = {largest} - merged if 2 * sizes[largest] > sum(sizes) else set()
            merged = set(range(len(self._segments))) - spared
        chosen = [(self._segments[number], np.flatnonzero(live[number])) for number in sorted(merged)]
        keys = [segment.keys[row] for segment, rows in chosen for row in rows]
        if keys:
            parts = (self._of(segment, rows[at : at + _ROWS]) for segment, rows in chosen for at in range(0, len(rows), _ROWS))
            self._write(keys, parts)
        for segment, _ in chosen:
            remove(segment.file)
        for other in self._folder.parent.iterdir():
            if other != self._folder and other.is_dir() and now - other.stat().st_mtime > KEPT_OTHER_MODEL:
                remove(other)

    def _take(self, segment: _Segment) -> None:
        self._segments.append(segment)
        self._starts.append(self._size)
        self._rows.update((key, self._size + row) for row, key in enumerate(segment.keys))
        self._size += len(segment.keys)

    def _write(self, keys: Sequence[bytes], parts: Iterable[Vectors]) -> _Segment:
        """Write the vectors of `keys`, which come in `parts`, as a segment."""
        self._folder.mkdir(parents=True, exist_ok=True)
        written = time.time()
        temporary = self._folder / f".writing-{secrets.token_hex(4)}"
        try:
            with temporary.open("wb") as stream:
                stream.write(b" " * _HEADER)
                digest = hashlib.sha256()
                for data in (b"".join(keys), *(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)):
                    digest.update(data)
                    stream.write(data)
                stream.seek(0)
                stream.write(self._header(len(keys), written, digest.hexdigest()))
                stream.flush()
                os.fsync(stream.fileno())
            file = self._folder / f"{written:.6f}-{secrets.token_hex(4)}.vectors"
            os.replace(temporary, file)
        except OSError:
            remove(temporary)
            raise
        sync(self._folder)
        return _Segment(file, tuple(keys), written)

    def _header(self, count: int, written: float, digest: str) -> bytes:
        values = {
            "format": _FORMAT, "model": hashlib.sha256(self._fingerprint.encode("utf-8", "surrogatepass")).hexdigest(),
            "dimension": self._dimension, "count": count, "written": written, "sha256": digest,
        }  # fmt: skip
        return json.dumps(values).encode("ascii").ljust(_HEADER)

    def _noted(self) -> dict[str, list[int]]:
        """The stamps of large segments that were read whole."""
        try:
            noted = json.loads((self._folder / _STAMPS).read_text("ascii"))
            return noted if isinstance(noted, dict) else {}
        except (OSError, ValueError):
            return {}

    def _note(self) -> None:
        stamps = {segment.file.name: _stamp(segment.file) for segment in self._segments if self._is_large(len(segment.keys))}
        if stamps != self._noted():
            with suppress(OSError):  # they are read again then
                (self._folder / _STAMPS).write_text(json.dumps(stamps), "ascii")

    def _is_large(self, count: int) -> bool:
        return self._bytes(count) > _LARGE

    def _read(self, file: Path, stamp: list[int] | None) -> _Segment | None:
        """A segment that is what was written, or None; with the `stamp` it had when it was read, only its keys are."""
        try:
            with file.open("rb") as stream:
                header = stream.read(_HEADER)
                stored = json.loads(header)
                count, written, digest = int(stored["count"]), float(stored["written"]), str(stored["sha256"])
                if header != self._header(count, written, digest) or file.stat().st_size != self._bytes(count):
                    return None
                total = hashlib.sha256()
                data = stream.read(count * KEY_SIZE)
                if self._is_large(count) and stamp == _stamp(file):
                    return _Segment(file, tuple(split_keys(data)), written)
                total.update(data)
                for block in _blocks(stream):
                    total.update(block)
            if total.hexdigest() != digest:
                return None
            return _Segment(file, tuple(split_keys(data)), written)
        except (OSError, ValueError, KeyError, TypeError, OverflowError):
            return None

    def _bytes(self, count: int) -> int:
        return _HEADER + count * (KEY_SIZE + 4 * self._dimension)

    def _of(self, segment: _Segment, rows: NDArray[np.int64]) -> Vectors:
        """Vectors of a segment; it is mapped for the moment, since hundreds at a time would take too many open files."""
        count = len(segment.keys)
        mapped = np.memmap(segment.file, "<f4", "r", _HEADER + count * KEY_SIZE, (count, self._dimension))
        return np.asarray(mapped[rows])


def _stamp(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(2**20):
        yield block


class CachedEncoder:
    """An encoder that looks into the cache first and keeps there what it had to compute."""

    def __init__(self, encoder: Encoder, cache: EmbeddingCache) -> None:
        self._encoder, self._cache = encoder, cache
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self.embedded = 0  # texts of the documents that had to be computed
        self.used: set[bytes] = set()  # keys of the texts that were asked for

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors of questions, shape (len(texts), dimension)."""
        keys = [text_key(text, "query") for text in texts]
        self.used.update(keys)
        missing = self._missing(keys, texts)
        self._cache.add([key for key, _ in missing], self._encoder.encode_queries([text for _, text in missing]))
        return self._cache.vectors(keys)

    def encode_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Unit vectors of passages, shape (len(texts), dimension); `progress` is told how many characters are computed."""
        keys = [text_key(text) for text in texts]
        self.used.update(keys)
        missing = self._missing(keys, texts)
        self._cache.add([key for key, _ in missing], self._encoder.encode_passages([text for _, text in missing], progress))
        return self._cache.vectors(keys)

    def fill(self, missing: Sequence[tuple[bytes, str]], progress: Callable[[int, int], None]) -> None:
        """Compute the vectors of texts that are not in the cache, `CHUNK` at a time, each chunk kept before the next.

        `progress` is told how many characters are done and how many there are.
        """
        total = sum(len(text) for _, text in missing)
        done = 0
        progress(0, total)
        for at in range(0, len(missing), CHUNK):
            chunk = missing[at : at + CHUNK]
            texts = [text for _, text in chunk]
            vectors = self._encoder.encode_passages(texts, partial(_report, progress, done, total))
            self._cache.add([key for key, _ in chunk], vectors)
            done += sum(map(len, texts))
            self.embedded += len(chunk)
            progress(done, total)  # an encoder may tell nothing of a single text

    def _missing(self, keys: Sequence[bytes], texts: Sequence[str]) -> list[tuple[bytes, str]]:
        return list({key: text for key, text in zip(keys, texts, strict=True) if key not in self._cache}.items())


def _report(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    progress(before + done, total)
