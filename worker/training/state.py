"""The complete state of training for checkpoints: resuming gives the same numbers, bit for bit on a CPU."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from worker.errors import CannotTrain
from worker.training.extras import Extras

FORMAT = "skiplab-state-2"


class UnreadableState(CannotTrain):
    """Raised for a checkpoint that is corrupt or has another format."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The checkpoint {path.name} cannot be read: {why}. Retry the run to train it from the start.")


@dataclass
class Counters:
    """Progress of a run, stored as JSON."""

    epoch: int = 0  # finished epochs
    batch: int = 0  # finished batches of the next epoch
    seconds: float = 0.0  # spent on these batches
    best_value: float | None = None
    best_epoch: int = 0
    loss_every: int | None = None  # steps between sampled losses


@dataclass
class TrainingState:
    """Named tensors and JSON data. During training the tensors are live: save them before the next step."""

    tensors: dict[str, Tensor]
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def counters(self) -> Counters:
        return Counters(**self.facts["counters"])

    @property
    def unkept(self) -> list[str]:
        """Descriptions of the network's state that the checkpoint lacks."""
        kept = self.facts.get("extras", {}).values()
        return [why for extras in kept for why in extras["unkept"]]

    def put_into(self, model: nn.Module, name: str = "model") -> None:
        """Load the weights of `name`, "model" or "average" (EMA), into a network. Raises RuntimeError on mismatch."""
        extras = self.facts.get("extras", {}).get(name, {"facts": {}, "unkept": []})
        Extras(
            _under(name, self.tensors), _under(f"extras/{name}", self.tensors), extras["facts"], extras["unkept"]
        ).restore(model)

    def save(self, path: Path) -> None:
        """Write a safetensors file; loading it runs no pickled code. Raises OSError."""
        whole = {name: _plain(tensor) for name, tensor in self.tensors.items()}
        _write(whole, path, {"format": FORMAT, "facts": json.dumps(self.facts)})

    def save_weights(self, path: Path) -> None:
        """Write the weights that evaluation uses, the EMA if there is one. Raises OSError."""
        prefix = "average/" if any(name.startswith("average/") for name in self.tensors) else "model/"
        weights = {
            name.removeprefix(prefix): _plain(tensor)
            for name, tensor in self.tensors.items()
            if name.startswith(prefix)
        }
        _write(weights, path, {"format": "pt"})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a checkpoint. Raises UnreadableState."""
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    given = metadata.get("format")
                    why = f"expected format {FORMAT!r}, got {given!r}; another version of Skiplab wrote it"
                    raise UnreadableState(path, why)
                return cls({name: file.get_tensor(name) for name in file.keys()}, json.loads(metadata["facts"]))  # noqa: SIM118  # not a dict
        except (OSError, SafetensorError, ValueError) as error:
            raise UnreadableState(path, str(error)) from error


class Sums(Protocol):
    """Statistics that accumulate over an epoch."""

    def state(self) -> dict[str, Tensor]: ...

    def restore(self, state: dict[str, Tensor]) -> None: ...


@dataclass(frozen=True)
class Parts:
    """The objects whose state a checkpoint captures and restores."""

    model: nn.Module
    optimiser: torch.optim.Optimizer
    average: AveragedModel | None
    sums: dict[str, Sums]  # by name

    def capture(self, counters: Counters) -> TrainingState:
        """Return the current state. Its tensors are live, see TrainingState."""
        tensors: dict[str, Tensor] = {}
        extra_facts = {}
        for name, network in self._networks().items():
            extras = Extras.of(network)
            tensors |= _named(name, extras.weights) | _named(f"extras/{name}", extras.tensors)
            extra_facts[name] = {"facts": extras.facts, "unkept": extras.unkept}
        if self.average is not None:
            tensors["averaged"] = self.average.n_averaged
        optimiser = self.optimiser.state_dict()
        for index, kept in optimiser["state"].items():
            tensors |= _named(f"optimiser/{index}", {name: value for name, value in kept.items() if value is not None})
        for name, sums in self.sums.items():
            tensors |= _named(f"sums/{name}", sums.state())
        random_tensors, random_facts = _capture_random()
        facts = {
            "counters": vars(counters).copy(),
            "groups": optimiser["param_groups"],
            "random": random_facts,
            "extras": extra_facts,
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
        }
        return TrainingState(tensors | random_tensors, facts)

    def restore(self, state: TrainingState) -> Counters:
        """Restore everything, the random generators last. Raises RuntimeError for another network."""
        for name, network in self._networks().items():
            state.put_into(network, name)
        if self.average is not None:
            self.average.n_averaged.copy_(state.tensors["averaged"])
        self._restore_optimiser(state)
        for name, sums in self.sums.items():
            sums.restore(_under(f"sums/{name}", state.tensors))
        _restore_random(state)
        return state.counters

    def _networks(self) -> dict[str, nn.Module]:
        return {"model": self.model} | ({} if self.average is None else {"average": self.average.module})

    def _restore_optimiser(self, state: TrainingState) -> None:
        parameters = [parameter for group in self.optimiser.param_groups for parameter in group["params"]]
        kept: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under("optimiser", state.tensors).items():
            index, _, slot = name.partition("/")
            parameter = parameters[int(index)]
            # In the parameter's memory format: files have no channels_last, and mixed formats are slow.
            placed = torch.empty_like(parameter).copy_(tensor) if tensor.shape == parameter.shape else tensor
            kept.setdefault(int(index), {})[slot] = placed.detach()
        self.optimiser.load_state_dict({"state": kept, "param_groups": state.facts["groups"]})


def _write(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
    try:
        save_file(tensors, path, metadata=metadata)
    except SafetensorError as error:
        # safetensors raises this for a full disk.
        raise OSError(str(error)) from error


def _plain(tensor: Tensor) -> Tensor:
    """Return a copy as safetensors requires: on the CPU, contiguous, not sharing memory."""
    return tensor.detach().cpu().clone(memory_format=torch.contiguous_format)


def _named(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}/"
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def _capture_random() -> tuple[dict[str, Tensor], dict[str, Any]]:
    kind, words, gauss = random.getstate()
    # Skiplab itself does not use NumPy's global generator, but a plugin's network may.
    name, keys, *rest = np.random.get_state(legacy=True)
    tensors = {
        "random/torch": torch.get_rng_state(),
        "random/python": torch.tensor(words, dtype=torch.int64),
        "random/numpy": torch.from_numpy(np.asarray(keys).astype(np.int64)),
    }
    if _on_cuda():
        tensors["random/cuda"] = torch.cuda.get_rng_state()
    return tensors, {"python": [kind, gauss], "numpy": [name, *rest]}


def _restore_random(state: TrainingState) -> None:
    kind, gauss = state.facts["random"]["python"]
    random.setstate((kind, tuple(state.tensors["random/python"].tolist()), gauss))
    name, *rest = state.facts["random"]["numpy"]
    np.random.set_state((name, state.tensors["random/numpy"].numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state.tensors["random/torch"])
    if "random/cuda" in state.tensors and _on_cuda():
        torch.cuda.set_rng_state(state.tensors["random/cuda"])


def _on_cuda() -> bool:
    """Return whether CUDA is in use, without initialising it."""
    return bool(torch.cuda.is_initialized())  # type: ignore[no-untyped-call]  # torch leaves it untyped
