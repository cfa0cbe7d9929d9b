"""The first load of the page over a slow line: what will be needed is named at the beginning, small, and kept by the browser.

Gradio's page names one script, that names others, and these the components: five round trips, seventy requests. Here the page
begins with the names of all of them, has its styles in one file, and a question box of its own that can be typed in before
any script has come. The names, `static/first_load.txt`, are in an order in which large files fill the line while small ones
are waited for. They are those of one version of Gradio; with another version those that are not there are left out, and
Gradio loads the rest as it would have.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from functools import cache, lru_cache
from pathlib import Path

import brotli
import gradio as gr
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...errors import Language
from ...service.api.replies import language_of
from ...service.messages import accepted
from ..drawing.early import draw_early

STATIC = Path(__file__).parents[1] / "static"
GRADIO = Path(gr.__file__).parent / "templates" / "frontend"
FOLDER = "/assets/"
NAMES = tuple((STATIC / "first_load.txt").read_text("utf-8").split())
KEPT = "max-age=31536000, immutable"  # all addresses in FOLDER have a digest in them: the bytes are always the same
# What the page does without: the height that it tells a frame around it, a manifest, and pictures of Gradio for other sites.
_NEEDLESS = re.compile(
    r'<script>(?:(?!</script>).)*iframeResizer\.contentWindow(?:(?!</script>).)*</script>|<link rel="manifest"[^>]*>'
    r'|<meta\s+(?:property="og:|name="twitter:)[^>]*>',
    re.DOTALL,
)
_TYPES = {"js": "text/javascript", "css": "text/css"}
_BASE = re.compile(r"<base [^>]*>")
_CHINESE = "zh-CN-"  # Gradio's own words in Chinese, which it asks for by the browser's language
_BEST, _QUICK = 11, 5  # of Brotli: once for each file, and for a page


class FirstLoad:
    """Around the application `app` that serves Gradio's `page`: its first page, and the files that this needs."""

    def __init__(self, app: ASGIApp, page: gr.Blocks, own: Iterable[str]) -> None:
        """`own` are the names of the page's own scripts, run in this order before Gradio's."""
        self.app = app
        there = [name for name in NAMES if (GRADIO / "assets" / name).exists()]
        joined = [name for name in there if name.endswith(".css")]
        styles = "".join(_text(GRADIO / "assets" / name) for name in joined) + page.theme_css + _text(STATIC / "chat.css")
        script = ";".join(_text(STATIC / name) for name in own)  # none ends with a semicolon
        self._plain = {_named("css", styles): styles.encode(), _named("js", script): script.encode()}
        style_address, script_address = self._plain
        self._plain |= {f"{FOLDER}{name}": (GRADIO / "assets" / name).read_bytes() for name in there}
        self._small: dict[str, bytes] = {}
        self._joined = re.compile("|".join(f'<link [^>]*{re.escape(name)}">' for name in joined) or "(?!)")
        # Gradio takes a style for loaded that the page names; disabled, it is named but not fetched
        self._style = f'<link rel="stylesheet" href=".{style_address}">'
        first = f'<link rel="preload" as="style" href=".{style_address}"><script defer src=".{script_address}"></script>'
        disabled = "".join(f'<link rel="stylesheet" href=".{FOLDER}{name}" disabled>' for name in joined)
        scripts = [name for name in there if name not in joined]
        self._head = first + "".join(_preload(name) for name in scripts if not name.startswith(_CHINESE)) + disabled
        self._head_zh = first + "".join(map(_preload, scripts)) + disabled
        threading.Thread(target=self._compress, name="compressing", daemon=True).start()

    def _compress(self) -> None:
        """Compress each file as well as can be, which takes a second of the processor for all of them."""
        for address, data in self._plain.items():
            self._small[address] = _well_compressed(data)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        # nobody after this heeds that an encoding is refused (`gzip;q=0`): Starlette looks for its name alone
        encodings = ", ".join(accepted(",".join(Headers(scope=scope).getlist("accept-encoding"))))
        others = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        scope = {**scope, "headers": [*others, (b"accept-encoding", encodings.encode("latin-1"))]}
        if scope["path"] == "/":
            await self._send_page(scope, receive, send)
        else:
            await self._send_file(scope, receive, send)

    async def _send_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = scope["path"]
        small = _takes_brotli(scope)
        data = self._plain.get(address)
        if data is not None:
            if small:  # quickly, if the best is not there yet
                data = self._small.get(address) or brotli.compress(data, quality=_QUICK)
            headers = {"Cache-Control": KEPT, "Vary": "Accept-Encoding", **({"Content-Encoding": "br"} if small else {})}
            await Response(data, headers=headers, media_type=_TYPES[address.rpartition(".")[2]])(scope, receive, send)
            return
        kept = address.startswith(FOLDER) or (address == "/theme.css" and b"v=" in scope.get("query_string", b""))

        async def keeping(part: Message) -> None:
            if kept and part["type"] == "http.response.start" and part["status"] == 200:
                MutableHeaders(scope=part)["Cache-Control"] = KEPT
            await send(part)

        await self.app(scope, receive, keeping)

    async def _send_page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Gradio's page with the beginning that this adds; any other answer as it is."""
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        parts: list[Message] = []

        async def collect(part: Message) -> None:
            parts.append(part)

        await self.app({**scope, "headers": plain}, receive, collect)
        begun = next((part for part in parts if part["type"] == "http.response.start"), None)
        if begun is None or begun["status"] != 200 or "text/html" not in Headers(raw=begun["headers"]).get("content-type", ""):
            for part in parts:
                await send(part)
            return
        page = self.begin(b"".join(part.get("body", b"") for part in parts).decode("utf-8"), language_of(Request(scope)))
        small = _takes_brotli(scope)
        headers = {"Vary": "Accept-Encoding", **({"Content-Encoding": "br"} if small else {})}
        answer = Response(_compressed(page) if small else page, headers=headers, media_type="text/html")
        await answer(scope, receive, send)

    def begin(self, page: str, language: Language = "en") -> str:
        """Gradio's `page` with the names of what it needs at its beginning, and the box that can be typed in at once."""
        base = _BASE.search(page)
        begun = base.end() if base else 0
        head = self._head_zh if language == "zh" else self._head
        rest = self._joined.sub("", _NEEDLESS.sub("", page[begun:])).replace("</head>", f"{self._style}</head>", 1)
        return f"{page[:begun]}{head}{rest.replace('<gradio-app', f'{draw_early()}<gradio-app', 1)}"


def _preload(name: str) -> str:
    return f'<link rel="modulepreload" href=".{FOLDER}{name}">'


@cache
def _well_compressed(data: bytes) -> bytes:
    """Once in a process, however many servers it starts."""
    return bytes(brotli.compress(data, quality=_BEST))


@lru_cache(8)
def _compressed(page: str) -> bytes:
    return bytes(brotli.compress(page.encode("utf-8"), quality=_QUICK + 4))


def _takes_brotli(scope: Scope) -> bool:
    return "br" in Headers(scope=scope)["accept-encoding"].split(", ")


def _named(kind: str, text: str) -> str:
    """The address of a file that is made here, with a digest of what is in it."""
    return f"{FOLDER}page-{hashlib.sha256(text.encode()).hexdigest()[:8]}.{kind}"


def _text(file: Path) -> str:
    return file.read_text("utf-8") + "\n"
