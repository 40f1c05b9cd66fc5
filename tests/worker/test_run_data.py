"""A run keeps its version of the data, whatever is imported under the same key meanwhile."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.db import attempts, catalog, run_views, runs, submissions, telemetry, versions
from backend.db.database import Database
from backend.db.tables import RunTable
from skiplab.contract import dataset_store
from skiplab.contract.catalog import RunData
from skiplab.contract.spec import RunSpec
from worker import trainer
from worker.datasets import identity, maker, sources
from worker.datasets.images import ImageData
from worker.messages import Assignment, Outcome
from worker.run_data import DataChanged, RunDataLoader

KEY = "flags"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _asked_at_every_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Epochs are shorter than the interval between two polls of `should_stop` otherwise."""
    monkeypatch.setattr("worker.training.fit.STOP_POLL_SECONDS", 0.0)


def flags(shade: int, classes: tuple[str, ...] = ("red", "blue")) -> ImageData:
    """Sixteen images of 32 x 32 in two classes, easily learned."""
    labels = np.arange(16) % 2
    images = np.full((16, 32, 32, 3), shade, dtype=np.uint8)
    images[labels == 1, :16] = 255 - shade
    return ImageData(KEY, classes, images, labels, images[:8], labels[:8])


def publish(database: Database, home: Path, data: ImageData) -> None:
    """As an import and the catalog watcher do."""
    maker.save(home, data, label="Flags", source="imported from flags")
    announce(database, home)


def announce(database: Database, home: Path) -> None:
    with database.write() as session:
        for card in sources.all_versions(home):
            versions.announced(session, card)
        catalog.announce_datasets(session, sources.cards(home))


def submit(database: Database, spec: Callable[..., RunSpec], **fields: object) -> int:
    wanted = spec(dataset=KEY, batch_size=8, augment="none", telemetry=["classes"], **fields)
    with database.write() as session:
        run_id = submissions.add(session, wanted, name="a run").id
    assert run_id is not None
    return run_id


class Claimed:
    def __init__(self, database: Database, home: Path, worker_id: int) -> None:
        with database.write() as session:
            claim = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
        assert claim is not None
        self.run_id, self.attempt, self._database = claim.run_id, claim.attempt, database
        self._assignment = Assignment(
            run_id=claim.run_id,
            attempt=claim.attempt,
            spec=claim.spec,
            device="cpu",
            home=home,
            database=database.url,
        )

    def train(self, *, epochs: int | None = None) -> Outcome:
        """To the end, or until so many epochs are kept."""
        return trainer.attempt(self._assignment, _Stop(self._database, self.run_id, epochs))

    def hand_back(self) -> None:
        with self._database.write() as session:
            attempts.hand_back(session, self.run_id, self.attempt, reason="stopped")


class _Stop(trainer.Stop):
    def __init__(self, database: Database, run_id: int, epochs: int | None) -> None:
        self._database, self._run_id, self._epochs = database, run_id, epochs

    @property
    def asked(self) -> bool:  # type: ignore[override]
        return self._epochs is not None and row_of(self._database, self._run_id).epoch >= self._epochs


def row_of(database: Database, run_id: int) -> RunTable:
    with database.read() as session:
        row = runs.get(session, run_id)
        assert row is not None
        session.expunge(row)
    return row


def data_of(database: Database, run_id: int) -> RunData | None:
    with database.read() as session:
        row = runs.get(session, run_id)
        assert row is not None
        return run_views.view(session, row).data


def test_a_run_trains_on_the_version_that_was_current_when_it_was_submitted(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    publish(database, home, flags(10))
    run_id = submit(database, spec)
    publish(database, home, flags(90, ("cat", "dog")))

    claimed = Claimed(database, home, worker_id)
    assert claimed.train().ending == "finished"

    kept = data_of(database, run_id)
    assert kept is not None
    assert (kept.version, kept.sha256) == (1, identity.of_data(flags(10)))
    with database.read() as session:
        row = runs.get(session, run_id)
        assert row is not None
        assert versions.classes_of(session, [row]) == {run_id: ["red", "blue"]}
    later = submit(database, spec)
    assert (data_of(database, later) or kept).version == 2


def test_a_paused_run_goes_on_with_its_own_images_after_an_import_under_their_name(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    publish(database, home, flags(10))
    run_id = submit(database, spec, epochs=2)
    first = Claimed(database, home, worker_id)
    assert first.train(epochs=1).ending == "stopped"
    first.hand_back()
    publish(database, home, flags(90))

    assert Claimed(database, home, worker_id).train().ending == "finished"

    kept = data_of(database, run_id)
    assert kept is not None
    assert kept.sha256 == identity.of_data(flags(10))
    with database.read() as session:
        assert telemetry.confusion_epochs(session, run_id) == [1, 2]


def test_a_resume_on_other_images_is_refused_and_both_versions_are_named(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    publish(database, home, flags(10))
    run_id = submit(database, spec, epochs=2)
    first = Claimed(database, home, worker_id)
    first.train(epochs=1)
    first.hand_back()
    publish(database, home, flags(90))
    # As on a host of its own, which never had the first version.
    with dataset_store.deleting(home, KEY, 1):
        pass

    outcome = Claimed(database, home, worker_id).train()

    assert outcome.ending == "failed"
    assert outcome.reason is not None
    ours, theirs = (identity.of_data(each)[:8] for each in (flags(10), flags(90)))
    assert f"trains on version 1 ({ours}) of flags" in outcome.reason
    assert f"there is version 2 ({theirs})" in outcome.reason
    assert "start a new run" in outcome.reason
    assert (data_of(database, run_id) or RunData(version=0, provenance=None)).version == 1


def test_a_run_that_was_submitted_before_the_images_came_keeps_what_its_first_attempt_found(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    run_id = submit(database, spec)
    assert data_of(database, run_id) is None
    maker.save(home, flags(10), label="Flags", source="imported from flags")

    Claimed(database, home, worker_id).train()

    assert data_of(database, run_id) == RunData(version=1, sha256=identity.of_data(flags(10)), provenance="imported")


def test_a_run_from_before_there_were_versions_goes_on_with_the_first_and_stays_unknown(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    publish(database, home, flags(10))
    run_id = submit(database, spec, epochs=2)
    first = Claimed(database, home, worker_id)
    first.train(epochs=1)
    first.hand_back()
    with database.write() as session:
        row = runs.get(session, run_id)
        assert row is not None
        row.data_version_id = None
    publish(database, home, flags(90))

    seen: list[int | None] = []

    def load(tell: Callable[[str], None], wanted: RunData | None) -> ImageData:
        data = sources.load(KEY, home, tell, wanted)
        seen.append(data.version)
        return data

    claimed = Claimed(database, home, worker_id)
    RunDataLoader(database, home, run_id, claimed.attempt, KEY, plugin=None).load(load, print, resumed=True)
    assert seen == [1]
    assert claimed.train().ending == "finished"
    assert data_of(database, run_id) is None


def test_a_plugin_that_loads_other_images_ends_a_run_that_has_a_checkpoint_and_no_other(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    run_id = submit(database, spec)
    claimed = Claimed(database, home, worker_id)
    of_run = RunDataLoader(database, home, run_id, claimed.attempt, KEY, plugin="flags.py")
    of_run.load(lambda _tell, _wanted: flags(10), print, resumed=False)
    of_run.load(lambda _tell, _wanted: flags(90), print, resumed=False)
    of_run.load(lambda _tell, _wanted: flags(90), print, resumed=True)
    kept = data_of(database, run_id)
    assert kept is not None
    assert (kept.version, kept.provenance) == (2, "plugin")

    with pytest.raises(
        DataChanged, match=r"trained on version 2 \(.*but the data set is now version 1 \(.*load\(\) return"
    ):
        of_run.load(lambda _tell, _wanted: flags(10), print, resumed=True)
    with pytest.raises(DataChanged, match=r"but the data set is now other content \("):
        of_run.load(lambda _tell, _wanted: flags(50), print, resumed=True)

    # Who starts it over is asked for nothing that the plugin no longer has.
    with database.write() as session:
        row = runs.get(session, run_id)
        assert row is not None
        attempts.start_over(session, row)
    assert data_of(database, run_id) is None


def test_a_version_without_a_hash_gets_it_from_the_first_run_on_it(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    publish(database, home, flags(10))
    with database.write() as session:
        (row,) = versions.of_key(session, KEY)
        row.sha256 = None
    run_id = submit(database, spec)
    claimed = Claimed(database, home, worker_id)

    RunDataLoader(database, home, run_id, claimed.attempt, KEY, plugin=None).load(
        lambda tell, wanted: sources.load(KEY, home, tell, wanted), print, resumed=False
    )

    kept = data_of(database, run_id)
    assert kept is not None
    assert (kept.version, kept.sha256) == (1, identity.of_data(flags(10)))


def test_a_disk_that_was_emptied_counts_anew_and_the_lab_gives_no_number_twice(database: Database, home: Path) -> None:
    publish(database, home, flags(10))
    publish(database, home, flags(90))
    other = home.with_name("another")
    publish(database, other, flags(50))
    publish(database, other, flags(10))

    with database.read() as session:
        found = {row.number: row.sha256 for row in versions.of_key(session, KEY)}
        offered = catalog.dataset(session, KEY)
    shades = {1: 10, 2: 90, 3: 50}
    assert found == {number: identity.of_data(flags(shade)) for number, shade in shades.items()}
    assert offered is not None
    assert offered.version == 1, "the same images are the version that they were"


def test_what_was_published_by_a_process_that_died_is_announced_by_the_next_poll(
    database: Database, worker_id: int, spec: Callable[..., RunSpec], home: Path
) -> None:
    publish(database, home, flags(10))
    maker.save(home, flags(90), label="Flags", source="imported from flags")
    before = submit(database, spec)
    announce(database, home)
    after = submit(database, spec)

    message = [data_of(database, each) for each in (before, after)]
    assert [each.version for each in message if each is not None] == [1, 2]
    assert worker_id
