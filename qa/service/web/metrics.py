"""`/metrics`: counts and latencies in the text form that Prometheus reads.

A request counts when its response begins: streams of the page last as long as it is open. Nothing tells what was asked, by whom
or of which collection.
"""

from __future__ import annotations

import time

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ... import __version__
from ..backend import Backend
from ..question_log import Asked
from .guards import METRICS

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
# The class of a route by how its path begins; the first that fits.
_CLASSES = (
    ("/gradio_api/upload", "uploads"), ("/gradio_api/", "events"), ("/static/", "files"), ("/assets/", "files"),
    ("/svelte/", "files"), ("/docs", "docs"), ("/openapi.json", "docs"), ("/api/collections", "documents"),
    ("/api/v1/retrieval", "retrieval"), ("/retrieval", "retrieval"), ("/api/", "api"), ("/v1/", "openai"), ("/mcp", "mcp"),
    ("/health", "health"), (METRICS, "health"), ("/sign-", "accounts"),
)  # fmt: skip


class Metrics:
    """What one server counts."""

    def __init__(self, backend: Backend | None = None) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter("cited_qa_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry)
        self.latency = Histogram(
            "cited_qa_request_seconds", "Until the response begins.", ("route",), buckets=SECONDS, registry=self.registry
        )
        self.questions = Counter("cited_qa_questions", "Questions asked.", ("by", "outcome"), registry=self.registry)
        self.answering = Histogram(
            "cited_qa_question_seconds", "Until a question is answered.", ("by",), buckets=SECONDS, registry=self.registry
        )
        Gauge("cited_qa_info", "The version.", ("version",), registry=self.registry).labels(__version__).set(1)
        if backend is not None:
            ready = Gauge("cited_qa_ready", "1 once questions are answered.", registry=self.registry)
            ready.set_function(lambda: float(backend.ready))
            backend.listeners.append(self.asked)

    def asked(self, asked: Asked) -> None:
        """Count a question."""
        self.questions.labels(asked.by, asked.outcome).inc()
        self.answering.labels(asked.by).observe(asked.seconds)

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app`, whose responses are counted."""

        async def measured(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began = time.perf_counter()
            route, method = route_class(scope["path"]), scope["method"] if scope["method"] in _METHODS else "other"

            async def counted(part: Message) -> None:
                if part["type"] == "http.response.start":
                    self.requests.labels(route, method, str(part["status"])).inc()
                    self.latency.labels(route).observe(time.perf_counter() - began)
                await send(part)

            await app(scope, receive, counted)

        return measured

    def add_route(self, router: APIRouter) -> None:
        """Add `/metrics`."""

        def metrics() -> Response:
            return Response(generate_latest(self.registry), headers={"Cache-Control": "no-store"}, media_type=CONTENT_TYPE_LATEST)

        router.add_api_route(METRICS, metrics, methods=["GET"], include_in_schema=False, response_model=None)


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def route_class(path: str) -> str:
    """The class of the route at `path`: few, whatever clients ask for."""
    if path == "/":
        return "page"
    return next((name for start, name in _CLASSES if path.startswith(start)), "other")
