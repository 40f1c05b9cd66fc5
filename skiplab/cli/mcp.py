"""`skiplab mcp` and `skiplab skill`: for agents."""

from importlib.util import find_spec

from skiplab.cli.exits import ExitCode, fail


def serve() -> None:
    """Serve the lab's tools to an agent over MCP, on stdin and stdout.

    Example: `claude mcp add skiplab -- skiplab mcp`. SKIPLAB_URL and SKIPLAB_TOKEN name another lab.
    """
    if find_spec("mcp") is None:
        fail('The MCP server needs an extra: pip install "skiplab[mcp]".', status=ExitCode.FAILED)
    from skiplab.mcp.server import serve_stdio

    serve_stdio()


def print_skill() -> None:
    """Print a SKILL.md that tells an agent how to use the lab.

    Example: `skiplab skill > .claude/skills/skiplab/SKILL.md`
    """
    from skiplab.mcp.skill import SKILL

    print(SKILL, end="")
