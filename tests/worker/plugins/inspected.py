"""The findings of a plugin's inspection."""

from collections.abc import Callable
from pathlib import Path

from worker.plugins import plugin_cards
from worker.plugins.inspection import Findings
from worker.plugins.source import named

Write = Callable[[str, str], Path]


def inspected(home: Path, name: str) -> Findings:
    found = named(home, name)
    assert found is not None
    return plugin_cards.inspect(found, home)


def errors(home: Path, name: str) -> dict[str, str | None]:
    return {card.key: card.error for card in inspected(home, name).models}


HEAD = "from torch import nn\nfrom skiplab import model\n"
