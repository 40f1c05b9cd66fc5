"""The training check: what trains and how, and what is refused with which message."""

import random
from collections.abc import Callable
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from skiplab.contract.check import TrainingCheck
from worker.models import build
from worker.models import cost as cost_module
from worker.models.check import check_training
from worker.models.network import Shape
from worker.models.outputs import LogitsFirst

Forward = Callable[[Any, Tensor], Any]


class Net(nn.Module):
    """A convolution and a linear layer for 3 x 8 x 8 images and three classes, with the given forward."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.conv, self.fc, self.aux = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(4, 3), nn.Linear(4, 3)
        self.plain_list = [nn.Linear(4, 4)]
        self.late: nn.Module | None = None
        self._forward = forward

    def forward(self, images: Tensor) -> Any:
        return self._forward(self, images)

    def logits(self, images: Tensor) -> Tensor:
        logits: Tensor = self.fc(self.conv(images).mean((2, 3)))
        return logits


class WithLoss(Net):
    def training_loss(self, outputs: Any, cross_entropy: Callable[[Any], Tensor]) -> Tensor:
        return cross_entropy(outputs[0]) + 0.3 * cross_entropy(outputs[1])


def checked(make: Callable[[], nn.Module], *, shape: Shape = (3, 8, 8), classes: int = 3) -> TrainingCheck:
    return check_training("mine", make, classes=classes, image_shape=shape)


def _viewed(net: Net, images: Tensor) -> Tensor:
    maps = net.conv(images)
    logits: Tensor = net.fc(maps.view(maps.size(0), -1)[:, :4])
    return logits


def _volume() -> nn.Module:
    return nn.Sequential(nn.Unflatten(1, (1, 3)), nn.Conv3d(1, 3, 3, padding=1), nn.AdaptiveAvgPool3d(1), nn.Flatten())


@pytest.mark.parametrize("make", [lambda: Net(_viewed), _volume], ids=["view", "Conv3d"])
def test_a_network_that_takes_no_channels_last_tensors_trains_in_contiguous_format(
    make: Callable[[], nn.Module],
) -> None:
    found = checked(make)

    assert (found.outcome, found.memory_format) == ("trains", "contiguous")
    assert "contiguous memory format" in found.notes[0]


@pytest.mark.parametrize("key", ["cnn", "resnet20"])
def test_the_labs_own_networks_train_in_channels_last(key: str) -> None:
    found = checked(lambda: build(key, classes=7, image_shape=(3, 32, 32)), shape=(3, 32, 32), classes=7)

    assert (found.outcome, found.memory_format, found.notes) == ("trains", "channels_last", [])


@pytest.mark.parametrize(
    ("make", "note"),
    [
        (lambda: Net(lambda net, x: (net.logits(x), net.aux(net.conv(x).mean((2, 3))))), "Returns 2 outputs"),
        (lambda: Net(lambda net, x: {"loss": None, "logits": net.logits(x)}), None),
        (lambda: Net(lambda net, x: net.logits(x)[:, :, None, None]), None),
        (lambda: Net(lambda net, x: net.logits(x).log_softmax(1)), None),
        (lambda: Net(lambda net, x: net.logits(x).softmax(1)), "look like probabilities"),
        (lambda: Net(lambda net, x: net.logits(x)).double(), "cast to float32"),
        (lambda: nn.Sequential(nn.Flatten(), nn.Linear(192, 4), nn.LazyLinear(3)).double(), "cast to float32"),
        (lambda: Net(lambda net, x: net.logits(x.sub_(0.5))), None),
        (lambda: WithLoss(lambda net, x: (net.logits(x), net.logits(x))), "Defines its own loss"),
        (lambda: nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(3)), None),
        (lambda: nn.Sequential(nn.Conv2d(3, 4, 8), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 3)), None),
    ],
)
def test_what_has_one_meaning_trains_and_is_noted(make: Callable[[], nn.Module], note: str | None) -> None:
    found = checked(make)

    assert (found.outcome, found.reason) == ("trains", None)
    notes = [each for each in found.notes if each != "15 of 142 parameters get no gradient: aux."]
    assert [note in each for each in notes] == [True] if note else notes == []
    assert found.parameters
    assert found.flops


def _with_late_layer(net: Net, images: Tensor) -> Tensor:
    maps = net.conv(images).flatten(1)
    net.late = net.late or nn.Linear(maps.size(1), 3)
    logits: Tensor = net.late(maps)
    return logits


@pytest.mark.parametrize(
    ("forward", "reason"),
    [
        (_with_late_layer, "creates layers in forward() (late)"),
        (lambda net, x: nn.Linear(4, 3)(net.conv(x).mean((2, 3))), "15 weights that are not its own parameters"),
        (lambda net, x: net.fc(net.plain_list[0](net.conv(x).mean((2, 3)))), "nn.ModuleList"),
        (
            lambda net, x: net.logits(x)[:, :2],
            "returns 2 logits for 3 classes: build it with that many outputs, for example",
        ),
        (lambda net, x: net.conv(x)[:, :3], "returns 2 x 3 x 8 x 8 for 2 images"),
        (lambda net, x: net.logits(x).squeeze(), "`squeeze()` also removes the batch dimension"),
        (lambda net, x: net.logits(x).detach(), "do not depend on its parameters"),
        (lambda net, x: net.logits(x).round().long(), "torch.int64"),
        (lambda net, x: net.logits(x) / 0, "NaN or infinite"),
        (lambda *_: None, "returns a NoneType"),
        (lambda net, x: net.fc(net.conv(x).flatten(1)), "mat1 and mat2 shapes cannot be multiplied"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(forward: Forward, reason: str) -> None:
    found = checked(lambda: Net(forward))

    assert found.outcome == "refused"
    assert reason in (found.reason or "")


class Heads(nn.Module):
    """Features of any width and a head, returned as the test specifies."""

    def __init__(self, give: Callable[[Tensor, Tensor], Any], width: int = 4, classes: int = 3) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, width, 3), nn.Linear(width, classes)
        self._give = give
        LogitsFirst("mine", classes).attach(self)

    def forward(self, images: Tensor) -> Any:
        features = self.conv(images).mean((2, 3))
        return self._give(features, self.fc(features))


@pytest.mark.parametrize(
    ("give", "note"),
    [
        (lambda f, logits: (f, logits), "Returns 2 outputs in training mode (2 x 4 and 2 x 3); number 2 is used"),
        (lambda f, logits: {"embedding": f, "pred": logits[..., None, None]}, "`pred` is used as the logits"),
        (lambda _, logits: [logits, logits.softmax(1)], "the first is used as the logits"),
    ],
)
def test_of_several_outputs_the_one_that_is_images_by_classes_is_trained_on(give: Any, note: str) -> None:
    found = checked(lambda: Heads(give))

    assert (found.outcome, found.reason) == ("trains", None)
    assert note in found.notes[0]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Heads(lambda f, logits: (f, logits[:, :2])), "mine returns 2 x 4 and 2 x 2 for 3 classes: return the"),
        (lambda: Heads(lambda f, logits: {"a": f, "b": logits, "c": -logits}), "2 x 4 and 2 x 3 and 2 x 3"),
        (lambda: Heads(lambda f, logits: (f, logits), width=3), "another output is computed from the first"),
    ],
    ids=["none fits", "two fit", "features as wide as the classes"],
)
def test_outputs_that_may_mean_anything_are_refused_with_their_shapes(make: Any, reason: str) -> None:
    found = checked(make)

    assert found.outcome == "refused"
    assert reason in (found.reason or "")


class Growing(Net):
    """Keeps what it has computed for its largest batch, as masks and coordinates are kept."""

    def __init__(self, compute: Callable[["Growing", Tensor], Tensor]) -> None:
        super().__init__(lambda net, x: net.logits(x * net.known(x)))
        self.scale = nn.Parameter(torch.ones(1))
        self.kept: Tensor | None = None
        self._compute = compute

    def known(self, images: Tensor) -> Tensor:
        if self.kept is None or len(self.kept) < len(images):
            self.kept = self._compute(self, images)
        return self.scale * self.kept[: len(images)]


class Folding(Net):
    """Re-parameterises itself for inference, as RepVGG does."""

    def train(self, mode: bool = True) -> "Folding":
        if not mode:
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
        super().train(mode)
        return self


def test_what_a_network_keeps_of_an_evaluation_is_met_by_the_next_training_step() -> None:
    plain = checked(lambda: Growing(lambda _, x: torch.ones(len(x), 1, 8, 8)))
    graph = checked(lambda: Growing(lambda net, x: torch.ones(len(x), 1, 8, 8) * net.scale))
    folded = checked(lambda: Folding(lambda net, x: net.logits(x)))

    assert (plain.outcome, plain.reason) == ("trains", None)
    assert graph.outcome == "trains", "the larger batch of the evaluation took its place"
    assert folded.outcome == "refused"
    assert "mine replaces its parameters in eval mode (conv)" in (folded.reason or "")


def test_a_failing_second_step_is_named_with_its_file() -> None:
    found = checked(lambda: Growing(lambda net, _: torch.ones(9, 1, 8, 8) * net.scale))

    assert found.outcome == "refused"
    assert "a second time" in (found.reason or "")
    assert "in the second training step, after an evaluation" in (found.reason or "")


def test_parameters_that_no_step_changes_are_named() -> None:
    def frozen() -> nn.Module:
        net = Net(lambda net, x: net.logits(x))
        net.conv.requires_grad_(False)
        return net

    found = checked(frozen)

    assert found.outcome == "trains"
    assert found.notes == [
        "15 of 142 parameters get no gradient: aux.",
        "112 of 142 parameters are frozen: conv.",
    ]


def test_a_network_without_parameters_is_refused() -> None:
    found = checked(lambda: nn.Sequential(nn.Flatten(), nn.Dropout()))

    assert (found.outcome, found.reason) == ("refused", "mine has no parameters to train.")


def test_a_size_that_its_layers_do_not_fit_is_named_with_the_line_of_its_own_code() -> None:
    found = checked(lambda: build("cnn", classes=3, image_shape=(3, 32, 32)), shape=(3, 28, 28))

    assert found.outcome == "refused"
    assert "mine cannot be trained on 28 x 28 images and 3 classes: RuntimeError" in (found.reason or "")
    assert "Traceback" in (found.traceback or "")
    assert not found.on_any_device


def test_it_costs_what_it_costs_at_its_own_images_and_classes() -> None:
    at_32 = checked(lambda: build("cnn", classes=10, image_shape=(3, 32, 32)), shape=(3, 32, 32), classes=10)
    at_64 = checked(lambda: build("cnn", classes=200, image_shape=(3, 64, 64)), shape=(3, 64, 64), classes=200)

    assert (at_32.parameters, at_32.flops, at_32.depth) == (62_006, 1_303_440, 5)
    assert at_64.parameters == 62_006 + 16 * (13**2 - 5**2) * 120 + 190 * 85


def test_a_network_that_would_take_too_long_is_not_known_and_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost_module, "MAX_FLOPS", 1000)

    found = checked(lambda: Net(Net.logits))

    assert (found.outcome, found.memory_format) == ("unknown", "channels_last")
    assert "take too long" in (found.reason or "")
    assert found.flops


def _fails(error: BaseException) -> Callable[[], nn.Module]:
    def make() -> nn.Module:
        raise error

    return make


def _caused(cause: BaseException) -> BaseException:
    error = ValueError("the weights cannot be had")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file", "weights.pt"),
        URLError("name resolution"),
        ModuleNotFoundError("No module named 'nets'"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_NOT_INITIALIZED"),
        _caused(ConnectionResetError("peer")),
        MemoryError(),
    ],
    ids=repr,
)
def test_what_the_machine_lacks_refuses_no_network(error: BaseException) -> None:
    found = checked(_fails(error))

    assert found.outcome == "unknown"
    assert (found.reason or "").startswith("not checked: ")


@pytest.mark.parametrize(
    "error", [ValueError("no"), RuntimeError("CUDA error: device-side assert triggered")], ids=repr
)
def test_an_error_of_the_network_itself_refuses_it(error: BaseException) -> None:
    assert checked(_fails(error)).outcome == "refused"


def test_nothing_outside_is_disturbed() -> None:
    def meddle(_net: Net, images: Tensor) -> Tensor:
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.backends.cudnn.benchmark = True
        random.random(), np.random.rand(), torch.rand(1)
        return images

    def state() -> list[Any]:
        drawn = (
            torch.get_rng_state().tolist(),
            random.getstate(),
            np.random.get_state(legacy=False)["state"]["key"].tolist(),
        )
        return [*drawn, torch.get_default_dtype(), torch.is_grad_enabled(), torch.backends.cudnn.benchmark]

    before = state()
    checked(lambda: Net(meddle))
    checked(lambda: Net(Net.logits))

    assert state() == before
