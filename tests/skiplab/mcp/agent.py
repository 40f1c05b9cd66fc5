"""A scripted agent: the official SDK's client, and the walk that every transport must allow."""

from typing import Any

from mcp import Client
from mcp_types import TextContent

TINY = {"dataset": "digits", "epochs": 1, "train_limit": 200, "test_limit": 100, "train_eval_limit": 0}
"""Fields of runs that take a second."""

VARY = {"model": ["cnn"], "learning_rate": [0.1, 0.001], "seed": [0, 1, 2]}

CLAIMS = """
key = "own"
title = "Rates"
dataset = "cifar10"
[[claims]]
id = "R1"
sentence = "A high rate learns more in one epoch."
compares = [{ high = { model = "cnn", learning_rate = 0.1 }, low = { model = "cnn", learning_rate = 0.001 } }]
parts = [{ measure = "final_accuracy", weights = { high = 1, low = -1 }, expect = "greater" }]
"""
"""A set of claims that such runs can test."""

TOOLS = {"offers", "estimate", "launch", "wait", "results", "compare", "judge", "missing", "report", "note"}


class ToolRefused(Exception):
    """The answer of a tool that failed: what the agent reads."""


async def ask(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Call a tool and return its structured answer. Raises ToolRefused."""
    result = await client.call_tool(tool, arguments)
    if result.is_error:
        (text,) = result.content
        assert isinstance(text, TextContent)
        raise ToolRefused(text.text)
    answer: dict[str, Any] | None = result.structured_content
    assert answer is not None
    return answer


async def walk(client: Client) -> None:
    """List, launch, wait, judge, and what comes after."""
    assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
    offers = await ask(client, "offers")
    assert "cnn" in {each["key"] for each in offers["networks"]}
    assert offers["claims"]["own"] == {"R1": "A high rate learns more in one epoch."}

    assert (await ask(client, "estimate", spec=TINY, vary=VARY))["n"] == 6
    launched = await ask(client, "launch", spec=TINY, vary=VARY, experiment="rates")
    assert launched["n"] == 6
    assert any("n = 3" in caveat for caveat in launched["caveats"])

    which = {"experiment": launched["experiment"]}
    while not (waited := await ask(client, "wait", **which))["ended"]:
        pass
    assert waited["by_status"] == {"finished": 6}

    results = await ask(client, "results", **which)
    assert results["n"] == 6
    assert len(results["runs"][0]["curves"]["test/accuracy"]["value"]) == 1

    compared = await ask(client, "compare", **which)
    for cell in compared["configurations"]:
        accuracy = cell["measures"]["final_accuracy"]
        assert accuracy["n"] == 3
        assert accuracy["low"] <= accuracy["mean"] <= accuracy["high"]

    judged = await ask(client, "judge", **which, claim="R1")
    (verdict,) = judged["verdicts"]
    assert verdict["verdict"] in ("supported", "refuted", "inconclusive")
    (part,) = verdict["parts"]
    assert part["n"] == {"high": 3, "low": 3}
    assert part["low"] <= part["effect"] <= part["high"]
    assert part["covers"] == 0.95
    assert any("cifar10" in caveat.lower() for caveat in verdict["caveats"]), "the claim is about another data set"

    missing = await ask(client, "missing", **which, claim="R1")
    assert missing["settled"] == ["R1"] or missing["claims"][0]["why"]

    report = await ask(client, "report", **which)
    assert report["text"].startswith("# ")
    run = launched["runs"][0]
    assert (await ask(client, "note", run=run, text="tests R1"))["note"].endswith("agent: tests R1")
