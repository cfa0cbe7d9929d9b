"""The web chat: what `qa` returns, shown as a conversation with the cited passages beside it. Imported by `app.py` only.

page/     the Gradio page: components, what happens when, and what it keeps
drawing/  turns, documents and the reader as HTML
service/  the server, what may be asked of it, and the endpoints for programs
texts/    every text in Chinese and English
static/   what the browser is given
"""

import os
import tempfile

# Before gradio is imported: no calls home, and no proxy between the server and its own check that it answers.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["NO_PROXY"] = (os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or "") + ",127.0.0.1,localhost,::1"
os.environ["no_proxy"] = os.environ["NO_PROXY"]

# Gradio's own folder for uploads and for files it shows is one for all its applications and users of the machine.
TEMPORARY = tempfile.TemporaryDirectory(prefix="qa-chat-", ignore_cleanup_errors=True)
os.environ["GRADIO_TEMP_DIR"] = TEMPORARY.name
