"""The demo: what it queues and draws, and how it reports the outcome of runs."""

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest
from rich.console import Console

from backend.demo import plan, training
from backend.demo.plan import NoData, choose
from backend.demo.table import table
from skiplab.cli.progress import Measured, display_on
from skiplab.client import AsyncLab, steps
from skiplab.client.calls.lookup import Submitted
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.experiments import Experiment
from skiplab.contract.lifecycle import Status
from skiplab.contract.run import Run
from skiplab.contract.run_lists import RunPage
from skiplab.contract.series import Series, SeriesList
from skiplab.contract.spec import RunSpec
from tests.backend.evidence.runs import network
from tests.lab import Lab

START = datetime(2026, 1, 1, tzinfo=UTC)


def card(key: str, *, available: bool = True, images: tuple[int, int] | None = (1437, 360)) -> DatasetCard:
    train, test = images or (None, None)
    return DatasetCard(
        key=key, label=key.title(), train_images=train, test_images=test, available=available, source="a test"
    )


@pytest.fixture
def run() -> Callable[..., Run]:
    def make(**fields: object) -> Run:
        given: dict[str, object] = {
            "id": 1,
            "kind": "lab",
            "name": "cnn",
            "status": Status.RUNNING,
            "spec": {"model": "cnn", "dataset": "digits", "epochs": 5},
            "attempt": 1,
            "epoch": 0,
            "epochs": 5,
            "progress": 0,
            "stop_requested": False,
            "archived": False,
            "trained_seconds": 0,
            "priority": "normal",
            "tags": [],
            "note": "",
            "created_at": START,
        }
        unknown = {name: None for name, field in Run.model_fields.items() if field.is_required()}
        return Run.model_validate({**unknown, **given, **fields})

    return make


def measured(run: Run, **series: list[float | None]) -> Measured:
    """A run and its values, `train_loss=[...]` from the first epoch on."""
    return Measured.of(
        [run],
        [
            Series(
                run=run.id,
                key=name.replace("_", "/"),
                epoch=list(range(1, len(values) + 1)),
                step=list(range(len(values))),
                time=[START] * len(values),
                value=values,
            )
            for name, values in series.items()
        ],
    )


@pytest.fixture
def paper() -> Console:
    """A console that is not a terminal."""
    return Console(file=io.StringIO(), width=100, highlight=False, markup=False)


def written(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_digits_are_taken_unless_cifar10_is_on_the_disk_already() -> None:
    assert choose([card("cifar10", available=False), card("digits")]).data.key == "digits"
    assert choose([card("cifar10"), card("digits")]).data.key == "cifar10"


def test_without_data_the_demo_says_so() -> None:
    with pytest.raises(NoData, match="neither of the data sets digits and cifar10"):
        choose([card("flowers"), card("digits", available=False)])


@pytest.mark.parametrize("key", plan.FIELDS)
def test_every_plan_is_a_valid_spec(key: str) -> None:
    for model in plan.NETWORKS:
        spec = RunSpec.model_validate({"model": model, **plan.FIELDS[key]})
        assert spec.dataset == key


def test_the_announcement_says_which_part_of_the_data_is_used() -> None:
    assert choose([card("digits")]).announcement == (
        "Training the report's four networks on Digits, 5 epochs each, trained on 300 of 1,437 images, tested on 180 of"
        " 360."
    )
    on_cifar10 = choose([card("cifar10", images=None)])
    assert "1 epoch each" in on_cifar10.announcement
    assert on_cifar10.sizes == "trained on 1,500 images, tested on 500"


def test_without_a_terminal_each_epoch_is_printed_once(run: Callable[..., Run], paper: Console) -> None:
    after_two = measured(run(epoch=2), train_loss=[2.3, 1.25], test_loss=[2.2, None], test_accuracy=[0.1, 0.256])
    with display_on(paper) as display:
        display.update(measured(run(epoch=1), train_loss=[2.3], test_loss=[2.2], test_accuracy=[0.1]))
        display.update(after_two)
        display.update(after_two)
        display.update(measured(run(epoch=2, status=Status.CANCELLED)))
    assert written(paper).splitlines()[:2] == [
        "cnn: epoch 1/5, train loss 2.300, test loss 2.200, test accuracy 10.0%",
        "cnn: epoch 2/5, train loss 1.250, test loss not finite, test accuracy 25.6%",
    ]
    assert written(paper).splitlines()[-1] == "cnn: cancelled"


def test_on_a_terminal_each_run_is_a_bar_with_epoch_loss_accuracy_and_time_left(run: Callable[..., Run]) -> None:
    terminal = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    waiting = run(id=2, name="resnet18", status=Status.QUEUED)
    with display_on(terminal) as display:
        busy = run(epoch=1, activity="training", eta_seconds=81.2, progress=0.3)
        training = measured(busy, train_loss=[2.3], test_accuracy=[0.125])
        display.update(Measured([*training.runs, waiting], training.values))
    last = written(terminal)
    for part in ("cnn", "epoch 1/5", "loss 2.300", "accuracy 12.5%", "1:21 left", "resnet18", "queued"):
        assert part in last


def test_a_run_without_a_pace_shows_its_activity_instead(run: Callable[..., Run]) -> None:
    terminal = Console(file=io.StringIO(), width=100, force_terminal=True, color_system=None)
    with display_on(terminal) as display:
        display.update(measured(run(activity="downloading digits 41 %")))
    assert "downloading digits 41 %" in written(terminal)


def test_the_table_holds_the_last_epoch_and_not_the_best(run: Callable[..., Run], paper: Console) -> None:
    finished = run(
        epoch=2,
        status=Status.FINISHED,
        started_at=START,
        finished_at=START + timedelta(seconds=61.7),
        progress=1,
        network=network(62_006, 1_303_440),
    )
    values = measured(finished, train_loss=[2, 1], test_loss=[1.5, 1.75], test_accuracy=[0.9, 0.8])

    paper.print(table(values, caption="Values of the last epoch"))

    row = next(line for line in written(paper).splitlines() if "cnn" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["cnn", "62,006", "1.000", "1.750", "80.0%", "62"]


def test_the_table_says_of_a_run_without_a_result_how_it_ended(run: Callable[..., Run], paper: Console) -> None:
    paper.print(table(measured(run(status=Status.FAILED)), caption=""))
    row = next(line for line in written(paper).splitlines() if "cnn" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["cnn", "-", "-", "-", "-", "failed"]


def test_a_backend_that_is_away_for_a_moment_does_not_end_the_demo(
    run: Callable[..., Run], paper: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(steps, "RETRY_PAUSES", ())
    finished = run(status=Status.FINISHED)
    page = RunPage(items=[finished], next_cursor=None, total=1)
    answers = iter([None, None, page, SeriesList(series=[])])

    def network(request: httpx.Request) -> httpx.Response:
        answer = next(answers)
        if answer is None:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, content=answer.model_dump_json())

    async def watch() -> Measured:
        async with AsyncLab("http://127.0.0.1:1", transport=httpx.MockTransport(network)) as lab:
            return await training._watch(lab, paper, Submitted([finished], None))

    assert asyncio.run(watch()).runs[0].status == Status.FINISHED


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Shrink the demo's plan to seconds, with some fields as given."""

    def shrink(**fields: object) -> None:
        quick = {"dataset": "digits", "epochs": 1, "train_limit": 20, "test_limit": 20, "train_eval_limit": 0}
        monkeypatch.setattr(plan, "FIELDS", {"digits": {**quick, "batch_size": 10, **fields}})
        monkeypatch.setattr(training, "NETWORKS", ("cnn", "densenet"))

    return shrink


def test_the_demo_trains_its_networks_as_one_experiment_and_compares_them(
    lab: Lab, paper: Console, small: Callable[..., None]
) -> None:
    small()
    before = experiments(lab)

    for _ in range(2):
        assert asyncio.run(training.run_demo(lab.url, paper, leave=True)) == 0

    newest, older, *rest = experiments(lab)
    assert len(rest) == len(before), "a second demo must leave the first one's runs alone"
    for experiment in (newest, older):
        assert experiment.name == "The report's four networks"
        assert [(each.name, each.status) for each in experiment.runs] == [
            ("cnn", Status.FINISHED),
            ("densenet", Status.FINISHED),
        ]
    output = written(paper)
    assert "densenet: epoch 1/1, train loss" in output
    assert "983,754" in output
    assert "not of the best; trained on 20 of 1,437 images, tested on 20 of 360." in " ".join(output.split())


def test_a_demo_that_is_stopped_leaves_nothing_in_the_queue(
    lab: Lab, paper: Console, small: Callable[..., None]
) -> None:
    small(epochs=500)

    async def begin_and_stop() -> None:
        demo = asyncio.create_task(training.run_demo(lab.url, paper, leave=True))
        while "Live curves" not in written(paper):
            await asyncio.sleep(0.05)
        demo.cancel()
        await asyncio.gather(demo, return_exceptions=True)

    asyncio.run(begin_and_stop())

    for each in experiments(lab)[0].runs:
        lab.wait(each.id, lambda run: run["status"] == "cancelled", seconds=20)
    assert "Unfinished runs are cancelled." in written(paper)


def test_a_demo_with_a_failed_run_prints_the_reason_and_exits_with_1(
    lab: Lab, paper: Console, small: Callable[..., None]
) -> None:
    small(val_fraction=0.01)
    # Without `leave`: without a terminal, a failed demo leaves by itself.
    assert asyncio.run(training.run_demo(lab.url, paper, leave=False)) == 1
    assert "cnn failed: val_fraction 0.01 of 20 training images leaves none" in written(paper)


def test_a_demo_that_the_lab_refuses_says_why(lab: Lab, paper: Console, small: Callable[..., None]) -> None:
    small(epochs=0)
    assert asyncio.run(training.run_demo(lab.url, paper, leave=True)) == 1
    assert "The demo cannot run: spec.epochs: must be at least 1, got 0" in written(paper)


def experiments(lab: Lab) -> list[Experiment]:
    return [Experiment.model_validate(each) for each in lab.client.get("/experiments").json()["items"]]
