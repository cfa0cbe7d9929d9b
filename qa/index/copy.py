"""Move an index from a folder to a server without embedding its texts again."""

from __future__ import annotations

import os

from ..errors import IndexCorrupt, QAError
from ..progress import Progress, silent
from .location import ServerAddress, location_of


def copy_index(source: str | os.PathLike[str], target: str | os.PathLike[str], progress: Progress = silent) -> bool:
    """Make the index on a server at `target` hold what the one in the folder `source` holds, and read it back to compare.

    Returns whether that changed it. Raises `QAError` for other places, and as opening and building do.
    """
    folder, address = location_of(source), location_of(target)
    if isinstance(folder, ServerAddress) or not isinstance(address, ServerAddress):
        raise QAError("index.copied_to_server_only")
    from .served.open import open_served, send
    from .served.verify import verify_served

    changed = send(folder, address, progress=progress)
    problems = verify_served(open_served(address), progress)
    if problems:
        raise IndexCorrupt("index.copy_differs", address, count=len(problems), first=problems[0])
    return changed
