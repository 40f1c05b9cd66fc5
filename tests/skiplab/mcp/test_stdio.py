"""`skiplab mcp`, driven by the official SDK's client against a real lab."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from mcp import Client, StdioServerParameters

from tests.lab import Lab, announced_home, running_lab
from tests.skiplab.mcp.agent import CLAIMS, TOOLS, ToolRefused, ask, walk


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = announced_home(tmp_path_factory.mktemp("agents") / "home")
    (home / "claims").mkdir()
    (home / "claims" / "own.toml").write_text(CLAIMS)
    with running_lab(home) as lab:
        yield lab


def over_stdio(url: str) -> Client:
    """Start `skiplab mcp` for the lab at an address."""
    return Client(
        StdioServerParameters(command=sys.executable, args=["-m", "skiplab", "mcp"], env={"SKIPLAB_URL": url})
    )


@pytest.mark.timeout(300)
def test_an_agent_walks_from_a_question_to_a_verdict(lab: Lab) -> None:
    async def session() -> None:
        async with over_stdio(lab.url) as client:
            await walk(client)

    asyncio.run(session())


def test_refusals_tell_the_agent_what_to_do(lab: Lab) -> None:
    async def session() -> None:
        async with over_stdio(lab.url) as client:
            with pytest.raises(ToolRefused, match=r"learning_rate.*-1"):
                await ask(client, "launch", spec={"learning_rate": -1})
            with pytest.raises(ToolRefused, match="either `experiment` or `runs`"):
                await ask(client, "judge")
            with pytest.raises(ToolRefused, match="no experiment named 'unknown'"):
                await ask(client, "wait", experiment="unknown")

    asyncio.run(session())


def test_without_a_lab_a_tool_says_how_to_start_one() -> None:
    async def session() -> None:
        async with over_stdio("http://127.0.0.1:1") as client:
            with pytest.raises(ToolRefused, match="skiplab up"):
                await ask(client, "offers")

    asyncio.run(session())


def test_the_skill_names_every_tool() -> None:
    printed = subprocess.run([sys.executable, "-m", "skiplab", "skill"], capture_output=True, text=True, check=True)
    assert printed.stdout.startswith("---\nname: skiplab\n")
    assert all(f"- `{tool}(" in printed.stdout for tool in TOOLS)
