"""What programs may ask, by gradio_client, plain HTTP and MCP, with the same results and refusals."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest
from chat_helpers import ASKED, CREDENTIALS, Served, as_json, asked_json, backend, client, documents_of, served  # noqa: F401
from gradio_client import Client
from gradio_client.exceptions import AppError

import qa
from qa.collections.library import CollectionInfo
from qa.config import THRESHOLD
from qa.errors import QAError
from qa.service.api.endpoints import Endpoints
from qa.service.api.mcp_tools import _unpacked
from qa.service.api.requests import QUESTION_LIMIT
from qa.service.backend import Backend
from qa.service.web.exchange import HEADERS

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")


def test_gradio_endpoints_take_every_parameter(client: Client, tiny_index: qa.Index) -> None:
    answer = client.predict(ASKED, k=2, within=["river.txt"], threshold=0.0, api_name="/ask")
    assert answer == as_json(asked_json(tiny_index, ASKED, 2, threshold=0.0, within=("river.txt",)))
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
    assert answer.json() == as_json(asked_json(tiny_index, ASKED, 2, threshold=0.0, within=("river.txt",)))
    assert served.post("/api/search", question=ASKED, k=3).json() == as_json(qa.hits_json(tiny_index.search(ASKED, 3)))
    assert served.http.get("/api/documents").json() == client.predict(api_name="/documents")
    # as `curl -d` sends it, which says that it is a form
    form = served.http.post("/api/ask", content=json.dumps({"question": ASKED}), headers={"content-type": "text/plain"})
    assert form.json() == as_json(asked_json(tiny_index, ASKED))


def test_model_context_protocol_gives_the_same(served: Served, client: Client, tiny_index: qa.Index) -> None:
    from mcp import Client as McpClient

    async def talk() -> None:
        async with McpClient(f"{served.url}mcp") as tools:
            listed = {tool.name: tool for tool in (await tools.list_tools()).tools}
            assert set(listed) > {"ask", "search", "documents"}
            assert all(tool.description for tool in listed.values())
            schema = listed["ask"].input_schema
            assert schema["required"] == ["question"]
            assert set(schema["properties"]) == {"question", "k", "collection", "within", "threshold", "history"}
            assert all(shape["description"] for shape in schema["properties"].values())
            assert (schema["properties"]["k"]["minimum"], schema["properties"]["k"]["maximum"]) == (1, 200)

            async def call(tool: str, **values: Any) -> Any:
                result = await tools.call_tool(tool, values)
                (content,) = result.content
                return content.text if result.is_error else json.loads(content.text)

            assert await call("ask", question=ASKED) == as_json(asked_json(tiny_index, ASKED))
            assert await call("search", question=ASKED, k=2) == as_json(qa.hits_json(tiny_index.search(ASKED, 2)))
            assert await call("documents") == client.predict(api_name="/documents")
            for values, reason in (
                ({"question": " "}, "Please type a question first."),
                ({"question": ASKED, "k": 201}, "k has to be a whole number from 1 to 200. It is 201."),
                ({"k": 5}, "question is missing."),
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
    ({"question": "a", "k": True}, "k has to be a whole number from 1 to 200."),
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
        (b"", "The request's body is not a JSON object: Expecting value"),
        (b"\xff", "The request's body is not a JSON object: UTF-8"),
        (b"[1]", "The request's body is not a JSON object: list"),
        (b"[" * 100_000, "The request's body is not a JSON object: "),
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
    [
        ("GET", "ask", "POST"),
        ("PUT", "search", "POST"),
        ("TRACE", "search", "POST"),
        ("CONNECT", "ask", "POST"),
        ("POST", "documents", "GET"),
        ("DELETE", "documents", "GET"),
    ],
)
def test_another_method_is_refused_in_a_line_that_names_the_right_one(
    method: str, path: str, allowed: str, served: Served
) -> None:
    response = served.http.request(method, f"/api/{path}", headers={"accept-language": "en"})
    assert (response.status_code, response.json()) == (405, {"error": f"Ask for this address with {allowed}."})
    assert response.headers["allow"] == allowed
    assert served.http.head(f"/api/{path}").headers["allow"] == allowed


def test_half_a_character_is_asked_like_any_other(served: Served) -> None:
    response = served.http.post("/api/ask", content=b'{"question": "\\ud800 \xe6\xb4\xaa\xe5\xb3\xb0"}')
    assert response.status_code == 200
    assert response.json()["question"] == "? 洪峰"


def test_health_says_whether_questions_are_answered(served: Served) -> None:
    answer = served.http.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


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
    assert answers == [[as_json(asked_json(tiny_index, question))] * 2 for question in questions]


# -- the description of the endpoints -------------------------------------------------------------------------------------


def test_the_description_has_the_requests_and_what_comes_back(served: Served, tiny_index: qa.Index) -> None:
    described = served.http.get("/openapi.json").json()
    assert set(described["paths"]) >= {"/api/ask", "/api/search", "/api/documents"}
    shapes = described["components"]["schemas"]
    asked = shapes["AskRequest"]
    assert asked["required"] == ["question"]
    assert set(asked["properties"]) == {"question", "k", "collection", "within", "threshold", "history"}
    assert set(shapes["SearchRequest"]["properties"]) == {"question", "k", "collection", "within"}
    assert (asked["properties"]["question"]["maxLength"], asked["properties"]["k"]["maximum"]) == (QUESTION_LIMIT, 200)
    for name in ("AskRequest", "CompletionRequest"):
        assert f"{THRESHOLD} if left out" in shapes[name]["properties"]["threshold"]["description"]
    (parameter,) = described["paths"]["/api/documents"]["get"]["parameters"]
    assert (parameter["name"], parameter["in"]) == ("collection", "query")
    answer = asked_json(tiny_index, ASKED)
    # what is only there when it holds: vectors still being made, a newer edition, a reader who confirmed it
    assert set(shapes["AnswerResponse"]["properties"]) == {*answer, "by_words"}
    assert set(shapes["HitResponse"]["properties"]) == set(answer["hits"][0])
    assert set(shapes["CitationResponse"]["properties"]) == {*answer["citations"][0], "confirmed"}
    (listed,) = served.http.get("/api/documents").json()
    assert set(shapes["CollectionResponse"]["properties"]) == {*listed, "error"}
    assert set(shapes["DocumentResponse"]["properties"]) == set(listed["documents"][0])
    for path in described["paths"].values():
        for operation in path.values():
            assert set(operation["responses"]) >= {"4XX", "5XX"}
            assert operation["description"]
    streams = {("/v1/chat/completions", "post"): {"application/json"}, ("/api/collections/{collection}/progress", "get"): set()}
    for (path, method), others in streams.items():
        content = described["paths"][path][method]["responses"]["200"]["content"]
        assert content["text/event-stream"]["itemSchema"]["required"] == ["data"]  # of each event
        assert set(content) == {"text/event-stream", *others}


def test_the_page_that_shows_the_description_loads_nothing_from_elsewhere(served: Served) -> None:
    page = served.http.get("/docs")
    assert page.status_code == 200
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    named = re.findall(r"""(?:src|href)="([^"]*)"|url: '([^']*)'""", page.text)
    addresses = {one or other for one, other in named}
    assert addresses == {"docs/swagger-ui-bundle.js", "docs/swagger-ui.css", "docs/favicon.png", "openapi.json"}
    for address in addresses:
        assert served.http.get(f"/{address}").status_code == 200
    assert '"validatorUrl": null' in page.text  # else it would be asked of validator.swagger.io


def test_the_description_needs_the_password_too(backend: Backend) -> None:
    running = Served(backend, credentials=CREDENTIALS)
    try:
        for path in ("/docs", "/openapi.json", "/docs/swagger-ui-bundle.js", "/api/documents"):
            assert running.http.get(path).status_code == 401
            assert running.http.get(path, auth=CREDENTIALS).status_code == 200
            assert running.http.get(path, headers={"host": "elsewhere.example"}, auth=CREDENTIALS).status_code == 400
    finally:
        running.close()


# -- one definition for all three ways ------------------------------------------------------------------------------------

MISFITS: list[tuple[dict[str, Any], str, str]] = [
    ({"question": "a", "k": 0}, "k has to be a whole number from 1 to 200. It is 0.", "k 必须是 1 到 200 的整数。收到的是 0。"),
    ({"question": "a", "k": "many"}, 'k has to be a whole number from 1 to 200. It is "many".',
     'k 必须是 1 到 200 的整数。收到的是 "many"。'),
    ({"question": "a", "threshold": -0.5}, "threshold has to be a number from 0 to 1. It is -0.5.",
     "threshold 必须是 0 到 1 的数。收到的是 -0.5。"),
    ({"question": "a", "within": {"a": 1}},
     'within has to be a list of names of documents or folders, 200 at most. It is {"a": 1}.',
     'within 必须是一列文档或文件夹的名字，最多 200 个。收到的是 {"a": 1}。'),
    ({"question": "a", "history": [2]}, "history has to be a list of earlier questions, 20 at most. It is 2.",
     "history 必须是此前问题的列表，最多 20 个。收到的是 2。"),
    ({"question": "a", "history": ["b", " "]}, "Please type a question first.", "请先输入问题。"),
    ({"question": "a", "collection": "x" * 50}, f"There is no collection {'x' * 40}…; there are: default",
     f"没有文档集 {'x' * 40}…；现有：default"),
]  # fmt: skip


@pytest.mark.parametrize(("values", "english", "chinese"), MISFITS)
def test_a_misfit_is_told_alike_by_every_way(
    served: Served, backend: Backend, values: dict[str, Any], english: str, chinese: str
) -> None:
    endpoints = Endpoints(backend)
    for strict in (True, False):  # gradio_client and MCP
        with pytest.raises(QAError) as caught:
            endpoints.call("ask", values, strict=strict)
        assert (str(caught.value), caught.value.told("zh")) == (english, chinese)
    for language, line in (("en", english), ("zh-CN", chinese)):
        answer = served.http.post("/api/ask", json=values, headers={"accept-language": language})
        assert (answer.status_code, answer.json()) == (400, {"error": line})


@pytest.mark.parametrize(("field", "most"), [("within", 200), ("history", 20)])
def test_lists_have_a_bound(backend: Backend, field: str, most: int) -> None:
    endpoints = Endpoints(backend)
    with pytest.raises(QAError, match=f"{most} at most"):
        endpoints.call("ask", {"question": "river", field: ["river.txt"] * (most + 1)})
    assert "found" in endpoints.call("ask", {"question": "river", field: ["river.txt"] * most})


def test_only_a_language_model_may_send_numbers_and_lists_as_text(backend: Backend) -> None:
    endpoints = Endpoints(backend)
    with pytest.raises(QAError, match="k has to be"):
        endpoints.call("search", {"question": "river", "k": "2"})
    assert len(endpoints.call("search", {"question": "river", "k": "2"}, strict=False)) == 2
    assert _unpacked({"within": '["a", "b"]', "history": "[1", "question": "[2]"}) == {
        "within": ["a", "b"], "history": "[1", "question": "[2]"
    }  # fmt: skip


def test_an_unknown_parameter_is_told_before_a_missing_one(served: Served) -> None:
    answer = served.http.get("/api/documents?folder=x", headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()) == (400, {"error": "There is no parameter folder; there are: collection"})
    assert served.post("/api/search", top=3).json() == {
        "error": "There is no parameter top; there are: question, k, collection, within"
    }


def test_a_damaged_collection_is_told_and_the_others_are_listed(
    served: Served, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = backend.index_or_error("")
    monkeypatch.setattr(
        backend, "collections", lambda: tuple(CollectionInfo(slug, slug, 1, 2, "ready") for slug in ("one", "two", "three"))
    )

    error = QAError("collections.no_such_collection", "two")
    monkeypatch.setattr(backend, "index_or_error", lambda slug: error if slug == "two" else whole)
    for language, line in (("en", "two: there is no such collection; choose another"), ("zh", "two：没有这个文档集；请另选")):
        answer = served.http.get("/api/documents", headers={"accept-language": language})
        assert answer.status_code == 200
        one, two, three = answer.json()
        assert len(one["documents"]) == len(three["documents"]) == len(whole.manifest.documents)
        assert two == {"collection": "two", "name": "two", "passages": 2, "documents": [], "skipped": [], "error": line}
