"""Log a Lightning Trainer: `Trainer(logger=SkiplabLogger(experiment="vision"))`. Needs lightning."""

from argparse import Namespace
from typing import Any

from lightning.pytorch.loggers import Logger
from lightning.pytorch.utilities import rank_zero_only

import skiplab


class SkiplabLogger(Logger):
    """Hands metrics and hyperparameters to a run, which starts at the first use."""

    def __init__(self, **init: Any) -> None:
        super().__init__()
        self._init = init
        self._run: skiplab.Run | None = None

    @property
    def experiment(self) -> skiplab.Run:
        """The run, for images, tables and what else Lightning has no call for."""
        if self._run is None:
            self._run = skiplab.init(**self._init)
        return self._run

    @property
    def name(self) -> str | None:
        return self._init.get("experiment")

    @property
    def version(self) -> str | None:
        return self._run.id if self._run else None

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *_: Any, **__: Any) -> None:
        self.experiment.config.update(params)

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.experiment.log(metrics, step=step)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        if self._run is not None:
            self._run.finish(exit_code=int(status == "failed"))
