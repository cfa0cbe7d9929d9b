"""The page as it is first loaded: what it names at its beginning, what is compressed, and what the browser keeps."""

from __future__ import annotations

import re
import time
from pathlib import Path

import brotli
import gradio as gr
import httpx
import pytest
from chat_helpers import Served, backend, served  # noqa: F401

from qa.chat.drawing.early import draw_early
from qa.chat.serving import first_load
from qa.chat.serving.first_load import KEPT, NAMES, FirstLoad
from qa.service.web.exchange import FILE_HEADERS, HEADERS

pytestmark = pytest.mark.filterwarnings("ignore::Warning:gradio")
_PRELOADED = r'<link rel="modulepreload" href="./assets/([^"]+)">'


def test_the_page_names_all_that_it_needs_before_all_else(served: Served) -> None:
    page = httpx.get(served.url, headers={"Accept-Encoding": "br"})
    assert page.headers["content-encoding"] == "br"
    head = page.text[: page.text.index("window.gradio_config")]
    scripts = [name for name in NAMES if name.endswith(".js")]
    assert re.findall(_PRELOADED, head) == [name for name in scripts if not name.startswith("zh-CN-")]
    # Gradio does not fetch a style that the page names
    assert re.findall(r'<link rel="stylesheet" href="./assets/([^"]+)" disabled>', head) == [
        n for n in NAMES if n.endswith(".css")
    ]
    assert page.text.index('id="early"') < page.text.index("<gradio-app")
    assert page.text.count('rel="stylesheet"') == page.text.count(" disabled>") + 1
    chinese = httpx.get(served.url, headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert re.findall(_PRELOADED, chinese) == scripts
    assert "iframeResizer" not in page.text
    assert "raw.githubusercontent.com" not in page.text
    assert page.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert httpx.get(served.url, headers={"Accept-Encoding": "identity"}).text == page.text


def test_a_file_is_compressed_once_and_kept_by_the_browser(served: Served) -> None:
    page = httpx.get(served.url).text
    addresses = re.findall(r'(?:href|src)="\.(/assets/(?:page|Index)-[^"]+)"', page)
    assert len({address for address in addresses if "/page-" in address}) == 2
    for address in addresses[:4]:
        for encoding in ("br", "identity"):
            answer = httpx.get(f"{served.url.rstrip('/')}{address}", headers={"Accept-Encoding": encoding})
            assert (answer.status_code, answer.headers["cache-control"]) == (200, KEPT)
            assert answer.headers.get("content-encoding", "identity") == encoding
            assert answer.headers["content-type"].split(";")[0] in ("text/css", "text/javascript")
            assert answer.headers.items() >= {name.lower(): value for name, value in FILE_HEADERS.items()}.items()
            assert "content-security-policy" not in answer.headers
    missing = httpx.get(f"{served.url}assets/Index-00000000.js")
    assert (missing.status_code, missing.headers.get("cache-control")) == (404, None)


def test_head_is_answered_as_get_without_the_body(served: Served) -> None:
    joined = re.findall(r'"\.(/assets/page-[^"]+)"', httpx.get(served.url).text)
    for address in ("/", joined[0], joined[-1], f"/assets/{NAMES[0]}"):
        for encoding in ("br", "identity"):
            url, headers = served.url.rstrip("/") + address, {"Accept-Encoding": encoding}
            got, head = httpx.get(url, headers=headers), httpx.head(url, headers=headers)
            assert (head.status_code, head.content) == (200, b"")
            told = ("content-type", "content-encoding", "cache-control", "vary")
            assert [head.headers.get(name) for name in told] == [got.headers.get(name) for name in told]


def test_an_encoding_that_is_refused_is_not_sent(served: Served) -> None:
    style = re.findall(r'"\.(/assets/page-[^"]+)"', httpx.get(served.url).text)[0]
    for address in ("/", style, "/openapi.json", "/static/img/logo.svg"):
        for header, expected in (
            ("br;q=0", "identity"),
            ("br; Q=0.000, gzip;q=0", "identity"),
            ("identity;q=1, br;q=x", "identity"),
            ("gzip;q=0, *;q=0", "identity"),
            ("GZIP;q=0.5, BR;q=1.0", "br gzip"),
        ):
            answer = httpx.get(served.url.rstrip("/") + address, headers={"Accept-Encoding": header})
            if answer.status_code == 200:
                assert answer.headers.get("content-encoding", "identity") in expected, (address, header)
            assert (address != style) or answer.headers.get("content-encoding", "identity") == expected.split()[0]


def test_the_names_are_those_of_the_gradio_that_is_installed() -> None:
    """After an update of Gradio: run tests/bench/loading.py, which prints the names that static/first_load.txt is to have."""
    assert [name for name in NAMES if not (first_load.GRADIO / "assets" / name).exists()] == []


def test_a_page_that_is_made_otherwise_is_only_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_load, "NAMES", ("gone-12345678.js",))
    with gr.Blocks(analytics_enabled=False) as page:
        page.theme_css = ":root { --x: 1 }"
    loading = FirstLoad(lambda *_: None, page, ["early.js"])  # type: ignore[arg-type, return-value]
    begun = loading.begin("<html><head><title>T</title></head><body><gradio-app></gradio-app></body></html>")
    assert "gone" not in begun
    assert re.sub(r"page-\w{8}", "page-", begun) == (
        '<link rel="preload" as="style" href="./assets/page-.css"><script defer src="./assets/page-.js"></script>'
        '<html><head><title>T</title><link rel="stylesheet" href="./assets/page-.css"></head><body>'
        f"{draw_early()}<gradio-app></gradio-app></body></html>"
    )
    until = time.monotonic() + 30
    style = next(address for address in loading._plain if address.endswith(".css"))
    while not (small := loading._small.get(style)) and time.monotonic() < until:
        time.sleep(0.01)
    assert small
    assert brotli.decompress(small).startswith(b":root { --x: 1 }/*")
    assert Path(style).name.startswith("page-")
