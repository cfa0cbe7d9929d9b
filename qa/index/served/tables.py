"""The collections of an index on a server: what each holds, and how values are written in them.

Passages are never changed. Each has the key `version-number`, where the version is a digest of its document's name and content
and the number counts the passages of the document; so what a killed writer has sent serves the next one, and is never there
twice. Which versions are in use, document frequencies and the like are records, also only added. A record belongs to a generation
of its shard, and counts from the moment at which that generation's head is written, which is one row.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import QAError
from ...models.encoder import Vectors
from ...types import Mark
from ..prepared import SplitPassage
from .packed import Packed, pack
from .server import Server

PIECE = 60_000  # bytes of a value in one row; a server takes 65,535
_TEXT = 65_535
_JSON = "\0json:"  # before a text that is not UTF-8
META, HEAD, DOCUMENT, TERMS, RATING = "meta", "head", "document", "terms", "rating"  # kinds of records


@dataclass(frozen=True, slots=True)
class Names:
    """The names of an index's collections."""

    passages: str

    @property
    def sentences(self) -> str:
        """The vectors of sentences."""
        return f"{self.passages}_sentences"

    @property
    def records(self) -> str:
        """Documents, document frequencies and what the index was made with."""
        return f"{self.passages}_records"

    @property
    def all(self) -> tuple[str, str, str]:
        """Each of them."""
        return self.passages, self.sentences, self.records


@dataclass(frozen=True, slots=True)
class StoredPassage(SplitPassage):
    """A passage as the server keeps it: `vectors` has its own vector and then those of its sentences, float16."""

    tokens: tuple[tuple[str, ...], ...]
    vectors: NDArray[np.float16]


def passage_key(version: str, number: int) -> str:
    """The key of a passage or sentence: `number` counts those of its document's `version`."""
    return f"{version}-{number}"


def key_parts(key: str) -> tuple[str, int]:
    """The version and the number in a key."""
    version, _, number = key.rpartition("-")
    return version, int(number)


def version_of(source: str, passages: Sequence[SplitPassage]) -> str:
    """The digest of a document's name and of all its passages, without their vectors."""
    digest = hashlib.sha256(json.dumps(source).encode("ascii"))
    for passage in passages:
        digest.update(_facts(passage).encode("ascii") + passage.text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:32]


def passage_row(version: str, number: int, passage: StoredPassage, vector: Vectors) -> dict[str, Any]:
    """The row of a passage; `vector` is what it is searched by. By words it is found by as many as fit into a value."""
    tokens = [list(map(stored_token, own)) for own in passage.tokens]
    words = "\n".join(map(" ".join, tokens))
    if len(words.encode()) > _TEXT:
        words = words.encode()[:_TEXT].decode("utf-8", "ignore").rpartition(" ")[0]
    return {
        "id": passage_key(version, number),
        "document": version,
        "words": words,
        "text": _plain(passage.text),
        "facts": _facts(passage),
        "packed": pack(tokens, passage.vectors, PIECE),
        "vector": vector.tolist(),
    }


def sentence_row(version: str, number: int, vector: Vectors) -> dict[str, Any]:
    """The row of a sentence."""
    return {"id": passage_key(version, number), "document": version, "vector": vector.tolist()}


PASSAGE_FIELDS = ("id", "text", "facts", "packed")


def stored_passage(row: dict[str, Any]) -> SplitPassage:
    """The passage of a row."""
    start, end, number, line, part, mark, sentences = json.loads(row["facts"])
    found = None
    if mark is not None:
        at, unit, count, name, headings, columns = mark
        found = Mark(at, unit, count, name, tuple(headings), tuple(columns))
    spans = tuple((a, b) for a, b in sentences)
    return SplitPassage(start, end, number, line, part, found, _whole(row["text"]), spans)


class Near:
    """A fetched passage. Its text and place are read when they are asked for, which is for few of the candidates."""

    __slots__ = ("_passage", "_row", "packed")

    def __init__(self, row: dict[str, Any], packed: Packed) -> None:
        self._row, self.packed = row, packed
        self._passage: SplitPassage | None = None

    @property
    def passage(self) -> SplitPassage:
        """The passage itself."""
        if self._passage is None:
            self._passage = stored_passage(self._row)
        return self._passage


@lru_cache(1 << 17)
def stored_token(token: str) -> str:
    """A token as the server gets it: UTF-8, and without white space, at which the server cuts."""
    if token.isalnum():
        return token
    known = token.encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")
    return re.sub(r"\s", "_", known)


def _facts(passage: SplitPassage) -> str:
    mark = passage.mark
    told = None if mark is None else [mark.start, mark.unit, mark.number, mark.name, mark.headings, mark.columns]
    return json.dumps(
        [passage.start, passage.end, passage.number, passage.line, passage.part, told, passage.sentences], separators=(",", ":")
    )


def _plain(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return _JSON + json.dumps(text)
    return text


def _whole(text: str) -> str:
    return str(json.loads(text[len(_JSON) :])) if text.startswith(_JSON) else text


def encoded_array(values: Vectors) -> list[Any]:
    """An array as JSON: its shape and its bytes."""
    return [list(values.shape), base64.b64encode(np.ascontiguousarray(values, "<f4").tobytes()).decode("ascii")]


def decoded_array(stored: Sequence[Any]) -> Vectors:
    """The inverse of `encoded_array`."""
    return np.frombuffer(base64.b64decode(stored[1]), "<f4").reshape(stored[0]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Record:
    """A record: of the `kind`, of a `generation` of a `shard`; `key` tells it from others of its kind, `value` is JSON.

    It lies in `pieces` rows.
    """

    kind: str
    shard: str
    generation: int
    key: str
    value: Any
    bucket: int = 0
    pieces: int = field(default=1, compare=False)

    @property
    def row_keys(self) -> list[str]:
        """The keys of its rows."""
        return [f"{self.kind}|{self.shard}|{self.generation}|{self.key}|{part}" for part in range(self.pieces)]


def record_rows(record: Record) -> Iterator[dict[str, Any]]:
    """The rows of a record, whose value is cut into pieces."""
    text = json.dumps(record.value, separators=(",", ":"))
    count = max(1, -(-len(text) // PIECE))
    for part, key in enumerate(replace(record, pieces=count).row_keys):
        yield {
            "id": key,
            "kind": record.kind, "shard": record.shard, "generation": record.generation, "bucket": record.bucket,
            "value": f"{part}/{count}:{text[part * PIECE : (part + 1) * PIECE]}", "vector": [1.0, 0.0],
        }  # fmt: skip


RECORD_FIELDS = ("id", "bucket", "value")


def records_of(rows: Iterable[dict[str, Any]]) -> Iterator[Record]:
    """The records whose pieces are among `rows`; one that lacks a piece is left out."""
    pieces: dict[str, dict[int, tuple[int, str, int]]] = {}
    for row in rows:
        head, _, text = row["value"].partition(":")
        part, count = map(int, head.split("/"))
        pieces.setdefault(row["id"].rpartition("|")[0], {})[part] = (count, text, int(row["bucket"]))
    for key, parts in pieces.items():
        count, _, bucket = next(iter(parts.values()))
        if len(parts) == count:
            kind, shard, generation, own = key.split("|", 3)
            value = json.loads("".join(parts[part][1] for part in range(count)))
            yield Record(kind, shard, int(generation), own, value, bucket, count)


def has_words(server: Server) -> bool:
    """Whether the server searches by words (2.5 and later). Milvus's core behind a socket tells no version and does."""
    try:
        version = str(server.client.get_server_version(timeout=10))
    except Exception:
        return True
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return found is None or (int(found[1]), int(found[2])) >= (2, 5)


def create(server: Server, names: Names, dimension: int, words: bool, k1: float, b: float) -> None:
    """Create the collections that are not there yet, and load them."""
    from pymilvus import DataType, Function, FunctionType

    def made(name: str, size: int, texts: dict[str, int], by_words: bool = False, numbers: Sequence[str] = ()) -> None:
        client = server.client
        if not server.call("has_collection", name):
            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=256)
            for field, length in texts.items():
                more = (
                    {"enable_analyzer": True, "analyzer_params": {"tokenizer": "whitespace"}}
                    if by_words and field == "words"
                    else {}
                )
                schema.add_field(field, DataType.VARCHAR, max_length=length, **more)
            for field in numbers:
                schema.add_field(field, DataType.INT64)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=size)
            indexes = client.prepare_index_params()
            indexes.add_index("vector", index_type="AUTOINDEX", metric_type="COSINE")
            if by_words:
                schema.add_field("sparse", DataType.SPARSE_FLOAT_VECTOR)
                schema.add_function(Function("bm25", FunctionType.BM25, ["words"], ["sparse"]))
                indexes.add_index(
                    "sparse", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params={"bm25_k1": k1, "bm25_b": b}
                )
            try:
                server.call("create_collection", name, schema=schema, index_params=indexes)
            except QAError:
                if not server.call("has_collection", name):  # else another writer has just created it
                    raise
        server.load(name)

    long = {"document": 64, "words": _TEXT, "text": _TEXT, "facts": _TEXT, "packed": _TEXT}
    made(names.passages, dimension, long, by_words=words)
    made(names.sentences, dimension, {"document": 64})
    made(names.records, 2, {"kind": 16, "shard": 16, "value": _TEXT}, numbers=("generation", "bucket"))
