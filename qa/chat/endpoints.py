"""For programs: the named endpoints of the chat, with the JSON of the command line."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.events import api

from .. import answer_json, hits_json
from ..types import QAError
from .desk import Desk
from .messages import message
from .turns import objection

K_LIMIT = 50


def add_endpoints(desk: Desk) -> None:
    """Add `/ask` and `/search` to the page that is being built."""

    def ask(question: str, k: int = 5) -> dict[str, Any]:
        """The answer to a question, with its citations and the nearest k passages."""
        _check_call(question, k)
        try:
            return answer_json(desk.ask(question, k))
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def search(question: str, k: int = 5) -> list[dict[str, Any]]:
        """The k passages nearest to a question, best first."""
        _check_call(question, k)
        try:
            return hits_json(desk.search(question, k))
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    api(ask, api_name="ask")
    api(search, api_name="search")


def _check_call(question: object, k: object) -> None:
    problem = objection(question, "en")
    if not problem and not (type(k) is int and 1 <= k <= K_LIMIT):
        problem = message("bad_k", "en", limit=K_LIMIT)
    if problem:
        raise gr.Error(problem, print_exception=False)
