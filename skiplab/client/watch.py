"""Histograms of a network's gradients and parameters, by hooks of torch, which is not imported here."""

import traceback
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from skiplab.client import notices
from skiplab.client.media import Histogram


class Logs(Protocol):
    def log(self, data: dict[str, Any], *, commit: bool | None = None) -> None: ...


class Watch:
    def __init__(self, run: Logs) -> None:
        self._run = run
        self._hooks: dict[int, list[Any]] = {}

    def add(self, models: Any, what: str, every: int) -> None:
        """Hook networks; `what` is gradients, parameters or all, `every` counts backward passes."""
        given = models if isinstance(models, list | tuple) else [models]
        for place, model in enumerate(given):
            before = f"{place}/" if len(given) > 1 else ""
            self.remove(model)
            try:
                self._hooks[id(model)] = list(self._hooked(model, what, max(1, every), before))
            except (AttributeError, RuntimeError) as error:
                notices.say_once(f"watch({type(model).__name__}) is ignored: {error}")

    def remove(self, models: Any) -> None:
        """Remove the hooks of networks; None: of all."""
        given = models if isinstance(models, list | tuple) else [models]
        for key in list(self._hooks) if models is None else [id(model) for model in given]:
            for hook in self._hooks.pop(key, ()):
                hook.remove()

    def _hooked(self, model: Any, what: str, every: int, before: str) -> Iterable[Any]:
        for name, parameter in model.named_parameters():
            if parameter.requires_grad:
                yield parameter.register_hook(self._hook(f"{before}{name}", parameter, what, every))

    def _hook(self, name: str, parameter: Any, what: str, every: int) -> Callable[[Any], None]:
        passes = 0

        def log(gradient: Any) -> None:
            nonlocal passes
            passes += 1
            if passes % every:
                return
            try:
                if what in ("gradients", "all"):
                    self._run.log({f"gradients/{name}": Histogram(gradient)}, commit=False)
                if what in ("parameters", "all"):
                    self._run.log({f"parameters/{name}": Histogram(parameter)}, commit=False)
            except Exception:  # noqa: BLE001  # a probe, which must not end the backward pass
                notices.say_once(f"watch failed:\n{traceback.format_exc()}", about="watch")

        return log
