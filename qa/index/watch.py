"""An index kept up to date with its folders: every change is waited out and indexed, until the caller stops."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from threading import Event

from ..documents.folders import IGNORE_FILE, Root, Sources, find_roots
from ..errors import QAError
from ..models.encoder import Encoder, load_encoder
from ..progress import Progress, silent
from .build import BuildOptions, bring_up_to_date
from .index import Index

_TICK = 200  # milliseconds after which a wait for changes looks about
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

    `tell` is given the index after each build that changed it; `complain` what made an update fail, once, after which the watch
    goes on with the old index. A folder that is deleted and made again, or a file that another takes the place of, is watched
    as before. `user_dict` is as for `build` and read again each time; it is not watched. Raises what `build` does if the first
    build fails.
    """
    import watchfiles

    roots = find_roots(sources)
    encoder = encoder or load_encoder(model, progress)
    own = os.path.realpath(folder)
    stop = stop or Event()

    def concerns(change: watchfiles.Change, path: str) -> bool:
        name = os.path.basename(path)
        if os.path.realpath(path).startswith(own + os.sep) or os.path.realpath(path) == own:
            return False
        return name == IGNORE_FILE or not name.startswith(".")

    options = BuildOptions(progress=progress, encoder=encoder, user_dict=user_dict)

    def update() -> None:
        index, changed = bring_up_to_date(sources, folder, options)
        if changed:
            tell(index)

    def changes() -> Iterator[bool]:
        """Whether something has changed, several times a second."""
        watched: dict[str, tuple[int, int]] | None = None  # what is told of changes: it stays deaf to one made anew in its place
        while not stop.is_set():
            there = _identities(roots)
            changed, watched = watched is not None and there != watched, there
            if not there:
                yield changed
                stop.wait(_TICK / 1000)
                continue
            with suppress(FileNotFoundError), closing(
                watchfiles.watch(
                    *there,
                    watch_filter=concerns,
                    debounce=debounce,
                    step=min(50, debounce),
                    rust_timeout=_TICK,
                    yield_on_timeout=True,
                    stop_event=stop,
                    raise_interrupt=True,  # else it writes a line of its own
                )
            ) as events:  # fmt: skip
                for event in events:
                    yield changed or bool(event)
                    changed = False
                    if _identities(roots) != watched:
                        break

    # The watch begins before the build, so that a change meanwhile is not lost.
    built, told_of = False, ""
    with suppress(KeyboardInterrupt):
        for changed in changes():
            if changed or not built:
                try:
                    update()
                    told_of = ""
                except QAError as error:
                    if not built:
                        raise
                    if str(error) != told_of:
                        complain(error)
                    told_of = str(error)
                built = True


def _identities(roots: Sequence[Root]) -> dict[str, tuple[int, int]]:
    """The device and inode of each root that is there, by its path."""
    found = {}
    for root in roots:
        with suppress(OSError):
            status = os.stat(root.path)
            found[root.path] = (status.st_dev, status.st_ino)
    return found
