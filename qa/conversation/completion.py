"""What completing a question gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Completion:
    """A question completed; `sure` is False when it might stand by itself as well."""

    text: str
    sure: bool
