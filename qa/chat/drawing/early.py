"""The question box that is there before Gradio is: plain HTML at the beginning of the page (early.js, chat.js).

What is typed in it goes over to the page's own box, and a question sent from it is asked as soon as it can be.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from .markup import caption

_SCRIPT = Path(__file__).parents[1] / "static" / "early.js"
_TEXTS = ("title", "placeholder", "send", "opening")


@cache
def draw_early() -> str:
    """The box, its texts in both languages for its script to choose from, and the script."""
    texts = " ".join(f'data-{language}-{key}="{caption(key, language)}"' for language in ("zh", "en") for key in _TEXTS)
    return (
        f'<form id="early" {texts}><h1></h1><div><p role="status"></p><textarea rows="1" autofocus></textarea>'
        f"<button></button></div></form><script>{_SCRIPT.read_text('utf-8')}</script>"
    )
