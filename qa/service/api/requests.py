"""The requests of programs: one model for each endpoint, for plain HTTP, gradio_client and MCP.

Types are strict: `"5"` and `true` are no numbers. `refusal` tells what does not fit, in one line that names the field, what was
given and what would fit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from ...config import MOST_PASSAGES as _MOST_PASSAGES
from ...config import QUESTION_LIMIT as _QUESTION_LIMIT
from ...config import THRESHOLD
from ...errors import QAError

QUESTION_LIMIT = _QUESTION_LIMIT
SENT_LIMIT = 10_000  # characters that the page sends of a longer question, which is refused anyway
LISTED = 5  # passages listed for a question, if nothing is said
MOST_PASSAGES = _MOST_PASSAGES  # the largest `k`
MOST_NAMES = 200  # names in `within`
MOST_EARLIER = 20  # questions in `history`
_SHOWN = 40  # characters of a wrong value that a refusal repeats


class Refusal(QAError):
    """A request that cannot be asked as it is."""


def objection(question: object) -> Refusal | None:
    """Why `question` cannot be asked: no text, empty or too long; None when it can."""
    if not isinstance(question, str):
        return Refusal("chat.question_is_no_text")
    if not question.strip():
        return Refusal("chat.empty_question")
    if len(question) > QUESTION_LIMIT:
        length = len(question) if len(question) < SENT_LIMIT else f"{SENT_LIMIT}+"
        return Refusal("chat.question_too_long", limit=QUESTION_LIMIT, length=length)
    return None


def encodable(value: Any) -> Any:
    """A text with "?" for lone surrogates, which JSON may hold and UTF-8 cannot; another value unchanged."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _askable(question: str) -> str:
    if objection(question):
        raise ValueError
    return question


Text = Annotated[str, BeforeValidator(encodable)]
AskedText = Annotated[Text, AfterValidator(_askable), Field(min_length=1, max_length=QUESTION_LIMIT)]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Lenient(BaseModel):
    """A part of a request as another API's clients send it, of which what is not needed here is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class DocumentsRequest(_Request):
    """Which collection to list."""

    collection: Text | None = Field(None, description="The collection to list, by its `collection` or `name`; all if left out.")


class SearchRequest(_Request):
    """A question, and where to look for passages near it."""

    question: AskedText = Field(description=f"A question in any language, {QUESTION_LIMIT} characters at most.")
    k: int = Field(LISTED, description="How many passages.", ge=1, le=MOST_PASSAGES)
    collection: Text | None = Field(None, description="The collection to ask, as `documents` names it; the first if left out.")
    within: list[Text] | None = Field(
        None, description="Only these documents, or folders of them, by source.", max_length=MOST_NAMES
    )


class AskRequest(SearchRequest):
    """A question to be answered, where to look, and what was asked before it."""

    threshold: float | None = Field(
        None, description=f"Least confidence, 0 to 1, from which on there is an answer; {THRESHOLD} if left out.", ge=0, le=1
    )
    history: list[AskedText] | None = Field(
        None, description="Earlier questions of the conversation, oldest first.", max_length=MOST_EARLIER
    )


_MISFIT = {
    "k": ("chat.bad_k", MOST_PASSAGES),
    "within": ("chat.bad_within", MOST_NAMES),
    "threshold": ("chat.bad_threshold", 1),
    "history": ("chat.bad_history", MOST_EARLIER),
}


def refusal(problems: Sequence[Any], request: type[BaseModel], collections: Sequence[str] = ()) -> Refusal:
    """The `problems` of a request (`ValidationError.errors()`) as one error: an unknown field, else the first that does not fit.

    `request` is its model, and `collections` are the slugs that exist.
    """
    known = list(request.model_fields)
    problem = next((one for one in problems if one["type"] == "extra_forbidden"), problems[0])
    kind, (field, *inside), given = problem["type"], problem["loc"], problem["input"]
    if kind == "extra_forbidden":
        return Refusal("chat.unknown_field", name=shortened(str(field)), names=known)
    if kind == "missing":
        return Refusal("chat.missing_field", name=field)
    if field == "question" or (inside and field == "history" and isinstance(given, str)):
        return objection(given) or Refusal("chat.question_is_no_text")
    if field == "collection":
        return unknown_collection(given, collections)
    code, limit = _MISFIT[field]
    return Refusal(code, limit=limit, given=shortened(json.dumps(given, ensure_ascii=False, default=repr)))


def misfit(problems: Sequence[Any], _: str = "") -> Refusal:
    """The first of the `problems` of a request in another API's shape, as an error."""
    name = ".".join(map(str, problems[0]["loc"])) or "body"
    return Refusal("chat.bad_parameter", name=shortened(name), reason=problems[0]["msg"])


def unknown_collection(given: object, collections: Sequence[str]) -> Refusal:
    """The error for the name `given` that no collection has; `collections` are the slugs that exist."""
    name = shortened(given) if isinstance(given, str) else type(given).__name__
    return Refusal("chat.unknown_collection", name=name, names=list(collections))


def shortened(text: str) -> str:
    """A wrong value as a refusal repeats it."""
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
