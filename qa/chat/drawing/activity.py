"""What is being done with the documents as HTML: the progress of a build, and what became of the files that were added."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

from ...collections.file_names import safe_name
from ...collections.tasks import UNFINISHED, Activity, Task
from ...errors import Language, QAError
from ...progress import Step
from ..texts.messages import message
from .markup import as_text, button, caption
from .places import title_of

TASKS_SHOWN = 30
_STEPS: dict[str, str] = {Step.WAITING: "step_waiting", Step.READING: "step_reading", Step.EMBEDDING: "step_embedding"}
# What a user can do about it is another thing than what the one who installs the program can do.
_FOR_USERS = {
    "documents.only_images": "needs_ocr", "documents.image_unrecognised": "needs_ocr", "documents.needs_package": "needs_package",
}  # fmt: skip
_SOON = 2  # seconds of a build before it is said how long it will take
_FINISHING = 96  # percent from which the rest is writing, whose time is not known


def draw_activity(activity: Activity, language: Language, now: float | None = None) -> str:
    """The progress of the build in one line, its error, and what became of the added files; "" when there are none of these."""
    parts = []
    running = activity.running or any(task.state in UNFINISHED for task in activity.tasks)
    if running:
        parts.append(_draw_progress(activity, language, time.monotonic() if now is None else now))
    if activity.trouble:
        told = message("index_trouble", language, reason=reason_of(activity.trouble, language))
        parts.append(f'<p role="alert">{escape(told)}</p>')
    if activity.tasks and not running:
        dismiss = button("dismiss", caption("dismiss", language))
        parts.append(f'<p role="status">{escape(_outcome(activity.tasks, language))} {dismiss}</p>')
    worth = [task for task in activity.tasks if task.state in ("known", "refused", "unread") or _has_another_name(task)]
    shown = worth[-TASKS_SHOWN:]
    if shown:
        parts.append(f'<ul class="tasks">{"".join(_draw_task(task, language) for task in reversed(shown))}</ul>')
    return "".join(parts)


def _outcome(tasks: Sequence[Task], language: Language) -> str:
    done = sum(task.state in ("done", "known") for task in tasks)
    failed = sum(task.state in ("refused", "unread") for task in tasks)
    if any(task.state == "cancelled" for task in tasks):
        return message("stopped", language)
    key = "none_done" if not done else "some_done" if failed else "one_done" if done == 1 else "all_done"
    return message(key, language, done=done, failed=failed)


def _draw_progress(activity: Activity, language: Language, now: float) -> str:
    """One line: the file, the share that is done, the time left, and a button to cancel."""
    step = message(_STEPS.get(activity.step, "step_other") if activity.step else "step_starting", language)
    if activity.usable:
        step = message("step_vectors", language)
    named = title_of(activity.file) if activity.step == Step.READING else ""
    stop = button("stop", caption("stop", language))
    if not activity.share or activity.step == Step.WAITING:
        return f'<p class="progress"><progress aria-label="{escape(step)}"></progress><span>{escape(step)}</span> {stop}</p>'
    percent = min(99, int(100 * activity.share))
    told = [f"{step} {named}".strip(), message("step_percent", language, percent=percent)]
    elapsed = now - activity.began
    left = elapsed * (1 - activity.share) / activity.share
    if percent >= _FINISHING:
        told.append(message("finishing", language))
    elif elapsed > _SOON:
        key, count = ("seconds_left", left) if left < 90 else ("minutes_left", left / 60)
        told.append(message(key, language, count=max(1, round(count))))
    return (
        f'<p class="progress"><progress aria-label="{escape(step)}" max="100" value="{percent}"></progress>'
        f"<span>{as_text(' · '.join(told))}</span> {stop}</p>"
    )


def _draw_task(task: Task, language: Language) -> str:
    reason = _why(task, task.reason, language) if task.reason else title_of(task.source)
    told = message(f"task_{task.state}", language, reason=reason)
    return f'<li class="{task.state}"><b>{as_text(task.name)}</b> <span>{as_text(told)}</span></li>'


def _has_another_name(task: Task) -> bool:
    """Whether the file is kept under another name than it came with, for there was one of that name."""
    return task.state == "done" and title_of(task.source) != safe_name(task.name)


def _why(task: Task, error: QAError, language: Language) -> str:
    """Why a file was not taken or not read, without its name where that stands before it already."""
    is_named = error.about in (task.name, title_of(task.source))
    return reason_of(error, language, named=is_named)


def reason_of(error: QAError, language: Language, *, named: bool = False) -> str:
    """What is wrong and what a user can do; `named` leaves out the file's name."""
    if key := _FOR_USERS.get(error.code):
        return message(key, language)
    if not named:
        return error.told(language)
    told = error.sentence(language)
    return told[:1].upper() + told[1:]  # it stands alone, where else a name comes before it
