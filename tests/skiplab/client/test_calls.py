"""The client against a running lab, with real runs."""

import asyncio
from collections.abc import Iterator
from inspect import signature
from itertools import islice
from typing import Any

import httpx2 as httpx
import plotly.graph_objects as go
import pytest

from skiplab import AsyncLab, Lab
from skiplab.client import Ambiguous, Conflict, Invalid, NotFound, WaitTimeout
from skiplab.client.calls.lookup import Submitted
from skiplab.client.calls.runs import Filters
from skiplab.client.lab import Call, Calls
from skiplab.contract.events import EventType, MetricsEvent
from skiplab.contract.lifecycle import Status
from skiplab.contract.run_lists import RunFilter
from tests import lab as running

pytestmark = pytest.mark.timeout(300)  # the first test may start the lab

SMALL: dict[str, Any] = {
    "model": "cnn",
    "dataset": "digits",
    "epochs": 2,
    "train_limit": 100,
    "test_limit": 50,
    "train_eval_limit": 0,
    "batch_size": 20,
}


@pytest.fixture(scope="module")
def client(lab: running.Lab) -> Iterator[Lab]:
    with Lab(lab.url) as client:
        yield client


@pytest.fixture(scope="module")
def rates(client: Lab) -> Submitted:
    """Two finished runs of an experiment."""
    made = client.submit(SMALL, vary={"learning_rate": [0.01, 0.02]}, experiment="rates", tags=["of a test"])
    ended = client.wait(made, timeout=200)
    return Submitted(ended, made.experiment)


@pytest.fixture
def drained(client: Lab) -> Iterator[None]:
    """The worker claims no runs during the test, so that those it queues can be cancelled at once."""
    (worker,) = client.workers()
    assert client.drain(worker.id).draining
    yield
    assert not client.undrain(worker.id).draining


def test_what_varies_makes_an_experiment_of_runs_that_are_waited_for(client: Lab, rates: Submitted) -> None:
    assert [run.status for run in rates.runs] == [Status.FINISHED, Status.FINISHED]
    assert [run.spec.learning_rate for run in rates.runs if run.spec] == [0.01, 0.02]
    assert {tag for run in rates.runs for tag in run.tags} == {"of a test"}
    assert rates.experiment is not None
    assert client.experiment("rates").runs == client.these(rates)


def test_a_single_run_is_found_by_number_and_by_name(client: Lab, rates: Submitted) -> None:
    first = rates.runs[0]
    renamed = client.change(first, name="the slow one", note="seen")
    assert client.run("the slow one") == client.run(first.id) == client.run(str(first.id)) == renamed


@pytest.mark.usefixtures("drained")
def test_a_name_of_several_runs_is_refused_with_their_numbers(client: Lab) -> None:
    runs = [client.submit(SMALL, name="twins", priority="low").run for _ in range(2)]
    with pytest.raises(Ambiguous, match="2 runs are named 'twins'"):
        client.run("twins")
    assert client.bulk("cancel", runs).refused == []
    for run in runs:
        client.delete(run)
    with pytest.raises(NotFound, match="no run named 'twins'"):
        client.run("twins")


def test_runs_are_listed_by_every_filter_of_the_api(client: Lab, rates: Submitted) -> None:
    assert Filters.__annotations__.keys() | {"limit", "cursor"} == RunFilter.model_fields.keys()
    found = client.runs(experiment="rates", status=[Status.FINISHED], sort="id")
    assert [run.id for run in found] == [run.id for run in rates.runs]
    assert len(client.runs(experiment="rates", limit=1)) == 1
    assert client.page(experiment="rates", limit=1).total == 2


@pytest.mark.usefixtures("drained")
def test_a_new_name_of_an_experiment_begins_one_and_an_old_one_is_joined(client: Lab) -> None:
    begun = client.submit(SMALL, experiment="joined", name="first", epochs=1)
    joined = client.submit(SMALL, experiment="joined", vary={"seed": [1]}, epochs=1)
    assert begun.run.name == "first"
    assert begun.experiment == joined.experiment
    assert len(client.experiment("joined").runs) == 2
    client.cancel_experiment("joined")


@pytest.mark.usefixtures("drained")
def test_the_same_key_queues_nothing_twice(client: Lab) -> None:
    """Also where the first submission begins an experiment that the second one finds."""
    made = [
        client.submit(SMALL, epochs=1, experiment="once", vary={"seed": [0, 1]}, idempotency_key="test_calls")
        for _ in range(2)
    ]
    assert made[0].runs == made[1].runs
    assert len(client.experiment("once").runs) == 2
    client.cancel_experiment("once")


def test_an_unusable_field_is_named_with_what_is_allowed(client: Lab) -> None:
    with pytest.raises(Invalid) as refused:
        client.submit(SMALL, vary={"optimizer": ["sgd", "sdg"]})
    (error,) = refused.value.errors
    assert (error.field, error.value, error.allowed) == ("vary.optimizer", "sdg", ["sgd", "adam", "adamw"])


@pytest.mark.usefixtures("drained")
def test_a_run_that_does_not_end_in_time_is_reported_and_goes_on(client: Lab) -> None:
    run = client.submit(SMALL).run
    with pytest.raises(WaitTimeout) as late:
        client.wait(run, timeout=0)
    assert late.value.runs[0].id == run.id
    assert client.cancel(run).id == run.id
    assert client.wait(run, timeout=30)[0].status == Status.CANCELLED
    with pytest.raises(Conflict):
        client.cancel(run)


def test_metrics_come_as_a_table(client: Lab, rates: Submitted) -> None:
    table = client.metrics(rates, "test/accuracy", frame="columns")
    assert table["run"] == [run.id for run in rates.runs for _ in range(2)]
    assert table["epoch"] == [1, 2, 1, 2]
    assert all(0 <= value <= 1 for value in table["value"])
    assert "test/accuracy" in client.keys(rates)
    assert "test/accuracy" in [quantity.key for quantity in client.quantities()]


def test_a_figure_is_plotlys(client: Lab, rates: Submitted) -> None:
    drawn = client.figure("loss", rates, scheme="dark")
    assert isinstance(drawn, go.Figure)
    assert len(drawn.data) >= 2
    assert "loss" in [card.kind for card in client.figures()]


def test_evidence_has_a_verdict_with_reason_on_every_claim(client: Lab, rates: Submitted) -> None:
    judged = client.evidence(experiment="rates", claims="report")
    (claims,) = judged.sets
    assert {claim.verdict for claim in claims.claims} == {"untested"}
    assert all(claim.why and claim.missing for claim in claims.claims)
    assert [cell.runs for cell in judged.cells] == [[run.id] for run in rates.runs]
    assert all(measures.values["best_accuracy"] is not None for measures in judged.runs)


def test_report_and_measures_are_texts(client: Lab, rates: Submitted) -> None:
    assert client.report(experiment="rates").lower().startswith("<!doctype html>")
    assert client.report(rates, format="md").startswith("# ")
    assert len(client.measures_csv(rates).splitlines()) == 3
    with pytest.raises(ValueError, match="either runs or an experiment"):
        client.report()


def test_logs_workers_models_and_data_sets(client: Lab, rates: Submitted) -> None:
    lines = client.logs(rates.runs[0], limit=2)
    assert [line.id for line in client.logs(rates.runs[0], after=lines.items[0].id).items] == [lines.items[1].id]
    assert client.workers()[0].online
    assert "cnn" in [card.key for card in client.models()]
    assert client.model("cnn").layers
    assert "digits" in [card.key for card in client.datasets()]
    assert client.estimate(SMALL, vary={"seed": [0, 1]}).runs == 2
    assert client.whoami().scope == "write"


def test_events_continue_after_a_lost_connection_without_a_gap(lab: running.Lab, rates: Submitted) -> None:
    """The transport breaks each stream in the middle of its first batch."""
    network = Breaking()
    with Lab(lab.url, transport=network) as client:
        of_runs = client.events(rates.runs, after=0)
        points = (event.payload for event in of_runs if isinstance(event.payload, MetricsEvent))
        seen = [(point.run, point.epoch) for point in islice(points, 4)]
    assert sorted(seen) == [(run.id, epoch) for run in rates.runs for epoch in (1, 2)]
    assert network.broken > 1


class Breaking(httpx.HTTPTransport):
    """A network on which streams break."""

    broken = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        if request.url.path.endswith("/events"):
            assert isinstance(response.stream, httpx.SyncByteStream)
            response.stream = Cut(response.stream)
            self.broken += 1
        return response


class Cut(httpx.SyncByteStream):
    def __init__(self, whole: httpx.SyncByteStream) -> None:
        self._whole = whole

    def __iter__(self) -> Iterator[bytes]:
        chunk = next(iter(self._whole))
        yield chunk[: len(chunk) // 2]
        raise httpx.ReadError("the connection was lost")

    def close(self) -> None:
        self._whole.close()


def test_the_asynchronous_client_has_every_call(lab: running.Lab, rates: Submitted) -> None:
    async def use() -> tuple[list[Status], int]:
        async with AsyncLab(lab.url) as client:
            ended = await client.wait(rates)
            async for event in client.events(ended, after=0):
                if event.type == EventType.METRICS:
                    return [run.status for run in ended], event.id
            return [], 0

    statuses, event_id = asyncio.run(use())
    assert statuses == [Status.FINISHED, Status.FINISHED]
    assert event_id > 0


def test_every_call_says_what_it_does() -> None:
    listed = {name: call for name, call in vars(Calls).items() if isinstance(call, Call)}
    assert {"submit", "runs", "run", "wait", "metrics", "figure", "evidence", "report", "estimate"} <= listed.keys()
    assert all(call.__doc__ and signature(call.steps) for call in listed.values())
