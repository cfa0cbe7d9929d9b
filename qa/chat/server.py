"""Serving the page: addresses, headers and limits."""

from __future__ import annotations

import os
from pathlib import Path

import gradio as gr
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from ..documents import largest_file
from .theme import make_theme

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# 'unsafe-inline' is for Gradio's own start script and styles, 'unsafe-eval' for gr.HTML, which compiles its template.
# Whatever a document holds, the page loads from its own server only and talks to it only.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; form-action 'self'; object-src 'none'; "
    "base-uri 'self'; frame-ancestors 'none'"
)

# The page's language for fonts and screen readers: Han characters are drawn differently in Chinese and in Japanese.
_SET_LANGUAGE = "<script>document.documentElement.lang = /^zh/i.test(navigator.language) ? 'zh-CN' : 'en'</script>"
_STYLES = [Path(__file__).with_name(name) for name in ("chat.css", "panels.css")]
_SCRIPT = "".join(f"<script>{Path(__file__).with_name(name).read_text('utf-8')}</script>" for name in ("chat.js", "panels.js"))


class _SafetyHeaders:
    """Puts the content security policy, and what goes with it, on every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(part: ASGIMessage) -> None:
            if part["type"] == "http.response.start":
                headers = MutableHeaders(scope=part)
                headers["Content-Security-Policy"] = POLICY
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "no-referrer"
            await send(part)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def launch_chat(page: gr.Blocks, host: str = "127.0.0.1", port: int = 7860) -> str:
    """Serve the page from threads of this process and return its address. Raises `OSError` when the port is taken."""
    for name in ("NO_PROXY", "no_proxy"):
        os.environ[name] += f",{host}"
    # Beside loopback names only the host itself is answered to, so that another site's name cannot be made to lead here;
    # a host that stands for every interface goes by names that cannot be known.
    names = ["*"] if host in ("0.0.0.0", "::") else [*LOOPBACK, "[::1]", host]
    _, url, _ = page.queue(max_size=64).launch(
        server_name=f"[{host}]" if ":" in host else host, server_port=port, prevent_thread_lock=True, quiet=True,
        share=False, inbrowser=False, ssr_mode=False, run_history=False, enable_monitoring=False, mcp_server=False,
        pwa=False, footer_links=[], max_file_size=largest_file(),
        theme=make_theme(), css_paths=_STYLES, head=_SET_LANGUAGE + _SCRIPT,
        app_kwargs={"middleware": [Middleware(TrustedHostMiddleware, allowed_hosts=names), Middleware(_SafetyHeaders)]},
    )  # fmt: skip
    return str(url)
