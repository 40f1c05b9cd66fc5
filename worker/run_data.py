"""Load the data set of one run, in the version that the run is bound to."""

import logging
from collections.abc import Callable
from pathlib import Path

from backend.db import records, versions
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard, RunData, version_in_words
from worker.datasets import card_of, identity
from worker.datasets.images import ImageData
from worker.datasets.known import Tell
from worker.errors import CannotTrain

log = logging.getLogger(__name__)

UNVERSIONED = RunData(version=1, provenance=None)
"""Version that a run resumes on if it started before data sets had versions: the data of that time are version 1."""

Load = Callable[[Tell, RunData | None], ImageData]


class DataChanged(CannotTrain):
    """Raised when a run would resume on other images than it was trained on."""

    def __init__(self, key: str, trained: RunData, found: str, *, plugin: bool) -> None:
        remedy = (
            "Make the plugin's load() return the same images again (fix its random seed)"
            if plugin
            else "Restore that version (import the same images again)"
        )
        super().__init__(
            f"This run was trained on {version_in_words(trained.version, trained.sha256)} of {key}, but the data set is"
            f" now {found}. {remedy}, retry the run from the start, or start a new one."
        )


class RunDataLoader:
    """Loads the data of one attempt and binds the run to its version. Raises Fenced if the attempt has lost the run."""

    def __init__(
        self, database: Database, home: Path, run_id: int, attempt: int, key: str, *, plugin: str | None
    ) -> None:
        self._database, self._home, self._run_id, self._attempt = database, home, run_id, attempt
        self._key, self._plugin = key, plugin

    def load(self, load: Load, tell: Tell, *, resumed: bool) -> ImageData:
        """Load the images and check that they are the run's. `resumed`: whether the run has a checkpoint.

        Raises DataChanged, and whatever `load` raises.
        """
        with self._database.read() as session:
            row = versions.of_run(session, self._run_id)
            given = None if row is None else versions.view(row)
        if given is None and resumed:
            log.warning("%s", _unversioned(self._key))
            return load(tell, None if self._plugin else UNVERSIONED)
        data = load(tell, given)
        if data.sha256 is None:
            tell(f"hashing {self._key}")
        sha256 = data.sha256 or identity.of_data(data)
        if given is None or given.sha256 != sha256:
            self._check(given, sha256, data, resumed=resumed)
            self._store(data, sha256)
        return data

    def _check(self, given: RunData | None, sha256: str, data: ImageData, *, resumed: bool) -> None:
        """Raise DataChanged if the hash differs. A plugin's data may change until there is a checkpoint."""
        if given is None or given.sha256 is None or (self._plugin and not resumed):
            return
        raise DataChanged(self._key, given, self._named(data, sha256), plugin=self._plugin is not None)

    def _named(self, data: ImageData, sha256: str) -> str:
        with self._database.read() as session:
            rows = versions.of_key(session, self._key)
        number = next((row.number for row in rows if row.sha256 == sha256), data.version)
        return version_in_words(number, sha256) if number else f"other content ({sha256[:8]})"

    def _store(self, data: ImageData, sha256: str) -> None:
        card = self._card_of_plugin(data, sha256) if self._plugin else card_of(self._home, data)
        with self._database.write() as session:
            records.data(session, self._run_id, self._attempt, card)
        log.info("data: %s %s", self._key, sha256[:8])

    def _card_of_plugin(self, data: ImageData, sha256: str) -> DatasetCard:
        return DatasetCard(
            key=self._key,
            label=self._key,
            classes=list(data.classes),
            train_images=len(data.train_images),
            val_images=None if data.val_images is None else len(data.val_images),
            test_images=len(data.test_images),
            image_shape=data.image_shape,
            available=True,
            source=f"the plugin {self._plugin}",
            plugin=self._plugin,
            sha256=sha256,
            provenance="plugin",
        )


def _unversioned(key: str) -> str:
    return (
        f"this run started before data sets had versions: it resumes on version 1 of {key}, and which images its first"
        " epochs were trained on is unknown"
    )
