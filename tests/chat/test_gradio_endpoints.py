"""The endpoints for gradio_client over an index made by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from chat_helpers import DOCUMENT, HandIndex, free_port
from gradio_client import Client

import qa
from qa.chat.page.page import build_chat
from qa.chat.serving.server import launch_chat
from qa.service.api.requests import QUESTION_LIMIT
from qa.service.backend import Backend

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The chat over the index made by hand, served for the tests of this file."""
    backend = Backend.of(HandIndex()).open()
    page = build_chat(backend)
    url = launch_chat(page, "127.0.0.1", free_port(), backend=backend)
    yield url
    page.close(verbose=False)


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


def test_ask_gives_the_answer_and_its_citations(client: Client) -> None:
    answer = client.predict("洪峰水位？", api_name="/ask")
    assert answer == json.loads(json.dumps(qa.answer_json((index := HandIndex()).ask("洪峰水位？"), index.stands)))
    assert set(answer) == {"question", "understood", "found", "confidence", "text", "citations", "hits"}
    (citation,) = answer["citations"]
    assert set(citation) == {
        "number",
        "source",
        "place",
        "start",
        "end",
        "quote",
        "span",
        "sha256",
        "also",
        "context",
        "stands",
        "reason",
    }
    assert DOCUMENT[citation["start"] : citation["end"]] == citation["quote"] == "洪峰水位227.6米。"


def test_search_gives_hits(client: Client) -> None:
    hits = client.predict("甲乙", 2, api_name="/search")
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert set(hits[0]) == {"rank", "score", "source", "start", "end", "place", "text", "scores"}
    assert hits[0]["text"] == DOCUMENT.splitlines()[1]
    assert len(client.predict("甲乙", api_name="/search")) == 3


def test_only_these_endpoints_are_offered(client: Client) -> None:
    offered = client.view_api(return_format="dict", print_info=False)
    assert set(offered["named_endpoints"]) == {"/ask", "/search", "/documents"}
    assert offered["unnamed_endpoints"] == {}


@pytest.mark.parametrize("endpoint", ["/ask", "/search"])
@pytest.mark.parametrize(
    ("question", "k", "reason"),
    [
        ("", 5, "Please type a question first."),
        (" \n", 5, "Please type a question first."),
        ("长" * (QUESTION_LIMIT + 1), 5, "at most 2000 characters; this one has 2001"),
        (["a"], 5, "has to be a text"),
        ("水位", 0, "whole number from 1 to 200"),
        ("水位", "7", "whole number from 1 to 200"),
        ("broken", 5, "m: the prepared model cannot be loaded; delete the folder and it is made again"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(
    client: Client, endpoint: str, question: object, k: object, reason: str
) -> None:
    with pytest.raises(Exception, match=re.escape(reason)) as caught:
        client.predict(question, k, api_name=endpoint)
    assert len(str(caught.value).splitlines()) == 1


def test_a_question_may_be_as_long_as_the_limit(client: Client) -> None:
    assert client.predict("长" * QUESTION_LIMIT, api_name="/ask")["found"]
