"""Layer statistics against autograd and plain arithmetic."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from worker.models import build
from worker.training.layers import LayerProbe

CPU = torch.device("cpu")


class Dying(nn.Module):
    """Half of the second layer's inputs are behind a ReLU that never opens."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.second = nn.Linear(4, 2)
        with torch.no_grad():
            self.first.bias[:2] = -1000.0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.second(functional.relu(self.first(x)))
        return logits


def one_step(model: nn.Module, probe: LayerProbe, images: torch.Tensor, *, rate: float = 0.5, batch: int = 0) -> None:
    optimiser = torch.optim.SGD(model.parameters(), lr=rate)
    sampled = probe.begin(batch)
    loss = functional.cross_entropy(model(images), torch.zeros(len(images), dtype=torch.long))
    torch.autograd.backward(loss)
    if sampled:
        probe.see_gradients()
    optimiser.step()
    if sampled:
        probe.see_update()


def test_the_figures_of_a_step_are_those_of_plain_arithmetic() -> None:
    torch.manual_seed(0)
    model, images = Dying(), torch.randn(8, 3)
    probe = LayerProbe(model, CPU, steps_per_epoch=40)
    before = model.second.weight.detach().clone()

    one_step(model, probe, images)
    first, second = probe.read(epoch=1)

    gradient = model.second.weight.grad
    assert gradient is not None
    assert (first.name, second.name, second.kind, second.place) == ("first", "second", "layer", 1)
    assert second.grad_norm == pytest.approx(gradient.norm().item())
    assert second.grad_rms == pytest.approx(gradient.square().mean().sqrt().item())
    assert second.weight_norm == pytest.approx(before.norm().item())
    assert second.update_ratio == pytest.approx((0.5 * gradient.norm() / before.norm()).item(), rel=1e-4)
    assert first.input_rms == pytest.approx(images.square().mean().sqrt().item())
    assert first.dead_share == 0
    assert second.dead_share == pytest.approx(0.5)
    every = torch.stack([parameter.grad.norm() for parameter in model.parameters() if parameter.grad is not None])
    assert probe.gradient_norm() == pytest.approx(every.norm().item())


def test_the_gradient_at_a_layers_output_is_autograds() -> None:
    torch.manual_seed(0)
    model, images = Dying(), torch.randn(8, 3)
    probe = LayerProbe(model, CPU, steps_per_epoch=40)
    hidden = model.first(images).detach().requires_grad_()
    loss = functional.cross_entropy(model.second(functional.relu(hidden)), torch.zeros(8, dtype=torch.long))
    (wanted,) = torch.autograd.grad(loss, hidden)

    one_step(model, probe, images)

    assert probe.read(epoch=1)[0].output_grad_rms == pytest.approx(wanted.square().mean().sqrt().item())


def test_only_sampled_steps_are_watched_and_they_leave_no_hooks() -> None:
    model = Dying()
    probe = LayerProbe(model, CPU, steps_per_epoch=40)

    for batch in range(21):
        one_step(model, probe, torch.randn(4, 3), batch=batch)

    assert int(probe.state()["samples"]) == 3
    assert all(not module._forward_hooks and not module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(
    ("key", "layers", "blocks"), [("cnn", 5, 0), ("resnet20", 20, 9), ("plain20", 20, 9), ("se_resnet20", 38, 9)]
)
def test_layers_and_repeated_blocks_are_found(key: str, layers: int, blocks: int) -> None:
    model = build(key, classes=10, image_shape=(3, 32, 32))
    probe = LayerProbe(model, CPU, steps_per_epoch=40)

    one_step(model, probe, torch.randn(4, 3, 32, 32))
    stats = probe.read(epoch=1)

    assert [sum(stat.kind == kind for stat in stats) for kind in ("layer", "block")] == [layers, blocks]
    assert all(stat.output_grad_rms for stat in stats)


def test_a_restored_probe_goes_on_counting() -> None:
    torch.manual_seed(0)
    model = Dying()
    probe, other = LayerProbe(model, CPU, steps_per_epoch=40), LayerProbe(model, CPU, steps_per_epoch=40)
    one_step(model, probe, torch.randn(4, 3))

    other.restore({name: tensor.clone() for name, tensor in probe.state().items()})

    assert other.read(epoch=1) == probe.read(epoch=1)
    other.reset()
    assert other.read(epoch=1) == []


def test_a_channel_that_is_silent_on_every_image_is_dead() -> None:
    torch.manual_seed(0)
    entry = nn.Conv2d(3, 4, 1)
    model = nn.Sequential(entry, nn.ReLU(), nn.Conv2d(4, 2, 1), nn.Flatten())
    assert entry.bias is not None
    with torch.no_grad():
        entry.bias[1] = -100.0
    probe = LayerProbe(model, CPU, steps_per_epoch=40)
    images = torch.randn(5, 3, 6, 7)

    for layout in (torch.contiguous_format, torch.channels_last):
        probe.reset()
        one_step(model, probe, images.to(memory_format=layout), rate=0.0)
        first, last = probe.read(epoch=1)
        assert first.dead_share == 0
        assert last.dead_share == pytest.approx(0.25)
        fed = functional.relu(entry(images))
        assert last.input_rms == pytest.approx(fed.square().mean().sqrt().item(), rel=1e-5)


class Sparse(nn.Module):
    """An embedding whose gradient has the rows that were used alone."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.fc = nn.Embedding(5, 4, sparse=True), nn.Linear(4, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.fc(self.words((x[:, 0] > 0).long()))
        return logits


def test_a_sparse_gradient_is_as_long_as_a_dense_one() -> None:
    torch.manual_seed(0)
    model, images = Sparse(), torch.randn(8, 3)
    probe = LayerProbe(model, CPU, steps_per_epoch=40)

    one_step(model, probe, images)

    gradient = model.words.weight.grad
    assert gradient is not None
    assert gradient.is_sparse
    assert probe.read(epoch=1)[0].grad_norm == pytest.approx(gradient.to_dense().norm().item())


@pytest.mark.parametrize(
    "older",
    [
        {"sums": torch.ones(2, 6), "norm": torch.ones(()), "samples": torch.tensor(3)},  # of 9766b8e
        {"names": torch.zeros(32, dtype=torch.uint8)},
        {},
    ],
)
def test_the_sums_of_another_version_or_network_are_left_alone(older: dict[str, torch.Tensor]) -> None:
    model = Dying()
    probe, fresh = LayerProbe(model, CPU, steps_per_epoch=40), LayerProbe(model, CPU, steps_per_epoch=40)

    probe.restore(older)

    assert probe.read(epoch=1) == []
    for each in (probe, fresh):
        torch.manual_seed(0)
        model.zero_grad()
        one_step(model, each, torch.randn(4, 3), rate=0.0)
    assert probe.read(epoch=1) == fresh.read(epoch=1)


@pytest.mark.parametrize(("steps", "sampled"), [(5, [0]), (40, [0, 10, 20, 30]), (400, list(range(0, 400, 40)))])
def test_every_tenth_step_is_sampled_but_no_more_than_ten_an_epoch(steps: int, sampled: list[int]) -> None:
    probe = LayerProbe(Dying(), CPU, steps_per_epoch=steps)
    assert [step for step in range(steps) if probe.begin(step)] == sampled
