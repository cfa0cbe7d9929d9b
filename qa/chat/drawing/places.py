"""Documents and places in them as a person names them."""

from __future__ import annotations

from pathlib import PurePosixPath

from ...collections.collection_folder import UPLOADED
from ...errors import Language
from ...passages.place import paragraph_at
from ...types import Paragraph
from ..texts.messages import message


def title_of(source: str) -> str:
    """The name of the file of a document or folder, without the folders above."""
    return PurePosixPath(source).name or source


def scope_named(source: str, language: Language) -> str:
    """What a question is limited to as a user knows it: the folder of the uploaded files has no name of theirs."""
    return message("uploads", language) if source == UPLOADED else title_of(source)


def folder_of(source: str) -> str:
    """The folders above a document's file, "" for none; that of the uploaded files is none of the user's."""
    folder = str(PurePosixPath(source).parent)
    return "" if folder in (".", "/") else folder.removeprefix(UPLOADED).removeprefix("/")


def kind_of(source: str) -> str:
    """The kind of a document as its icon shows it: its suffix in capitals, at most four letters."""
    return PurePosixPath(source).suffix.lstrip(".").upper()[:4]


def place_of(passage: Paragraph, language: Language, at: int | None = None) -> str:
    """The place of a passage, or of the character `at` in it, as a person says it: page, headings, paragraph, line."""
    passage = passage if at is None else paragraph_at(passage, at)
    mark = passage.mark
    if mark is None or not mark.unit:
        key = "place_part" if passage.part else "place"
    else:
        key = "paragraph_part" if passage.part else "paragraph"
    place = message(key, language, number=passage.number, part=passage.part, line=passage.line)
    if mark is None:
        return place
    unit = message(f"unit_{mark.unit}", language, number=mark.number, name=mark.name).rstrip() if mark.number else ""
    return ("，" if language == "zh" else ", ").join(filter(None, (unit, " › ".join(mark.headings), place)))
