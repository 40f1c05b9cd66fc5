"""The MCP server: its tools, and the transport on stdio."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from skiplab.mcp.door import Door, own_lab
from skiplab.mcp.launching import estimate, launch, wait
from skiplab.mcp.offers import offers
from skiplab.mcp.results import compare, results
from skiplab.mcp.skill import RULES
from skiplab.mcp.texts import note, report
from skiplab.mcp.verdicts import judge, missing

READING: tuple[Callable[..., Any], ...] = (offers, estimate, wait, results, compare, judge, missing, report)
WRITING: tuple[Callable[..., Any], ...] = (launch, note)


def server(door: Door) -> MCPServer[Door]:
    """Create a server whose tools open the lab by `door`."""

    @asynccontextmanager
    async def lifespan(_: MCPServer[Door]) -> AsyncIterator[Door]:
        yield door

    # One message a request, otherwise; on stdio, agents' programs show them to their users.
    logging.getLogger("mcp").setLevel(logging.WARNING)
    made = MCPServer("skiplab", title="Skiplab", instructions=RULES, lifespan=lifespan, log_level="WARNING")
    for tool in READING:
        made.add_tool(tool, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    for tool in WRITING:
        made.add_tool(tool, annotations=ToolAnnotations(destructive_hint=False, open_world_hint=False))
    return made


def serve_stdio() -> None:
    """Serve on stdin and stdout until stdin is closed."""
    server(own_lab).run("stdio")
