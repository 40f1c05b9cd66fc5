"""The lab that a tool talks to, and what its errors become."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from skiplab.client import AsyncLab, LabError

Headers: TypeAlias = Mapping[str, str] | None
"""Of the HTTP request that calls a tool; None on stdio."""

Door: TypeAlias = Callable[[Headers], AbstractAsyncContextManager[AsyncLab]]
"""Opens a client of the lab, with the caller's own access."""

Call: TypeAlias = Context[Door, Any]
"""One call of a tool."""


@asynccontextmanager
async def opened(call: Call) -> AsyncIterator[AsyncLab]:
    """Yield a client of the lab; whatever the lab refuses becomes an answer that the agent can read."""
    door: Door = call.request_context.lifespan_context
    try:
        async with door(call.headers) as lab:
            yield lab
    except LabError as error:
        raise ToolError(str(error)) from error


@asynccontextmanager
async def own_lab(_: Headers) -> AsyncIterator[AsyncLab]:
    """Open the lab of SKIPLAB_URL, of `skiplab login`, or the one on this machine."""
    async with AsyncLab() as lab:
        yield lab
