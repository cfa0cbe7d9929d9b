"""The documents as HTML: what is being done, the list, the bin, the chip that says what is searched and its menu.

Every name and reason is escaped. Buttons and check boxes have `data-do`, the name of an action of documents_panel.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from ...collections.collection_folder import Removed
from ...collections.home import Deleted
from ...collections.listing import CollectionInfo, DocumentInfo
from ...errors import Language, QAError
from ..texts.messages import listed, message
from .activity import reason_of
from .conversation import open_button
from .markup import as_text, button, caption, sign_button
from .places import folder_of, kind_of, scope_named, title_of

ROWS_SHOWN = 50  # rows of a list on one page
REMOVED_SHOWN = 50  # removed documents
COLUMNS = ("name", "kind", "size", "date", "passages", "state")
_CLIP = (
    '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" '
    'aria-hidden="true"><path '
    'd="m21 11-8.6 8.6a5.5 5.5 0 0 1-7.8-7.8l8.8-8.8a3.7 3.7 0 0 1 5.2 5.2l-8.7 8.7a1.8 1.8 0 0 1-2.6-2.6l8-8"/></svg>'
)
_TWIN = -1  # in the place of the passages of a file with the same bytes as another


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as a row of the menu, with the number of documents in it and below."""

    name: str
    documents: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The `rows` on one page of a list; `first` is the position of the first, from 0, of the `count` that pass the filter."""

    rows: tuple[Folder | DocumentInfo, ...]
    first: int
    count: int


def list_documents(documents: Sequence[DocumentInfo], wanted: str, page: int, sort: str = "name") -> Listing:
    """Page `page` (from 0; the last one if there are fewer) of the files whose names contain `wanted`, in any case.

    Those that could not be read come first, then all in the order of the column `sort`, with "-" before it the other way round.
    A file with the same bytes as another is a row of its own, which names that one in `also`.
    """
    rows = [entry for document in documents for entry in (document, *_twins(document))]
    wanted = wanted.strip().casefold()
    rows = [row for row in rows if wanted in row.source.casefold()]
    rows.sort(key=lambda row: title_of(row.source).casefold())
    rows.sort(key=_ORDERS.get(sort.lstrip("-"), _ORDERS["name"]), reverse=sort.startswith("-"))
    rows.sort(key=lambda row: row.problem is None)
    return _page_of(rows, page)


def _twins(document: DocumentInfo) -> list[DocumentInfo]:
    return [replace(document, source=name, kind=kind_of(name), also=(document.source,), passages=_TWIN) for name in document.also]


_ORDERS = {
    "name": lambda row: title_of(row.source).casefold(),
    "kind": lambda row: row.kind,
    "size": lambda row: row.size,
    "date": lambda row: row.modified,
    "passages": lambda row: row.passages,
    "state": lambda row: bool(row.also),
}


def list_scopes(documents: Sequence[DocumentInfo], wanted: str) -> Listing:
    """The first folders and documents that a question can be limited to, whose names contain `wanted`."""
    sources = [document for document in documents if not document.problem]
    folders = Counter(folder for document in sources for folder in _folders(document.source))
    wanted = wanted.strip().casefold()
    rows: list[Folder | DocumentInfo] = [
        Folder(name, count) for name, count in sorted(folders.items()) if wanted in name.casefold()
    ]
    rows += [document for document in sources if any(wanted in name.casefold() for name in (document.source, *document.also))]
    return _page_of(rows, 0)


def _page_of(rows: Sequence[Folder | DocumentInfo], page: int) -> Listing:
    first = min(max(page, 0), max(len(rows) - 1, 0) // ROWS_SHOWN) * ROWS_SHOWN
    return Listing(tuple(rows[first : first + ROWS_SHOWN]), first, len(rows))


def still_there(picked: Collection[str], documents: Sequence[DocumentInfo], *, unread: bool = False) -> tuple[str, ...]:
    """Those names in `picked` that still are documents or folders, sorted; with `unread` files that could not be read too."""
    names = {name for document in documents if unread or not document.problem for name in (document.source, *document.also)}
    names |= {folder for name in names for folder in _folders(name)}
    return tuple(sorted(name for name in picked if name in names))


def _folders(source: str) -> list[str]:
    parts = source.split("/")[:-1]
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def collection_name(info: CollectionInfo, language: Language) -> str:
    """The name of a collection; for the first one, until it is renamed, a default in the page's language."""
    return info.name or message("first_collection", language)


# -- what is searched ---------------------------------------------------------------------------------------------------


def draw_chip(name: str, documents: int, within: Sequence[str], language: Language) -> str:
    """The chip in the question box: what is searched, and how to choose it."""
    if within:
        several = caption("scope_several", language, count=len(within))
        told = caption("scope_some", language, names=scope_named(within[0], language)) if len(within) == 1 else several
    else:
        told = caption("scope_all" if documents else "scope_empty", language, name=name, documents=documents)
    clear = message("scope_clear", language)
    cleared = button("all", "×", "clear", label=clear, title=clear) if within else ""
    menu = button("menu", f"{told} ▾", aria_expanded="false", title=message("scope_choose", language))
    attach = sign_button("attach", _CLIP, message("attach", language))
    return f'{attach}<span class="chip{" limited" * bool(within)}">{menu}{cleared}</span>'


def draw_scopes(
    collections: Sequence[CollectionInfo], chosen: str, listing: Listing, within: Collection[str], language: Language
) -> str:
    """The menu of the chip: the collections, and the folders and documents of the `chosen` one (its slug) to tick."""
    parts = []
    if len(collections) > 1:
        rows = "".join(
            button("collection", as_text(name), id=slug, aria_pressed="true" if slug == chosen else "false")
            for slug, name in ((info.slug, collection_name(info, language)) for info in collections)
        )
        parts.append(f'<p class="choices">{rows}</p>')
    parts.append(f"<p>{_box('all', '', not within, caption('clear_choice', language))}</p>")
    rows = "".join(_draw_scope(row, within, language) for row in listing.rows) or f"<li>{caption('no_match', language)}</li>"
    parts.append(f'<ul aria-label="{caption("list_label", language)}">{rows}</ul>')
    if listing.count > len(listing.rows):
        parts.append(f"<p>{caption('page_of', language, first=1, last=len(listing.rows), count=number(listing.count))}</p>")
    return "".join(parts)


def _draw_scope(row: Folder | DocumentInfo, within: Collection[str], language: Language) -> str:
    if isinstance(row, Folder):
        named = row.name if "/" in row.name else scope_named(row.name, language)
        shown = f"<b>{as_text(named)}</b> <small>{caption('folder_count', language, count=number(row.documents))}</small>"
        return f"<li>{_box('pick', row.name, row.name in within, shown)}</li>"
    folder = folder_of(row.source)
    shown = as_text(title_of(row.source)) + (f" <small>{as_text(folder)}</small>" if folder else "")
    return f"<li>{_box('pick', row.source, row.source in within, shown)}</li>"


def _box(do: str, token: str, ticked: bool, shown: str) -> str:
    checked = " checked" if ticked else ""
    return f'<label><input type="checkbox" data-do="{do}" data-id="{escape(token)}"{checked}> <span>{shown}</span></label>'


# -- the list -----------------------------------------------------------------------------------------------------------


def draw_documents(
    documents: Sequence[DocumentInfo],
    listing: Listing,
    picked: Collection[str],
    changed: Mapping[str, bool],
    sort: str,
    language: Language,
    *,
    collection: str = "",
    editable: bool = True,
) -> str:
    """A page of the list as a table, with what can be done with the files ticked (`picked`).

    `changed` maps each document whose file is not as indexed to whether the file still exists; `collection` is the slug. Unless
    `editable`, there are no buttons that add or remove.
    """
    if not documents:
        return f"<p>{caption('empty_collection' if editable else 'read_only', language)}</p>"
    failed = sum(document.problem is not None for document in documents)
    parts = [f'<p class="failed" role="status">{caption("not_read", language, count=failed)}</p>'] if failed else []
    if picked:
        buttons = button("ask_chosen", caption("ask_chosen", language, count=number(len(picked))))
        if editable:
            buttons += button("remove_picked", caption("remove_chosen", language, count=number(len(picked))))
        parts.append(f'<p class="chosen">{buttons}</p>')
    if listing.rows:
        heads = "".join(_draw_head(column, sort, language) for column in COLUMNS)
        rows = "".join(
            _draw_document(row, picked, changed, language, collection, editable=editable)
            for row in listing.rows
            if isinstance(row, DocumentInfo)
        )
        parts.append(f"<table><thead><tr><td></td>{heads}<td></td></tr></thead><tbody>{rows}</tbody></table>")
    else:
        parts.append(f"<p>{caption('no_match', language)}</p>")
    if listing.count > ROWS_SHOWN:
        parts.append(_draw_pages(listing, language))
    parts.append(
        f"<p>{button('update', caption('update', language))}</p>" if editable else f"<p>{caption('read_only', language)}</p>"
    )
    return "".join(parts)


def _draw_head(column: str, sort: str, language: Language) -> str:
    there = sort.lstrip("-") == column
    order = ("descending" if sort.startswith("-") else "ascending") if there else "none"
    sign = {"ascending": " ↑", "descending": " ↓", "none": ""}[order]
    name = message(f"column_{column}", language)
    towards = f"-{column}" if order == "ascending" else column
    label = message("sort_by", language, column=name)
    return (
        f'<th scope="col" class="{column}" aria-sort="{order}">'
        f"{button('sort', escape(name + sign), id=towards, data_way=column, label=label)}</th>"
    )


def _draw_document(
    row: DocumentInfo,
    picked: Collection[str],
    changed: Mapping[str, bool],
    language: Language,
    collection: str,
    *,
    editable: bool,
) -> str:
    title, folder = title_of(row.source), folder_of(row.source)
    shown = as_text(title) + (f" <small>{as_text(folder)}/</small>" if folder else "")
    twin = row.passages == _TWIN
    if not row.problem:
        shown = open_button(shown, collection, row.also[0] if twin else row.source, 0, 0, kind="name")
    tick = (
        f'<label class="tick"><input type="checkbox" data-do="tick" data-id="{escape(row.source)}"'
        f"{' checked' * (row.source in picked)} "
        f'aria-label="{caption("select", language, name=title)}"></label>'
        if row.source
        else ""
    )
    remove = ""
    if editable and row.source:
        remove = button("remove", caption("remove", language), id=row.source, label=message("remove_named", language, name=title))
    cells = (
        ("kind", row.kind),
        ("size", size_in_words(row.size) if row.size >= 0 else ""),
        ("date", f"{datetime.fromtimestamp(row.modified):%Y-%m-%d}" if row.modified else ""),
        ("passages", "" if row.problem or twin else number(row.passages)),
    )
    state, kind = _state(row, changed, language, twin=twin)
    return (
        f'<tr class="{kind}"><td>{tick}</td><td class="name"><span class="kind">{escape(kind_of(row.source))}</span>{shown}</td>'
        + "".join(f'<td class="{name}">{escape(text)}</td>' for name, text in cells)
        + f'<td class="state">{as_text(state)}</td><td>{remove}</td></tr>'
    )


def _state(row: DocumentInfo, changed: Mapping[str, bool], language: Language, *, twin: bool) -> tuple[str, str]:
    """The state of a file in words, and its kind: "bad", "warning" or ""."""
    if row.problem:
        return reason_of(row.problem, language, named=bool(row.source)), "bad"
    if row.source in changed:
        return message("has_changed" if changed[row.source] else "is_gone", language), "warning"
    told = [] if twin else [message("state_ready", language)]
    told += [message("put_in", language)] if row.put_in and not twin else []
    if row.also:
        told.append(message("also_named", language, name=listed(map(title_of, row.also), language)))
    return " · ".join(told), ""


def _draw_pages(listing: Listing, language: Language) -> str:
    last = listing.first + len(listing.rows)
    told = message("page_of", language, first=number(listing.first + 1), last=number(last), count=number(listing.count))
    page = listing.first // ROWS_SHOWN
    back = button("page", caption("previous", language), id=page - 1, data_way="back", disabled=page == 0)
    on = button("page", caption("next_rows", language), id=page + 1, data_way="on", disabled=last >= listing.count)
    return f'<p class="pages">{back} <span>{escape(told)}</span> {on}</p>'


def draw_bin(removed: Sequence[Removed], deleted: Sequence[Deleted], language: Language) -> str:
    """The bin: the deleted collections and the removed documents, each with a button to restore it; "" for none."""
    if not removed and not deleted:
        return ""
    rows = [("restore", entry.token, message("collection_named", language, name=entry.name), entry.at) for entry in deleted]
    rows += [("put_back", entry.id, title_of(entry.source), entry.at) for entry in removed[:REMOVED_SHOWN]]
    drawn = "".join(
        f"<li><span>{as_text(name)} <small>{datetime.fromtimestamp(at):%Y-%m-%d}</small></span>"
        + button(do, caption("put_back", language), id=token, label=message("put_back_named", language, name=name))
        + "</li>"
        for do, token, name, at in rows
    )
    summary = caption("bin", language, count=number(len(removed) + len(deleted)))
    return f"<details><summary>{summary}</summary><p>{caption('bin_note', language)}</p><ul>{drawn}</ul></details>"


def draw_note(text: str, *, undo: str = "", token: str = "", language: Language = "zh", alert: bool = False) -> str:
    """The line `text`, with a button to undo what it tells: `undo` is the button's action, "" for no button, `token` its object.

    `alert` makes it an error for screen readers.
    """
    if not text:
        return ""
    undoing = " " + button(undo, caption("undo_it", language), id=token) if undo else ""
    return f'<p role="{"alert" if alert else "status"}">{as_text(text)}{undoing}</p>'


def draw_failure(error: QAError, language: Language) -> str:
    """What could not be done with the documents, and what a user can do."""
    return draw_note(message("panel_trouble", language, reason=reason_of(error, language)), alert=True)


def draw_question(text: str, do: str, token: str, language: Language) -> str:
    """The question `text` whether to delete something, with buttons to do it (action `do` on `token`) and to cancel."""
    yes = button(do, caption("delete_it", language), id=token)
    no = button("cancel", caption("cancel_it", language))
    return f'<p role="alert">{as_text(text)} {yes} {no}</p>'


def number(count: int) -> str:
    """`count` with commas between thousands."""
    return f"{count:,}"


def size_in_words(size: int) -> str:
    """`size`, in bytes, as text: `1.2 MB`."""
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in ("KB", "MB", "GB"):
        amount /= 1024
        if amount < 1000 or unit == "GB":
            break
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:,.0f} {unit}"
