"""torchvision's classification networks, under the keys `torchvision.<name>`.

There is no table of their sizes: the images that a network accepts are found by calling it on the meta device.
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
"""Image size in pixels that torchvision's networks are designed for."""

LARGEST_SIDE = 512

REFUSALS = (RuntimeError, ValueError, AssertionError, IndexError, TypeError)
"""Errors that networks raise for images that they cannot process."""


class NoTorchvision(CannotTrain):
    def __init__(self, key: str) -> None:
        super().__init__(f"{key} needs torchvision, which is not installed on this worker: pip install torchvision.")


class UnknownZooModel(CannotTrain):
    def __init__(self, key: str) -> None:
        super().__init__(f"torchvision has no classification network {key.removeprefix(PREFIX)!r}.")


class ImageRefused(CannotTrain):
    def __init__(self, key: str, image_shape: Shape, why: BaseException) -> None:
        _, height, width = image_shape
        super().__init__(f"{key} does not accept images of {height} x {width} pixels: {why}")


def plain_cards() -> list[ModelDetails]:
    """Return cards with keys and labels only; none if torchvision is not installed."""
    models = torchvision_models()
    if models is None:
        return []
    return [_plain(PREFIX + name) for name in models.list_models(module=models)]


def measured_card(key: str) -> ModelDetails:
    """Return the card with its measured numbers, or with the error that measuring raised."""
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
    """Build a network with random weights. Raises NoTorchvision, UnknownZooModel, ImageTooSmall, ImageRefused."""
    found = _find(key)
    if refusal := found.refusal(image_shape):
        # The minimum size is only searched for when needed: it takes several trials.
        side = found.smallest()
        if side is not None and min(image_shape[1:]) < side:
            raise ImageTooSmall(key, image_shape, side)
        raise ImageRefused(key, image_shape, refusal)
    return found.build(classes=classes, image_shape=image_shape)


class _ZooModel:
    """One of torchvision's builders, and the arguments that the class it builds accepts."""

    def __init__(self, name: str, builder: Callable[..., nn.Module]) -> None:
        self.name, self._builder = name, builder
        try:
            with torch.device("meta"), warnings_ignored():
                probe = builder(weights=None)
            self._computes = False
        except NotImplementedError:  # reads values back from meta tensors
            with _OnlyWeightsOnMeta(), warnings_ignored():
                probe = builder(weights=None)
            self._computes = True
        self._accepted = inspect.signature(type(probe).__init__).parameters.keys()
        self._fits_image = bool({"image_size", "input_size"} & self._accepted)
        self._reused: nn.Module | None = None

    def build(self, *, classes: int, image_shape: Shape) -> nn.Module:
        """Build it with random weights and a single output, without auxiliary heads."""
        # aux_logits and init_weights: GoogLeNet and Inception; image_size: vision transformers; input_size: MaxViT.
        arguments: dict[str, Any] = {
            "aux_logits": False,
            "init_weights": True,
            "image_size": image_shape[1],
            "input_size": image_shape[1:],
        }
        own = {name: value for name, value in arguments.items() if name in self._accepted}
        with warnings_ignored():
            return self._builder(weights=None, num_classes=classes, **own)

    def weightless(self) -> AbstractContextManager[Any]:
        """Return a context in which it is built without allocating weights."""
        return _OnlyWeightsOnMeta() if self._computes else torch.device("meta")

    def refusal(self, image_shape: Shape) -> BaseException | None:
        """Return the error of a forward pass in train mode with two images; None if there is none."""
        try:
            with self.weightless(), torch.no_grad():
                self._trial_network(image_shape).train()(torch.zeros(2, *image_shape))
        except REFUSALS as error:
            return error
        return None

    def smallest(self) -> int | None:
        """Return the side in pixels of the smallest square image that it can be trained on; None if none is found.

        Tries powers of two first, then bisects: larger images are accepted too, except by networks of one fixed size.
        """
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
        """Return a network for a trial; the same one each time, unless it depends on the image shape."""
        if self._fits_image:
            return self.build(classes=CLASSES, image_shape=image_shape)
        if self._reused is None:
            self._reused = self.build(classes=CLASSES, image_shape=image_shape)
        return self._reused


class _OnlyWeightsOnMeta(TorchFunctionMode):
    """Puts weights on the meta device, and small tensors on the CPU.

    RegNets compute their widths with tensors and read them back, which the meta device cannot do.
    """

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
