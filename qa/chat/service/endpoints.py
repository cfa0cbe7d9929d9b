"""The endpoints for programs: `ask`, `search` and `documents`, with the JSON of the command line.

`Endpoints` checks a request and answers it; gradio_api.py, http_api.py and mcp_tools.py offer it to gradio_client, over plain
HTTP and over MCP.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from ... import answer_json, hits_json
from ...collections.collection import CollectionEmpty
from ...collections.listing import CollectionInfo
from ...errors import Language, QAError
from ..state.backend import Backend
from .requests import AskRequest, DocumentsRequest, SearchRequest, refusal, unknown_collection

QUESTIONS_AT_ONCE = 8  # requests of programs that are answered at the same time; further ones wait

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
        settings: dict[str, Any] = {} if request.threshold is None else {"threshold": request.threshold}
        if request.history is not None:
            settings["history"] = tuple(request.history)
        return answer_json(self.backend.ask(request.question, request.k, **self._where(request), **settings))

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
        found = next((one for one in self.backend.collections() if given and given in (one.slug, one.name)), None)
        if found is None:
            raise unknown_collection(given, self._slugs())
        return found

    def _slugs(self) -> list[str]:
        return [one.slug for one in self.backend.collections()]


def description(name: str) -> str:
    """The description of the endpoint `name`, on one line: its method's docstring."""
    return " ".join((getattr(Endpoints, name).__doc__ or "").split())
