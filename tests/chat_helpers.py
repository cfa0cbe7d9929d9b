"""What the tests of the chat share: an index made by hand, a reader of HTML, and a chat that is served.

The fixtures are used by importing them, with the ones that they ask for.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
from collections.abc import Collection, Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from gradio_client import Client

import qa
from qa.answers.answer import Answer
from qa.answers.citation import Citation
from qa.chat.page.page import build_chat
from qa.chat.serving.server import launch_chat
from qa.errors import ModelError
from qa.service.backend import Backend
from qa.service.web.exchange import ClientLimits
from qa.types import Hit, Paragraph, Verification

ROOT = Path(__file__).parent.parent
# one passage a line; the second sentence of each is what the index below answers with
DOCUMENT = (
    "水位记录。洪峰水位227.6米。\n"
    "<script>document.title='owned'</script> **粗体** 甲。<img src=x onerror=\"document.title='owned'\"> "
    "`${document.title='owned'}` ![图](http://example.invalid/a.png) [1] $$x^2$$ 乙。\n"
    "&lt;b&gt; </blockquote></article> 丙。'\"><svg onload=alert(1)> 丁。\n"
)
SOURCE = "<b onclick=alert(1)>恶&意\"'.txt"


class HandIndex:
    """An index of `DOCUMENT`: a question finds the passages that hold its words, and its first word decides the answer."""

    def __init__(self) -> None:
        self.passages: list[Paragraph] = []
        start = 0
        for row, text in enumerate(DOCUMENT.splitlines()):
            self.passages.append(Paragraph(row, SOURCE, start, start + len(text), row + 1, row + 1, text, part=2 * (row == 2)))
            start += len(text) + 1
        self.manifest = SimpleNamespace(
            documents=(SimpleNamespace(source=SOURCE, encoding="utf-8", passages=3),), model="by hand"
        )

        self.verification = Verification(True, "unchanged")

    def verify_document(self, source: str) -> Verification:
        assert source == SOURCE
        return self.verification

    def stands(self, citation: Citation) -> Verification:
        return self.verify_document(citation.source)

    def warm_up(self) -> None:
        """There is no model."""

    def paragraph(self, row: int) -> Paragraph:
        return self.passages[row]

    def search(self, question: str, k: int = 5) -> list[Hit]:
        if question == "broken":
            raise ModelError("models.not_loaded", "m")
        ranked = sorted(self.passages, key=lambda p: (-sum(c in p.text for c in question), p.row))
        scores = {"dense": 0.5, "sentence": 0.4, "lexical": 2.0, "coverage": 0.9}
        return [Hit(i, 1.0 / i, passage, scores) for i, passage in enumerate(ranked[:k], 1)]

    def ask(
        self,
        question: str,
        k: int = 5,
        threshold: float = 0.25,
        within: Collection[str] | None = None,
        history: Sequence[Answer] = (),
    ) -> Answer:
        self.history = list(history)
        hits = tuple(self.search(question, k))
        understood = f"{history[-1].question} {question}" if history and question.startswith("它") else ""
        if "没有" in question or threshold > 0.91:
            return Answer(question, False, 0.04, "这些文档中没有找到这个问题的答案。", (), hits, understood)
        passage = hits[0].paragraph
        cuts = [match.end() for match in re.finditer("。", passage.text)]
        spans = [(0, cuts[0]), (cuts[0], cuts[1])] if "两句" in question else [(cuts[0], cuts[1])]
        digest = hashlib.sha256(DOCUMENT.encode()).hexdigest()
        at, place = passage.start, passage.place
        citations = tuple(
            Citation(n, SOURCE, SOURCE, place, at + a, at + b, passage.text[a:b], digest, passage.row)
            for n, (a, b) in enumerate(spans, 1)
        )
        text = "\n".join(f"{c.quote} [{c.number}]" for c in citations)
        return Answer(question, True, 0.91, text, citations, hits, understood)


class Page(HTMLParser):
    """The elements and the text of a piece of HTML, as a browser would find them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in ("input", "img"):
            return
        self._open.append(tag)
        if tag == "mark":
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "the elements are nested as written"

    def handle_data(self, data: str) -> None:
        self.text += data
        if "mark" in self._open:
            self.marked[-1] += data

    def all(self, attribute: str) -> list[str | None]:
        return [attributes[attribute] for _, attributes in self.elements if attribute in attributes]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


ASKED = "綦河洪峰水位是多少？"
CREDENTIALS = ("reader", "long: enough")


class Served:
    """A chat that is served, and requests to it that go through no proxy."""

    def __init__(self, backend: Backend, **settings: Any) -> None:
        self.page = build_chat(backend, keep_history=backend.users is not None)
        self.port = free_port()
        self.url = launch_chat(self.page, "127.0.0.1", self.port, backend=backend, **settings)
        self.http = httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    def post(self, path: str, **values: Any) -> httpx.Response:
        return self.http.post(path, json=values)

    def close(self) -> None:
        self.http.close()
        self.page.close(verbose=False)

    def raw(self, sent: bytes, seconds: float = 30) -> bytes:
        """What comes back for these bytes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as connection:
            connection.sendall(sent)
            received = b""
            while part := connection.recv(65536):
                received += part
            return received


def documents_of(index: qa.Index) -> list[dict[str, Any]]:
    return [
        {"source": entry.source, "passages": entry.passages, "characters": entry.characters, "encoding": entry.encoding,
         "sha256": entry.sha256, "also": list(entry.also)}
        for entry in index.manifest.documents
    ]  # fmt: skip


def asked_json(index: qa.Index, *question: Any, **settings: Any) -> dict[str, Any]:
    """What every API answers: the JSON of `ask`, each citation with whether it still stands."""
    return qa.answer_json(index.ask(*question, **settings), index.stands)


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@pytest.fixture(scope="module")
def backend(tiny_index: qa.Index) -> Backend:
    return Backend.of(tiny_index).open()


@pytest.fixture(scope="module")
def served(backend: Backend) -> Iterator[Served]:
    """The chat over the tiny index, with everything that can be switched on."""
    running = Served(backend, mcp=True, limits=ClientLimits(rate=1000))
    yield running
    running.close()


@pytest.fixture(scope="module")
def client(served: Served) -> Client:
    return Client(served.url, verbose=False)
