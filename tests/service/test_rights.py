"""Accounts: every user, every collection, every verb and every way in, and what each may not even learn."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from chat_helpers import Served
from conftest import together
from gradio_client import Client
from gradio_client.exceptions import AppError
from tiny import TinyEncoder

from qa.collections.library import Library
from qa.service.access.acting import acting, asks
from qa.service.access.permitted import permitted
from qa.service.access.users import NOBODY, Users
from qa.service.backend import Backend
from qa.service.web.exchange import ClientLimits

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")
PASSWORD = "长一点的密码 1"
# user -> collections that the user reads, and changes; "boss" manages them all, "none" has none
RIGHTS = {
    "boss": (("default", "law", "pay"), ("default", "law", "pay")),
    "writer": (("default", "law"), ("law",)),
    "reader": (("law",), ()),
    "none": ((), ()),
}
TEXTS = {"default": "水位227.6米。", "law": "第三条工龄满十年休假十五天。", "pay": "张三的工资是九千元。"}
WORD = {"default": "水位", "law": "工龄", "pay": "工资"}


class Rights(Served):
    users: Users
    library: Library
    keys: dict[str, str]

    def by(self, user: str | None, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.keys[user]}"} if user else {}
        return self.http.request(method, path, headers=headers, **more)


@pytest.fixture(scope="module")
def rights(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder) -> Iterator[Rights]:
    folder = tmp_path_factory.mktemp("rights")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "a.txt").write_text(TEXTS["default"], "utf-8")
    users = Users(folder / "users.json")
    users.put("boss", PASSWORD, (), ("*",))
    for name in ("writer", "reader", "none"):
        users.put(name, PASSWORD, *RIGHTS[name])
    with together(0.01):
        library = Library(folder / "home", folder / "seeds", folder / "index", encoder=tiny)
        library.prepare()
        for slug in ("law", "pay"):
            assert library.create(slug) == slug
            file = folder / "a.txt"
            file.write_text(TEXTS[slug], "utf-8")
            library.add([(file, "a.txt")], slug)
        assert library.wait(60)
        running = Rights(Backend(library, users=users).open(), mcp=True, limits=ClientLimits(rate=1000, spare=0))
        running.users, running.library = users, library
        running.keys = {name: users.new_key(name) for name in RIGHTS}
        yield running
        running.close()
        library.close()


def reads(user: str, slug: str) -> bool:
    return slug in RIGHTS[user][0]


def renamed(body: Any, slug: str) -> Any:
    """The body with another collection's name."""
    return json.loads(json.dumps(body).replace(f'"{slug}"', '"no"'))


def changes(user: str, slug: str) -> bool:
    return slug in RIGHTS[user][1]


CELLS = list(itertools.product(RIGHTS, TEXTS))


@pytest.mark.parametrize(("user", "slug"), CELLS)
def test_asking_and_listing_by_http(rights: Rights, user: str, slug: str) -> None:
    word = WORD[slug]
    absent = {"ask": 400, "openai": 404, "retrieval": 404, "ragflow": 404, "documents": 400, "rest": 404, "progress": 404}
    ways = {
        "ask": ("POST", "/api/ask", {"question": word, "collection": slug, "threshold": 0}),
        "openai": (
            "POST",
            "/v1/chat/completions",
            {"model": slug, "messages": [{"role": "user", "content": word}], "threshold": 0},
        ),
        "retrieval": ("POST", "/retrieval", {"knowledge_id": slug, "query": word}),
        "ragflow": ("POST", "/api/v1/retrieval", {"question": word, "dataset_ids": [slug], "similarity_threshold": 0}),
        "documents": ("GET", f"/api/documents?collection={slug}", None),
        "rest": ("GET", f"/api/collections/{slug}/documents", None),
        "progress": ("GET", f"/api/collections/{slug}/progress", None),
    }
    for way, (method, path, body) in ways.items():
        answer = rights.by(user, method, path, json=body) if body else rights.by(user, method, path)
        assert answer.status_code == (200 if reads(user, slug) else absent[way]), (way, answer.text)
        if reads(user, slug):
            assert way == "progress" or TEXTS[slug] in answer.text or "a.txt" in answer.text, way
        else:
            nowhere = rights.by(
                user, method, path.replace(slug, "no"), json=json.loads(json.dumps(body).replace(f'"{slug}"', '"no"'))
            )
            # the same as for a collection that is nowhere: only the name given differs
            assert nowhere.status_code == answer.status_code
            assert answer.text.replace(slug, "no") == nowhere.text
        others = [other for other in TEXTS if not reads(user, other)]
        assert not any(TEXTS[other] in answer.text or (other != slug and f'"{other}"' in answer.text) for other in others), way


@pytest.mark.parametrize("user", RIGHTS)
def test_lists_have_only_what_is_there_for_the_user(rights: Rights, user: str) -> None:
    mine = [slug for slug in TEXTS if reads(user, slug)]
    assert [one["id"] for one in rights.by(user, "GET", "/v1/models").json()["data"]] == mine
    assert [one["collection"] for one in rights.by(user, "GET", "/api/collections").json()] == mine
    assert [one["collection"] for one in rights.by(user, "GET", "/api/documents").json()] == mine
    first = rights.by(user, "POST", "/api/search", json={"question": "水位 工龄 工资"})
    assert [hit["text"] for hit in first.json()] == [TEXTS[mine[0]]] if mine else first.status_code == 400


@pytest.mark.parametrize(("user", "slug"), CELLS)
def test_changing_by_http(rights: Rights, user: str, slug: str) -> None:
    allowed, there = changes(user, slug), reads(user, slug)
    refused = 403 if there else 404
    base = f"/api/collections/{slug}/documents"
    made = rights.by(user, "POST", base, files={"file": ("b.txt", f"{user} 写了一句。".encode())})
    assert made.status_code == (202 if allowed else refused)
    text = rights.by(user, "POST", f"{base}/import", json={"name": "c.txt", "text": f"{user} 又写了一句。"})
    assert text.status_code == (202 if allowed else refused)
    id = rights.by("boss", "GET", base).json()[0]["id"]
    if allowed:
        id = made.json()[0]["id"]
        assert rights.by(user, "GET", f"{base}/{id}", params={"wait": 60}).json()["state"] == "ready"
        assert rights.by(user, "GET", f"{base}/{text.json()[0]['id']}", params={"wait": 60}).json()["state"] == "ready"
    elif not there:
        assert rights.by(user, "GET", f"{base}/{id}").status_code == 404
    put = rights.by(user, "PUT", f"{base}/{id}", files={"file": ("b.txt", "改过。".encode())})
    assert put.status_code == (202 if allowed else refused)
    assert rights.by(user, "DELETE", f"{base}/{id}").status_code == (200 if allowed else refused)
    if allowed:
        assert rights.by(user, "DELETE", f"{base}/{text.json()[0]['id']}").status_code == 200
        assert rights.library.wait(60)
    name = [{"name": "neu"}, {"name": slug}]  # managing is the boss's
    if user != "boss":
        assert rights.by(user, "PATCH", f"/api/collections/{slug}", json=name[0]).status_code == refused
        assert rights.by(user, "DELETE", f"/api/collections/{slug}").status_code == refused
        assert rights.by(user, "POST", "/api/collections", json=name[1]).status_code == 403
    assert {info.slug for info in rights.library.collections()} == set(TEXTS)


@pytest.mark.parametrize(("user", "slug"), CELLS)
def test_asking_and_changing_by_the_model_context_protocol(rights: Rights, user: str, slug: str) -> None:
    from mcp import Client as McpClient
    from mcp.client.streamable_http import streamable_http_client

    async def talk() -> None:
        http = httpx_client(rights.keys[user])
        async with McpClient(streamable_http_client(f"{rights.url}mcp", http_client=http)) as tools:

            async def call(tool: str, **values: Any) -> tuple[bool, str]:
                result = await tools.call_tool(tool, values)
                return bool(result.is_error), result.content[0].text

            failed, text = await call("ask", question=WORD[slug], collection=slug, threshold=0)
            assert failed != reads(user, slug)
            assert (TEXTS[slug] in text) == reads(user, slug)
            failed, text = await call("list_documents", collection=slug)
            assert failed != reads(user, slug)
            failed, text = await call("put_document", collection=slug, name="m.txt", text=f"{user} 用工具写的。")
            assert failed != changes(user, slug)
            if changes(user, slug):
                id = json.loads(text)[0]["id"]
                assert not (await call("document_state", collection=slug, id=id, wait=60))[0]
                assert not (await call("delete_document", collection=slug, id=id))[0]

    anyio.run(talk)
    assert rights.library.wait(60)


def httpx_client(key: str) -> Any:
    import httpx2

    return httpx2.AsyncClient(headers={"authorization": f"Bearer {key}"}, trust_env=False, timeout=60)


@pytest.mark.parametrize("user", RIGHTS)
def test_asking_by_gradio(rights: Rights, user: str) -> None:
    client = Client(rights.url, verbose=False, headers={"authorization": f"Bearer {rights.keys[user]}"})
    for slug, text in TEXTS.items():
        if reads(user, slug):
            assert text in client.predict(WORD[slug], collection=slug, threshold=0, api_name="/ask")["text"]
            (listed,) = client.predict(slug, api_name="/documents")
            assert listed["collection"] == slug
        else:
            with pytest.raises(AppError, match=f"There is no collection {slug}"):
                client.predict(WORD[slug], collection=slug, api_name="/ask")
    assert [one["collection"] for one in client.predict(api_name="/documents")] == list(RIGHTS[user][0])


def event(rights: Rights, user: str, name: str, *data: Any, session: str, more: Any = None) -> httpx.Response:
    """An event of the page, sent to the handler `name` as the page sends it: past the queue, or by it."""
    config = rights.by(user, "GET", "/config").json()
    one = next(one for one in config["dependencies"] if one["api_name"] == name)
    sent = {"fn_index": one["id"], "data": list(data), "session_hash": session, "event_data": more}
    if not one["queue"]:
        return rights.by(user, "POST", "/gradio_api/run/predict", json=sent)
    joined = rights.by(user, "POST", "/gradio_api/queue/join", json=sent)
    if joined.status_code != 200:
        return joined
    return rights.by(user, "GET", f"/gradio_api/queue/data?session_hash={session}")  # which ends with the last event


@pytest.mark.parametrize(("user", "slug"), CELLS)
def test_the_page_opens_documents_only_for_who_may_read_them(rights: Rights, user: str, slug: str) -> None:
    request = json.dumps({"collection": slug, "source": "a.txt", "start": 0, "end": 3})
    answer = event(rights, user, "act", None, None, session=f"read-{user}-{slug}", more={"do": "open", "request": request})
    assert answer.status_code == 200, answer.text
    assert (TEXTS[slug][3:] in answer.text) == reads(user, slug)


@pytest.mark.parametrize("user", RIGHTS)
def test_the_page_draws_the_users_own_collections(rights: Rights, user: str) -> None:
    answer = event(rights, user, "load", None, session=f"load-{user}")
    assert answer.status_code == 200, answer.text
    for slug, text in TEXTS.items():
        if not reads(user, slug):
            assert text not in answer.text
            assert f'"{slug}"' not in answer.text


def test_a_session_and_its_events_belong_to_who_began_it(rights: Rights) -> None:
    assert event(rights, "boss", "load", None, session="theirs").status_code == 200
    for path in ("/gradio_api/queue/data?session_hash=theirs", "/gradio_api/heartbeat/theirs"):
        assert rights.by("reader", "GET", path).status_code == 404
    assert event(rights, "reader", "load", None, session="theirs").status_code == 404
    sent = rights.by("boss", "POST", "/gradio_api/upload?upload_id=u1", files={"files": ("a.txt", b"a")})
    assert sent.status_code == 200
    assert rights.by("reader", "GET", "/gradio_api/upload_progress?upload_id=u1").status_code == 404


def test_no_file_is_served_by_its_path(rights: Rights) -> None:
    sent = rights.by("boss", "POST", "/gradio_api/upload", files={"files": ("a.txt", b"secret")})
    (path,) = sent.json()
    assert rights.by("boss", "GET", f"/gradio_api/file={path}").status_code == 404
    assert rights.by("reader", "GET", f"/gradio_api/file={path}").status_code == 404


# -- signing in -----------------------------------------------------------------------------------------------------------


EVERYTHING = ["/", "/config", "/docs", "/openapi.json", "/api/me", "/v1/models", "/api/documents", "/mcp", "/gradio_api/info"]


@pytest.mark.parametrize("path", EVERYTHING)
def test_nothing_but_the_form_is_there_for_who_has_not_signed_in(rights: Rights, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer qa-0-wrong"}, {"cookie": "qa-session=626f7373.99999999999.00"}):
        assert rights.http.get(path, headers=headers).status_code == 401
    assert rights.http.get(path, headers={"host": "elsewhere.example"}).status_code == 400


def test_a_browser_signs_in_with_the_form_and_out_again(rights: Rights) -> None:
    with httpx.Client(base_url=rights.url, trust_env=False, timeout=60) as browser:
        sent = browser.get("/", headers={"accept": "text/html", "accept-language": "zh-CN"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in")
        form = browser.get("/sign-in", headers={"accept-language": "zh-CN"})
        assert "用户名" in form.text
        wrong = browser.post("/sign-in", data={"name": "writer", "password": "falsch"})
        assert (wrong.status_code, "Wrong name or password." in wrong.text) == (401, True)
        assert browser.get("/api/me").status_code == 401
        right = browser.post("/sign-in", data={"name": "writer", "password": PASSWORD})
        assert (right.status_code, right.headers["location"]) == (303, "/")
        cookie = right.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert browser.get("/api/me").json()["user"] == "writer"
        assert [one["id"] for one in browser.get("/v1/models").json()["data"]] == ["default", "law"]
        assert browser.post("/sign-in", data={"name": "a"}, headers={"origin": "http://elsewhere.example"}).status_code == 403
        link = "/?open=%7B%22source%22%3A%20%22a.txt%22%7D"  # an address that the API gave leads there after signing in
        outside = rights.http.get(link, headers={"accept": "text/html"})
        assert (outside.status_code, outside.headers["location"]) == (303, f"/sign-in{link[1:]}")
        assert f'action="/sign-in{link[1:]}"' in browser.get(f"/sign-in{link[1:]}").text
        again = browser.post(f"/sign-in{link[1:]}", data={"name": "writer", "password": PASSWORD})
        assert (again.status_code, again.headers["location"]) == (303, link)
        other = browser.post("/sign-in?next=http://elsewhere.example", data={"name": "writer", "password": PASSWORD})
        assert other.headers["location"] == "/"
        assert browser.post("/sign-out").status_code == 303
        assert browser.get("/api/me").status_code == 401


def test_name_and_password_come_as_http_basic_too(rights: Rights) -> None:
    def status(name: str, password: str) -> int:
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        return rights.http.get("/api/me", headers={"authorization": f"Basic {pair}"}).status_code

    assert [status("reader", PASSWORD), status("reader", "x" * 9), status("nobody", PASSWORD)] == [200, 401, 401]


# -- the file -------------------------------------------------------------------------------------------------------------


def test_the_file_has_neither_passwords_nor_keys_and_rights_change_at_once(tmp_path: Path) -> None:
    file = tmp_path / "users.json"
    users, other = Users(file), Users(file)
    users.put("amy", PASSWORD, ("law",))
    key = users.new_key("amy")
    assert file.stat().st_mode & 0o777 == 0o600
    stored = file.read_text("utf-8")
    assert PASSWORD not in stored
    assert key not in stored
    assert "$argon2id$" in stored
    amy = other.with_key(key)
    assert amy is not None
    assert (amy.name, amy.may_read("law"), amy.may_change("law"), amy.may_read("pay")) == ("amy", True, False, False)
    token = other.session_of(amy)
    assert other.in_session(token) == amy
    assert other.in_session(token, now=2e9 * 2) is None
    assert other.in_session(token[:-1] + ("0" if token[-1] != "0" else "1")) is None
    users.put("amy", reads=("pay",))
    assert other.named("amy").may_read("pay")  # type: ignore[union-attr]
    assert other.in_session(token) is not None
    users.put("amy", "another password")
    assert other.in_session(token) is None
    assert other.with_password("amy", PASSWORD) is None
    assert other.with_password("amy", "another password") is not None
    users.revoke("amy", key.split("-")[1])
    assert other.with_key(key) is None
    users.remove("amy")
    assert other.everybody() == ()


def test_without_anybody_who_asks_nothing_is_allowed(rights: Rights) -> None:
    assert acting(rights.users) == NOBODY
    mine = permitted(rights.library, lambda: acting(rights.users))
    assert mine.collections() == ()
    with pytest.raises(AttributeError):
        mine.close()  # what is not named in the table of rights is not there
    boss = rights.users.named("boss")
    assert boss is not None

    def as_boss() -> list[str]:
        asks(boss)
        return [info.slug for info in mine.collections()]

    import contextvars

    assert contextvars.copy_context().run(as_boss) == list(TEXTS)


def test_conversations_and_ratings_belong_to_the_user(tmp_path: Path) -> None:
    from qa.chat.state.feedback import Feedback
    from qa.chat.state.history import Conversation, History
    from qa.chat.state.turns import Turn
    from qa.collections.ratings import FEEDBACK, FileRatings

    who = ["amy"]
    history = History(tmp_path, lambda: who[0])
    talk = Conversation().with_turns((Turn(1, "谁的工资？"),))
    history.keep(talk)
    assert [kept.title for kept in history.conversations()] == ["谁的工资？"]
    who[0] = "bob"
    assert history.conversations() == ()
    history.forget(talk.id)
    who[0] = "amy"
    assert len(history.conversations()) == 1
    from chat_helpers import HandIndex

    turn = Turn(1, "洪峰？", HandIndex().ask("洪峰？"), rating="up")
    ratings = FileRatings(tmp_path / FEEDBACK)
    feedback = Feedback(ratings)
    feedback.keep("t-1", turn, "amy")
    feedback.keep("t-1", turn, "bob")
    kept = [json.loads(line) for line in ratings.place.read_text("utf-8").splitlines()]
    assert [(one["id"], one["user"]) for one in kept] == [("amy:t-1", "amy"), ("bob:t-1", "bob")]
