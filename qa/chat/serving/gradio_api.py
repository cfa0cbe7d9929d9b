"""The endpoints `/ask`, `/search` and `/documents` for gradio_client."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.events import api

from ...errors import QAError
from ...service.api.endpoints import REQUESTS, Endpoints, description
from ...service.api.replies import QUESTIONS_AT_ONCE

_RETURNED = {"ask": dict[str, Any], "search": list[dict[str, Any]], "documents": list[dict[str, Any]]}


def add_endpoints(page: gr.Blocks, endpoints: Endpoints) -> None:
    """Add `endpoints` to the finished `page`."""
    with page:
        for name in REQUESTS:
            api(
                _function(name, endpoints), api_name=name, api_description=description(name),
                concurrency_limit=QUESTIONS_AT_ONCE, concurrency_id="programs",
            )  # fmt: skip


def _function(name: str, endpoints: Endpoints) -> Callable[..., Any]:
    """A function with the parameters of the request `name`, since Gradio reads an endpoint's parameters from its signature."""
    fields = REQUESTS[name].model_fields

    def call(*arguments: Any) -> Any:
        try:
            return endpoints.call(name, dict(zip(fields, arguments, strict=True)))
        except QAError as error:
            raise gr.Error(str(error), print_exception=False) from error

    kinds = {field: info.annotation for field, info in fields.items()}
    parameters = [
        inspect.Parameter(
            field,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if info.is_required() else info.default,
            annotation=kinds[field],
        )
        for field, info in fields.items()
    ]
    call.__name__ = name
    call.__signature__ = inspect.Signature(parameters, return_annotation=_RETURNED[name])  # type: ignore[attr-defined]
    call.__annotations__ = {**kinds, "return": _RETURNED[name]}
    return call
