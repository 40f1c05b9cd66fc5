"""Device, dtype and memory format of a network and its images during training."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from skiplab.contract.check import MemoryFormat, TrainingCheck
from worker.models.network import Shape


@dataclass(frozen=True)
class Placement:
    """Channels-last is the faster memory format for convolutions. Networks with `view` after a convolution, or with
    `Conv3d`, need the contiguous one."""

    memory_format: MemoryFormat = "channels_last"
    cast: bool = False  # weights of another precision to float32

    @classmethod
    def of(cls, check: TrainingCheck) -> "Placement":
        return cls(check.memory_format, check.cast)

    def network(self, model: nn.Module, device: torch.device, image_shape: Shape) -> nn.Module:
        """The network on its device, with the weights of its lazy layers, which are drawn from torch's present random
        state."""
        if self.cast:
            model = model.float()
        materialise(model, image_shape)
        if self.memory_format == "contiguous":
            return model.to(device)
        return model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]  # torch's stub lacks it

    def images(self, images: Tensor) -> Tensor:
        """A batch N x C x H x W, which comes in channels-last."""
        return images.contiguous() if self.memory_format == "contiguous" else images


def materialise(model: nn.Module, image_shape: Shape) -> None:
    """Give lazy layers their weights, by a forward pass of two empty images. All else stays as it is: the pass is in
    eval mode, and only for layers that just training uses in train mode."""
    for training in (False, True):
        if not any(is_lazy(each) for each in (*model.parameters(), *model.buffers())):
            return
        before, buffers = model.training, _buffers(model)
        with torch.no_grad():
            model.train(training)(torch.zeros(2, *image_shape))
            for name, buffer in model.named_buffers():
                if name in buffers:
                    buffer.copy_(buffers[name])
        model.train(before)


def _buffers(model: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in model.named_buffers() if not is_lazy(buffer)}
