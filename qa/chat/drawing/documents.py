"""The documents panel as HTML: running tasks, the list of documents, the removed ones. Every name and reason is escaped.

Buttons and check boxes have `data-do`, the name of an action of documents_panel.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ...collections.collection_folder import Removed
from ...collections.listing import CollectionInfo, DocumentInfo
from ...collections.tasks import Activity, Task
from ...errors import Language, QAError
from ...progress import Step
from ..texts.messages import message
from .markup import as_text

ROWS_SHOWN = 50  # rows of the list on one page
TASKS_SHOWN = 30
REMOVED_SHOWN = 50  # removed documents; also files that could not be read
ALSO_SHOWN = 5  # names of files with the same bytes
_STEPS: dict[str, str] = {Step.WAITING: "step_waiting", Step.READING: "step_reading", Step.EMBEDDING: "step_embedding"}


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as a row of the list, with the number of documents in it and below."""

    name: str
    documents: int


@dataclass(frozen=True, slots=True)
class Listing:
    """The `rows` on one page of the list; `first` is the position of the first, from 0, of the `count` that pass the filter."""

    rows: tuple[Folder | DocumentInfo, ...]
    first: int
    count: int


def list_documents(documents: Sequence[DocumentInfo], wanted: str, page: int) -> Listing:
    """Page `page` (from 0; the last one if there are fewer) of the folders and documents whose names contain `wanted`.

    Case is ignored; files that could not be read are left out.
    """
    sources = [document for document in documents if not document.problem]
    folders = Counter(folder for document in sources for folder in _folders(document.source))
    wanted = wanted.strip().casefold()
    rows: list[Folder | DocumentInfo] = [
        Folder(name, count) for name, count in sorted(folders.items()) if wanted in name.casefold()
    ]
    rows += [document for document in sources if any(wanted in name.casefold() for name in (document.source, *document.also))]
    last = max(len(rows) - 1, 0) // ROWS_SHOWN
    first = min(max(page, 0), last) * ROWS_SHOWN
    return Listing(tuple(rows[first : first + ROWS_SHOWN]), first, len(rows))


def still_there(picked: Collection[str], documents: Sequence[DocumentInfo]) -> tuple[str, ...]:
    """Those names in `picked` that still are documents or folders, sorted."""
    names = {name for document in documents if not document.problem for name in (document.source, *document.also)}
    names |= {folder for name in names for folder in _folders(name)}
    return tuple(sorted(name for name in picked if name in names))


def _folders(source: str) -> list[str]:
    parts = source.split("/")[:-1]
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]


def collection_choices(collections: Sequence[CollectionInfo], language: Language) -> list[tuple[str, str]]:
    """The (label, slug) of each collection for a drop-down list."""
    return [
        (message("collection_count", language, name=collection_name(info, language), documents=number(info.documents)), info.slug)
        for info in collections
    ]


def collection_name(info: CollectionInfo, language: Language) -> str:
    """The name of a collection; for the first one, until it is renamed, a default in the page's language."""
    return info.name or message("first_collection", language)


# -- what is being done -------------------------------------------------------------------------------------------------


def draw_activity(activity: Activity, language: Language) -> str:
    """The progress of the build, its error, and the tasks of added files; "" when there are none of these."""
    parts = []
    if activity.running:
        parts.append(_draw_step(activity, language))
    if activity.trouble:
        told = message("index_trouble", language, reason=activity.trouble.told(language))
        parts.append(f'<p role="alert">{escape(told)}</p>')
    elif not activity.running and any(task.state == "done" for task in activity.tasks):
        parts.append(f'<p role="status">{escape(message("all_done", language))}</p>')
    if activity.tasks:
        shown = activity.tasks[-TASKS_SHOWN:]
        rows = "".join(_draw_task(task, language) for task in reversed(shown))
        if len(activity.tasks) > len(shown):
            rows += f"<li>{escape(message('more_tasks', language, count=len(activity.tasks) - len(shown)))}</li>"
        parts.append(f'<ul class="tasks">{rows}</ul>')
        if not activity.running:
            parts.append(f"<p>{_button('dismiss', '', message('dismiss', language))}</p>")
    return "".join(parts)


def _draw_step(activity: Activity, language: Language) -> str:
    step = message(_STEPS.get(activity.step, "step_other") if activity.step else "step_starting", language)
    if not activity.total or activity.step == Step.WAITING:
        return f'<p>{escape(step)}</p><progress aria-label="{escape(step)}"></progress>'
    percent = min(100, 100 * activity.done // activity.total)
    told = message("step_percent", language, step=step, percent=percent)
    return f'<p>{escape(told)}</p><progress aria-label="{escape(step)}" max="100" value="{percent}"></progress>'


def _draw_task(task: Task, language: Language) -> str:
    reason = _why(task, task.reason, language) if task.reason else task.source
    told = message(f"task_{task.state}", language, reason=reason, passages=number(task.passages))
    return f'<li class="{task.state}"><b>{as_text(task.name)}</b> <span>{as_text(told)}</span></li>'


def _why(task: Task, error: QAError, language: Language) -> str:
    """Why a file was not taken or not read, without its name where that stands before it already."""
    is_named = error.about in (task.name, task.source.rpartition("/")[2])
    return error.sentence(language) if is_named else error.told(language)


# -- the list -----------------------------------------------------------------------------------------------------------


def draw_documents(
    documents: Sequence[DocumentInfo],
    listing: Listing,
    picked: Collection[str],
    changed: Mapping[str, bool],
    removed: Sequence[Removed],
    language: Language,
    *,
    editable: bool = True,
) -> str:
    """The panel: the scope of a question, a page of the list, the files that could not be read, and the removed documents.

    `picked` are the names ticked. `changed` maps each document whose file is not as indexed to whether the file still exists.
    Unless `editable`, there are no buttons that add or remove.
    """
    there = sum(not document.problem for document in documents)
    problems = [document for document in documents if document.problem]
    parts = []
    if there:
        parts.append(_draw_scope(there, picked, language, editable=editable))
        parts.append(_draw_listing(listing, picked, changed, language, editable=editable))
        parts.append(_draw_encodings(documents, language))
    elif editable:
        parts.append(f"<p>{escape(message('empty_collection', language))}</p>")
    if problems:
        rows = "".join(_draw_problem(problem, language, editable=editable) for problem in problems[:REMOVED_SHOWN])
        summary = message("not_read", language, count=len(problems))
        parts.append(f"<details><summary>{escape(summary)}</summary><ul>{rows}</ul></details>")
    if removed and editable:
        parts.append(_draw_removed(removed, language))
    if editable:
        parts.append(f"<p>{_button('update', '', message('update', language))}</p>")
    else:
        parts.append(f"<p>{escape(message('read_only', language))}</p>")
    return "".join(parts)


def _draw_scope(there: int, picked: Collection[str], language: Language, *, editable: bool) -> str:
    if not picked:
        return f'<p class="scope">{escape(message("search_all", language, documents=number(there)))}</p>'
    told = message("search_some", language, count=number(len(picked)))
    buttons = _button("all", "", message("clear_choice", language))
    if editable:
        buttons += " " + _button("remove_picked", "", message("remove_chosen", language))
    return f'<p class="scope"><strong>{escape(told)}</strong> {buttons}</p>'


def _draw_listing(
    listing: Listing, picked: Collection[str], changed: Mapping[str, bool], language: Language, *, editable: bool
) -> str:
    if not listing.rows:
        return f"<p>{escape(message('no_match', language))}</p>"
    rows = []
    for row in listing.rows:
        if isinstance(row, Folder):
            details = message("folder_count", language, count=number(row.documents))
            rows.append(f'<li class="folder">{_box(row.name, picked)}<small>{escape(details)}</small></li>')
        else:
            rows.append(_draw_document(row, picked, changed, language, editable=editable))
    label = escape(message("list_label", language))
    body = f'<ul class="documents" aria-label="{label}">{"".join(rows)}</ul>'
    if listing.count > ROWS_SHOWN:
        body += _draw_pages(listing, language)
    return body


def _draw_document(
    document: DocumentInfo, picked: Collection[str], changed: Mapping[str, bool], language: Language, *, editable: bool
) -> str:
    details = [document.encoding, message("passages_count", language, count=number(document.passages))]
    if document.size >= 0:
        details.append(size_in_words(document.size))
    if document.put_in:
        details.append(message("put_in", language))
    notes = f"<small>{escape(' · '.join(filter(None, details)))}</small>"
    if document.also:
        names = ("、" if language == "zh" else ", ").join(document.also[:ALSO_SHOWN]) + (
            "…" if len(document.also) > ALSO_SHOWN else ""
        )
        notes += f"<small>{as_text(message('also_named', language, names=names))}</small>"
    if document.source in changed:
        told = message("has_changed" if changed[document.source] else "is_gone", language)
        notes += f'<small class="warning">{escape(told)}</small>'
    remove = ""
    if editable:
        named = message("remove_named", language, name=document.source)
        remove = _button("remove", document.source, message("remove", language), named)
    return f"<li>{_box(document.source, picked)}{notes}{remove}</li>"


def _box(name: str, picked: Collection[str]) -> str:
    checked = " checked" if name in picked else ""
    return f'<label><input type="checkbox" data-do="pick" data-id="{escape(name)}"{checked}> <span>{as_text(name)}</span></label>'


def _draw_pages(listing: Listing, language: Language) -> str:
    last = listing.first + len(listing.rows)
    told = message("page_of", language, first=number(listing.first + 1), last=number(last), count=number(listing.count))
    page = listing.first // ROWS_SHOWN
    back = _button("page", str(page - 1), message("previous", language), disabled=page == 0)
    on = _button("page", str(page + 1), message("next", language), disabled=last >= listing.count)
    return f'<p class="pages">{back} <span>{escape(told)}</span> {on}</p>'


def _draw_encodings(documents: Sequence[DocumentInfo], language: Language) -> str:
    counts = Counter(document.encoding.split(";")[0] for document in documents if not document.problem)
    told = ("、" if language == "zh" else ", ").join(f"{name} {number(count)}" for name, count in counts.most_common())
    return f'<p class="encodings">{escape(message("encodings", language, counts=told))}</p>'


def _draw_problem(problem: DocumentInfo, language: Language, *, editable: bool) -> str:
    remove = ""
    if editable and problem.source:
        named = message("remove_named", language, name=problem.source)
        remove = _button("remove", problem.source, message("remove", language), named)
    told = problem.problem.told(language) if problem.problem else ""
    return f"<li><span>{as_text(told)}</span>{remove}</li>"


def _draw_removed(removed: Sequence[Removed], language: Language) -> str:
    rows = "".join(
        f"<li><span>{as_text(entry.source)}</span>"
        + _button("put_back", entry.id, message("put_back", language), message("put_back_named", language, name=entry.source))
        + "</li>"
        for entry in removed[:REMOVED_SHOWN]
    )
    summary, note = message("taken_out", language, count=number(len(removed))), message("taken_out_note", language)
    return f"<details><summary>{escape(summary)}</summary><p>{escape(note)}</p><ul>{rows}</ul></details>"


def draw_note(text: str, *, undo: str = "", token: str = "", language: Language = "zh", alert: bool = False) -> str:
    """The line `text`, with a button to undo what it tells: `undo` is the button's action, "" for no button, `token` its object.

    `alert` makes it an error for screen readers.
    """
    if not text:
        return ""
    button = " " + _button(undo, token, message("undo_it", language)) if undo else ""
    return f'<p role="{"alert" if alert else "status"}">{as_text(text)}{button}</p>'


def draw_question(text: str, do: str, token: str, language: Language) -> str:
    """The question `text` whether to delete something, with buttons to do it (action `do` on `token`) and to cancel."""
    yes = _button(do, token, message("delete_it", language))
    no = _button("cancel", "", message("cancel_it", language))
    return f'<p role="alert">{as_text(text)} {yes} {no}</p>'


def _button(do: str, token: str, text: str, label: str = "", *, disabled: bool = False) -> str:
    named = f' aria-label="{escape(label)}"' if label else ""
    off = " disabled" if disabled else ""
    return f'<button type="button" data-do="{do}" data-id="{escape(token)}"{named}{off}>{escape(text)}</button>'


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
