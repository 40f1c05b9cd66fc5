"""Metrics of plugins in a trainer: every run imports the plugins that declare them, and none may suffer for it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.db import quantities
from backend.db.database import Database
from skiplab.contract.spec import RunSpec
from tests.databases import BOTH
from worker.components import Components
from worker.plugins import use
from worker.plugins.inspect_all import inspect_all
from worker.plugins.source import named

Write = Callable[[str, str], Path]

HITS = """
    from skiplab import metric

    @metric("hits")
    def hits(logits, labels):
        return {value}
"""


def announce(database: Database, home: Path, *plugins: str) -> None:
    found = [use.inspect(plugin, home) for name in plugins if (plugin := named(home, name)) is not None]
    with database.write() as session:
        quantities.announce(session, [quantity for each in found for quantity in each.quantities])


def metrics_of_a_run(database: Database, home: Path) -> dict[str, object]:
    components = Components(database, home, RunSpec(model="cnn", dataset="digits"))
    return {each.key: each.compute(None, None) for each in components.metrics}


def test_every_run_computes_the_metrics_that_are_on_offer(database: Database, plugin: Write, tmp_path: Path) -> None:
    plugin("hits.py", HITS.format(value=1))
    announce(database, tmp_path, "hits.py")

    assert metrics_of_a_run(database, tmp_path) == {"hits": 1}


@pytest.mark.parametrize(
    "edit",
    [
        "import time; time.sleep(600)",
        "import os; os._exit(7)",
        "import os; os.kill(os.getpid(), 9)",
        "raise RuntimeError('half an edit')",
    ],
)
def test_a_plugin_that_hangs_or_dies_where_it_is_imported_costs_its_metrics_alone(
    edit: str,
    database: Database,
    plugin: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    plugin("good.py", HITS.format(value=1))
    plugin("bad.py", HITS.format(value=2).replace('"hits"', '"misses"'))
    announce(database, tmp_path, "bad.py", "good.py")
    monkeypatch.setattr(use, "METRICS_SECONDS", 2.0)

    plugin("bad.py", edit)  # before it has been inspected again

    assert metrics_of_a_run(database, tmp_path) == {"hits": 1}
    assert "the metrics of bad.py are missing from this run" in caplog.text


def test_a_run_computes_a_metric_by_the_plugin_that_it_is_listed_with(
    database: Database, plugin: Write, tmp_path: Path
) -> None:
    plugin("a.py", HITS.format(value=1))
    plugin("b.py", HITS.format(value=2))
    announce(database, tmp_path, "b.py")  # as where b.py is a package, which comes before files

    with database.read() as session:
        assert list(quantities.offered(session)) == ["b.py"]
    announce(database, tmp_path, "a.py", "b.py")  # the later row of a key stays
    assert metrics_of_a_run(database, tmp_path) == {"hits": 2}


def test_the_second_plugin_with_a_metric_of_the_same_key_is_told_so(plugin: Write, tmp_path: Path) -> None:
    plugin("a.py", HITS.format(value=1))
    plugin("b.py", HITS.format(value=2))

    found = inspect_all(tmp_path, taken_models=set(), taken_datasets=set())

    assert {each.plugin for each in found.quantities} == {"a.py"}
    (card,) = found.models
    assert (card.key, card.source) == ("b", "b.py")
    assert card.error == "b.py: another plugin has a metric with the key 'hits': choose a key of your own"


@BOTH
def test_a_title_that_a_database_has_no_place_for_keeps_no_plugin_from_being_announced(
    database: Database, plugin: Write, tmp_path: Path
) -> None:
    plugin("hits.py", HITS.format(value=1).replace('"hits"', '"hits", title="a\\0b"'))

    announce(database, tmp_path, "hits.py")

    with database.read() as session:
        assert len(quantities.own(session)) == 3


def test_a_title_is_a_text(plugin: Write, tmp_path: Path) -> None:
    plugin("hits.py", HITS.format(value=1).replace('"hits"', '"hits", title=3'))
    found = named(tmp_path, "hits.py")
    assert found is not None

    (card,) = use.inspect(found, tmp_path).models

    assert "metric('hits'): title is 3: give a text" in (card.error or "")
