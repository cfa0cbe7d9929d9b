"""Serve the web chat on this machine: `python app.py` is the same as `cited-qa serve`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from qa.chat.serve import main as serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat with the options in `arguments` until Ctrl+C, and return the exit status."""
    return serve(arguments, "app.py")


if __name__ == "__main__":
    sys.exit(main())
