"""Log a Hugging Face Trainer: `Trainer(..., callbacks=[SkiplabCallback(experiment="glue")])`.

Needs transformers; set `report_to="none"` so that no other logger runs beside it.
"""

# ruff: noqa: ARG002  # the signatures are the Trainer's
from typing import Any

from transformers import TrainerCallback

import skiplab


class SkiplabCallback(TrainerCallback):
    """Starts a run at the first step of a training, and logs what the Trainer logs."""

    def __init__(self, **init: Any) -> None:
        self._init = init
        self._run: skiplab.Run | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        if state.is_world_process_zero and self._run is None:
            config = args.to_dict() | ({"model": model.config.to_dict()} if hasattr(model, "config") else {})
            self._run = skiplab.init(**{"name": args.run_name, "config": config, **self._init})

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        if self._run is not None and logs:
            named = {_key(name): value for name, value in logs.items()}
            self._run.log(named, step=state.global_step, epoch=int(state.epoch or 0))
            control.should_training_stop |= self._run.stop_requested

    def on_train_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if self._run is not None:
            self._run.finish()
            self._run = None


def _key(name: str) -> str:
    """Return the Trainer's `eval_loss` as `eval/loss`, and `loss` as `train/loss`."""
    part, _, rest = name.partition("_")
    return f"{part}/{rest}" if part in ("eval", "test") and rest else f"train/{name}"
