"""Texts as HTML: what is drawn is what there is."""

from __future__ import annotations

import re
from html import escape

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def as_text(text: str) -> str:
    """A text of a document, a file's name or a question, for the place of text in a page, not for an attribute.

    Characters that turn the direction of others would have the reader see them in another order than they are quoted in. Each
    is kept in an element of its own, where it turns nothing, and which shows it by its code.
    """
    return _TURNING.sub(lambda found: f'<bdi class="turning" title="U+{ord(found[0]):04X}">{found[0]}</bdi>', escape(text))
