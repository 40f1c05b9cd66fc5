"""Telemetry ends no run and changes none, whatever the network; unknown values are None."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch

from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from skiplab.contract.telemetry import LayerStat
from tests.worker.training.networks import NETWORKS, Build, builder
from worker.datasets.digits import digits
from worker.datasets.images import ImageData
from worker.training import evaluation, layers, steps
from worker.training.events import EpochFinished, LayersSeen, TrainingEvent
from worker.training.fit import fit

Make = Callable[..., RunSpec]

# Of torch, about networks of these kinds.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def data() -> ImageData:
    return digits()


class Trained:
    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.weights: dict[str, torch.Tensor] = {}
        self.stats: list[LayerStat] = []
        self.confusions = 0

    def report(self, event: TrainingEvent) -> None:
        if isinstance(event, EpochFinished | LayersSeen):
            self.stats += event.layers
        if isinstance(event, EpochFinished):
            clocks = ("time/", "speed/", "system/", Metric.GRADIENT_NORM)
            self.rows.append({key: value for key, value in event.values.items() if not key.startswith(clocks)})
            self.confusions += event.detail is not None
            if event.state is not None:
                kept = event.state.tensors.items()
                self.weights = {name: each.clone() for name, each in kept if not name.startswith(("sums/", "random/p"))}


def trained(make: Make, data: ImageData, build: Build, telemetry: list[str]) -> Trained:
    spec = make(
        epochs=1, batch_size=8, train_limit=24, test_limit=10, train_eval_limit=0, augment="none", telemetry=telemetry
    )
    seen = Trained()
    fit(spec, data, device="cpu", report=seen.report, should_stop=lambda: False, build=build)
    return seen


def is_same(one: Trained, other: Trained, *, but: tuple[Metric, ...] = ()) -> bool:
    rows = [[{key: row.get(key) for key in row.keys() - set(but)} for row in each.rows] for each in (one, other)]
    same = one.weights.keys() == other.weights.keys() and all(
        torch.equal(each, other.weights[name]) for name, each in one.weights.items()
    )
    return rows[0] == rows[1] and same


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_trained_to_the_same_bits_with_telemetry_and_without(
    name: str, spec: Make, data: ImageData, caplog: pytest.LogCaptureFixture
) -> None:
    build = builder(name)

    watched = trained(spec, data, build, ["layers", "classes", "steps"])

    assert is_same(watched, trained(spec, data, build, []))
    assert watched.stats
    assert "disabled after" not in caplog.text
    for stat in watched.stats:
        assert stat.dead_share is None or 0 <= stat.dead_share <= 1
        assert stat.output_grad_rms is None or stat.output_grad_rms > 0 or stat.name == "conv"


def stats_of(name: str, make: Make, data: ImageData) -> dict[str, LayerStat]:
    """Of the first step."""
    seen = trained(make, data, builder(name), ["layers"])
    return {stat.name: stat for stat in seen.stats if stat.epoch == 0}


def test_a_layer_that_is_used_several_times_is_dead_where_no_use_wakes_it(spec: Make, data: ImageData) -> None:
    assert stats_of("shared", spec, data)["conv"].dead_share == 0


@pytest.mark.parametrize("name", ["tokens", "channels last"])
def test_units_of_tokens_lie_along_the_last_dimension(name: str, spec: Make, data: ImageData) -> None:
    stats = stats_of(name, spec, data)

    assert [stats[layer].dead_share for layer in ("patch", "first", "second")] == [0, 0, 0.5]


@pytest.mark.parametrize("name", ["checkpoint", "reentrant checkpoint"])
def test_a_block_that_runs_twice_for_one_step_is_seen_once(name: str, spec: Make, data: ImageData) -> None:
    plain, twice = stats_of("no weight", spec, data), stats_of(name, spec, data)

    for layer in ("one.a", "two.b"):
        assert twice[layer].input_rms == pytest.approx(plain[layer].input_rms, rel=1e-5)
    assert twice["one"].output_grad_rms
    assert twice["one.b"].output_grad_rms


@pytest.mark.parametrize(
    ("name", "blocks"),
    [
        ("ModuleDict", ["parts.one", "parts.two"]),
        ("held only", ["one.units.0", "one.units.1", "two.units.0", "two.units.1"]),
        ("shared", []),
        ("scripted", []),
        ("data parallel", ["module.one", "module.two"]),
    ],
)
def test_blocks_are_modules_that_are_called(name: str, blocks: list[str], spec: Make, data: ImageData) -> None:
    stats = stats_of(name, spec, data)

    assert [stat.name for stat in stats.values() if stat.kind == "block"] == blocks
    assert all(stats[block].output_grad_rms for block in blocks)
    assert [stat.place for stat in stats.values()] == list(range(len(stats)))


@pytest.mark.parametrize(
    ("name", "unknown", "reason"),
    [
        ("tuples", [("one", "output_grad_rms"), ("two", "output_grad_rms")], "gradient at the output of one, two"),
        ("embedding", [("bins", "input_rms"), ("bins", "dead_share")], "input of bins (int64)"),
        (
            "no_grad",
            [("one", "output_grad_rms"), ("stem", "grad_norm")],
            "of stem, one.a, one.b and 1 more (requires no",
        ),
        ("frozen", [("stem", "grad_norm"), ("stem", "grad_rms"), ("one", "output_grad_rms")], "stem, one.a"),
        (
            "computed weights",
            [("stem", "weight_norm"), ("fc", "update_ratio")],
            "weight and its gradient of stem, one.a",
        ),
        ("scripted", [("one.a", "input_rms"), ("one.a", "output_grad_rms")], "(compiled)"),
        ("skipping", [("unused", "output_grad_rms"), ("unused.a", "input_rms"), ("unused.a", "grad_norm")], ""),
        ("parameter", [("place", "input_rms"), ("place", "dead_share")], "input of place (a NoneType)"),
    ],
)
def test_unknown_values_are_null_and_logged_once(
    name: str,
    unknown: list[tuple[str, str]],
    reason: str,
    spec: Make,
    data: ImageData,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    stats = stats_of(name, spec, data)

    assert [getattr(stats[layer], field) for layer, field in unknown] == [None] * len(unknown)
    lines = [record.message for record in caplog.records if "not available" in record.message]
    assert len(lines) == (1 if reason else 0)
    assert not reason or reason in lines[0]


def test_a_frozen_weight_is_measured_and_known_not_to_move(spec: Make, data: ImageData) -> None:
    stem = stats_of("frozen", spec, data)["stem"]

    assert stem.weight_norm
    assert stem.update_ratio == 0


def fails(*_: Any, **__: Any) -> Any:
    raise LookupError("nobody\nthought of this")


@pytest.mark.parametrize(
    "broken",
    ["Watched.of", "Watched.outermost", "square_sum", "largest_of_channels", "sole_tensor", "own_gradient", "lengths"],
)
def test_an_error_in_the_probe_switches_it_off_in_one_line(
    broken: str, spec: Make, data: ImageData, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    build = builder("ModuleDict")
    plain = trained(spec, data, build, [])
    holder, _, name = f"layers.{broken}".rpartition(".")
    monkeypatch.setattr(eval(holder, {"layers": layers}), name, fails)  # of the list above

    watched = trained(spec, data, build, ["layers"])

    assert is_same(watched, plain)
    assert watched.stats == []
    (line,) = [record.message for record in caplog.records if "disabled after" in record.message]
    assert "layer statistics: disabled after LookupError: nobody thought of this" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("holder", "name", "line"),
    [(steps, "float", "step losses: disabled"), (evaluation._Details, "add", "confusion matrix, errors, ")],
)
def test_an_error_in_another_observer_costs_what_it_observes(
    holder: Any,
    name: str,
    line: str,
    spec: Make,
    data: ImageData,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    build = builder("tied")
    plain = trained(spec, data, build, [])
    monkeypatch.setattr(holder, name, fails, raising=False)

    watched = trained(spec, data, build, ["steps", "classes"])

    assert is_same(watched, plain, but=(Metric.TEST_TOP5, Metric.TEST_CALIBRATION_ERROR))
    (reason,) = [record.message for record in caplog.records if "disabled after" in record.message]
    assert line in reason
