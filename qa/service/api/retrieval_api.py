"""Passages for programs that write answers themselves: Dify's external knowledge, `POST /retrieval`, and RAGFlow's retrieval,
`POST /api/v1/retrieval`.

A knowledge base of Dify and a dataset of RAGFlow is a collection. Both compare a passage's score with a threshold from 0 to 1, so
it is brought there: `1 - exp(-score)`, which keeps the order. On the seed document a passage that answers has 0.5 to 0.9, the
best one for a question that nothing answers 0.2 to 0.35.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue
from starlette.requests import Request
from starlette.responses import Response

from .endpoints import Endpoints
from .http_api import add_refusals
from .replies import Lines, as_json, linked, one_line_errors
from .requests import MOST_NAMES, MOST_PASSAGES, AskedText, Lenient, SearchRequest, Text, misfit


class RetrievalSetting(Lenient):
    """How many records, and which are good enough."""

    top_k: int = Field(5, ge=1, le=MOST_PASSAGES)
    score_threshold: float | None = Field(None, ge=0, le=1)


class DifyRequest(Lenient):
    """A question to a knowledge base, as Dify sends it."""

    knowledge_id: Text = Field(description="The collection, as `/api/documents` names it.", min_length=1)
    query: AskedText
    retrieval_setting: RetrievalSetting = Field(default_factory=lambda: RetrievalSetting(top_k=5, score_threshold=None))


class DifyRecord(BaseModel):
    """A passage."""

    content: str
    score: float
    title: str
    metadata: dict[str, JsonValue] = Field(description="source, place, start, end, rank, and url, which opens the page there.")


class DifyResponse(BaseModel):
    """The passages, best first."""

    records: list[DifyRecord]


class DifyError(BaseModel):
    """Why there are none."""

    error_code: int = Field(description="2001: there is no such knowledge base; 4000: the request does not fit; 5000: it failed.")
    error_msg: str


class RagflowRequest(Lenient):
    """A question to datasets, as RAGFlow's clients send it."""

    question: AskedText
    dataset_ids: list[Text] = Field([], description="Collections; the first if left out.", max_length=MOST_NAMES)
    document_ids: list[Text] = Field([], description="Only these documents, by source.", max_length=MOST_NAMES)
    page: int = Field(1, ge=1, le=MOST_PASSAGES)
    page_size: int = Field(30, ge=1, le=MOST_PASSAGES)
    similarity_threshold: float = Field(0.2, ge=0, le=1)
    top_k: int = Field(1024, ge=1, description="How many passages are looked at.")


class RagflowChunk(BaseModel):
    """A passage."""

    id: str
    content: str
    document_id: str
    document_keyword: str
    kb_id: str
    similarity: float
    vector_similarity: float
    term_similarity: float
    positions: list[list[int]] = Field(description="The characters [start, end) of the document's text.")
    place: str
    url: str = Field(description="The page, with the document opened at the passage.")


class RagflowCount(BaseModel):
    """How many passages are of a document."""

    doc_id: str
    doc_name: str
    count: int


class RagflowData(BaseModel):
    """The passages of a page, and how many there are in all."""

    chunks: list[RagflowChunk]
    doc_aggs: list[RagflowCount]
    total: int


class RagflowResponse(BaseModel):
    """The passages, or the reason for none: then `code` is not 0."""

    code: int
    data: RagflowData | None = None
    message: str = ""


def add_retrieval_routes(router: APIRouter, endpoints: Endpoints, lines: Lines) -> None:
    """Add `/retrieval`, for Dify, and `/api/v1/retrieval`, for RAGFlow's clients."""

    def dify_told(text: str, status: int) -> dict[str, Any]:
        return {"error_code": 2001 if status == 404 else 5000 if status >= 500 else 4000, "error_msg": text, "error": text}

    def ragflow_told(text: str, status: int) -> dict[str, Any]:
        return {"code": 102 if status < 500 else 100, "data": None, "message": text}

    async def retrieval(http: Request, asked: DifyRequest) -> Response:
        setting = asked.retrieval_setting
        request = SearchRequest(question=asked.query, k=setting.top_k, collection=asked.knowledge_id, within=None)
        hits = linked(await lines.run(endpoints.search_of, request), str(http.base_url), endpoints.slug(asked.knowledge_id))
        least = setting.score_threshold or 0
        return as_json({"records": [_record(hit) for hit in hits if similarity(hit) >= least]})

    async def ragflow_retrieval(http: Request, asked: RagflowRequest) -> Response:
        most = min(asked.page * asked.page_size, asked.top_k, MOST_PASSAGES)
        within = asked.document_ids or None
        found: list[tuple[str, dict[str, Any]]] = []
        names: list[str | None] = [*asked.dataset_ids] or [None]
        for name in names:
            request = SearchRequest(question=asked.question, k=most, collection=name, within=within)
            hits = linked(await lines.run(endpoints.search_of, request), str(http.base_url), endpoints.slug(name))
            found += [(name or "default", hit) for hit in hits]
        good = [one for one in found if similarity(one[1]) >= asked.similarity_threshold]
        good.sort(key=lambda one: -one[1]["score"])
        shown = good[(asked.page - 1) * asked.page_size : asked.page * asked.page_size]
        return as_json({"code": 0, "data": _page(shown, len(good)), "message": ""})

    for function, path, told, model, error, described in (
        (retrieval, "/retrieval", dify_told, DifyResponse, DifyError, "Passages, as Dify asks an external knowledge base."),
        (ragflow_retrieval, "/api/v1/retrieval", ragflow_told, RagflowResponse, RagflowResponse,
         "Passages, as RAGFlow's clients ask for chunks."),
    ):  # fmt: skip
        refusals: dict[int | str, dict[str, Any]] = {
            status: {"model": error, "description": "Why the request is refused."} for status in ("4XX", "5XX")
        }
        own = APIRouter(route_class=one_line_errors(misfit, told))
        own.add_api_route(
            path, function, methods=["POST"], description=described, response_class=Response, tags=["retrieval"],
            responses={200: {"model": model}, **refusals},
        )  # fmt: skip
        add_refusals(own, path, ["POST"])
        router.routes.extend(own.routes)


def similarity(hit: dict[str, Any]) -> float:
    """A passage's score brought to 0 to 1."""
    return round(1 - math.exp(-max(float(hit["score"]), 0.0)), 6)


def _record(hit: dict[str, Any]) -> dict[str, Any]:
    metadata = {name: hit[name] for name in ("source", "place", "start", "end", "rank", "url")}
    return {"content": hit["text"], "score": similarity(hit), "title": hit["source"], "metadata": metadata}


def _page(shown: Sequence[tuple[str, dict[str, Any]]], total: int) -> dict[str, Any]:
    chunks = [
        {
            "id": f"{name}:{hit['source']}:{hit['start']}", "content": hit["text"], "document_id": hit["source"],
            "document_keyword": hit["source"], "kb_id": name, "similarity": similarity(hit),
            "vector_similarity": max(hit["scores"].get("dense", 0.0), 0.0),
            "term_similarity": hit["scores"].get("coverage", 0.0), "positions": [[hit["start"], hit["end"]]],
            "place": hit["place"], "url": hit["url"],
        }
        for name, hit in shown
    ]  # fmt: skip
    counts = Counter(chunk["document_id"] for chunk in chunks)
    aggregates = [{"doc_id": source, "doc_name": source, "count": count} for source, count in counts.most_common()]
    return {"chunks": chunks, "doc_aggs": aggregates, "total": total}
