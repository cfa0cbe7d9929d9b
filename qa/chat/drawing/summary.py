"""A summary by a language model as HTML, below the quotations that it is written from."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ...errors import Language
from ...service.hosts import is_loopback
from ...service.llm.judge import Sentence
from ...service.llm.writer import Writer, host_of
from ..texts.messages import message
from .markup import as_text, caption


def draw_summary(sentences: Sequence[Sentence], writer: Writer, language: Language) -> str:
    """The sentences so far: what does not stand in the quotations is struck out, and where they were sent is said."""
    told = [f"<s>{as_text(one.text)}</s>" if one.finding else as_text(one.text) for one in sentences]
    notes = [message("summary_struck", language)] if any(one.finding for one in sentences) else []
    if not is_loopback(host := host_of(writer)):
        notes.append(message("summary_remote", language, host=host))
    heading = caption("summary_by", language, name=writer.model)
    noted = "".join(f"<p><small>{escape(note)}</small></p>" for note in notes)
    return f'<div role="status"><p><strong>{heading}</strong></p><p>{" ".join(told)}</p>{noted}</div>'
