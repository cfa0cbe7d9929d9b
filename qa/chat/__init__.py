"""The web chat: what `qa` returns, shown as a conversation with the cited passages beside it. Imported by `app.py` only.

The folders import from those above them, never the other way:

texts/    every text of the page and the endpoints, in Chinese and in English
examples/ questions to begin with, made from the documents
state/    what is asked (the backend) and what is kept: turns, conversations, ratings, settings
drawing/  turns, documents and the reader as HTML
page/     the Gradio page: components, and what happens when
service/  the server: who may ask it what, and the endpoints for programs
static/   what the browser is given
"""
