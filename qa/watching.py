"""An index kept up to date with its folders: every change is waited out and indexed, until the caller stops."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

from .building import build
from .encoder import Encoder, load_encoder
from .folders import IGNORE_FILE, Sources, find_roots
from .index import Index
from .manifest import build_in_use
from .progress import Progress, silent
from .types import QAError

DEBOUNCE = 1600  # milliseconds in which changes are gathered before they are indexed


def watch(
    sources: Sources,
    folder: str | os.PathLike[str] = "index",
    model: str | None = None,
    progress: Progress = silent,
    tell: Callable[[Index], None] = lambda index: None,
    complain: Callable[[QAError], None] = lambda error: None,
    *,
    encoder: Encoder | None = None,
    stop: Event | None = None,
    debounce: int = DEBOUNCE,
    user_dict: str | os.PathLike[str] | None = None,
) -> None:
    """Index `sources` into `folder` now and after every change, until `stop` is set or Ctrl+C.

    `tell` is given the index after each build that changed it; `complain` what made an update fail, after which the watch
    goes on with the old index. `user_dict` is as for `build` and read again each time; it is not watched. Raises what
    `build` does if the first build fails.
    """
    import watchfiles

    roots = find_roots(sources)
    encoder = encoder or load_encoder(model, progress)
    own = os.path.realpath(folder)

    def concerns(change: watchfiles.Change, path: str) -> bool:
        name = os.path.basename(path)
        if os.path.realpath(path).startswith(own + os.sep) or os.path.realpath(path) == own:
            return False
        return name == IGNORE_FILE or not name.startswith(".")

    def update() -> None:
        before = build_in_use(Path(folder))
        index = build(sources, folder, progress=progress, encoder=encoder, user_dict=user_dict)
        if build_in_use(Path(folder)) != before:
            tell(index)

    # The watch begins before the build, so that a change meanwhile is not lost.
    changes = watchfiles.watch(
        *(root.path for root in roots),
        watch_filter=concerns,
        debounce=debounce,
        step=min(50, debounce),
        rust_timeout=200,
        yield_on_timeout=True,
        stop_event=stop,
        raise_interrupt=True,  # else it writes a line of its own
    )
    built = False
    with suppress(KeyboardInterrupt):
        for changed in changes:
            if changed or not built:
                try:
                    update()
                except QAError as error:
                    if not built:
                        raise
                    complain(error)
                built = True
