"""What programs may ask, by gradio_client, plain HTTP and MCP, with the same results and refusals."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from chat_helpers import ASKED, Served, as_json, backend, client, documents_of, served  # noqa: F401
from gradio_client import Client
from gradio_client.exceptions import AppError

import qa
from qa.chat.state.backend import Backend
from qa.chat.state.turns import QUESTION_LIMIT

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


def test_gradio_endpoints_take_every_parameter(client: Client, tiny_index: qa.Index) -> None:
    answer = client.predict(ASKED, k=2, within=["river.txt"], threshold=0.0, api_name="/ask")
    assert answer == as_json(qa.answer_json(tiny_index.ask(ASKED, 2, threshold=0.0, within=("river.txt",))))
    assert {hit["source"] for hit in answer["hits"]} == {"river.txt"}
    assert client.predict(ASKED, threshold=1, api_name="/ask")["found"] is False
    hits = client.predict(ASKED, within=["notes"], api_name="/search")
    assert hits == as_json(qa.hits_json(tiny_index.search(ASKED, within=("notes",))))
    (collection,) = client.predict(api_name="/documents")
    assert collection["documents"] == documents_of(tiny_index)
    assert collection["skipped"] == list(tiny_index.manifest.skipped)
    assert client.predict(collection["collection"], api_name="/documents") == [collection]


def test_plain_http_gives_the_same(served: Served, client: Client, tiny_index: qa.Index) -> None:
    answer = served.post("/api/ask", question=ASKED, k=2, within=["river.txt"], threshold=0.0)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == as_json(qa.answer_json(tiny_index.ask(ASKED, 2, threshold=0.0, within=("river.txt",))))
    assert served.post("/api/search", question=ASKED, k=3).json() == as_json(qa.hits_json(tiny_index.search(ASKED, 3)))
    assert served.http.get("/api/documents").json() == client.predict(api_name="/documents")
    # as `curl -d` sends it, which says that it is a form
    form = served.http.post("/api/ask", content=json.dumps({"question": ASKED}), headers={"content-type": "text/plain"})
    assert form.json() == as_json(qa.answer_json(tiny_index.ask(ASKED)))


def test_model_context_protocol_gives_the_same(served: Served, client: Client, tiny_index: qa.Index) -> None:
    from mcp import Client as McpClient

    async def talk() -> None:
        async with McpClient(f"{served.url}mcp") as tools:
            listed = {tool.name: tool for tool in (await tools.list_tools()).tools}
            assert set(listed) == {"ask", "search", "documents"}
            assert all(tool.description for tool in listed.values())
            schema = listed["ask"].input_schema
            assert schema["required"] == ["question"]
            assert set(schema["properties"]) == {"question", "k", "collection", "within", "threshold", "history"}
            assert all(shape["description"] for shape in schema["properties"].values())
            assert (schema["properties"]["k"]["minimum"], schema["properties"]["k"]["maximum"]) == (1, 50)

            async def call(tool: str, **values: Any) -> Any:
                result = await tools.call_tool(tool, values)
                (content,) = result.content
                return content.text if result.is_error else json.loads(content.text)

            assert await call("ask", question=ASKED) == as_json(qa.answer_json(tiny_index.ask(ASKED)))
            assert await call("search", question=ASKED, k=2) == as_json(qa.hits_json(tiny_index.search(ASKED, 2)))
            assert await call("documents") == client.predict(api_name="/documents")
            for values, reason in (
                ({"question": " "}, "Please type a question first."),
                ({"question": ASKED, "k": 51}, "k: Input should be less than or equal to 50"),
                ({"k": 5}, "question: Field required"),
                ({"question": ASKED, "top": 5}, "There is no parameter top; "),
                ({"question": ASKED, "within": ["nowhere"]}, "nowhere: no document and no folder of this index"),
            ):
                told = await call("ask", **values)
                assert told.startswith(reason)
                assert "\n" not in told

    anyio.run(talk)


REFUSED = [
    ({"question": ""}, "Please type a question first."),
    ({"question": ["a"]}, "The question has to be a text."),
    ({"question": "长" * (QUESTION_LIMIT + 1)}, "A question may have at most 2000 characters; this one has 2001."),
    ({"question": "a", "k": True}, "k has to be a whole number from 1 to 50."),
    ({"question": "a", "threshold": 1.5}, "threshold has to be a number from 0 to 1."),
    ({"question": "a", "threshold": True}, "threshold has to be a number from 0 to 1."),
    ({"question": "a", "within": "river.txt"}, "within has to be a list of names"),
    ({"question": "river", "within": ["nowhere"]}, "nowhere: no document and no folder of this index"),
    ({"question": "a", "collection": 3}, "There is no collection int; there are: default"),
    ({"question": "a", "collection": "other"}, "There is no collection other; there are: default"),
    ({"question": "a", "history": [1]}, "history has to be a list of earlier questions, 20 at most."),
    ({"question": "a", "history": ["长" * (QUESTION_LIMIT + 1)]}, "A question may have at most 2000 characters"),
]


@pytest.mark.parametrize(("values", "reason"), REFUSED)
def test_what_cannot_be_asked_is_told_in_one_line(served: Served, client: Client, values: dict[str, Any], reason: str) -> None:
    response = served.post("/api/ask", **values)
    assert response.status_code == 400
    assert response.json()["error"].startswith(reason)
    assert "\n" not in response.json()["error"]
    with pytest.raises(AppError, match=re.escape(reason)) as caught:
        client.predict(**values, api_name="/ask")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "The request's body is no JSON object: Expecting value"),
        (b"\xff", "The request's body is no JSON object: UTF-8"),
        (b"[1]", "The request's body is no JSON object: list"),
        (b"[" * 100_000, "The request's body is no JSON object: "),
        (b"{}", "question is missing."),
        (b'{"question": "a", "top": 5}', "There is no parameter top; there are: question, k,"),
    ],
)
def test_a_body_that_is_no_call(served: Served, body: bytes, reason: str) -> None:
    response = served.http.post("/api/ask", content=body)
    assert response.status_code == 400
    assert response.json()["error"].startswith(reason)


def test_refusals_are_in_the_callers_language(served: Served) -> None:
    response = served.http.post("/api/ask", content=b"{}", headers={"accept-language": "zh-CN"})
    assert response.json() == {"error": "缺少 question。"}
    assert served.http.get("/nowhere", headers={"accept-language": "zh-HK"}).json()["error"] == "这里没有这样的地址。"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "ask", "POST"), ("PUT", "search", "POST"), ("POST", "documents", "GET"), ("DELETE", "documents", "GET")],
)
def test_another_method_is_refused_in_a_line_that_names_the_right_one(
    method: str, path: str, allowed: str, served: Served
) -> None:
    response = served.http.request(method, f"/api/{path}", headers={"accept-language": "en"})
    assert (response.status_code, response.json()) == (405, {"error": f"Ask for this address with {allowed}."})
    assert response.headers["allow"] == allowed


def test_half_a_character_is_asked_like_any_other(served: Served) -> None:
    response = served.http.post("/api/ask", content=b'{"question": "\\ud800 \xe6\xb4\xaa\xe5\xb3\xb0"}')
    assert response.status_code == 200
    assert response.json()["question"] == "? 洪峰"


class Broken:
    """An index that fails in a way nobody thought of."""

    manifest: Any = None

    def ask(self, *_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    search = ask

    def warm_up(self) -> None:
        pass


def test_a_mistake_of_the_program_is_told_without_its_details(
    monkeypatch: pytest.MonkeyPatch, backend: Backend, served: Served, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(backend, "ask", Broken().ask)
    response = served.post("/api/ask", question="a")
    assert response.status_code == 500
    assert response.json()["error"].startswith("Something went wrong")
    with pytest.raises(AppError) as caught:
        client.predict("a", api_name="/ask")
    assert "secret detail" not in response.text + str(caught.value)
    assert "secret detail" in capfd.readouterr().err


def test_sixteen_at_once_are_all_answered(served: Served, tiny_index: qa.Index) -> None:
    questions = [f"第{i}个水库蓄水多少？" for i in range(1, 17)]

    def ask(question: str) -> list[Any]:
        talking = Client(served.url, verbose=False)
        return [talking.predict(question, api_name="/ask"), served.post("/api/ask", question=question).json()]

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, questions))
    assert answers == [[as_json(qa.answer_json(tiny_index.ask(question)))] * 2 for question in questions]
