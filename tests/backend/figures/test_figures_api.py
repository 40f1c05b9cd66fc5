"""Figures over HTTP, on a real database."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, catalog, records
from backend.db.attempts import Claim
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.tables import utc_now
from backend.figures.kinds import FigureKind
from skiplab.contract.catalog import ModelDetails
from skiplab.contract.metrics import Metric
from skiplab.contract.palette import HUES
from skiplab.contract.telemetry import LayerStat, SystemSample
from tests.backend.evidence.runs import network


@pytest.fixture
def trained(database: Database, queued: Callable[..., int], claim: Callable[[], Claim]) -> str:
    """Three finished seeds of two networks, as the parameter `runs`."""
    ids = []
    for model in ("cnn", "resnet18"):
        for seed in range(3):
            run_id = queued(model=model, seed=seed)
            held = claim()
            for epoch in (1, 2):
                high = 0.1 * epoch + 0.01 * seed + (0.5 if model == "resnet18" else 0.2)
                values: dict[str, float] = {
                    Metric.TEST_ACCURACY: high,
                    Metric.TEST_LOSS: 1 - high,
                    Metric.TRAIN_EVAL_ACCURACY: high + 0.05,
                    Metric.GAP: 0.05,
                    Metric.EPOCH_SECONDS: 2.0,
                    Metric.IMAGES_PER_SECOND: 50.0,
                }
                record = EpochRecord(
                    epoch=epoch,
                    step=epoch,
                    values=values,
                    layers=[
                        LayerStat(epoch=epoch, place=place, name=f"b{place}", kind="block", output_grad_rms=0.1)
                        for place in (0, 1)
                    ]
                    + [LayerStat(epoch=epoch, place=2, name="conv", kind="layer", update_ratio=0.01)],
                    confusion=[[3, 1], [0, 4]],
                )
                with database.write() as session:
                    records.system(session, run_id, held.attempt, SystemSample(time=utc_now(), cpu=0.5, memory=2**30))
                    records.epoch(session, run_id, held.attempt, record)
            with database.write() as session:
                records.network(session, run_id, held.attempt, network(62_006, 1_303_440))
                attempts.finish(session, run_id, held.attempt)
            ids.append(run_id)
    return ",".join(map(str, ids))


def test_the_kinds_are_listed(api: TestClient) -> None:
    items = api.get("/api/v1/figures").json()["items"]
    assert [each["kind"] for each in items] == list(FigureKind)


@pytest.mark.parametrize("kind", FigureKind)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_is_drawn(api: TestClient, trained: str, kind: str, scheme: str) -> None:
    response = api.get(f"/api/v1/figures/{kind}", params={"runs": trained, "scheme": scheme})
    assert response.status_code == 200, response.text
    figure = response.json()
    assert figure["data"]
    assert figure["layout"]["template"]["layout"]["paper_bgcolor"] == ("#ffffff" if scheme == "light" else "#171b22")
    assert int(response.headers["Skiplab-Event-Id"]) > 0


def test_a_network_has_one_colour_whatever_is_drawn_beside_it_and_whatever_is_on_offer(
    api: TestClient, database: Database, trained: str
) -> None:
    with database.write() as session:
        catalog.announce_models(session, "built-in", [ModelDetails(key=key, label=key) for key in ("new", "resnet18")])

    def colours(runs: str) -> list[str]:
        figure = api.get("/api/v1/figures/curves", params={"runs": runs}).json()
        return [trace["line"]["color"] for trace in figure["data"] if "name" in trace]

    assert colours(trained) == [*HUES["light"][:2]]
    assert colours(",".join(trained.split(",")[3:])) == [HUES["light"][1]]


def test_gradients_of_a_network_without_blocks_are_its_weights_and_no_evidence(
    api: TestClient, database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id, held = queued(model="cnn"), claim()
    layers = [
        LayerStat(epoch=1, place=place, name=name, kind="layer", grad_norm=norm, output_grad_rms=0.5)
        for place, (name, norm) in enumerate([("conv", 0.01), ("fc", 0.1)])
    ]
    with database.write() as session:
        record = EpochRecord(epoch=1, step=1, values={Metric.TEST_ACCURACY: 0.3}, layers=layers)
        records.epoch(session, run_id, held.attempt, record)
        attempts.finish(session, run_id, held.attempt)

    (heat,) = api.get("/api/v1/figures/gradients", params={"runs": run_id}).json()["data"]
    assert heat["z"] == [[-2], [-1]]
    (ratio,) = api.get("/api/v1/figures/gradient-ratio", params={"runs": run_id}).json()["data"]
    assert ratio["y"] == [-1]
    (measured,) = api.get("/api/v1/evidence", params={"runs": run_id}).json()["runs"]
    assert measured["values"]["gradient_ratio"] is None


@pytest.mark.parametrize(
    ("gradients", "rows", "ratio"),
    [
        ([0.01, None, 0.1], [[-2], [None], [-1]], [-1]),
        ([None, 0.01, 0.1], [[None], [-2], [-1]], None),
        ([0.0, 0.01, 0.1], [[None], [-2], [-1]], None),
    ],
)
def test_a_gradient_that_is_not_known_is_a_gap_at_its_depth(
    api: TestClient,
    database: Database,
    queued: Callable[..., int],
    claim: Callable[[], Claim],
    gradients: list[float | None],
    rows: list[list[float | None]],
    ratio: list[float] | None,
) -> None:
    run_id, held = queued(model="cnn"), claim()
    layers = [
        LayerStat(epoch=1, place=place, name=f"block{place}", kind="block", output_grad_rms=value)
        for place, value in enumerate(gradients)
    ]
    with database.write() as session:
        record = EpochRecord(epoch=1, step=1, values={Metric.TEST_ACCURACY: 0.3}, layers=layers)
        records.epoch(session, run_id, held.attempt, record)

    (heat,) = api.get("/api/v1/figures/gradients", params={"runs": run_id}).json()["data"]
    assert (heat["z"], heat["text"]) == (rows, [["block0"], ["block1"], ["block2"]])
    answer = api.get("/api/v1/figures/gradient-ratio", params={"runs": run_id})
    assert answer.json()["data"][0]["y"] == ratio if ratio else answer.status_code == 422


def test_blocks_without_known_gradients_are_replaced_by_weights(
    api: TestClient, database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id, held = queued(model="cnn"), claim()
    layers = [
        LayerStat(epoch=1, place=0, name="one.a", kind="layer", grad_norm=0.1),
        LayerStat(epoch=1, place=1, name="one", kind="block"),
    ]
    with database.write() as session:
        record = EpochRecord(epoch=1, step=1, values={Metric.TEST_ACCURACY: 0.3}, layers=layers)
        records.epoch(session, run_id, held.attempt, record)

    (heat,) = api.get("/api/v1/figures/gradients", params={"runs": run_id}).json()["data"]
    assert (heat["z"], heat["text"]) == ([[-1]], [["one.a"]])


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("portrait", {"runs": ""}, 404),
        ("curves", {}, 422),
        ("curves", {"runs": "99"}, 404),
        ("curves", {"runs": ""}, 422),
        ("curves", {"runs": "", "key": "charm"}, 422),
        ("cost", {"runs": "", "x": "beauty"}, 422),
    ],
)
def test_an_undrawable_figure_says_why(api: TestClient, path: str, params: dict[str, str], status: int) -> None:
    answer = api.get(f"/api/v1/figures/{path}", params=params)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
