"""A run of text on a page with the place of each of its characters, and how two runs become one text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

WIDE = "⺀"  # the first wide character (Chinese, Japanese, Korean)
NOWHERE = -1  # a character of the text that is not drawn: a space between words, the name of a column
_UNCLEAN = re.compile("[\x00-\x1f\x7f-\xa0\u2000-\u200b\u3000\ufffe]|  |\\A | \\Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe]")
_HYPHENS = "-\u00ad\u2010\x02"  # pdfium gives U+0002 for a hyphen at the end of a line

Face = tuple[str, float]  # the name of a font and its size in points


@dataclass(slots=True)
class Text:
    """A text and, for each of its characters, the number of the character on the page that it is drawn as, or `NOWHERE`."""

    text: str
    at: list[int]

    def cleaned(self) -> Text:
        """Without control characters, with single spaces, none of them at the ends or between letterspaced wide characters."""
        loose = self.text.count(" ") > 0.4 * len(self.text)
        if not loose and not _UNCLEAN.search(self.text):
            return self
        kept: list[int] = []
        for i, char in enumerate(self.text):
            if char == "\x02" and i + 1 < len(self.text):
                continue
            if char.isspace():
                if not kept or self.text[kept[-1]].isspace():
                    continue
            elif _CONTROL.match(char) and char != "\x02":
                continue
            elif loose and char >= WIDE and len(kept) > 1 and self.text[kept[-1]].isspace() and self.text[kept[-2]] >= WIDE:
                kept.pop()
            kept.append(i)
        if kept and self.text[kept[-1]].isspace():
            kept.pop()
        chars = (" " if self.text[i].isspace() else "-" if self.text[i] == "\x02" else self.text[i] for i in kept)
        return Text("".join(chars), [self.at[i] for i in kept])

    def joined(self, other: Text) -> Text:
        """This text and the one on the line below it: a hyphen goes where a word goes on, wide characters need no space."""
        held, more = self.text, other.text
        if not held or not more:
            return self if held else other
        if held[-1] in _HYPHENS and len(held) > 1 and held[-2].isalpha() and more[0].islower():
            return Text(held[:-1] + more, self.at[:-1] + other.at)
        if (held[-1] >= WIDE and more[0] >= WIDE) or held[-1] == "-":
            return Text(held + more, self.at + other.at)
        return Text(f"{held} {more}", [*self.at, NOWHERE, *other.at])

    def beside(self, other: Text) -> Text:
        """This text and the one to its right on the same line."""
        return (
            Text(f"{self.text} {other.text}", [*self.at, NOWHERE, *other.at]) if self.text and other.text else self.joined(other)
        )


@dataclass(slots=True)
class Line:
    """A run of text on one line. Coordinates are in points from the lower left corner of the page.

    `size` is the font size in points, `base` the height of the baseline. `faces` are the faces of its wide and of its narrow
    letters; None where there are no such letters, or where they have several faces or an unknown one. `at` are the numbers of its
    characters on the page, as in `Text`.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float
    faces: tuple[Face | None, Face | None] = (None, None)
    at: list[int] = field(default_factory=list)
    base: float = 0.0

    def __post_init__(self) -> None:
        if not self.at:
            self.at = [NOWHERE] * len(self.text)
        if not self.base:
            self.base = self.bottom + 0.2 * (self.top - self.bottom)

    @property
    def middle(self) -> float:
        """The height of the middle of the line, in points."""
        return (self.top + self.bottom) / 2

    def cleaned(self) -> Text:
        """The text of the line with the places of its characters."""
        return Text(self.text, self.at).cleaned()


def width_of(text: str) -> int:
    """The width of a text in columns: two for a wide character."""
    return len(text) if text.isascii() else len(text) + sum(char >= WIDE for char in text)
