"""Numbers that are raised when a change moves what runs of the same spec and seed compute.

Engine, network and loader each have one; they are kept with the run. `tests/worker/test_numerics.py` holds the first
losses of every built-in network under them.
"""

from worker.datasets.sources import KNOWN
from worker.models.registry import MODELS
from worker.training import ENGINE_NUMERICS


def numerics(model: str, dataset: str) -> dict[str, int | None]:
    """Null: the lab does not number it. A plugin's code and torchvision have versions of their own."""
    return {
        "engine": ENGINE_NUMERICS,
        "network": MODELS[model].numerics if model in MODELS else None,
        "loader": KNOWN[dataset].numerics if dataset in KNOWN else None,
    }
