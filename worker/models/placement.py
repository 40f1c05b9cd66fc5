"""Device, dtype and memory format of a network and its images during training."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from skiplab.contract.check import MemoryFormat, TrainingCheck
from worker.models.network import Shape


@dataclass(frozen=True)
class Placement:
    """Memory format and dtype of a network.

    `channels_last` is faster for convolutions. Networks that call `view` on the output of a convolution, or use
    `Conv3d`, need `contiguous`.
    """

    memory_format: MemoryFormat = "channels_last"
    cast: bool = False  # cast weights of other dtypes to float32

    @classmethod
    def of(cls, check: TrainingCheck) -> "Placement":
        return cls(check.memory_format, check.cast)

    def network(self, model: nn.Module, device: torch.device, image_shape: Shape) -> nn.Module:
        """Move a network to its device and memory format, after initialising its lazy layers.

        Their weights are drawn from PyTorch's global generator on the CPU, so they do not depend on the device.
        """
        if self.cast:
            model = model.float()
        materialise(model, image_shape)
        if self.memory_format == "contiguous":
            return model.to(device)
        return model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]  # torch's stub lacks it

    def images(self, images: Tensor) -> Tensor:
        """Return a batch (N, C, H, W), given in channels_last, in this memory format."""
        return images.contiguous() if self.memory_format == "contiguous" else images


def materialise(model: nn.Module, image_shape: Shape) -> None:
    """Initialise lazy layers by a forward pass of two zero images. Mode and buffers of the network do not change.

    The pass is in eval mode; a second one in train mode initialises layers that only training uses.
    """
    for training in (False, True):
        if not any(is_lazy(each) for each in (*model.parameters(), *model.buffers())):
            return
        before, buffers = model.training, _buffers(model)
        with torch.no_grad():
            model.train(training)(torch.zeros(2, *image_shape))
            # In train mode, batch normalisation has updated its running statistics.
            for name, buffer in model.named_buffers():
                if name in buffers:
                    buffer.copy_(buffers[name])
        model.train(before)


def _buffers(model: nn.Module) -> dict[str, Tensor]:
    return {name: buffer.clone() for name, buffer in model.named_buffers() if not is_lazy(buffer)}
