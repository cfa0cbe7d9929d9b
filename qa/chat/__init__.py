"""The web chat: a conversation in the browser, with the cited passages beside it.

Each folder imports only from those listed before it:

texts/    every text of the page, in Chinese and in English
state/    what is kept of a session: turns, conversations, ratings, settings; documents to be read
drawing/  turns, documents and the reader as HTML
page/     the Gradio page: its components and event handlers
serving/  the server of the page, and of the endpoints of `qa.service`
static/   CSS and JavaScript for the browser
"""
