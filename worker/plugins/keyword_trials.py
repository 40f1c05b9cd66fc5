"""Which keywords a builder with `**kwargs` hands on to a function that nobody can see: by what comes of them."""

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
"""What Python says of a keyword that the called function does not have."""


def call_first_fitting(
    build: Callable[..., Any], candidates: Iterable[dict[str, Any]], *, classes: int, image_shape: Shape
) -> Any:
    """What `build` gives with the first keywords by which it has as many outputs as there are classes; where none
    does, with the first that it takes. Many classes take any keyword and drop those that they do not know.

    The trials leave the random generators as they were. Raises what `build` raises by the first keywords that it does
    not call unknown.
    """
    taken: list[dict[str, Any]] = []
    errors: list[BaseException] = []
    for keywords in candidates:
        try:
            with preserved("cpu"):
                fits = _fits(lambda: build(**keywords), classes, image_shape)  # noqa: B023  # called at once
        except USER_CODE_ERRORS as error:
            errors.append(error)
            continue
        if fits:
            return build(**keywords)
        taken.append(keywords)
    if taken:
        return build(**taken[0])
    known = [error for error in errors if not _is_unknown_name(error)]
    raise (known or errors)[0]


def _fits(build: Callable[[], Any], classes: int, image_shape: Shape) -> bool:
    """Whether it gives logits of so many classes. Raises what only `build` raises."""
    built = _without_numbers(build)
    if not isinstance(built, nn.Module):
        return True  # that it is none is said elsewhere
    for device in ("meta", "cpu"):
        try:
            with torch.no_grad(), torch.device(device):
                model = built if device == "meta" else build()
                LogitsFirst("the network", classes).attach(model)
                return logits_of(model.eval()(torch.zeros(1, *image_shape))).shape == (1, classes)
        except USER_CODE_ERRORS:
            continue
    return False


def _without_numbers(build: Callable[[], Any]) -> Any:
    try:
        with torch.device("meta"):
            return build()
    except USER_CODE_ERRORS as error:
        if isinstance(error, CannotTrain) or _is_unknown_name(error):
            raise
        return build()


def _is_unknown_name(error: BaseException) -> bool:
    return isinstance(error, TypeError) and UNKNOWN_NAME in str(error)
