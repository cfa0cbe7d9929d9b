"""`/metrics`: what is counted, and who may read it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from chat_helpers import ASKED, CREDENTIALS, HandIndex, Served
from prometheus_client.parser import text_string_to_metric_families

from qa.service.backend import Backend
from qa.service.web.metrics import route_class

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    running = Served(Backend.of(HandIndex()).open(), credentials=CREDENTIALS)
    yield running
    running.close()


def counts(response: httpx.Response) -> dict[tuple[str, ...], float]:
    """Name and labels, in the order of their names, of each sample, but for those of buckets, to its value."""
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
        if "le" not in sample.labels
    }


def test_requests_and_questions_are_counted_by_class(served: Served) -> None:
    before = counts(served.http.get("/metrics"))
    for question in ("水位", "没有", "broken"):
        served.http.post("/api/ask", json={"question": question}, auth=CREDENTIALS)
    served.http.get("/nothing/here", auth=CREDENTIALS)
    served.http.request("BREW", "/", auth=CREDENTIALS)
    after = counts(served.http.get("/metrics"))
    grown = {key: value - before.get(key, 0) for key, value in after.items()}
    expected = {
        ("cited_qa_requests_total", "POST", "api", "200"): 2,
        ("cited_qa_requests_total", "POST", "api", "400"): 1,
        ("cited_qa_requests_total", "GET", "other", "404"): 1,
        ("cited_qa_requests_total", "other", "page", "404"): 1,
        ("cited_qa_request_seconds_count", "api"): 3,
        ("cited_qa_questions_total", "program", "answered"): 1,
        ("cited_qa_questions_total", "program", "not found"): 1,
        ("cited_qa_questions_total", "program", "failed"): 1,
        ("cited_qa_question_seconds_count", "program"): 3,
    }
    assert {key: grown[key] for key in expected} == expected
    assert after["cited_qa_ready",] == 1


def test_only_a_program_of_this_machine_itself_reads_them_without_a_password(served: Served) -> None:
    assert served.http.post("/api/ask", json={"question": ASKED}).status_code == 401
    assert served.http.get("/metrics").status_code == 200
    for name in ("x-forwarded-for", "x-real-ip", "forwarded", "via"):
        assert served.http.get("/metrics", headers={name: "192.0.2.1"}).status_code == 401
    assert served.http.get("/metrics", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert served.http.get("/metrics", headers={"x-forwarded-for": "192.0.2.1"}, auth=CREDENTIALS).status_code == 200


def test_behind_a_proxy_they_need_the_password() -> None:
    running = Served(Backend.of(HandIndex()).open(), credentials=CREDENTIALS, names=["qa.example"])
    try:
        assert running.http.get("/metrics").status_code == 401
        assert running.http.get("/metrics", auth=CREDENTIALS).status_code == 200
    finally:
        running.close()


def test_the_classes_of_routes_are_few() -> None:
    classes = {"/": "page", "/api/ask": "api", "/api/collections/x/documents": "documents", "/v1/models": "openai",
               "/retrieval": "retrieval", "/api/v1/retrieval": "retrieval", "/mcp": "mcp", "/gradio_api/queue/join": "events",
               "/assets/x.js": "files", "/x" * 1000: "other"}  # fmt: skip
    assert {path: route_class(path) for path in classes} == classes
