"""The web chat: what `qa` returns, shown as a conversation with the cited passages beside it. Imported by `app.py` only.

    desk.py       the collections that are asked, and their model loading in the background
    turns.py      one question and what came of it
    messages.py   every text of the page, in Chinese and English
    settings.py   what a reader can set, and what it means
    highlights.py where a question's words stand in a passage, and why it was chosen
    markup.py     texts of documents to HTML
    drawing.py    turns to HTML: the conversation and the panel
    records.py    turns to JSON and back
    history.py    earlier conversations, in the browser and on disk
    export.py     a conversation as Markdown and as a web page
    feedback.py   ratings, kept as questions to measure with
    page.py       the Gradio page: components and what happens when
    documents_panel.py, reader_panel.py  documents added, listed and chosen; a document around a citation
    reasons.py    the package's errors in Chinese
    endpoints.py  the same for programs: what they may ask, and Gradio's named endpoints
    http_api.py   the endpoints by plain HTTP
    mcp_tools.py  the endpoints as tools for language models
    guards.py     who may ask for what, how much and how fast
    server.py     serving it all
    chat.js, panels.js, stream.js  what the browser does alone; what it does for the panels; no event of the page is lost

Only page.py, the panels, endpoints.py, server.py and theme.py know Gradio.
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
