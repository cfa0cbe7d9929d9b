"""The user who asks, wherever in the chat something is done for a request.

The server sets it for every request before anything else reads it. Gradio runs the events of the page outside the request that
sent them and keeps the user's name with each, so within an event that name counts. Without either it is nobody, who may do
nothing.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar

from .users import NOBODY, User, Users

_asking: ContextVar[User] = ContextVar("asking", default=NOBODY)


def asks(user: User) -> None:
    """From now on, in this request, it is `user` who asks."""
    _asking.set(user)


def acting(users: Users) -> User:
    """The user who asks, as the file of users has it now; `NOBODY` for none."""
    name = _asking.get().name
    gradio = sys.modules.get("gradio.context")
    if gradio is not None and (request := gradio.LocalContext.request.get(None)) is not None:
        name = request.username or ""
    return (users.named(name) if name else None) or NOBODY
