"""Keep an index up to date with its folders: wait until a change has settled, index it, until the caller stops."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from errno import EACCES
from functools import partial
from threading import Event

from ..documents.folders import IGNORE_FILE, Root, Sources, find_roots
from ..errors import QAError
from ..models.encoder import Encoder, giving_way, load_encoder
from ..progress import Progress, silent
from .build import BuildOptions, bring_up_to_date
from .index import Index

_WITHOUT_NOTICE = 5.0  # seconds between two looks where the system tells of no changes
_TICK = 200  # milliseconds between two checks of `stop` and of the roots
DEBOUNCE = 1600  # milliseconds for which changes are collected before they are indexed together


class _Complaints:
    """Tells of an error once, however often it comes in a row."""

    def __init__(self, complain: Callable[[QAError], None]) -> None:
        self._complain = complain
        self.last = ""

    def add(self, error: QAError) -> None:
        if str(error) != self.last:
            self._complain(error)
        self.last = str(error)


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

    `model`, `encoder`, `progress` and `user_dict` are as for `build`; the user dictionary is read for each build but not watched.
    `tell` is called with the index after each build that changed it. When an update fails, `complain` is called with the error,
    once for the same error in a row, and the old index stays. A root that is deleted and created again, or replaced, is watched
    on. `debounce` is in milliseconds. Raises what `build` raises if the first build fails.
    """
    import watchfiles
    from watchfiles._rust_notify import WatchfilesRustInternalError

    roots = find_roots(sources)
    encoder = encoder or load_encoder(model, progress)
    stop = stop or Event()

    options = BuildOptions(progress=progress, encoder=encoder, user_dict=user_dict)

    @giving_way()
    def update() -> None:
        index, changed = bring_up_to_date(sources, folder, options)
        if changed:
            tell(index)

    def changes() -> Iterator[bool]:
        """Yield, several times a second, whether something has changed since the last time."""
        watched: dict[str, tuple[int, int]] | None = None  # watchfiles does not see a root made anew in the place of an old one
        while not stop.is_set():
            there = _identities(roots)
            changed, watched = watched is not None and there != watched, there
            if not there:
                yield changed
                stop.wait(_TICK / 1000)
                continue
            try:
                with suppress(FileNotFoundError), closing(
                    watchfiles.watch(
                        *there,
                        watch_filter=partial(_concerns, os.path.realpath(folder)),
                        debounce=debounce,
                        step=min(50, debounce),
                        rust_timeout=_TICK,
                        yield_on_timeout=True,
                        stop_event=stop,
                        raise_interrupt=True,  # else watchfiles prints a line on Ctrl+C
                    )
                ) as events:  # fmt: skip
                    for event in events:
                        yield changed or bool(event)
                        changed = False
                        if _identities(roots) != watched:
                            break
            except WatchfilesRustInternalError:  # a name that is no text: a change, and others may come before the next watch
                yield True
                watched = {}
                stop.wait(debounce / 1000)
            except OSError as error:  # a folder below that may not be entered
                refused = _refused(next(iter(there)), error)
                if not built:
                    raise refused from error
                complaints.add(refused)
                yield True  # without being told of changes, every look is one
                stop.wait(_WITHOUT_NOTICE)

    # The watch begins before the first build, so that a change during it is not lost.
    built, complaints = False, _Complaints(complain)
    with suppress(KeyboardInterrupt):
        for changed in changes():
            if changed or not built:
                try:
                    update()
                    complaints.last = ""
                except QAError as error:
                    if not built:
                        raise
                    complaints.add(error)
                built = True


def _concerns(own: str, _: object, path: str) -> bool:
    """Whether a change at `path` may change the index, whose folder is `own`."""
    name, real = os.path.basename(path), os.path.realpath(path)
    return real != own and not real.startswith(own + os.sep) and (name == IGNORE_FILE or not name.startswith("."))


def _refused(root: str, error: OSError) -> QAError:
    """That a root cannot be watched; errors of watchfiles have no number."""
    reason = OSError(EACCES, "") if isinstance(error, PermissionError) else error
    return QAError("index.cannot_watch", root, reason=reason)


def _identities(roots: Sequence[Root]) -> dict[str, tuple[int, int]]:
    """The (device, inode) of each root that exists, by its path."""
    found = {}
    for root in roots:
        with suppress(OSError):
            status = os.stat(root.path)
            found[root.path] = (status.st_dev, status.st_ino)
    return found
