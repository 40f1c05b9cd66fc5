"""Build the optimiser and the averaged model of a run spec."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from skiplab.contract.spec import RunSpec


def make_optimiser(spec: RunSpec, model: nn.Module) -> torch.optim.Optimizer:
    """Build the optimiser: fused on CUDA; not on CPU, where fused results depend on the number of threads."""
    groups = _groups(spec, model)
    fused = next(model.parameters()).is_cuda
    if spec.optimizer == "sgd":
        return torch.optim.SGD(
            groups,
            lr=spec.learning_rate,
            momentum=spec.momentum,
            nesterov=spec.nesterov and spec.momentum > 0,
            weight_decay=spec.weight_decay,
            fused=fused,
        )
    adam = torch.optim.AdamW if spec.optimizer == "adamw" else torch.optim.Adam
    return adam(groups, lr=spec.learning_rate, weight_decay=spec.weight_decay, fused=fused)


def make_average(spec: RunSpec, model: nn.Module) -> AveragedModel | None:
    """Return the exponential moving average of weights and batch-norm statistics; None if the spec disables it."""
    if spec.ema is None:
        return None
    # torch leaves the function untyped.
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(spec.ema), use_buffers=True)  # type: ignore[no-untyped-call]


def _groups(spec: RunSpec, model: nn.Module) -> list[dict[str, object]]:
    """Return parameter groups: with decay `weights`, biases and norms (1-dimensional) have no weight decay."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if spec.decay == "all":
        return [{"params": parameters}]
    return [
        {"params": [parameter for parameter in parameters if parameter.dim() > 1]},
        {"params": [parameter for parameter in parameters if parameter.dim() <= 1], "weight_decay": 0.0},
    ]
