"""Depth where the graph is unambiguous, and none elsewhere."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from worker.models.measure import measure

Forward = Callable[["Net", Tensor], Any]


class Net(nn.Module):
    """Two convolutions, then what is asked for, then one linear layer."""

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3)
        self.side, self.gain, self.mix = nn.Linear(8, 8), nn.Parameter(torch.ones(8)), nn.Parameter(torch.ones(8, 8))
        self.again, self.lstm, self.fc = nn.Linear(8, 8), nn.LSTM(8, 8), nn.Linear(8, 10)
        self._between = forward

    def forward(self, x: Tensor) -> Any:
        return self.fc(self._between(self, self.two(self.one(x)).mean((2, 3))))


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return x * 2

    @staticmethod
    def backward(_ctx: Any, gradient: Tensor) -> Tensor:
        return gradient * 2


class OwnLinear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(weight)
        return x @ weight

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        return gradient @ ctx.saved_tensors[0].T, None


@pytest.mark.parametrize(
    ("between", "wanted"),
    [
        (lambda _net, x: x, 3),
        (lambda net, x: x * net.gain, 3),
        (lambda net, x: x * (net.gain * 2 + torch.ones(8)), 3),
        (lambda net, x: x * net.side(x).sigmoid(), 3),  # a gate
        (lambda net, x: x + net.side(x), 4),
        (lambda net, x: net.side(x) * net.again(x), 4),  # gated linear unit: both ways are as long
        (lambda net, x: net.again(net.side(x)) * net.again(x + 1), None),  # which of them is the gate?
        (lambda net, x: torch.einsum("nc,cd->nd", x, net.mix), 4),
        (lambda net, x: ((x.unsqueeze(2) @ x.unsqueeze(1)) @ net.mix).mean(2), 4),
        (lambda net, x: checkpoint(net.side, x, use_reentrant=True), None),
        (lambda net, x: net.lstm(x)[0], None),
        (lambda _net, x: Doubled.apply(x), 3),
        (lambda net, x: OwnLinear.apply(x, net.mix), None),
        (lambda _net, x: x.mul_(2), 3),
        (lambda _net, x: x.detach(), None),
        (lambda _net, x: torch.from_numpy(x.detach().numpy()), None),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_depth_counts_layers_on_the_way_of_the_images(between: Forward, wanted: int | None) -> None:
    assert measure(Net(between), torch.zeros(1, 3, 8, 8)).depth == wanted
