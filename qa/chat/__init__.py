"""The web chat: a conversation in the browser, with the cited passages beside it, and the endpoints for programs.

Each folder imports only from those listed before it:

texts/    every text of the page and the endpoints, in Chinese and in English
examples/ example questions, made from the documents
access/   users, their rights, and the collections as each sees them
llm/      a summary by a language model, and what of it stands in the quotations
state/    the backend that answers, and what is kept: turns, conversations, ratings, settings
drawing/  turns, documents and the reader as HTML
page/     the Gradio page: its components and event handlers
service/  the server: access checks, limits, and the endpoints for programs
static/   CSS and JavaScript for the browser
"""
