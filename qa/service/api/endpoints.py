"""The endpoints for programs: `ask`, `search` and `documents`, with the JSON of the command line.

`Endpoints` checks a request and answers it; gradio_api.py, http_api.py and mcp_tools.py offer it to gradio_client, over plain
HTTP and over MCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ... import answer_json, hits_json
from ...answers.answer import Answer
from ...collections.collection import CollectionEmpty
from ...collections.listing import CollectionInfo
from ...errors import Language, QAError
from ..backend import Backend
from .replies import NotThere
from .requests import AskRequest, DocumentsRequest, SearchRequest, refusal, unknown_collection

REQUESTS: dict[str, type[DocumentsRequest] | type[SearchRequest]] = {
    "ask": AskRequest,
    "search": SearchRequest,
    "documents": DocumentsRequest,
}


class Endpoints:
    """The endpoints over `backend`. Each method raises `QAError` for a request that is wrong or cannot be answered.

    The docstrings of `ask`, `search` and `documents` are their descriptions in OpenAPI, in Gradio's API and in MCP.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    def call(self, name: str, given: Mapping[str, Any], language: Language = "en", *, strict: bool = True) -> Any:
        """Check the parameters `given` and call the endpoint `name`. With `strict` False, `"5"` is accepted as a number."""
        kind = REQUESTS[name]
        try:
            request = kind.model_validate(given, strict=strict)
        except ValidationError as error:
            raise self.refusal(error.errors(), kind) from None
        return self.asked(request, language)

    def asked(self, request: DocumentsRequest | SearchRequest, language: Language = "en") -> Any:
        """The response to a checked `request`, as JSON values."""
        if isinstance(request, AskRequest):
            return self.ask(request)
        return self.search(request) if isinstance(request, SearchRequest) else self.documents(request, language)

    def refusal(self, problems: Any, kind: type[DocumentsRequest] | type[SearchRequest]) -> QAError:
        """The `problems` that pydantic found in a request of this `kind`, as one error."""
        return refusal(problems, kind, self._slugs())

    def ask(self, request: AskRequest) -> dict[str, Any]:
        """The answer to a question: whether the documents hold one, how sure that is, the sentences that answer it with a
        citation each (file, place, characters, SHA-256), and the nearest k passages."""
        return self._answered(request)[1]

    def _answered(self, request: AskRequest) -> tuple[Answer, dict[str, Any]]:
        settings: dict[str, Any] = {} if request.threshold is None else {"threshold": request.threshold}
        if request.history is not None:
            settings["history"] = tuple(request.history)
        where = self._where(request)
        answer = self.backend.ask(request.question, request.k, **where, **settings)
        return answer, answer_json(answer, self.backend.index(where.get("collection")).stands)

    def answer_of(self, request: AskRequest) -> tuple[Answer, dict[str, Any]]:
        """The answer, and as `ask` gives it, but a collection that is not there raises `NotThere`: it was named as a model."""
        self._there(request.collection)
        return self._answered(request)

    def slug(self, given: str | None) -> str:
        """The slug of the collection with this name or slug; "" for the first."""
        found = self.backend.collection_named(given)
        return (found.slug if found is not None else "") or given or ""

    def search_of(self, request: SearchRequest) -> list[dict[str, Any]]:
        """As `search`, but a collection that is not there raises `NotThere`: it was named as a knowledge base."""
        self._there(request.collection)
        return self.search(request)

    def _there(self, collection: str | None) -> None:
        if collection is not None and self.backend.collection_named(collection) is None:
            error = unknown_collection(collection, self._slugs())
            raise NotThere("chat.unknown_collection", **error.values)

    def search(self, request: SearchRequest) -> list[dict[str, Any]]:
        """The k passages nearest to a question, best first."""
        return hits_json(self.backend.search(request.question, request.k, **self._where(request)))

    def documents(self, request: DocumentsRequest, language: Language = "en") -> list[dict[str, Any]]:
        """The collections, or the one named, each with its documents and what could not be read. A collection that cannot be
        opened has `error`, the reason in one line, and no documents."""
        chosen = self.backend.collections() if request.collection is None else [self._collection(request.collection)]
        return [self._listed(one, language) for one in chosen]

    def _listed(self, one: CollectionInfo, language: Language) -> dict[str, Any]:
        listed = {"collection": one.slug, "name": one.name, "passages": one.passages, "documents": [], "skipped": []}
        index = self.backend.index_or_error(one.slug)
        if isinstance(index, QAError):
            return listed if isinstance(index, CollectionEmpty) else {**listed, "error": index.told(language)}
        manifest = index.manifest
        names = ("source", "passages", "characters", "encoding", "sha256")
        documents = [{**{name: getattr(entry, name) for name in names}, "also": list(entry.also)} for entry in manifest.documents]
        return {**listed, "documents": documents, "skipped": list(manifest.skipped)}

    def _where(self, request: SearchRequest) -> dict[str, Any]:
        where: dict[str, Any] = {}
        if request.collection is not None:
            where["collection"] = self._collection(request.collection).slug
        if request.within is not None:
            where["within"] = tuple(request.within)
        return where

    def _collection(self, given: str) -> CollectionInfo:
        found = self.backend.collection_named(given)
        if found is None:
            raise unknown_collection(given, self._slugs())
        return found

    def _slugs(self) -> list[str]:
        return [one.slug for one in self.backend.collections()]


def description(name: str) -> str:
    """The description of the endpoint `name`, on one line: its method's docstring."""
    return one_line(getattr(Endpoints, name).__doc__)


def one_line(docstring: str | None) -> str:
    """A docstring as a description."""
    return " ".join((docstring or "").split())
