"""Find which keywords a builder with `**kwargs` understands, by calling it and checking the network's outputs."""

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import nn

from worker.errors import CannotTrain
from worker.models.faults import USER_CODE_ERRORS
from worker.models.global_state import preserved
from worker.models.network import Shape
from worker.models.outputs import LogitsFirst, logits_of

UNKNOWN_NAME = "unexpected keyword argument"
"""Part of Python's message for a keyword that the called function does not accept."""


def call_first_fitting(
    build: Callable[..., Any], candidates: Iterable[dict[str, Any]], *, classes: int, image_shape: Shape
) -> Any:
    """Build with the first keywords that give a network as many logits as classes, or else the first accepted ones.

    Accepting is not enough, since many functions ignore unknown keywords. Trials do not change global state. If no
    keywords are accepted, raises the first error that is not about an unknown keyword.
    """
    accepted: list[dict[str, Any]] = []
    errors: list[BaseException] = []
    for keywords in candidates:
        try:
            # The network that is returned must draw the same weights however many trials came before.
            with preserved("cpu"):
                fits = _fits(lambda: build(**keywords), classes, image_shape)  # noqa: B023  # called at once
        except USER_CODE_ERRORS as error:
            errors.append(error)
            continue
        if fits:
            return build(**keywords)
        accepted.append(keywords)
    if accepted:
        return build(**accepted[0])
    known = [error for error in errors if not _is_unknown_name(error)]
    raise (known or errors)[0]


def _fits(build: Callable[[], Any], classes: int, image_shape: Shape) -> bool:
    """Return whether a network has that many logits. Raises whatever `build` raises."""
    built = _built_on_meta(build)
    if not isinstance(built, nn.Module):
        return True  # the caller reports that it is no network
    for device in ("meta", "cpu"):
        try:
            with torch.no_grad(), torch.device(device):
                model = built if device == "meta" else build()
                LogitsFirst("the network", classes).attach(model)
                return logits_of(model.eval()(torch.zeros(1, *image_shape))).shape == (1, classes)
        except USER_CODE_ERRORS:
            continue
    return False


def _built_on_meta(build: Callable[[], Any]) -> Any:
    """Build on the meta device, or on the CPU for code that needs real numbers."""
    try:
        with torch.device("meta"):
            return build()
    except USER_CODE_ERRORS as error:
        if isinstance(error, CannotTrain) or _is_unknown_name(error):
            raise
        return build()


def _is_unknown_name(error: BaseException) -> bool:
    return isinstance(error, TypeError) and UNKNOWN_NAME in str(error)
