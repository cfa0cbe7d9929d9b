"""For language models: the endpoints as tools of the Model Context Protocol, by streamable HTTP at `/mcp`.

Gradio has an MCP server too, which holds pydantic back to an old version and gives results as Python's repr; this one is
the protocol's own package, which is optional.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from ...errors import QAError
from ..state.backend import Backend
from ..texts.messages import message
from .endpoints import HISTORY_LIMIT, K_LIMIT, NAMES_LIMIT, Endpoints

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

ADDRESS = "/mcp"
PACKAGE = "mcp==2.3.0"

_INSTRUCTIONS = (
    "Answers questions from the user's own documents by quotation. Every citation names file, place and characters and can be "
    "checked. When `found` is false the documents do not hold the answer: say so instead of answering from elsewhere."
)
_Question = Annotated[str, Field(description="A question in any language, 2000 characters at most.")]
_Count = Annotated[int, Field(description="How many passages.", ge=1, le=K_LIMIT)]
_Collection = Annotated[str | None, Field(description="The collection to ask, as `documents` names it; the first if left out.")]
_Within = Annotated[
    list[str] | None, Field(description="Only these documents, or folders of them, by source.", max_length=NAMES_LIMIT)
]
_Threshold = Annotated[
    float | None, Field(description="Least confidence, 0 to 1, from which on there is an answer; 0.25 if left out.", ge=0, le=1)
]
_History = Annotated[
    list[str] | None, Field(description="Earlier questions of the conversation, oldest first.", max_length=HISTORY_LIMIT)
]


def check_package() -> None:
    """Raise `QAError` where the package is not installed."""
    if find_spec("mcp") is None:
        raise QAError(f'--mcp needs the package mcp: pip install "{PACKAGE}"')


def make_mcp_server(backend: Backend) -> MCPServer[Any]:
    """A server with the tools `ask`, `search` and `documents`. Raises `QAError` where the package is not installed."""
    check_package()
    from mcp.server.mcpserver import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations

    class OneLineErrors(MCPServer[Any]):
        """Errors in one line, those of arguments too, which the package gives with a line for each and an address."""

        async def call_tool(self, name: str, arguments: dict[str, Any], context: Any = None) -> Any:
            known = next((tool.input_schema["properties"] for tool in await self.list_tools() if tool.name == name), arguments)
            for parameter in arguments:
                if parameter not in known:
                    raise ToolError(message("bad_parameter", "en", name=parameter[:40], names=", ".join(known)))
            try:
                return await super().call_tool(name, arguments, context)
            except ToolError as error:
                cause = error.__cause__
                if isinstance(cause, ValidationError):
                    problems = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in cause.errors())
                    raise ToolError("; ".join(problems)) from None
                raise ToolError(str(error).removeprefix(f"Error executing tool {name}: ")) from None

    endpoints = Endpoints(backend)
    server = OneLineErrors("ask-your-documents", instructions=_INSTRUCTIONS, log_level="CRITICAL")

    def ask(
        question: _Question,
        k: _Count = 5,
        collection: _Collection = None,
        within: _Within = None,
        threshold: _Threshold = None,
        history: _History = None,
    ) -> str:
        try:
            return _text(endpoints.ask(question, k, collection, within, threshold, history))
        except QAError as error:
            raise ToolError(str(error)) from error

    def search(question: _Question, k: _Count = 5, collection: _Collection = None, within: _Within = None) -> str:
        try:
            return _text(endpoints.search(question, k, collection, within))
        except QAError as error:
            raise ToolError(str(error)) from error

    def documents(collection: _Collection = None) -> str:
        try:
            return _text(endpoints.documents(collection))
        except QAError as error:
            raise ToolError(str(error)) from error

    reads = ToolAnnotations(read_only_hint=True, open_world_hint=False)
    for tool, method in ((ask, endpoints.ask), (search, endpoints.search), (documents, endpoints.documents)):
        text = " ".join((method.__doc__ or "").split()) + " The result is JSON."
        server.add_tool(tool, description=text, annotations=reads, structured_output=False)
    return server


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace").decode()
