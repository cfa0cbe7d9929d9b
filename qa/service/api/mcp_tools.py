"""The endpoints as tools for language models, by the Model Context Protocol over streamable HTTP at `/mcp`.

It uses the protocol's own package, which is optional. Gradio's MCP server needs an old pydantic and returns results as Python's
repr.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import BaseModel, ValidationError

from ...errors import QAError
from .documents import REQUESTS as DOCUMENT_REQUESTS
from .documents import Documents
from .endpoints import REQUESTS, Endpoints, description, one_line
from .requests import misfit

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

ADDRESS = "/mcp"
PACKAGE = "mcp==2.3.0"
CHANGING = ("put_document", "replace_document", "delete_document")

_INSTRUCTIONS = (
    "Answers questions from the user's own documents by quotation. Every citation names file, place and characters and can be "
    "checked. When `found` is false the documents do not hold the answer: say so instead of answering from elsewhere."
)


def check_package() -> None:
    """Raise `QAError` when the package `mcp` is not installed."""
    if find_spec("mcp") is None:
        raise QAError("chat.no_mcp", package=PACKAGE)


def make_mcp_server(endpoints: Endpoints, documents: Documents) -> Server[Any]:
    """An MCP server with `ask`, `search` and `documents` as tools, and those of `documents` for putting in and taking out.

    Raises `QAError` when the package is not installed.
    """
    check_package()
    from mcp import types
    from mcp.server.lowlevel import Server

    def tool(name: str, described: str, request: type[BaseModel]) -> types.Tool:
        reads = name not in CHANGING
        hints = types.ToolAnnotations(
            read_only_hint=reads, destructive_hint=name in ("replace_document", "delete_document"), open_world_hint=False
        )
        return types.Tool(
            name=name,
            description=f"{described} The result is JSON.",
            input_schema=request.model_json_schema(),
            annotations=hints,
        )

    tools = [
        *(tool(name, description(name), request) for name, request in REQUESTS.items()),
        *(tool(name, one_line(getattr(Documents, name).__doc__), request) for name, request in DOCUMENT_REQUESTS.items()),
    ]

    async def list_tools(*_: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=tools)

    async def call_tool(_: Any, asked: types.CallToolRequestParams) -> types.CallToolResult:
        def call() -> Any:
            given = _unpacked(asked.arguments or {})
            if asked.name in REQUESTS:
                return endpoints.call(asked.name, given, strict=False)
            if asked.name in DOCUMENT_REQUESTS:
                try:
                    request = DOCUMENT_REQUESTS[asked.name].model_validate(given)
                except ValidationError as error:
                    raise misfit(error.errors()) from None
                return getattr(documents, asked.name)(request)
            raise QAError("chat.unknown_tool", name=asked.name[:40], names=[tool.name for tool in tools])

        failed = True
        try:
            value = await anyio.to_thread.run_sync(call)
            text, failed = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode(), False
        except QAError as error:
            text = str(error)
        except Exception:  # a bug: the details are for the terminal, not for the client
            traceback.print_exc(file=sys.stderr)
            text = str(QAError("chat.failed"))
        return types.CallToolResult(content=[types.TextContent(text=text)], is_error=failed)

    return Server("ask-your-documents", instructions=_INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool)


def _unpacked(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The `arguments` with lists that came as JSON texts parsed, since some clients send lists only so."""
    return {name: _list_of(value) if name in ("within", "history") else value for name, value in arguments.items()}


def _list_of(value: Any) -> Any:
    if not (isinstance(value, str) and value.lstrip().startswith("[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
