"""What a reader can set in the page, and what each choice means."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from ...answers.confidence import THRESHOLD
from ...errors import Language
from ..texts.messages import choose_language
from .turns import FEWEST_LISTED, LISTED, MOST_LISTED

PASSAGE_COUNTS = (FEWEST_LISTED, LISTED, 10, MOST_LISTED)


@dataclass(frozen=True, slots=True)
class Caution:
    """A least confidence, and the percentages answered there: of a file's own questions, and of another file's.

    Measured by `python -m qa eval drcd_dev.json --unanswerable cmrc2018_trial.json --threshold 0.25 0.1 0.5`.
    """

    threshold: float
    good: int
    bad: int


CAUTIONS = {"bold": Caution(0.1, 99, 26), "balanced": Caution(THRESHOLD, 99, 9), "cautious": Caution(0.5, 96, 3)}
THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of one browser. `language` is empty where the browser's own is followed."""

    k: int = LISTED
    caution: str = "balanced"
    language: Literal["", "zh", "en"] = ""
    theme: str = "system"

    @property
    def threshold(self) -> float:
        """The least confidence of an answer."""
        return CAUTIONS[self.caution].threshold

    def page_language(self, accepted: str) -> Language:
        """The language of the page for an Accept-Language header."""
        return self.language or choose_language(accepted)


ALLOWED: dict[str, tuple[Any, ...]] = {
    "k": PASSAGE_COUNTS,
    "caution": tuple(CAUTIONS),
    "language": ("", "zh", "en"),
    "theme": THEMES,
}


_DEFAULTS = Settings()


def read_settings(record: Any, defaults: Settings = _DEFAULTS) -> Settings:
    """The settings a browser kept; what is not one of the choices is left at its default."""
    given = record if isinstance(record, dict) else {}
    taken: dict[str, Any] = {
        name: choice
        for name, choices in ALLOWED.items()
        for choice in choices
        if type(given.get(name)) is type(choice) and given[name] == choice
    }
    return replace(defaults, **taken)
