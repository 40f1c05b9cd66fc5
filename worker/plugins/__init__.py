"""Networks and data sets of the lab's users. A plugin needs only `from worker.plugins import model, dataset`."""

from worker.plugins.declare import dataset, model, models_of

__all__ = ["dataset", "model", "models_of"]
