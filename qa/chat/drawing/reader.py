"""The reader as HTML: a dialog with a document's text around a cited place, or the page as a picture with the place marked."""

from __future__ import annotations

import base64
from html import escape

from ...errors import Language, QAError
from ...types import Mark
from ..state.document_reader import PagePicture, Piece, Window
from ..texts.messages import message
from .markup import as_text

QUOTE_SHOWN = 400  # characters of the quotation shown below a picture


def draw_text(window: Window, language: Language, place: str, *, paged: bool, trouble: QAError | None = None) -> str:
    """The dialog with a window of text. `place` identifies what is being read (`Reading.place`).

    `paged` adds a button to show the page as a picture; `trouble` is why that was not possible.
    """
    notes = []
    if window.condition != "as indexed":
        notes.append(message("reader_changed" if window.condition == "changed" else "reader_gone", language))
    elif trouble is not None:
        notes.append(trouble.told(language))
    buttons = _button("place", message("to_place", language))
    if paged:
        buttons += _button("show_page", message("show_page", language))
    earlier = _button("earlier", message("earlier_text", language)) if window.more_before else ""
    later = _button("later", message("later_text", language)) if window.more_after else ""
    pieces = "".join(_draw_piece(piece, language) for piece in window.pieces)
    body = f"{earlier}{pieces}{later}"
    return _dialog(window.source, language, place, buttons, notes, body, "text")


def draw_page(picture: PagePicture, source: str, quote: str, language: Language, place: str) -> str:
    """The dialog with a page of the document `source` as a picture; `quote` is the cited text, `place` as for `draw_text`."""
    on = "、".join(map(str, picture.on)) if language == "zh" else ", ".join(map(str, picture.on))
    notes = []
    if not picture.on:
        notes.append(message("not_marked", language))
    elif picture.page not in picture.on:
        notes.append(message("elsewhere", language, pages=on))
    told = message("page_number", language, page=picture.page, pages=picture.pages)
    buttons = (
        _button("page_back", message("previous_page", language), str(picture.page - 1), disabled=picture.page <= 1)
        + f"<span>{escape(told)}</span>"
        + _button("page_on", message("next_page", language), str(picture.page + 1), disabled=picture.page >= picture.pages)
        + _button("place", message("to_place", language))
        + _button("show_text", message("show_text", language))
        + f'<button type="button" data-do="enlarge" aria-pressed="false">{escape(message("enlarge", language))}</button>'
    )
    boxes = "".join(
        f'<span class="box" style="left:{left:.3%};top:{top:.3%};width:{right - left:.3%};height:{bottom - top:.3%}"></span>'
        for left, top, right, bottom in picture.boxes
    )
    data = base64.b64encode(picture.picture).decode("ascii")
    named = message("page_picture", language, name=source, page=picture.page)
    image = (
        f'<div class="picture"><img src="data:{picture.mime};base64,{data}" alt="{escape(named)}" '
        f'width="{picture.width}" height="{picture.height}">{boxes}</div>'
    )
    if picture.page in picture.on:
        shown = quote if len(quote) <= QUOTE_SHOWN else quote[:QUOTE_SHOWN] + "…"
        image += f'<p class="quoted">{as_text(message("marked_here", language, quote=shown))}</p>'
    return _dialog(source, language, place, buttons, notes, image, "page")


def draw_trouble(source: str, error: QAError, language: Language) -> str:
    """The dialog with the reason why the document `source` cannot be shown."""
    return _dialog(source, language, "", "", [message("reader_trouble", language, reason=error.told(language))], "", "text")


def _dialog(source: str, language: Language, place: str, buttons: str, notes: list[str], body: str, kind: str) -> str:
    said = "".join(f'<p class="warning" role="status">{escape(note)}</p>' for note in notes)
    label = message("reader", language, name=source)
    return (
        f'<dialog class="reader {kind}" data-place="{escape(place)}" aria-labelledby="reader-title"><header>'
        f'<h2 id="reader-title" tabindex="-1" aria-label="{escape(label)}">{as_text(source)}</h2>'
        f"<nav>{buttons}{_button('close', message('close', language))}</nav></header>"
        f'{said}<div class="reader-body" tabindex="0" role="region" aria-label="{escape(label)}">{body}</div></dialog>'
    )


def _draw_piece(piece: Piece, language: Language) -> str:
    unit = f'<p class="unit">{as_text(_unit(piece.unit, language))}</p>' if piece.unit else ""
    tag = "h3" if piece.heading else "p"
    return f'{unit}<{tag} data-start="{piece.start}">{_draw_marked(piece)}</{tag}>'


def _draw_marked(piece: Piece) -> str:
    parts, at = [], piece.start
    for a, b in sorted(piece.marked):
        start, end = max(a, at), min(b, piece.end)
        if start < end:
            before, marked = (piece.text[x - piece.start : y - piece.start] for x, y in ((at, start), (start, end)))
            parts += [as_text(before), f"<mark>{as_text(marked)}</mark>"]
            at = end
    return "".join([*parts, as_text(piece.text[at - piece.start :])])


def _unit(mark: Mark, language: Language) -> str:
    return message(f"unit_{mark.unit}", language, number=mark.number, name=mark.name).rstrip()


def _button(do: str, text: str, token: str = "", *, disabled: bool = False) -> str:
    off = " disabled" if disabled else ""
    return f'<button type="button" data-do="{do}" data-id="{escape(token)}"{off}>{escape(text)}</button>'
