"""The conversation as HTML.

Document texts, file names and questions reach the page only through `html.escape`; `gr.HTML` shows its `value` with the default
template, which evaluates nothing. Everything clickable has `data-do`, the name of the action in chat.js or of the page's handler.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from ...answers.answer import Answer
from ...answers.citation import Citation
from ...errors import Language, QAError
from ...search.small_talk import is_small_talk
from ...types import Paragraph
from ..state.turns import Turn, Turns
from ..texts.messages import POSSIBLE, band_of, confidence_words, listed, message
from .markup import as_text, button, caption, markdown_marks, one_break, runs, without_marks
from .places import place_of, scope_named, title_of

LONG_QUESTION, LONG_LINES = 150, 4  # characters and lines from which a question is folded to four lines
CLOSEST_SHOWN = 320  # characters of the closest passage that is shown where nothing was found


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the page offers beside asking: `rate` for ratings, `read` for opening documents in the reader."""

    rate: bool = False
    read: bool = False


NO_ABILITIES = Abilities()


def draw_conversation(turns: Turns, language: Language, abilities: Abilities = NO_ABILITIES) -> str:
    """The `turns`, the oldest first, in `language`, with the buttons that `abilities` allow."""
    first_miss = next((turn for turn in turns if turn.answer is not None and not turn.answer.found and turn.answer.hits), None)
    pairs = zip(turns, (None, *turns), strict=False)
    return "".join(_turn(turn, before, language, abilities, turn is turns[-1], turn is first_miss) for turn, before in pairs)


def draw_waiting(
    turns: Turns, questions: Sequence[str], status: str, language: Language, abilities: Abilities = NO_ABILITIES
) -> str:
    """The `turns`, and below them the first of the `questions` being answered, with the line `status` in place of its answer."""
    before = draw_conversation(turns, language, abilities)
    return f'{before}<article class="turn">{_asked(questions[0], language)}<p class="bot waiting">{escape(status)}</p></article>'


def draw_start(examples: Sequence[str], documents: int, language: Language, reading: str = "", samples: bool = False) -> str:
    """The conversation before the first question: `examples` to click, or for no `documents` a large place for files.

    `reading` is the name of the collection while its first documents are being read; `samples` offers the sample documents.
    """
    if reading:
        return f'<div class="start"><p role="status">{caption("being_read", language, name=reading)}</p></div>'
    if not documents:
        add = button("attach", caption("add_first", language), "first")
        sample = button("samples", caption("try_samples", language), "plain") if samples else ""
        return (
            f'<div class="start drop"><div class="drop-place"><h2 class="wide">{caption("no_documents", language)}</h2>'
            f'<h2 class="small">{caption("no_documents_phone", language)}</h2><p>{caption("kinds_read", language)}</p>'
            f"{add} {sample}</div></div>"
        )
    offered = f"<p>{caption('examples', language)}</p>{_questions(examples)}" if examples else ""
    return f'<div class="start"><h2>{caption("welcome", language)}</h2>{offered}</div>'


def draw_unopened(error: QAError, language: Language) -> str:
    """The conversation before the first question, for a collection that cannot be opened: the reason."""
    return f'<div class="start"><p role="alert">{caption("unopened", language, reason=error.told(language))}</p></div>'


def answer_in_words(turn: Turn, language: Language) -> str:
    """The text read out by a screen reader for a new turn: the answer and its confidence, or the reason for none."""
    parts = parts_of(turn)
    if parts:
        return " ".join(f"{part.question} {answer_in_words(part, language)}" for part in parts)
    if turn.answer is None or not (turn.answer.found or turn.answer.hits):
        return said(turn, language)
    return f"{said(turn, language)} {confidence_words(turn.answer.confidence, turn.answer.found, language)[0]}"


def parts_of(turn: Turn) -> tuple[Turn, ...]:
    """Each of several questions in one as a turn of its own; none for one question, and where one quotation answers them all."""
    answer = turn.answer
    if answer is None or (len(answer.citations) == 1 and all(part.found for part in answer.parts)):
        return ()
    return tuple(replace(turn, question=part.question, answer=part) for part in answer.parts)


def said(turn: Turn, language: Language) -> str:
    """The answer as text: its quotations with their numbers, or in the page's language why there is none."""
    answer = turn.answer
    if answer is None:
        return _failed(turn, language)
    if answer.found:
        return _quoted(turn, answer, language)
    if answer.absent:
        return message("absent", language, names=listed(answer.absent, language))
    if answer.hits:
        return message("not_found", language)
    if turn.further and is_small_talk(turn.question):
        return message("greeting", language, example=turn.further[0])
    return message("nothing_named", language)


def _quoted(turn: Turn, answer: Answer, language: Language) -> str:
    if parts := parts_of(turn):
        told = ([part.question, heading_of(part, language), said(part, language)] for part in parts)
        return "\n\n".join("\n".join(filter(None, lines)) for lines in told)
    quoted = [f"{without_marks(c.quote, c.source)} [{turn.offset + c.number}]" for c in answer.citations]
    return "\n".join(filter(None, [*quoted, answer.note]))


def _failed(turn: Turn, language: Language) -> str:
    """Why there is no answer; that documents are still being read is no failure."""
    if turn.failure.code == "collections.being_indexed":
        name = str(turn.failure.about) if turn.collection else message("first_collection", language)
        return message("being_read", language, name=name)
    return message("trouble", language, reason=turn.failure.told(language))


def heading_of(turn: Turn, language: Language) -> str:
    """What stands above an answer that is more likely wrong than right; "" for any other and for several."""
    likely = turn.answer is None or not turn.answer.found or turn.answer.confidence >= POSSIBLE or parts_of(turn)
    return "" if likely else message("possible", language)


def open_button(shown: str, collection: str, source: str, start: int, end: int, kind: str = "") -> str:
    """A button that opens the document `source` in the reader at the span [start, end); it shows `shown`, drawn text."""
    place = json.dumps({"collection": collection, "source": source, "start": start, "end": end})
    return button("open", shown, kind, data_request=place)


def _turn(turn: Turn, before: Turn | None, language: Language, abilities: Abilities, last: bool, first_miss: bool) -> str:
    return (
        f'<article class="turn" id="turn-{turn.number}">{_asked(turn.question, language)}'
        f'<div class="bot">{_understood(turn, language)}{_limited(turn, language)}{_by_words(turn, language)}'
        f"{_quoted_before(turn, before, language)}"
        f"{_reply(turn, language, abilities, first_miss)}</div>{_actions(turn, language, abilities, last)}</article>"
    )


def _asked(question: str, language: Language) -> str:
    if len(question) <= LONG_QUESTION and question.count("\n") < LONG_LINES:
        return f'<h2 class="user-row">{as_text(question)}</h2>'
    more = button("unfold", caption("show_all", language), aria_expanded="false")
    return f'<h2 class="user-row long">{as_text(question)}</h2>{more}'


def _understood(turn: Turn, language: Language) -> str:
    understood = turn.answer.understood if turn.answer else ""
    if not understood:
        return ""
    plain = " " + button("plain", caption("as_typed", language), data_turn=turn.number)
    told = as_text(message("understood", language, question=understood))
    slip = turn.answer is not None and turn.answer.corrected  # which asking again would correct again
    return f'<p class="understood">{told}{"" if slip else plain}</p>'


def _limited(turn: Turn, language: Language) -> str:
    if not turn.within:
        return ""
    names = listed((scope_named(name, language) for name in turn.within), language)
    wider = button("everywhere", caption("everywhere", language), data_turn=turn.number)
    return f'<p class="limited">{as_text(message("searched_in", language, names=names))} {wider}</p>'


def _by_words(turn: Turn, language: Language) -> str:
    return f'<p class="limited">{caption("found_by_words", language)}</p>' if turn.answer and turn.answer.by_words else ""


def _quoted_before(turn: Turn, before: Turn | None, language: Language) -> str:
    """For a follow-up ("why?") that brings nothing but what the answer `before` it quotes, that it does."""
    if not (before and before.answer and turn.answer and turn.answer.found and turn.answer.understood) or turn.answer.corrected:
        return ""
    new, old = ({(c.source, c.sha256, c.start, c.end) for c in each.citations} for each in (turn.answer, before.answer))
    return f'<p class="elsewhere">{caption("quoted_before", language)}</p>' if new <= old else ""


def _reply(turn: Turn, language: Language, abilities: Abilities, first_miss: bool) -> str:
    if turn.answer is None:
        return f'<p class="said trouble" role="alert">{escape(said(turn, language))}</p>'
    answer = turn.answer
    if not (answer.found or answer.hits):  # the question names nothing to search for
        return f'<p class="said">{as_text(said(turn, language))}</p>'
    if parts := parts_of(turn):
        return "".join(_part(part, language) for part in parts)
    if answer.found:
        return f"{_found(turn, answer, language)}{_repeated(turn, language)}"
    note = f'<p class="once">{caption("quotes_only", language)}</p>' if first_miss else ""
    return (
        f'<p class="said">{as_text(said(turn, language))}</p>{_closest(turn, language, abilities)}{_sure(turn, language)}{note}'
    )


def _part(turn: Turn, language: Language) -> str:
    """One of several questions in one, with its own answer and its own band, or that nothing was found for it."""
    assert turn.answer is not None
    missing = f'<p class="said">{as_text(said(turn, language))}</p>{_sure(turn, language)}'
    reply = _found(turn, turn.answer, language) if turn.answer.found else missing
    return f'<section class="part"><h3>{as_text(turn.question)}</h3>{reply}</section>'


def _found(turn: Turn, answer: Answer, language: Language) -> str:
    possible = heading_of(turn, language)
    heading = f'<p class="possible">{escape(possible)}</p>' if possible else ""
    quoted = "\n".join(_quotation(citation, turn, language) for citation in answer.citations)
    quoted += f"\n{as_text(answer.note)}" if answer.note else ""
    return f'{heading}<p class="said{" maybe" * bool(possible)}">{one_break(quoted)}</p>{_sure(turn, language)}'


def _sure(turn: Turn, language: Language) -> str:
    """How sure the answer is: a band in words and shape, and what it means on a click."""
    assert turn.answer is not None
    answer = turn.answer
    words, means = (escape(text) for text in confidence_words(answer.confidence, answer.found, language))
    band = band_of(answer.confidence) if answer.found else "none"
    return f'<details class="sure {band}"><summary title="{means}">{words}</summary><p>{means}</p></details>'


def _quotation(citation: Citation, turn: Turn, language: Language) -> str:
    """A quotation, with the words that answer set in bold unless they may well not, and the link to its card."""
    span = [citation.span] if citation.span and not heading_of(turn, language) else []
    quote = "".join(
        f"<b>{as_text(piece)}</b>" if bold else as_text(piece)
        for piece, (hidden, bold) in runs(citation.quote, markdown_marks(citation.quote, citation.source), span)
        if not hidden
    )
    n, shown = citation.number, turn.offset + citation.number
    label = caption("to_card", language, number=shown)
    confirmed = f' <small class="confirmed">{caption("confirmed", language)}</small>' if citation.confirmed else ""
    return (
        f'{quote}<a class="ref" id="ref-{turn.number}-{n}" href="#cite-{turn.number}-{n}" '
        f'aria-label="[{shown}] {label}">[{shown}]</a>{confirmed}'
    )


def _repeated(turn: Turn, language: Language) -> str:
    """How many of the other passages hold the very words that answer."""
    assert turn.answer is not None
    words = {c.quote[c.span[0] : c.span[1]] for c in turn.answer.citations if c.span}
    count = sum(
        any(len(word) > 1 and word in hit.text for word in words)
        for hit in turn.answer.hits
        if hit.paragraph.row not in turn.passages
    )
    if not count or heading_of(turn, language):
        return ""
    told = caption("same_elsewhere", language, count=count)
    return f'<p class="elsewhere"><a class="ref" href="#others-{turn.number}">{told}</a></p>'


def _closest(turn: Turn, language: Language, abilities: Abilities) -> str:
    """The best passage for a question without an answer, and what else can be tried."""
    assert turn.answer is not None
    passage: Paragraph = turn.answer.hits[0].paragraph
    text = one_break(without_marks(passage.text, passage.source))
    text = text if len(text) <= CLOSEST_SHOWN else text[:CLOSEST_SHOWN] + "…"
    place = as_text(f"{title_of(passage.source)} · {place_of(passage, language)}")
    if abilities.read:
        place = open_button(place, turn.collection, passage.source, passage.start, passage.end)
    return (
        f'<p class="closest-head">{caption("closest", language)}</p><blockquote class="closest">{as_text(text)}'
        f'<footer>{place}</footer></blockquote><p class="actions">'
        f"{button('rephrase', caption('rephrase', language), data_turn=turn.number)}</p>"
    )


def _actions(turn: Turn, language: Language, abilities: Abilities, last: bool) -> str:
    """The buttons below an answer: copy and rating, and for the last turn retry, edit and delete."""
    buttons = []
    if turn.answer is not None and turn.answer.found:
        buttons.append(copy_button("copy_answer", _with_sources(turn, language), language))
    if abilities.rate and turn.answer is not None and turn.answer.hits:
        for rating, key in (("up", "helpful"), ("down", "unhelpful")):
            pressed = "true" if turn.rating == rating else "false"
            shown = caption(key, language)
            buttons.append(button("rate", shown, data_turn=turn.number, data_rating=rating, aria_pressed=pressed))
    if last:
        buttons += [button(key, caption(key, language), data_turn=turn.number) for key in ("retry", "edit")]
        buttons.append(button("undo", caption("undo", language)))  # so that the focus goes on to that of the turn before
    return f'<p class="actions">{"".join(buttons)}</p>' if buttons else ""


def copy_button(key: str, text: str, language: Language) -> str:
    """A button with the message `key` that copies `text`."""
    done, failed = message("copied", language), message("not_copied", language)
    return button("copy", caption(key, language), data_text=text, data_done=done, data_failed=failed)


def _with_sources(turn: Turn, language: Language) -> str:
    assert turn.answer is not None
    lines = [heading_of(turn, language), said(turn, language), ""]
    lines += [
        f"[{turn.offset + c.number}] {title_of(c.source)}"
        + (f", {place_of(turn.passages[c.row], language, c.start)}" if c.row in turn.passages else "")
        for c in turn.answer.citations
    ]
    return "\n".join(lines).strip()


def draw_further(questions: Sequence[str], turn: Turn, language: Language) -> str:
    """The `questions` to ask after `turn`, or in its place if it has no answer; chat.js hides them once there is a newer one."""
    heading = caption("next" if turn.answer and turn.answer.found else "instead", language)
    return f'<div class="further" data-turn="{turn.number}"><p>{heading}</p>{_questions(questions)}</div>'


def _questions(questions: Sequence[str]) -> str:
    offered = (f"<li>{button('ask', escape(text), 'example', data_question=text)}</li>" for text in questions)
    return f"<ul>{''.join(offered)}</ul>"
