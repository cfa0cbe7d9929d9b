"""The reader as HTML: a document's text around a cited place, or the page as a picture with the place marked."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape

from ...errors import Language, QAError
from ...types import Mark
from ..state.document_reader import PagePicture, Piece, Window
from ..texts.messages import listed, message
from .markup import as_text, button, caption, markdown_marks, runs, sign_button
from .places import kind_of, title_of


@dataclass(frozen=True, slots=True)
class Found:
    """What is looked for in the document: the `text`, "" for nothing, the number of the match shown, and how many there are."""

    text: str = ""
    number: int = 0
    count: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around a document: its name, its headings (depth, text, offset), what is looked for.

    `cited` is whether it was opened at a cited place, `scroll` whether to bring what is marked into view.
    """

    source: str
    language: Language
    outline: tuple[tuple[int, str, int], ...] = ()
    found: Found = Found()
    cited: bool = True
    scroll: bool = True


def draw_text(window: Window, frame: Frame, at: tuple[int, int], *, paged: bool, trouble: QAError | None = None) -> str:
    """A window of text, with the span `at` marked more than the others.

    `paged` adds a button to show the page as a picture; `trouble` is why that was not possible.
    """
    language, notes = frame.language, []
    if window.condition != "as indexed":
        notes.append(message("reader_changed" if window.condition == "changed" else "reader_gone", language))
    elif trouble is not None:
        notes.append(trouble.told(language))
    buttons = button("show_page", caption("show_page", language)) if paged else ""
    earlier = button("earlier", caption("earlier_text", language)) if window.more_before else ""
    later = button("later", caption("later_text", language)) if window.more_after else ""
    pieces = "".join(_draw_piece(piece, window.source, at, language) for piece in window.pieces)
    return _draw(frame, buttons, notes, f"{earlier}{pieces}{later}", "text")


def draw_page(picture: PagePicture, frame: Frame, marking: bool) -> str:
    """A page as a picture, with its text over it to be selected; `marking` tells whether a span was to be marked on it."""
    language = frame.language
    notes = []
    if marking and not picture.on:
        notes.append(message("not_marked", language))
    elif picture.on and picture.page not in picture.on:
        notes.append(message("elsewhere", language, pages=listed(map(str, picture.on), language)))
    page, pages = picture.page, picture.pages
    turning = (
        sign_button("page", "‹", message("previous_page", language), page - 1, disabled=page <= 1)
        + f"<span>{caption('page_number', language, page=page, pages=pages)}</span>"
        + sign_button("page", "›", message("next_page", language), page + 1, disabled=page >= pages)
    )
    buttons = (turning if pages > 1 else "") + button("show_text", caption("show_text", language))
    boxes = "".join(
        f'<span class="box" style="left:{left:.3%};top:{top:.3%};width:{right - left:.3%};height:{bottom - top:.3%}"></span>'
        for left, top, right, bottom in picture.boxes
    )
    width, height = picture.width, picture.height
    lines = "".join(
        f'<text x="{left * width:.1f}" y="{(bottom - 0.2 * (bottom - top)) * height:.1f}" '
        f'font-size="{(bottom - top) * height:.1f}" '
        f'textLength="{max((right - left) * width, 1):.1f}" lengthAdjust="spacingAndGlyphs">{escape(text)}</text>'
        for text, (left, top, right, bottom) in picture.lines
    )
    data = base64.b64encode(picture.picture).decode("ascii")
    named = message("page_picture", language, name=frame.source, page=picture.page)
    image = (
        f'<div class="picture"><img src="data:{picture.mime};base64,{data}" alt="{escape(named)}" width="{width}" '
        f'height="{height}">{boxes}<svg viewBox="0 0 {width} {height}" aria-hidden="true">{lines}</svg></div>'
    )
    return _draw(frame, buttons, notes, image, "page")


def draw_trouble(source: str, error: QAError, language: Language) -> str:
    """The reason why the document `source` cannot be shown."""
    return _draw(
        Frame(source, language, cited=False), "", [message("reader_trouble", language, reason=error.told(language))], "", "text"
    )


def _draw(frame: Frame, buttons: str, notes: list[str], body: str, kind: str) -> str:
    language = frame.language
    said = "".join(f'<p class="warning" role="status">{escape(note)}</p>' for note in notes)
    label = caption("reader", language, name=title_of(frame.source))
    close = sign_button("close", "×", message("close", language))
    tools = "".join(
        (
            _draw_outline(frame),
            buttons,
            button("place", caption("to_place", language)) if frame.cited else "",
            sign_button("step", "↑", message("previous_citation", language), -1) if frame.cited else "",
            sign_button("step", "↓", message("next_citation", language), 1) if frame.cited else "",
            sign_button("tools", "⋯", message("tools", language)),
            sign_button("zoom_out", "−", message("zoom_out", language)),
            sign_button("zoom_in", "+", message("zoom_in", language)),
            _draw_find(frame),
        )
    )
    return (
        f'<section class="reader {kind}" aria-labelledby="reader-title" data-scroll="{int(frame.scroll)}"><header>'
        f'<span class="kind">{escape(kind_of(frame.source))}</span>'
        f'<h2 id="reader-title" tabindex="-1" aria-label="{label}">{as_text(title_of(frame.source))}</h2>{close}</header>'
        f'<nav aria-label="{label}">{tools}</nav>{said}'
        f'<div class="reader-body" tabindex="0" role="region" aria-label="{label}">{body}</div></section>'
    )


def _draw_outline(frame: Frame) -> str:
    if len(frame.outline) < 2:
        return ""
    rows = "".join(
        f'<li style="padding-left:{min(depth, 4)}em">{button("go", escape(text), id=start)}</li>'
        for depth, text, start in frame.outline
    )
    summary = caption("outline", frame.language)
    return f'<details class="outline"><summary>{summary}</summary><ul>{rows}</ul></details>'


def _draw_find(frame: Frame) -> str:
    """The field to find a text in the document, and how many matches there are."""
    found, language = frame.found, frame.language
    label = caption("find", language)
    told = ""
    if found.text:
        key = "found_at" if found.count else "found_none"
        told = message(key, language, **({"number": found.number, "count": found.count} if found.count else {"text": found.text}))
    next_one = sign_button("find_next", "⏎", message("find_next", language))
    return (
        f'<span class="finding"><input type="search" class="find" placeholder="{label}" aria-label="{label}" '
        f'value="{escape(found.text)}">{next_one}<span role="status">{escape(told)}</span></span>'
    )


def _draw_piece(piece: Piece, source: str, at: tuple[int, int], language: Language) -> str:
    unit = f'<p class="unit">{as_text(_unit(piece.unit, language))}</p>' if piece.unit else ""
    tag = "h3" if piece.heading else "p"
    spans = sorted(piece.marked)
    marks = markdown_marks(piece.text, source)
    drawn = []
    for text, (number, hidden) in runs(piece.text, [(a - piece.start, b - piece.start) for a, b in spans], marks):
        if hidden:
            continue
        if number:
            now = at[0] <= spans[number - 1][0] and spans[number - 1][1] <= at[1]
            drawn.append(f"<mark{' class=now' if now else ''}>{as_text(text)}</mark>")
        else:
            drawn.append(as_text(text))
    return f'{unit}<{tag} data-start="{piece.start}">{"".join(drawn)}</{tag}>'


def _unit(mark: Mark, language: Language) -> str:
    return message(f"unit_{mark.unit}", language, number=mark.number, name=mark.name).rstrip()
