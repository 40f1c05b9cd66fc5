"""The optimiser that a spec asks for."""

import torch
from torch import nn

from backend.contract.spec import RunSpec


def make_optimiser(spec: RunSpec, model: nn.Module) -> torch.optim.Optimizer:
    """On CUDA the fused kernels; on CPU the plain ones, whose results do not depend on the thread count's rounding."""
    parameters = list(model.parameters())
    fused = parameters[0].is_cuda
    if spec.optimizer == "sgd":
        return torch.optim.SGD(
            parameters,
            lr=spec.learning_rate,
            momentum=spec.momentum,
            nesterov=spec.nesterov and spec.momentum > 0,
            weight_decay=spec.weight_decay,
            fused=fused,
        )
    adam = torch.optim.AdamW if spec.optimizer == "adamw" else torch.optim.Adam
    return adam(parameters, lr=spec.learning_rate, weight_decay=spec.weight_decay, fused=fused)
