"""Turns to HTML: the conversation and the panel of cited passages.

Document text, file names and questions reach the page through `html.escape` and in no other way: the conversation does not
render Markdown, and `gr.HTML` gets its `value` with the default template, which is not evaluated.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from ..types import Answer, Citation, Paragraph
from .messages import Language, confidence_words, message
from .turns import Turn, Turns

DOCUMENTS_NAMED = 8


# -- the conversation ---------------------------------------------------------------------------------------------------


def draw_conversation(turns: Turns, language: Language) -> list[dict[str, str]]:
    """The turns as messages for `gr.Chatbot`."""
    messages = []
    for turn in turns:
        messages.append({"role": "user", "content": escape(turn.question)})
        messages.append({"role": "assistant", "content": _reply(turn, language)})
    return messages


def _reply(turn: Turn, language: Language) -> str:
    if turn.answer is None:
        return escape(message("trouble", language, reason=turn.trouble))
    answer = turn.answer
    if not (answer.found or answer.hits):  # nothing was asked: a question without a word
        return escape(answer.text)
    sure = escape(confidence_words(answer.confidence, answer.found, language))
    if not answer.found:
        sure += f' · <a href="#near-{turn.number}">{escape(message("see_nearest", language))}</a>'
    return f'{_linked_text(turn.number, answer)}<small class="sure">{sure}</small>'


def _linked_text(number: int, answer: Answer) -> str:
    """The answer's text, each quotation's ` [1]` made a link to its card; what looks so inside a quotation is left alone."""
    parts, at = [], 0
    for citation in answer.citations:
        n = citation.number
        marker = f"{citation.quote} [{n}]"
        found = answer.text.find(marker, at)
        if found >= 0:
            parts.append(escape(answer.text[at:found] + citation.quote))
            at = found + len(marker)
        parts.append(f'<a class="ref" id="ref-{number}-{n}" href="#cite-{number}-{n}">[{n}]</a>')
    return "".join([*parts, escape(answer.text[at:])])


# -- the panel ----------------------------------------------------------------------------------------------------------


def draw_panel(turns: Turns, language: Language, manifest: Any) -> str:
    """The passages of the newest turn, and folded below them those of the turns before."""
    shown = [turn for turn in reversed(turns) if turn.answer is not None]
    if not shown:
        return _contents(manifest, language)
    newest, *earlier = shown
    body = _sources(newest, language)
    if earlier:
        folded = "".join(
            f"<details><summary>{escape(turn.question)}</summary>{_sources(turn, language)}</details>" for turn in earlier
        )
        body += f"<section><h2>{escape(message('earlier', language))}</h2>{folded}</section>"
    return body


def _contents(manifest: Any, language: Language) -> str:
    """What there is to ask about, before the first question."""
    documents = manifest.documents
    count = message("documents", language, documents=len(documents), passages=sum(entry.passages for entry in documents))
    names = "".join(f"<li>{escape(entry.source)}</li>" for entry in documents[:DOCUMENTS_NAMED])
    if len(documents) > DOCUMENTS_NAMED:
        names += f"<li>{escape(message('more_documents', language, count=len(documents) - DOCUMENTS_NAMED))}</li>"
    return (
        f"<section><h2>{escape(message('sources', language))}</h2><p>{escape(message('nothing_yet', language))}</p>"
        f"<p>{escape(count)}</p><ul>{names}</ul></section>"
    )


def _sources(turn: Turn, language: Language) -> str:
    answer = turn.answer
    if answer is None:
        return ""
    others = [hit for hit in answer.hits if hit.paragraph.row not in turn.passages]
    cards = "".join(_card(hit.paragraph, [], turn.number, language) for hit in others)
    if not answer.found:
        heading, note = message("nearest", language), message("nearest_note", language)
        nearest = f"<p>{escape(note)}</p>{cards}" if cards else f"<p>{escape(message('nothing_near', language))}</p>"
        return f'<section id="near-{turn.number}"><h2>{escape(heading)}</h2>{nearest}</section>'
    cited = "".join(
        _card(passage, [c for c in answer.citations if c.row == row], turn.number, language, passage.source in turn.changed)
        for row, passage in turn.passages.items()
    )
    if cards:
        cards = f"<details><summary>{escape(message('others', language, count=len(others)))}</summary>{cards}</details>"
    return f"<section><h2>{escape(message('sources', language))}</h2>{cited}{cards}</section>"


def _card(passage: Paragraph, citations: Sequence[Citation], turn: int, language: Language, changed: bool = False) -> str:
    """One passage: where it is and what it says, the cited sentences marked, and whether its file has changed since."""
    numbers = "".join(
        f'<a class="ref" id="cite-{turn}-{c.number}" href="#ref-{turn}-{c.number}" '
        f'title="{escape(message("to_answer", language, number=c.number))}">[{c.number}]</a>'
        for c in citations
    )
    checkable = ""
    if citations:
        spans = ", ".join(f"{c.start}–{c.end}" for c in citations)
        checkable = f"<footer>{escape(message('span', language, spans=spans, sha256=citations[0].sha256[:12]))}</footer>"
    if changed:
        checkable = f"<p><strong>{escape(message('changed', language))}</strong></p>{checkable}"
    return (
        f'<article class="card"><header>{numbers}<cite>{escape(passage.source)}</cite>'
        f"<span>{escape(_place(passage, language))}</span></header>"
        f"<blockquote>{_marked(passage, citations)}</blockquote>{checkable}</article>"
    )


def _place(passage: Paragraph, language: Language) -> str:
    mark = passage.mark
    if mark is None or not mark.unit:
        key = "place_part" if passage.part else "place"
    else:
        key = "paragraph_part" if passage.part else "paragraph"
    place = message(key, language, number=passage.number, part=passage.part, line=passage.line)
    if mark is None:
        return place
    unit = message(f"unit_{mark.unit}", language, number=mark.number, name=mark.name).rstrip() if mark.unit else ""
    return ("，" if language == "zh" else ", ").join(filter(None, (unit, " › ".join(mark.headings), place)))


def _marked(passage: Paragraph, citations: Sequence[Citation]) -> str:
    parts, at = [], 0
    for citation in sorted(citations, key=lambda c: c.start):
        start, end = max(citation.start - passage.start, at), min(citation.end - passage.start, len(passage.text))
        if start < end:
            number = f' data-number="{citation.number}"' if len(citations) > 1 else ""
            parts += [escape(passage.text[at:start]), f"<mark{number}>{escape(passage.text[start:end])}</mark>"]
            at = end
    return "".join([*parts, escape(passage.text[at:])])
