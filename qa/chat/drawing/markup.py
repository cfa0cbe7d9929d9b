"""Texts escaped for HTML, with bidirectional controls made visible."""

from __future__ import annotations

import re
from html import escape

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")


def as_text(text: str) -> str:
    """`text` (of a document, a file's name, a question) escaped as element content; not for attributes.

    Bidirectional control characters would show the text in another order than it is quoted in. Each is wrapped in its own
    `<bdi>`, where it has no effect on its surroundings and is shown by its code.
    """
    return _TURNING.sub(lambda found: f'<bdi class="turning" title="U+{ord(found[0]):04X}">{found[0]}</bdi>', escape(text))
