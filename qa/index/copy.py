"""Move an index between a folder and a server without embedding its texts again."""

from __future__ import annotations

import os

from ..errors import IndexCorrupt, QAError
from ..progress import Progress, silent
from .location import ServerAddress, location_of


def copy_index(source: str | os.PathLike[str], target: str | os.PathLike[str], progress: Progress = silent) -> bool:
    """Make the index at `target` hold what the one at `source` holds, one a folder and one on a server, and compare the two.

    Returns whether that changed it. Raises `QAError` for other places, and as opening and building do.
    """
    here, there = location_of(source), location_of(target)
    if isinstance(here, ServerAddress):
        if isinstance(there, ServerAddress):
            raise QAError("index.copied_by_a_folder")
        from .served.fetch import fetch

        return fetch(here, there, progress)
    if not isinstance(there, ServerAddress):
        raise QAError("index.copied_by_a_folder")
    from .served.open import open_served, send
    from .served.verify import verify_served

    changed = send(here, there, progress=progress)
    problems = verify_served(open_served(there), progress)
    if problems:
        raise IndexCorrupt("index.copy_differs", there, count=len(problems), first=problems[0])
    return changed
