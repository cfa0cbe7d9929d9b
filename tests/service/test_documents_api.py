"""Documents put in, replaced and taken out by programs, over plain HTTP and as tools of a language model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from chat_helpers import Served, backend  # noqa: F401
from conftest import together
from tiny import TinyEncoder

from qa.collections.library import Library
from qa.service.api.documents import MOST_FILES
from qa.service.backend import Backend
from qa.service.web.exchange import ClientLimits

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")
RIVER, RAISED = "綦河洪峰水位227.6米。\n", "綦河洪峰水位301.9米。\n"


@pytest.fixture(scope="module")
def served_library(tmp_path_factory: pytest.TempPathFactory, tiny: TinyEncoder) -> Iterator[Served]:
    """A chat over a library with one document of the user's own, "river.txt"."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "river.txt").write_text(RIVER, "utf-8")
    (folder / "shared" / "deep").mkdir(parents=True)
    (folder / "shared" / "a.txt").write_text("集市每逢三、六、九开市。", "utf-8")
    (folder / "shared" / "deep" / "b.txt").write_text("The clinic opened in 1987.", "utf-8")
    (folder / "shared" / "away.txt").symlink_to(folder / "seeds" / "river.txt")
    with together(0.01):
        library = Library(folder / "home", folder / "seeds", folder / "index", encoder=tiny)
        library.prepare()
        running = Served(
            Backend(library).open(), mcp=True, limits=ClientLimits(rate=1000, spare=0), import_from=[str(folder / "shared")]
        )
        running.folder = folder  # type: ignore[attr-defined]
        yield running
        running.close()
        library.close()


def put(served: Served, name: str, text: str, collection: str = "default") -> dict[str, Any]:
    answer = served.http.post(f"/api/collections/{collection}/documents", files={"file": (name, text.encode())})
    assert answer.status_code == 202, answer.text
    (told,) = answer.json()
    return wait(served, told, collection)


def wait(served: Served, told: dict[str, Any], collection: str = "default") -> dict[str, Any]:
    answer = served.http.get(f"/api/collections/{collection}/documents/{told['id']}", params={"wait": 60})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def sources(served: Served, collection: str = "default") -> dict[str, str]:
    listed = served.http.get(f"/api/collections/{collection}/documents").json()
    return {one["source"] or one["name"]: one["state"] for one in listed}


def quoted(served: Served, collection: str = "default") -> str:
    return str(served.post("/api/ask", question="綦河洪峰水位是多少？", collection=collection, threshold=0).json()["text"])


def test_a_document_is_put_in_replaced_and_taken_out(served_library: Served) -> None:
    served = served_library
    (own,) = served.http.get("/api/collections/default/documents").json()
    assert (own["source"], own["state"], own["passages"], own["encoding"]) == ("river.txt", "ready", 1, "utf-8")
    there = put(served, "market.txt", "集市每逢初一开市。")
    assert (there["source"], there["state"], there["passages"]) == ("uploaded/market.txt", "ready", 1)
    address = f"/api/collections/default/documents/{there['id']}"
    replaced = served.http.put(address, files={"file": ("any.txt", "集市每逢十五开市。".encode())})
    assert replaced.status_code == 202
    assert replaced.json()["id"] == there["id"]
    assert wait(served, there)["state"] == "ready"
    hits = served.post("/api/search", question="集市哪天开市", within=["uploaded/market.txt"]).json()
    assert [hit["text"] for hit in hits] == ["集市每逢十五开市。"]
    assert served.http.delete(address).json() == {"id": there["id"], "collection": "default", "source": "uploaded/market.txt"}
    assert served.http.delete(address).status_code == 404
    assert sources(served) == {"river.txt": "ready"}


def test_a_users_own_file_is_replaced_beside_it(served_library: Served) -> None:
    served = served_library
    made = served.post("/api/collections", name="两份 two").json()["collection"]
    assert made == "two"
    first = put(served, "river.txt", RIVER, made)
    assert quoted(served, made) == "綦河洪峰水位227.6米。 [1]"
    answer = served.http.put(f"/api/collections/{made}/documents/{first['id']}", files={"file": ("river.txt", RAISED.encode())})
    assert wait(served, answer.json(), made)["state"] == "ready"
    assert quoted(served, made) == "綦河洪峰水位301.9米。 [1]"
    assert served.http.request("PATCH", f"/api/collections/{made}", json={"name": "三"}).json() == {"collection": "two"}
    assert {one["collection"]: one["name"] for one in served.http.get("/api/collections").json()} == {"default": "", "two": "三"}
    assert served.http.delete(f"/api/collections/{made}").json() == {"collection": "two"}
    assert served.http.get(f"/api/collections/{made}/documents").status_code == 404
    assert (served.folder / "seeds" / "river.txt").read_text("utf-8") == RIVER  # type: ignore[attr-defined]


def test_files_of_this_machine_are_put_in_by_address(served_library: Served) -> None:
    served, folder = served_library, served_library.folder  # type: ignore[attr-defined]
    made = served.post("/api/collections", name="imported").json()["collection"]
    address = f"/api/collections/{made}/documents/import"
    answer = served.post(address, url=(folder / "shared").as_uri())
    assert answer.status_code == 202
    assert [(one["name"], wait(served, one, made)["state"]) for one in answer.json()] == [("a.txt", "ready"), ("b.txt", "ready")]
    text = served.post(address, name="c.md", text="# 题\n\n正文一句。").json()
    assert wait(served, text[0], made)["passages"] == 1
    for values, line in (
        ({"url": (folder / "seeds" / "river.txt").as_uri()}, "is not there or not in a folder that may be read; "),
        ({"url": (folder / "shared" / "away.txt").as_uri()}, "is not there or not in a folder that may be read; "),
        ({"url": f"{(folder / 'shared').as_uri()}/../seeds/river.txt"}, "is not there or not in a folder that may be read; "),
        ({"url": "http://127.0.0.1/a.txt"}, "is not an address of a file on this machine; "),
        ({"url": "file://elsewhere/a.txt"}, "is not an address of a file on this machine; "),
        ({"name": "a.txt"}, "Give name and text, or url alone."),
        ({"name": "a.txt", "text": "b", "url": "file:///"}, "Give name and text, or url alone."),
    ):
        refused = served.post(address, **values)
        assert refused.status_code == 400
        assert line in refused.json()["error"]
    assert MOST_FILES == 500
    served.http.delete(f"/api/collections/{made}")


def test_what_cannot_be_read_or_taken_is_told_by_its_state(served_library: Served) -> None:
    served = served_library
    answer = served.http.post(
        "/api/collections/default/documents", files=[("file", ("empty.txt", b"")), ("file", ("broken.pdf", b"%PDF-1.4 nothing"))]
    )
    empty, broken = answer.json()
    assert (empty["state"], empty["source"]) == ("refused", "")
    assert empty["reason"].startswith("empty.txt: ")
    told = wait(served, broken)
    assert told["state"] == "unread"
    assert told["reason"].startswith("broken.pdf: ")
    assert served.http.delete(f"/api/collections/default/documents/{broken['id']}").status_code == 200
    assert served.http.get("/api/collections/default/documents/nowhere").json() == {
        "error": "nowhere: is not a document of this collection; the list of documents has the ids"
    }
    assert served.http.post("/api/collections/default/documents", content=b"{}").status_code == 400
    assert served.http.put("/api/collections/default/documents").status_code == 405


def test_progress_comes_as_events_until_all_is_indexed(served_library: Served) -> None:
    served = served_library
    events = []
    answer = served.http.post("/api/collections/default/documents", files={"file": ("late.txt", "很晚才来的一句。".encode())})
    (late,) = answer.json()
    with served.http.stream("GET", "/api/collections/default/progress") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            kind, _, value = line.partition(": ")
            if kind == "event":
                events.append([value])
            elif kind == "data":
                events[-1].append(json.loads(value))
    assert [kind for kind, _ in events] == ["progress"] * (len(events) - 1) + ["done"]
    assert {one["id"]: one["state"] for one in events[-1][1]["documents"]}[late["id"]] == "ready"
    served.http.delete(f"/api/collections/default/documents/{late['id']}")


def test_a_language_model_does_the_same(served_library: Served) -> None:
    from mcp import Client as McpClient

    served = served_library

    async def talk() -> None:
        async with McpClient(f"{served.url}mcp") as tools:
            hints = {tool.name: tool.annotations for tool in (await tools.list_tools()).tools}
            changing = {name for name, told in hints.items() if told is not None and not told.read_only_hint}
            assert changing == {"put_document", "replace_document", "delete_document"}

            async def call(tool: str, **values: Any) -> Any:
                result = await tools.call_tool(tool, values)
                (content,) = result.content
                return content.text if result.is_error else json.loads(content.text)

            (made,) = await call("put_document", name="note.md", text="钥匙在门垫下面。")
            told = await call("document_state", id=made["id"], wait=60)
            assert (told["source"], told["state"]) == ("uploaded/note.md", "ready")
            await call("replace_document", id=made["id"], text="钥匙在花盆下面。")
            assert (await call("document_state", id=made["id"], wait=60))["state"] == "ready"
            answer = await call("ask", question="钥匙在哪里？", within=["uploaded/note.md"], threshold=0)
            assert answer["text"] == "钥匙在花盆下面。 [1]"
            assert made["id"] in {one["id"] for one in await call("list_documents")}
            assert (await call("delete_document", id=made["id"]))["source"] == "uploaded/note.md"
            assert await call("document_state", id=made["id"]) == (
                f"{made['id']}: is not a document of this collection; the list of documents has the ids"
            )
            assert (await call("put_document", name="a.txt", text=3)).startswith("text does not fit (")

    anyio.run(talk)


def test_an_index_without_a_library_is_only_read(backend: Backend) -> None:
    running = Served(backend)
    try:
        listed = running.http.get("/api/collections/default/documents").json()
        assert {one["source"] for one in listed} == {"river.txt", "notes/clinic.md", "notes/market.txt"}
        assert running.post("/api/collections", name="a").json() == {
            "error": "Documents cannot be put in or taken out here: the server has only an index; start it with qa serve."
        }
    finally:
        running.close()


def test_a_scratch_file_does_not_stay(served_library: Served) -> None:
    import os
    import tempfile

    folder = Path(os.environ["GRADIO_TEMP_DIR"])
    put(served_library, "gone.txt", "一句。")
    assert not [name for name in os.listdir(folder) if name.startswith("put-")]
    assert str(folder).startswith(tempfile.gettempdir())
