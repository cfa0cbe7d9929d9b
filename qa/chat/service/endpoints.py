"""For programs: what they may ask of the chat, with the JSON of the command line.

`Endpoints` checks the arguments and asks; Gradio's named endpoints (here), plain HTTP (http_api.py) and MCP tools
(mcp_tools.py) only differ in how they are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from ... import answer_json, hits_json
from ...collections.library import CollectionInfo
from ...errors import QAError
from ..state.backend import Backend
from ..state.turns import objection
from ..texts.messages import Language, message

K_LIMIT = 50
NAMES_LIMIT = 200  # documents and folders of `within`
HISTORY_LIMIT = 20  # earlier questions
AT_ONCE = 8  # questions of programs that are answered at the same time; the others wait in the queue


class Refusal(QAError):
    """Arguments that cannot be asked with, and why, in one line."""


class Endpoints:
    """What programs may ask. Each method raises `QAError`, with a line in `language`, for what cannot be asked."""

    def __init__(self, backend: Backend, language: Language = "en") -> None:
        self.backend = backend
        self.language = language

    def ask(
        self,
        question: str,
        k: int = 5,
        collection: str | None = None,
        within: list[str] | None = None,
        threshold: float | None = None,
        history: list[str] | None = None,
    ) -> dict[str, Any]:
        """The answer to a question: whether the documents hold one, how sure that is, the sentences that answer it with a
        citation each (file, place, characters, SHA-256), and the nearest k passages."""
        self._check(question, k, within)
        settings = self._scope(collection, within)
        if threshold is not None:
            if type(threshold) not in (int, float) or not 0 <= threshold <= 1:
                self._refuse("bad_threshold")
            settings["threshold"] = float(threshold)
        if history is not None:
            if not _are_texts(history, HISTORY_LIMIT):
                self._refuse("bad_history", limit=HISTORY_LIMIT)
            for earlier in history:
                self._check_question(earlier)
            settings["history"] = tuple(history)
        return answer_json(self.backend.ask(question, k, **settings))

    def search(
        self, question: str, k: int = 5, collection: str | None = None, within: list[str] | None = None
    ) -> list[dict[str, Any]]:
        """The k passages nearest to a question, best first."""
        self._check(question, k, within)
        return hits_json(self.backend.search(question, k, **self._scope(collection, within)))

    def documents(self, collection: str | None = None) -> list[dict[str, Any]]:
        """The collections, or the one named, each with its documents and what could not be read."""
        listed = []
        for one in self.backend.collections() if collection is None else [self._collection(collection)]:
            manifest = self.backend.manifest(one.slug)
            listed.append(
                {
                    "collection": one.slug,
                    "name": one.name,
                    "passages": one.passages,
                    "documents": [
                        {"source": entry.source, "passages": entry.passages, "characters": entry.characters,
                         "encoding": entry.encoding, "sha256": entry.sha256, "also": list(entry.also)}
                        for entry in manifest.documents
                    ],
                    "skipped": list(getattr(manifest, "skipped", ())),
                }
            )  # fmt: skip
        return listed

    def _check(self, question: object, k: object, within: object) -> None:
        self._check_question(question)
        if type(k) is not int or not 1 <= k <= K_LIMIT:
            self._refuse("bad_k", limit=K_LIMIT)
        if within is not None and not _are_texts(within, NAMES_LIMIT):
            self._refuse("bad_within", limit=NAMES_LIMIT)

    def _check_question(self, question: object) -> None:
        if problem := objection(question, self.language):
            raise Refusal(problem)

    def _refuse(self, key: str, **values: object) -> NoReturn:
        raise Refusal(message(key, self.language, **values))

    def _collection(self, given: object) -> CollectionInfo:
        known = self.backend.collections()
        found = next((one for one in known if given and given in (one.slug, one.name)), None)
        if found is None:
            shown = given[:40] if isinstance(given, str) else type(given).__name__
            self._refuse("bad_collection", name=shown, names=", ".join(one.slug for one in known))
        return found

    def _scope(self, collection: object, within: Sequence[str] | None) -> dict[str, Any]:
        settings: dict[str, Any] = {}
        if collection is not None:
            settings["collection"] = self._collection(collection).slug
        if within is not None:
            settings["within"] = tuple(within)
        return settings


def _are_texts(values: object, limit: int) -> bool:
    return isinstance(values, list | tuple) and len(values) <= limit and all(isinstance(value, str) for value in values)


def add_endpoints(backend: Backend) -> None:
    """Add `/ask`, `/search` and `/documents` to the page that is being built."""
    import gradio as gr
    from gradio.events import api

    endpoints = Endpoints(backend)

    def ask(
        question: str,
        k: int = 5,
        collection: str | None = None,
        within: list[str] | None = None,
        threshold: float | None = None,
        history: list[str] | None = None,
    ) -> dict[str, Any]:
        try:
            return endpoints.ask(question, k, collection, within, threshold, history)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def search(question: str, k: int = 5, collection: str | None = None, within: list[str] | None = None) -> list[dict[str, Any]]:
        try:
            return endpoints.search(question, k, collection, within)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def documents(collection: str | None = None) -> list[dict[str, Any]]:
        try:
            return endpoints.documents(collection)
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    limited: dict[str, Any] = {"concurrency_limit": AT_ONCE, "concurrency_id": "programs"}
    api(ask, api_name="ask", api_description=Endpoints.ask.__doc__, **limited)
    api(search, api_name="search", api_description=Endpoints.search.__doc__, **limited)
    api(documents, api_name="documents", api_description=Endpoints.documents.__doc__, **limited)
