"""The collections as the user who asks sees them: those of others are not there, and what is not allowed is refused."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast

from ...collections.collection import CollectionEmpty
from ...collections.home import DEFAULT, Deleted, no_such_collection
from ...collections.library import Library
from ...collections.listing import CollectionInfo
from ...errors import QAError
from .users import User

# What each method of a library needs. One that is in none of these is not there, so that a new one is closed until it is here.
READING = frozenset(("collection", "index", "documents", "removed", "activity", "etag", "synonyms"))
CHANGING = frozenset(("add", "replace", "remove", "put_back", "refresh", "cancel", "set_synonyms"))
MANAGING = frozenset(("create", "rename", "delete", "restore_collection"))
OPEN = frozenset(("unfinished", "home"))  # nothing in them tells of a collection


class NotAllowed(QAError):
    """The user may read the collection but not change it, or may not manage collections."""


def permitted(library: Library, who: Callable[[], User]) -> Library:
    """`library` for the user that `who` tells at each call."""
    return cast(Library, _Permitted(library, who))


class _Permitted:
    def __init__(self, library: Library, who: Callable[[], User]) -> None:
        self._library = library
        self._who = who

    def collections(self) -> tuple[CollectionInfo, ...]:
        user = self._who()
        return tuple(info for info in self._library.collections() if user.may_read(info.slug))

    def deleted(self) -> tuple[Deleted, ...]:
        return self._library.deleted() if self._who().manages else ()

    def index_or_error(self, slug: str | None = None) -> Any:
        try:
            return self.index(slug)
        except QAError as error:
            return error

    def __getattr__(self, name: str) -> Any:
        if name in OPEN:
            return getattr(self._library, name)
        if name not in READING | CHANGING | MANAGING:
            raise AttributeError(name)
        method = getattr(self._library, name)
        parameters = inspect.signature(method)

        def call(*given: Any, **named: Any) -> Any:
            user = self._who()
            if name in MANAGING:
                if not user.manages:
                    raise NotAllowed("chat.not_allowed")
                return method(*given, **named)
            bound = parameters.bind(*given, **named)
            slug = bound.arguments["slug"] = self._there(user, bound.arguments.get("slug"))
            if name in CHANGING and not user.may_change(slug):
                raise NotAllowed("chat.not_allowed")
            return method(*bound.args, **bound.kwargs)

        return call

    def _there(self, user: User, slug: str | None) -> str:
        """The slug of a collection that is there for the user; None is the first of them."""
        if slug is None:
            slugs = [DEFAULT, *(info.slug for info in self._library.collections())]
            slug = next((one for one in slugs if user.may_read(one)), None)
            if slug is None:
                raise CollectionEmpty("chat.no_collection")
        elif not user.may_read(slug):
            raise no_such_collection(slug)
        return slug
