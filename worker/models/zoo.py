"""torchvision's classification networks, as `torchvision.<name>`. It takes a second to import: only when asked.

None of its sizes or quirks is listed here: what a network takes is found by trying, on the meta device.
"""

import inspect
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from skiplab.contract.catalog import ModelDetails
from worker.errors import CannotTrain
from worker.models.cards import CLASSES, SIDE
from worker.models.cards import measured_card as measured
from worker.models.network import ImageTooSmall, Network, Shape
from worker.models.probing import with_training_check
from worker.models.published import local_name
from worker.models.versions import known_version
from worker.models.vision import PREFIX, torchvision_models, warnings_ignored

USUAL_SIDE = 224
"""What torchvision's networks are made for."""

LARGEST_SIDE = 512

REFUSALS = (RuntimeError, ValueError, AssertionError, IndexError, TypeError)
"""What networks raise at images that they cannot take."""


class NoTorchvision(CannotTrain):
    def __init__(self, key: str) -> None:
        super().__init__(f"{key} needs torchvision, which is not installed on this worker: pip install torchvision.")


class UnknownZooModel(CannotTrain):
    def __init__(self, key: str) -> None:
        super().__init__(f"torchvision has no classification network {key.removeprefix(PREFIX)!r}.")


class ImageRefused(CannotTrain):
    def __init__(self, key: str, image_shape: Shape, why: BaseException) -> None:
        _, height, width = image_shape
        super().__init__(f"{key} does not take images of {height} x {width}: {why}")


def plain_cards() -> list[ModelDetails]:
    """Keys and labels only; none where torchvision is not installed."""
    models = torchvision_models()
    if models is None:
        return []
    return [_plain(PREFIX + name) for name in models.list_models(module=models)]


def measured_card(key: str) -> ModelDetails:
    """With its numbers, or with the error that came of measuring."""
    try:
        found = _find(key)
        side = found.smallest()
        wanted = Network(found.name, found.build, None, side, fits_image=True)
        usual = (3, SIDE, SIDE)
        at = usual if side is None or found.refusal(usual) is None else (3, side, side)
        card = measured(
            key,
            wanted,
            origin="torchvision",
            source=_version(),
            version=known_version(key),
            image_shape=at,
            place=found.weightless(),
        )
        return with_training_check(key, wanted, card.model_copy(update={"published_weights": local_name(key)}))
    except (*REFUSALS, CannotTrain):
        return _plain(key).model_copy(update={"error": traceback.format_exc()})


def build(key: str, *, classes: int, image_shape: Shape) -> nn.Module:
    """Raises NoTorchvision, UnknownZooModel, ImageTooSmall, ImageRefused."""
    found = _find(key)
    if refusal := found.refusal(image_shape):
        side = found.smallest()
        if side is not None and min(image_shape[1:]) < side:
            raise ImageTooSmall(key, image_shape, side)
        raise ImageRefused(key, image_shape, refusal)
    return found.build(classes=classes, image_shape=image_shape)


class _ZooModel:
    """One of torchvision's builders, and what the class that it builds can be told."""

    def __init__(self, name: str, builder: Callable[..., nn.Module]) -> None:
        self.name, self._builder = name, builder
        try:
            with torch.device("meta"), warnings_ignored():
                probe = builder(weights=None)
            self._reckons = False
        except NotImplementedError:
            with _OnlyWeightsOnMeta(), warnings_ignored():
                probe = builder(weights=None)
            self._reckons = True
        self._understood = inspect.signature(type(probe).__init__).parameters.keys()
        self._fits_image = bool({"image_size", "input_size"} & self._understood)
        self._for_trials: nn.Module | None = None

    def build(self, *, classes: int, image_shape: Shape) -> nn.Module:
        """Without its own weights, and with one output."""
        told: dict[str, Any] = {
            "aux_logits": False,
            "init_weights": True,
            "image_size": image_shape[1],
            "input_size": image_shape[1:],
        }
        own = {name: value for name, value in told.items() if name in self._understood}
        with warnings_ignored():
            return self._builder(weights=None, num_classes=classes, **own)

    def weightless(self) -> AbstractContextManager[Any]:
        """Under this it is built without arithmetic."""
        return _OnlyWeightsOnMeta() if self._reckons else torch.device("meta")

    def refusal(self, image_shape: Shape) -> BaseException | None:
        """Why it cannot be trained on such images, if it cannot: tried with two images and no weights."""
        try:
            with self.weightless(), torch.no_grad():
                self._trial_network(image_shape).train()(torch.zeros(2, *image_shape))
        except REFUSALS as error:
            return error
        return None

    def smallest(self) -> int | None:
        """Pixels a side of the smallest square image that it can be trained on; None when no size was found."""
        sides = [2**power for power in range(LARGEST_SIDE.bit_length())] + [USUAL_SIDE]
        good: int | None = next((side for side in sides if self._takes(side)), None)
        if good is None:
            return None
        bad = 0 if good == USUAL_SIDE else good // 2
        while good - bad > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._takes(middle) else (good, middle)
        return good

    def _takes(self, side: int) -> bool:
        return self.refusal((3, side, side)) is None

    def _trial_network(self, image_shape: Shape) -> nn.Module:
        if self._fits_image:
            return self.build(classes=CLASSES, image_shape=image_shape)
        if self._for_trials is None:
            self._for_trials = self.build(classes=CLASSES, image_shape=image_shape)
        return self._for_trials


class _OnlyWeightsOnMeta(TorchFunctionMode):
    """For networks that reckon their widths with small tensors (regnet), which the meta device cannot read back."""

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        own = dict(kwargs or {})
        if function in (torch.empty, torch.zeros, torch.ones):
            own["device"] = "meta"
        return function(*args, **own)


def _find(key: str) -> _ZooModel:
    models = torchvision_models()
    if models is None:
        raise NoTorchvision(key)
    name = key.removeprefix(PREFIX)
    if name not in models.list_models(module=models):
        raise UnknownZooModel(key)
    return _ZooModel(name, models.get_model_builder(name))


def _plain(key: str) -> ModelDetails:
    return ModelDetails(
        key=key,
        label=key.removeprefix(PREFIX),
        origin="torchvision",
        source=_version(),
        version=known_version(key),
        published_weights=local_name(key),
    )


def _version() -> str:
    return f"torchvision {version('torchvision')}"
