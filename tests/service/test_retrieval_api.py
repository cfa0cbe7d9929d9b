"""Passages for Dify's external knowledge and for RAGFlow's clients."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest
from chat_helpers import ASKED, Served, backend, served  # noqa: F401

import qa

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


def opened(served: Served, url: str) -> Any:
    """The place that the page is asked to open by an address of the API."""
    address = httpx.URL(url)
    assert f"{address.scheme}://{address.host}:{address.port}{address.path}" == served.url
    return json.loads(address.params["open"])


def test_dify_gets_records_with_scores_from_0_to_1(served: Served, tiny_index: qa.Index) -> None:
    asked = {"knowledge_id": "default", "query": ASKED, "retrieval_setting": {"top_k": 3, "score_threshold": 0.0}}
    records = served.post("/retrieval", **asked, metadata_condition=None).json()["records"]
    places = [opened(served, record["metadata"].pop("url")) for record in records]
    hits = tiny_index.search(ASKED, 3)
    assert records == [
        {
            "content": hit.text, "score": round(1 - math.exp(-max(round(hit.score, 6), 0)), 6), "title": hit.paragraph.source,
            "metadata": {"source": hit.paragraph.source, "place": hit.paragraph.place, "start": hit.paragraph.start,
                         "end": hit.paragraph.end, "rank": hit.rank},
        }
        for hit in hits
    ]  # fmt: skip
    assert places == [
        {"collection": "default", "source": hit.paragraph.source, "start": hit.paragraph.start, "end": hit.paragraph.end}
        for hit in hits
    ]
    least = (records[0]["score"] + records[1]["score"]) / 2
    asked["retrieval_setting"] = {"top_k": 3, "score_threshold": least}
    (only,) = served.post("/retrieval", **asked).json()["records"]
    assert opened(served, only["metadata"].pop("url")) == places[0]
    assert only == records[0]


@pytest.mark.parametrize(
    ("values", "status", "code", "text"),
    [
        ({"knowledge_id": "other"}, 404, 2001, "There is no collection other; there are: default"),
        ({"query": " "}, 400, 4000, "query does not fit"),
        ({"retrieval_setting": {"top_k": 0}}, 400, 4000, "retrieval_setting.top_k does not fit"),
    ],
)
def test_dify_is_told_what_is_wrong(served: Served, values: dict[str, Any], status: int, code: int, text: str) -> None:
    answer = served.post("/retrieval", **{"knowledge_id": "default", "query": ASKED, **values})
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert answer.json()["error_msg"].startswith(text)


def test_ragflow_gets_chunks_in_pages(served: Served, tiny_index: qa.Index) -> None:
    def asked(**values: Any) -> dict[str, Any]:
        answer: dict[str, Any] = served.post(
            "/api/v1/retrieval", question=ASKED, dataset_ids=["default"], similarity_threshold=0, **values
        ).json()
        assert answer["code"] == 0
        return dict(answer["data"])

    hits = tiny_index.search(ASKED, 4)
    both = asked(page=1, page_size=2)["chunks"] + asked(page=2, page_size=2)["chunks"]
    assert [(chunk["document_id"], chunk["positions"], chunk["content"]) for chunk in both] == [
        (hit.paragraph.source, [[hit.paragraph.start, hit.paragraph.end]], hit.text) for hit in hits
    ]
    assert [opened(served, chunk["url"])["start"] for chunk in both] == [hit.paragraph.start for hit in hits]
    assert asked(page=1, page_size=4)["doc_aggs"][0] == {
        "doc_id": "river.txt",
        "doc_name": "river.txt",
        "count": sum(hit.paragraph.source == "river.txt" for hit in hits),
    }
    assert {chunk["document_id"] for chunk in asked(document_ids=["notes/clinic.md"])["chunks"]} == {"notes/clinic.md"}
    refused = served.post("/api/v1/retrieval", question=ASKED, dataset_ids=["other"])
    assert refused.status_code == 404
    assert refused.json() == {"code": 102, "data": None, "message": "There is no collection other; there are: default"}
