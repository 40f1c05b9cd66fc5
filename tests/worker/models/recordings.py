"""Recordings of networks, and the kinds of their nodes."""

from collections import Counter

import torch
from torch import nn

from skiplab.contract.catalog import Block
from worker.models.measure import measure
from worker.models.recording import Recording

Joins = dict[str, int]


def joins(recording: Recording) -> Joins:
    """How many operations of each kind join tensors that depend on the images."""
    assert recording.gap is None
    names = {"add": "add", "iadd": "add", "mul": "multiply", "cat": "concat"}
    found = (names.get(each.function.strip("_")) for each in recording.operations if len(each.inputs) > 1)
    return dict(Counter(name for name in found if name is not None))


def recorded(model: nn.Module, *shape: int) -> Recording:
    return measure(model, torch.zeros(1, *shape)).recording


def kinds(block: Block) -> list[str]:
    return [node.kind for node in block.nodes]
