"""What a worker publishes to the catalogue."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from backend.db import catalog
from backend.db.database import Database
from backend.db.migration import migrate
from worker import announce as announce_module
from worker.announce import announce
from worker.models import zoo
from worker.models.registry import MODELS
from worker.settings import WorkerSettings


def test_built_in_networks_are_measured_once_for_each_version_of_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce_module, "announce_plugins", lambda _settings: None)
    monkeypatch.setattr(zoo, "plain_cards", list)
    cards = import_module("worker.models.cards")  # the package offers its function under that name
    settings = WorkerSettings(home=tmp_path)
    database = Database(settings.database)
    migrate(database)
    announce(settings)
    with database.read() as session:
        first = {card.key: card for card in catalog.models(session)}
    assert first.keys() == MODELS.keys()
    assert all(card.measured and card.parameters for card in first.values())
    measured: list[str] = []
    measure = cards.measured_card

    def measured_and_noted(key: str, *given: Any, **how: Any) -> Any:
        measured.append(key)
        return measure(key, *given, **how)

    monkeypatch.setattr(cards, "measured_card", measured_and_noted)

    announce(settings)
    with database.read() as session:
        assert {card.key: card for card in catalog.models(session)} == first
    assert measured == []

    monkeypatch.setattr(cards, "fingerprint", lambda: "skiplab of tomorrow")
    announce(settings)
    assert measured == list(MODELS)
    database.close()
