"""The environment variables that Gradio reads, set when the chat starts."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

PROXIES = ("all_proxy", "http_proxy", "https_proxy")
OWN_ADDRESSES = "127.0.0.1,localhost,::1"


def prepare_process() -> Path:
    """Set Gradio's variables, once in a process and before Gradio is imported; return the folder for uploads.

    Gradio then sends no usage data, and checks its own server without a proxy. Its default folder for uploads is shared by all
    Gradio applications and users of the machine; this one belongs to the process and is deleted with it.
    """
    return Path(_upload_folder().name)


@cache
def _upload_folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="qa-chat-", ignore_cleanup_errors=True)
    unproxied = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = f"{unproxied},{OWN_ADDRESSES}"
    for name in [name for name in os.environ if name.lower() in PROXIES and os.environ[name].lower().startswith("socks")]:
        del os.environ[name]  # httpx, which Gradio uses, refuses them when a client is made, and nothing here goes to a proxy
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    return folder
