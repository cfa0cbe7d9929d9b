"""The web chat: answers from your own documents, in the browser, on this machine. The same as `cited-qa serve`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from qa.chat.serve import main as serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the chat until it is interrupted; the exit status."""
    return serve(arguments, "app.py")


if __name__ == "__main__":
    sys.exit(main())
