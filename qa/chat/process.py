"""What Gradio reads from the process's environment, set where the chat starts."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

OWN_ADDRESSES = "127.0.0.1,localhost,::1"


def prepare_process() -> Path:
    """Set Gradio's variables, once a process and before Gradio is imported, and return its folder for uploads.

    Gradio then makes no calls home, and uses no proxy between the server and its own check that it answers. Its default folder
    for uploads and for files that it shows is one for all Gradio applications and users of the machine; this one is the
    process's own and is removed with it.
    """
    return Path(_upload_folder().name)


@cache
def _upload_folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="qa-chat-", ignore_cleanup_errors=True)
    unproxied = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = f"{unproxied},{OWN_ADDRESSES}"
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    return folder
