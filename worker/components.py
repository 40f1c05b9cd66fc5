"""Build the network and load the data set of one run, built-in or from a plugin."""

from functools import cached_property
from pathlib import Path

from torch import nn

from backend.db import catalog, quantities
from backend.db.database import Database
from skiplab.contract.catalog import RunData
from skiplab.contract.spec import RunSpec
from worker.datasets import load
from worker.datasets.images import ImageData
from worker.datasets.known import Tell
from worker.models import build
from worker.models.network import Shape
from worker.models.versions import known_version, plugin_version
from worker.plugins import use
from worker.plugins.footprint import Footprint, Imported
from worker.plugins.source import named
from worker.training import draws


class Components:
    """Imports the plugins of the run's network and data, and those with metrics, which every run computes.

    A metrics plugin that fails only loses its metrics.
    """

    def __init__(self, database: Database, home: Path, spec: RunSpec) -> None:
        """Import the plugins. Raises CannotTrain when one is missing, and whatever its code raises."""
        self._home, self._spec = home, spec
        self._footprint = Footprint(home)
        with database.read() as session:
            model, data = catalog.model(session, spec.model), catalog.dataset(session, spec.dataset)
            offered = quantities.offered(session)
        self._data_plugin = data.plugin if data is not None else None
        self.model_plugin = model.source if model is not None and model.origin == "plugin" else None
        draws.seed_shared_generators(spec.seed)  # importing a plugin may draw random numbers
        self._own_network = use.network(spec.model, self.model_plugin, home) if self.model_plugin else None
        self._code = use.version(self.model_plugin, home) if self.model_plugin else None
        self._plugins = {name for name in (self.model_plugin, self._data_plugin) if name is not None}
        self._footprint.take()  # of the network's code, before others are imported
        # Last: a plugin that has the run's network as well is imported as if it had no metric.
        self.metrics = use.metrics(offered, home)
        self._footprint.skip()

    def build(self, key: str, *, classes: int, image_shape: Shape) -> nn.Module:
        """Build the network. Raises ImageTooSmall, UnknownModel, and whatever a plugin's code raises."""
        if self._own_network is not None:
            return self._own_network.build(key, classes=classes, image_shape=image_shape)
        return build(key, classes=classes, image_shape=image_shape)

    @cached_property
    def model_version(self) -> str:
        """Version of the network's code, as on its card."""
        return known_version(self._spec.model) if self._code is None else plugin_version(self._code)

    @property
    def data_plugin(self) -> str | None:
        """The plugin that loads the data; None for built-in and imported data sets."""
        return self._data_plugin

    def data(self, tell: Tell, wanted: RunData | None = None) -> ImageData:
        """Load the data set, in version `wanted` or the current one; plugins have a single version.

        Raises CannotTrain, and whatever `tell` or a plugin's code raises.
        """
        if self._data_plugin is not None:
            tell(f"loading {self._spec.dataset}")
            draws.seed_shared_generators(draws.DATA_SEED)
            loaded = use.load(self._spec.dataset, self._data_plugin, self._home)
            # Record now: the modules of this plugin are removed when the next one is imported.
            self._footprint.take()
            return loaded
        return load(self._spec.dataset, self._home, tell, wanted)

    @property
    def is_own_network(self) -> bool:
        """Whether the network is from a plugin."""
        return self._own_network is not None

    def imported(self) -> Imported:
        """Return the files and packages that the plugins have imported so far."""
        return self._footprint.take() if self._plugins else Imported()

    def fingerprints(self) -> dict[str, str]:
        """Return the SHA-256 of each plugin's files, by plugin, for the run's environment."""
        found = {name: named(self._home, name) for name in sorted(self._plugins)}
        return {name: plugin.fingerprint() for name, plugin in found.items() if plugin is not None}
