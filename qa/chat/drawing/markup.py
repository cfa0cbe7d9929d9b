"""Texts escaped for HTML, with bidirectional controls made visible and the marks of Markdown out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from ...errors import Language
from ...text.lines import Span
from ..texts.messages import message

_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What is markup and not text: the marks of headings and quotations, fences, rules and the line below a table's header, emphasis,
# code, and the address of a link. A lone star or underscore is text.
_MARKS = re.compile(
    r"^[ \t]{0,3}(?:\#{1,6}[ \t]+|>[ \t]?|(?:`{3}|~{3})[^\n]*\n?|(?=[^\n]*(?:-{3}|={3}))[-=|: \t]+(?:\n|\Z))"
    r"|\*\*(?=\S)|(?<=\S)\*\*|(?<!\w)__(?=\w)|(?<=\w)__(?!\w)|`"
    r"|!?\[(?=[^\[\]\n]{1,300}+\]\([^()\n]{1,300}+\))|\]\([^()\n]{1,300}+\)",
    re.MULTILINE,
)
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n)+")
_MARKED_UP = (".md", ".markdown")


def caption(key: str, language: Language, **values: object) -> str:
    """The message `key`, escaped for elements and attributes."""
    return escape(message(key, language, **values))


def button(do: str, shown: str, kind: str = "", id: object = None, label: str | None = None, **attributes: object) -> str:
    """A button for the action `do` on what has this `id`; it shows `shown`, drawn text, and `label` is its name if that is none.

    `kind` is its class. Attributes have "_" for "-" and are escaped here; one that is None or False is left out, one that is True
    has no value.
    """
    given = {"type": "button", "class": kind or None, "data_do": do, "data_id": id, "aria_label": label, **attributes}
    drawn = (
        name.replace("_", "-") + ("" if value is True else f'="{escape(str(value))}"')
        for name, value in given.items()
        if value is not None and value is not False
    )
    return f"<button {' '.join(drawn)}>{shown}</button>"


def sign_button(do: str, sign: str, label: str, id: object = None, **attributes: object) -> str:
    """A button that shows a sign, with its name for a pointer and for screen readers."""
    return button(do, sign, "icon", id, label, title=label, **attributes)


def as_text(text: str) -> str:
    """`text` (of a document, a file's name, a question) escaped as element content; not for attributes.

    Bidirectional control characters would show the text in another order than it is quoted in. Each is wrapped in its own
    `<bdi>`, where it has no effect on its surroundings and is shown by its code.
    """
    return _TURNING.sub(lambda found: f'<bdi class="turning" title="U+{ord(found[0]):04X}">{found[0]}</bdi>', escape(text))


def markdown_marks(text: str, source: str) -> list[Span]:
    """The spans in `text` that are marks of Markdown, ascending, if the document `source` is written in it."""
    return [found.span() for found in _MARKS.finditer(text)] if source.lower().endswith(_MARKED_UP) else []


def runs(text: str, *layers: Sequence[Span]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """`text` cut where a span of a layer begins or ends: each piece with, by layer, the number from 1 of its span, 0 for none."""
    keys = [[0] * len(text) for _ in layers]
    for key, spans in zip(keys, layers, strict=True):
        for number, (start, end) in enumerate(spans, 1):
            first, last = max(start, 0), min(end, len(text))
            key[first:last] = [number] * max(last - first, 0)
    at = 0
    for found, piece in groupby(zip(*keys, strict=True) if layers else [()] * len(text)):
        end = at + sum(1 for _ in piece)
        yield text[at:end], found
        at = end


def one_break(text: str) -> str:
    """`text`, or drawn text, without its blank lines."""
    return _BLANK_LINES.sub("\n", text).strip()


def without_marks(text: str, source: str) -> str:
    """`text` as a reader sees it, without the marks of Markdown."""
    return "".join(piece for piece, (hidden,) in runs(text, markdown_marks(text, source)) if not hidden)
