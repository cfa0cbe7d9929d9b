"""The client of one server: its calls with patience, and errors that say what is wrong in one line."""

from __future__ import annotations

import json
import logging
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ...config import MILVUS_CA_VARIABLE, MILVUS_TOKEN_VARIABLE, server_patience
from ...disk import read_within
from ...errors import QAError
from ...progress import wanted
from ..location import ServerAddress

T = TypeVar("T")

CALL_SECONDS = 30  # that one call may take
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between two tries, doubled each time
MOST_ROWS = 16_384  # that a server returns at once
PORTION = 4096  # rows of all that are asked for together: of some kilobytes each, a server refuses to send more than 100 MB
READ_AT_ONCE = 1000  # rows by their keys: all candidates of a question in one call, which takes a core with a million 0.1 s
SENT_AT_ONCE = 500  # rows
LONGEST = 65_535  # bytes of a text in a row
MOST_READ, MOST_SENT = 100_000_000, 50_000_000  # bytes: a server refuses replies over 100 MB, and messages over 64 MB
_LARGEST_CERTIFICATES = 2**24  # bytes
STATE_SECONDS = 10  # that telling how far a collection is loaded may take

# Codes of refusals that a second try does not mend: no such collection or index, wrong schema or argument, no permission. 65535
# is what the core says for any of them.
_FINAL = {1, 100, 700, 701, 1100, 1101, 1102, 1400, 1401, 1402, 1800, 65535}
_NOT_LET_IN = {"UNAUTHENTICATED", "PERMISSION_DENIED"}  # with a wrong token or none: the client says that the server is away
_AWAY = ("fail connecting", "unavailable", "not ready", "not healthy", "recover", "timeout", "deadline", "not loaded", "refused")

# How fresh a read must be. Strong reads see all that was written before, and take the standalone server 0.3 s.
STRONG, BOUNDED = "Strong", "Bounded"


class Server:
    """A connection to the server at `address`. Safe for several threads.

    A call that fails because the server starts, restarts or is busy is tried again, with growing pauses, until the patience of
    `QA_SERVER_PATIENCE` is at its end. Raises `QAError` then, at once for what the server refuses, and for a missing pymilvus.
    """

    def __init__(self, address: ServerAddress) -> None:
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # it prints each failed try, which is told in one line at the end
        try:
            import pymilvus
            from pymilvus.client import entity_helper
        except ImportError as error:
            raise QAError("index.no_pymilvus", address) from error
        self.address = address
        self._milvus = pymilvus
        entity_helper.CHECK_STR_ARRAY = False  # it looks at each character of a text, a third of the time of sending
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs a traceback for each failed try
        given = {"token": os.environ.get(MILVUS_TOKEN_VARIABLE, "")}
        authority = os.environ.get(MILVUS_CA_VARIABLE)
        if authority and address.tls:
            if not Path(authority).is_file():
                raise QAError("config.no_certificates", MILVUS_CA_VARIABLE, given=authority)
            try:
                read_within(authority, _LARGEST_CERTIFICATES)
            except OSError as error:
                raise QAError("config.certificates_unreadable", MILVUS_CA_VARIABLE, given=authority, reason=error) from error
            given["server_pem_path"] = authority
        self.client: Any = self.patiently(lambda: pymilvus.MilvusClient(address.server, timeout=CALL_SECONDS, **given))

    def call(self, method: str, *given: Any, **named: Any) -> Any:
        """Call a method of the client, patiently. What is written twice because an answer got lost has the same key."""
        return self.patiently(lambda: getattr(self.client, method)(*given, timeout=CALL_SECONDS, **named))

    def patiently(self, make: Callable[[], T]) -> T:
        """What `make` returns, tried again while the server is away and somebody waits for it: see `progress.Wanted`."""
        began, pause, still = time.monotonic(), FIRST_PAUSE, wanted()
        patience = server_patience()
        while True:
            try:
                return make()
            except Exception as error:
                if self.refuses(error):
                    told = error.__cause__ if _status(error.__cause__) in _NOT_LET_IN else error
                    raise QAError("index.server_refused", self.address, reason=_said(told)) from error
                if not self._is_from_server(error):
                    raise
                if time.monotonic() - began + pause > patience:
                    raise QAError("index.server_away", self.address, seconds=patience, reason=_said(error)) from error
            still.sleep(pause * (0.5 + random.random() / 2))
            pause = min(2 * pause, LONGEST_PAUSE)

    def load(self, collection: str) -> None:
        """Have the server load a collection, which may take it longer than our patience, as long as it gets on with that."""
        done = self._loaded(collection)
        while True:
            try:
                self.call("load_collection", collection)
                return
            except QAError as error:
                if error.code != "index.server_away" or (reached := self._loaded(collection)) <= done:
                    raise
                done = reached

    def _loaded(self, collection: str) -> int:
        """How much of a collection is loaded, in percent; 0 where the server does not tell, which is asked once."""
        try:
            told = self.client.get_load_state(collection, timeout=STATE_SECONDS)
        except Exception as error:
            if not self._is_from_server(error):
                raise
            return 0
        return 100 if told["state"].name == "Loaded" else int(told.get("progress", 0))

    def refuses(self, error: Exception) -> bool:
        """Whether `error` is the server's no, which stays."""
        if any(_status(each) in _NOT_LET_IN for each in (error, error.__cause__)):
            return True
        if not isinstance(error, self._milvus.MilvusException):
            return False
        said = _said(error).lower()
        # a call that broke off comes with the transport's status as its code, which is no number
        return isinstance(error.code, int) and error.code in _FINAL and not any(word in said for word in _AWAY)

    def _is_from_server(self, error: Exception) -> bool:
        of_its_transport = type(error).__module__.partition(".")[0] == "grpc"
        return of_its_transport or isinstance(error, self._milvus.MilvusException | ConnectionError)

    def upsert(self, collection: str, rows: Sequence[dict[str, Any]]) -> None:
        """Write `rows`, in place of those with the same keys."""
        for some in _messages(rows):
            self.call("upsert", collection, some)

    def every(self, collection: str, expression: str, fields: Sequence[str], level: str = STRONG) -> Iterator[dict[str, Any]]:
        """All rows that `expression` describes, however many, by ascending key; `fields` has "id"."""
        # Asked for as any query, a range of keys at a time: an iterator of Milvus 2.3 does not see what was just written, and a
        # query with a limit tells any rows of the collection, not those with the lowest keys.
        rows = self._some(collection, expression, fields, level, PORTION)
        if len(rows) < PORTION:
            yield from sorted(rows, key=_key)
            return
        more = self._some(collection, expression, ["id"], level, MOST_ROWS)
        known = sorted({*map(_key, rows), *map(_key, more)})
        after = ""
        for key in [*known[PORTION // 2 :: PORTION // 2], ""]:  # the last range has those above all that are known, too
            bounds = [f"id > {json.dumps(after)}"] * bool(after) + [f"id <= {json.dumps(key)}"] * bool(key)
            yield from self.every(collection, " and ".join([f"({expression})", *bounds]), fields, level)
            after = key

    def _some(self, collection: str, expression: str, fields: Sequence[str], level: str, most: int) -> list[dict[str, Any]]:
        named = {"filter": expression, "output_fields": list(fields), "consistency_level": level, "limit": most}
        return list(self.call("query", collection, **named))

    def by_keys(self, collection: str, keys: Sequence[str], fields: Sequence[str], level: str = STRONG) -> list[dict[str, Any]]:
        """The rows with these keys, as far as they are there."""
        found: list[dict[str, Any]] = []
        most = min(READ_AT_ONCE, MOST_READ // (LONGEST * max(1, len(fields) - 1)))  # were each value as long as it may be
        for at in range(0, len(keys), most):
            some = one_of("id", keys[at : at + most])
            found += self.call("query", collection, filter=some, output_fields=list(fields), consistency_level=level)
        return found

    def search(
        self, collection: str, field: str, data: Any, metric: str, k: int, expression: str, level: str
    ) -> tuple[Sequence[str], Sequence[float]]:
        """The keys of the `k` rows nearest to `data` and their similarities, nearest first."""
        found = self.call(
            "search", collection, data=[data], anns_field=field, limit=min(k, MOST_ROWS), filter=expression,
            consistency_level=level, search_params={"metric_type": metric, "params": {}},
        )  # fmt: skip
        hits = found[0]  # which has the keys and the similarities as lists, beside an object for each
        return hits.ids, hits.distances


def one_of(field: str, values: Sequence[str]) -> str:
    """The expression for rows whose `field` is one of `values`, which are ASCII."""
    return f"{field} in {json.dumps(list(values))}"


def _messages(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """`rows` in parts that a server takes in one message."""
    some: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        own = sum(
            len(each.encode()) if isinstance(each, str) else 4 * len(each) if isinstance(each, list) else 8
            for each in row.values()
        )
        if some and (len(some) == SENT_AT_ONCE or size + own > MOST_SENT):
            yield some
            some, size = [], 0
        some.append(row)
        size += own
    if some:
        yield some


def _key(row: dict[str, Any]) -> str:
    return str(row["id"])


def _status(error: BaseException | None) -> str:
    """The name of the status that a call ended with, "" where it was no call."""
    code = getattr(error, "code", None)
    return str(getattr(code() if callable(code) else code, "name", ""))


def _said(error: BaseException | None) -> str:
    message = getattr(error, "message", "") or str(error)
    details = getattr(error, "details", None)
    return str(details() if callable(details) else message)
