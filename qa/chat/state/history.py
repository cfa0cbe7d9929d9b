"""Earlier conversations: in the browser, and on disk where that is wished.

On disk a conversation is a file `<home>/conversations/<id>.jsonl`: a line that says when it began, then a line for each turn.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ...disk import remove, write_whole
from .records import from_record, to_record
from .turns import Turn, Turns

CONVERSATIONS_KEPT = 20
TURNS_KEPT = 50  # of a conversation; older turns leave it, so that what a session holds has a bound
BYTES_KEPT = 600_000  # of JSON in the browser, which sends them when the page is loaded
VERSION = 1
_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns of one conversation, when it began, as `2026-11-25 09:30`, and a name of its own, empty before the first turn."""

    id: str = ""
    began: str = ""
    turns: Turns = ()

    @property
    def title(self) -> str:
        """The first question."""
        return self.turns[0].question if self.turns else ""

    def with_turns(self, turns: Turns) -> Conversation:
        """The same conversation with these turns; a new one gets its name."""
        if self.id:
            return replace(self, turns=turns[-TURNS_KEPT:])
        now = datetime.now()
        return Conversation(f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}", f"{now:%Y-%m-%d %H:%M}", turns)

    def apart(self) -> Conversation:
        """The same turns under another name, for a conversation that has gone on in another window too."""
        return Conversation().with_turns(self.turns) if self.turns else Conversation()


Conversations = tuple[Conversation, ...]


def with_first(earlier: Conversations, conversation: Conversation) -> Conversations:
    """The earlier conversations with this one first, in place of what was kept of it; without it if it has no turns."""
    others = tuple(kept for kept in earlier if kept.id != conversation.id)
    return ((conversation, *others) if conversation.turns else others)[:CONVERSATIONS_KEPT]


def for_browser(current: Conversation, gone: Iterable[str] = (), *, changed: bool = False) -> dict[str, Any]:
    """What chat.js is to put among what the browser keeps, which other windows may have written to meanwhile.

    That is the conversation on the page, its newest turns that fit, whether it has `changed`, and the ids of those that are
    `gone`.
    """
    turns: list[Any] = []
    room = BYTES_KEPT
    for turn in reversed(current.turns):
        record = to_record(_lean(turn))
        room -= len(json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        if room < 0:
            break
        turns.insert(0, record)
    return {
        "version": VERSION,
        "current": current.id,
        "conversation": {"id": current.id, "began": current.began, "turns": turns} if turns else None,
        "changed": changed,
        "gone": list(gone),
        "most": {"conversations": CONVERSATIONS_KEPT, "bytes": BYTES_KEPT},
    }


def from_browser(record: Any) -> tuple[Conversations, Conversation]:
    """The conversations that a browser kept and the one that was on the page; what cannot be read is left out."""
    if not isinstance(record, dict) or record.get("version") != VERSION or not isinstance(record.get("conversations"), list):
        return (), Conversation()
    read = [_conversation(kept) for kept in record["conversations"][:CONVERSATIONS_KEPT]]
    earlier = tuple(conversation for conversation in read if conversation is not None)
    current = next((conversation for conversation in earlier if conversation.id == record.get("current")), Conversation())
    return earlier, current


class History:
    """The conversations kept in a folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "conversations"

    def keep(self, conversation: Conversation) -> None:
        """Write a conversation in place of what was kept of it; one without turns is forgotten. Raises `OSError`."""
        if not conversation.turns:
            self.forget(conversation.id)
            return
        lines = [{"id": conversation.id, "began": conversation.began}, *(to_record(_lean(turn)) for turn in conversation.turns)]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_whole(self._file(conversation.id), text.encode("utf-8", "surrogatepass"))

    def forget(self, name: str) -> None:
        """Remove a conversation."""
        if _ID.fullmatch(name):
            remove(self._file(name))

    def conversations(self) -> Conversations:
        """The newest conversations there are, the newest first; a file that cannot be read is left out."""
        try:
            files = sorted((file for file in self.folder.glob("*.jsonl") if _ID.fullmatch(file.stem)), reverse=True)
        except OSError:
            return ()
        read = (self._read(file) for file in files[:CONVERSATIONS_KEPT])
        return tuple(conversation for conversation in read if conversation is not None)

    def _read(self, file: Path) -> Conversation | None:
        with contextlib.suppress(OSError, ValueError):
            head, *turns = map(json.loads, filter(None, file.read_text("utf-8", "surrogatepass").split("\n")))
            return _conversation({**head, "turns": turns})
        return None

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"


def merged(*several: Iterable[Conversation]) -> Conversations:
    """All the conversations, the newest first, each once, as the first of `several` that holds it has it."""
    known: dict[str, Conversation] = {}
    for conversations in several:
        for conversation in conversations:
            known.setdefault(conversation.id, conversation)
    return tuple(sorted(known.values(), key=lambda kept: kept.id, reverse=True))[:CONVERSATIONS_KEPT]


def _conversation(record: Any) -> Conversation | None:
    with contextlib.suppress(ValueError, RecursionError):
        conversation = from_record(Conversation, record)
        if _ID.fullmatch(conversation.id) and conversation.turns:
            return replace(conversation, turns=conversation.turns[-TURNS_KEPT:])
    return None


def _lean(turn: Turn) -> Turn:
    """A turn without what surrounds passages that are not cited."""
    return replace(turn, around={row: around for row, around in turn.around.items() if row in turn.passages})
