"""Metrics of plugins in a trainer: every run imports their plugins, and no run may be affected by them."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
import torch

from backend.db import catalog, quantities
from backend.db.database import Database
from skiplab.contract.spec import RunSpec
from skiplab.plugins import DeclaredModel
from tests.databases import BOTH
from worker.components import Components
from worker.models.global_state import SETTINGS
from worker.plugins import plugin_cards, use
from worker.plugins.inspect_all import inspect_all
from worker.plugins.plugin import Plugin
from worker.plugins.source import named
from worker.training.own_metrics import OwnMetrics

Write = Callable[[str, str], Path]

HITS = """
    from skiplab import metric

    @metric("hits")
    def hits(logits, labels):
        return {value}
"""


def announce(database: Database, home: Path, *plugins: str) -> None:
    found = [plugin_cards.inspect(plugin, home) for name in plugins if (plugin := named(home, name)) is not None]
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


def test_the_second_plugin_with_a_metric_of_the_same_key_is_refused(plugin: Write, tmp_path: Path) -> None:
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

    (card,) = plugin_cards.inspect(found, tmp_path).models

    assert "metric('hits'): title is 3: give a text" in (card.error or "")


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("torch.set_default_dtype(torch.float64)", "the default dtype"),
        ("torch.set_default_device('meta')", "the default device"),
        ("torch.set_num_threads(torch.get_num_threads() + 1)", "the number of threads"),
        ("torch.set_grad_enabled(False)", "the gradient mode"),
        ("torch.autograd.set_detect_anomaly(True)", "anomaly detection"),
        ("torch.use_deterministic_algorithms(True, warn_only=True)", "deterministic algorithms"),
        ("torch.set_float32_matmul_precision('medium')", "the float32 matmul precision"),
        ("torch.backends.cudnn.benchmark = not torch.backends.cudnn.benchmark", "cudnn.benchmark"),
        ("np.seterr(all='raise')", "NumPy's error handling"),
    ],
)
def test_what_a_metrics_file_sets_for_the_process_is_undone_and_named(
    setting: str, named: str, database: Database, plugin: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plugin("hits.py", HITS.format(value=1))
    announce(database, tmp_path, "hits.py")
    plugin("hits.py", f"import numpy as np\nimport torch\n{setting}\n{dedent(HITS.format(value=1))}")
    before = [each.read() for each in SETTINGS]

    assert metrics_of_a_run(database, tmp_path) == {"hits": 1}

    assert [each.read() for each in SETTINGS] == before
    assert f"importing hits.py changes {named}; undone, since every run imports it" in caplog.text


def test_a_metrics_file_that_sets_nothing_is_not_warned_of(
    database: Database, plugin: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    plugin("hits.py", HITS.format(value=1))
    announce(database, tmp_path, "hits.py")

    metrics_of_a_run(database, tmp_path)

    assert "changes" not in caplog.text


DRAWS = """
    import random

    import torch

    from skiplab import metric, model

    DRAWN = [random.random(), *torch.rand(2).tolist()]

    @model("drawing")
    def drawing(classes, image_shape):
        network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(classes))
        network.drawn = DRAWN
        return network
"""


def test_a_network_beside_a_metric_draws_what_it_draws_without_one(
    database: Database, plugin: Write, tmp_path: Path
) -> None:
    def drawn(text: str) -> object:
        plugin("both.py", text)
        found = inspect_all(tmp_path, taken_models=set(), taken_datasets=set())
        with database.write() as session:
            catalog.announce_models(session, "plugin", found.models)
            quantities.announce(session, found.quantities)
        components = Components(database, tmp_path, RunSpec(model="drawing", dataset="digits", seed=3))
        components.build("drawing", classes=10, image_shape=(3, 8, 8))
        (declared,) = [each for each in named_plugin("both.py").load() if isinstance(each, DeclaredModel)]
        network = declared.build(10, (3, 8, 8))
        return network.drawn

    def named_plugin(name: str) -> Plugin:
        found = named(tmp_path, name)
        assert found is not None
        return found

    alone = drawn(DRAWS)
    assert drawn(DRAWS + HITS.format(value=1)) == alone


def test_what_a_metrics_file_imports_is_no_code_of_the_network(
    database: Database, plugin: Write, tmp_path: Path
) -> None:
    plugin("drawing.py", DRAWS)
    plugin("hits.py", "import wave\nimport aid\n" + dedent(HITS.format(value=1)))
    plugin("hits/aid.py", "")
    found = inspect_all(tmp_path, taken_models=set(), taken_datasets=set())
    with database.write() as session:
        catalog.announce_models(session, "plugin", found.models)
        quantities.announce(session, found.quantities)

    components = Components(database, tmp_path, RunSpec(model="drawing", dataset="digits"))

    assert [each.key for each in components.metrics] == ["hits"]
    assert components.imported().files.keys() == {"drawing.py"}


def test_a_network_goes_on_importing_its_own_files_after_a_metric_was_computed(
    database: Database, plugin: Write, tmp_path: Path
) -> None:
    plugin("lazy/aid.py", "SCALE = 2.0")
    plugin(
        "lazy.py",
        """
        from torch import nn

        from skiplab import model

        class Lazy(nn.Module):
            def __init__(self, classes, image_shape):
                super().__init__()
                self.linear = nn.Linear(192, classes)

            def forward(self, x):
                import aid

                return self.linear(x.flatten(1)) * aid.SCALE

        model("lazy", Lazy)
        """,
    )
    plugin("hits.py", HITS.format(value=1))
    found = inspect_all(tmp_path, taken_models=set(), taken_datasets=set())
    with database.write() as session:
        catalog.announce_models(session, "plugin", found.models)
        quantities.announce(session, found.quantities)
    components = Components(database, tmp_path, RunSpec(model="lazy", dataset="digits"))
    network = components.build("lazy", classes=10, image_shape=(3, 8, 8))

    OwnMetrics(components.metrics).values("test", [(torch.zeros(2, 10), torch.zeros(2))])

    assert network(torch.zeros(2, 3, 8, 8)).shape == (2, 10)
