"""Runs on different data versions form different cells, and cannot be compared."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from backend.db import attempts, catalog, records, submissions
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.evidence.cells import cells
from backend.evidence.labels import labels
from backend.evidence.records import DataVersion, RunRecord
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.evidence import Verdict
from skiplab.contract.lifecycle import Status
from skiplab.contract.metrics import Metric
from skiplab.contract.spec import RunSpec
from tests.backend.evidence.cells import GOOD, NETWORKS, POOR, cell, report
from tests.backend.evidence.runs import run

ONE = DataVersion("1" * 64, "version 1 (11111111)")
TWO = DataVersion("2" * 64, "version 2 (22222222)")


def ids(found: Sequence[RunRecord]) -> list[int]:
    return [each.id for each in found]


def test_runs_on_other_versions_do_not_pool_and_unknown_ones_pool_with_each_other() -> None:
    made = [run("cnn", seed, data=data) for seed, data in enumerate([ONE, TWO, None, ONE, None])]

    groups = cells(made)

    assert [ids(each.runs) for each in groups] == [
        ids([made[0], made[3]]),
        ids([made[1]]),
        ids([made[2], made[4]]),
    ]
    assert labels(groups, NETWORKS) == [
        "cnn · version 1 (11111111)",
        "cnn · version 2 (22222222)",
        "cnn · unknown version",
    ]


def test_the_same_images_pool_whatever_their_number() -> None:
    again = replace(ONE, words="version 3 (11111111)")
    assert len(cells([run("cnn", 0, data=ONE), run("cnn", 1, data=again)])) == 1


def test_a_run_that_failed_before_it_had_data_stays_with_those_it_was_planned_with() -> None:
    planned = [replace(run("cnn", seed, data=ONE), experiment=1) for seed in (0, 1)]
    later = [replace(run("cnn", seed, data=TWO), experiment=2) for seed in (0, 1)]
    failed = replace(run("cnn", 2, status=Status.FAILED), experiment=1, open=True)

    first, second = cells([*planned, *later, failed])

    assert ids(first.lost) == [failed.id]
    assert second.lost == ()


def c5(*runs: RunRecord) -> tuple[Verdict, list[str], str]:
    found = report(runs)["C5"]
    texts = [finding.text for finding in found.judgements[0].findings] if found.judgements else []
    return found.verdict, texts, found.missing.why if found.missing else ""


def test_networks_on_other_versions_get_no_verdict() -> None:
    same = c5(*cell("cnn", POOR, data=ONE), *cell("resnet18", GOOD, data=ONE))
    other = c5(*cell("cnn", POOR, data=ONE), *cell("resnet18", GOOD, data=TWO))
    unknown = c5(*cell("cnn", POOR, data=ONE), *cell("resnet18", GOOD))

    assert same[0] == Verdict.SUPPORTED
    assert not [text for text in same[1] if "different data" in text]
    assert other[0] == unknown[0] == Verdict.INCONCLUSIVE
    assert "different data: versions of cifar10 (" in other[1][0]
    assert "version 1 (11111111)" in other[1][0]
    assert "version 2 (22222222)" in other[1][0]
    assert "unknown version" in unknown[1][0]
    assert "the data version" in other[2]


def test_unverified_images_are_reported() -> None:
    doubtful = replace(ONE, verified=False)
    _, texts, _ = c5(*cell("cnn", POOR, data=doubtful), *cell("resnet18", GOOD, data=doubtful))
    assert "trained on an unverified import of cifar10" in texts


def test_seeds_are_not_offered_to_cells_that_new_runs_would_not_pool_with() -> None:
    old = [*cell("cnn", POOR[:2], data=ONE, outdated=True), *cell("resnet18", GOOD[:2], data=ONE, outdated=True)]

    found = report(old)["C5"]

    assert found.missing is not None
    assert "all seeds on one data version" in found.missing.why
    assert {tuple(launch.vary["seed"]) for launch in found.missing.launches} == {(0, 1, 2, 3, 4)}
    of_unknown = report([replace(each, data=None) for each in old])["C5"].missing
    assert of_unknown is not None
    assert "unknown" in of_unknown.why


@pytest.fixture
def trained(
    database: Database, worker_id: int, spec: Callable[..., RunSpec]
) -> Callable[[int, DatasetCard | None], int]:
    """A finished run of this seed, after such an import."""

    def train(seed: int, card: DatasetCard | None) -> int:
        with database.write() as session:
            if card is not None:
                catalog.announce_datasets(session, [card])
            run_id = submissions.add(session, spec(seed=seed), name="a run").id
            assert run_id is not None
            claim = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
            assert claim is not None
            records.epoch(session, run_id, 1, EpochRecord(1, 1, {Metric.TEST_ACCURACY: 0.5}))
            attempts.finish(session, run_id, 1)
        return run_id

    return train


def test_runs_are_distinguished_by_their_data_version(
    api: TestClient, trained: Callable[[int, DatasetCard | None], int]
) -> None:
    card = DatasetCard(key="digits", label="Digits", available=True, source="a test")
    first = card.model_copy(update={"version": 1, "sha256": "1" * 64, "provenance": "unverified"})
    second = first.model_copy(update={"version": 2, "sha256": "2" * 64})
    made = [trained(0, None), trained(1, None), trained(2, first), trained(3, second), trained(4, None)]

    table = api.get("/api/v1/evidence/measures.csv", params={"runs": ",".join(map(str, made[1:3]))}).text
    assert [line.rpartition(",")[2] for line in table.splitlines()] == [
        "data_version",
        "unknown",
        "version 1 (11111111)",
    ]
    answer = api.get("/api/v1/evidence/measures", params={"runs": ",".join(map(str, made))}).json()

    assert [each["runs"] for each in answer["cells"]] == [made[:2], made[2:3], made[3:]]
    assert [each["label"] for each in answer["cells"]] == [
        "cnn · unknown version",
        "cnn · version 1 (11111111)",
        "cnn · version 2 (22222222)",
    ]
