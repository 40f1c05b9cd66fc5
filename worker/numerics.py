"""Version numbers of results: incremented when a change alters what runs of the same spec and seed compute.

Engine, network and loader have one each; they are stored with the run. `tests/worker/test_numerics.py` compares the
first losses of every built-in network with recorded ones.
"""

from worker.datasets.sources import KNOWN
from worker.models.registry import MODELS
from worker.training import ENGINE_NUMERICS


def numerics(model: str, dataset: str) -> dict[str, int | None]:
    """Return the numbers; None for plugins and torchvision, which have versions of their own."""
    return {
        "engine": ENGINE_NUMERICS,
        "network": MODELS[model].numerics if model in MODELS else None,
        "loader": KNOWN[dataset].numerics if dataset in KNOWN else None,
    }
