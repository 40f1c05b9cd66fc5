"""State of a network that safetensors cannot hold directly: extra state, non-persistent buffers, its own generators.

Pickles only what `torch.load(weights_only=True)` can read: loading a checkpoint runs no code.
"""

import random
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

PLAIN = frozenset(
    {torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.bool}
    | {torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8}
)
"""Dtypes that safetensors supports."""

OURS = ("torch", "torchvision", "worker")
"""Packages whose module-level generators do not belong to a network."""

Random = torch.Generator | random.Random | np.random.Generator | np.random.RandomState


@dataclass
class Extras:
    """Complete state of a network: `tensors` for safetensors and `facts` for JSON, both by module and attribute.

    `unkept` describes what fits neither.
    """

    weights: dict[str, Tensor] = field(default_factory=dict)  # tensors of its state_dict()
    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, model: nn.Module) -> "Extras":
        """Collect the state of a network; tensors are references, not copies."""
        found = cls()
        for name, value in model.state_dict().items():
            if isinstance(value, Tensor) and _is_plain(value):
                found.weights[name] = value
            else:
                found._keep(f"state/{name}", value)
        for name, module, buffer in _other_buffers(model):
            value = module._buffers[buffer]
            if value is not None:
                found._keep(f"buffers/{name}", value.detach())
        for name, generator in _generators(model):
            found._keep(f"generators/{name}", _state_of(generator))
        return found

    def restore(self, model: nn.Module) -> None:
        """Load the state into a network; state that is missing here stays as built.

        Raises RuntimeError for other parameters than the network's.
        """
        self._load(model, {**self.weights, **self._under("state")})
        buffers = self._under("buffers")
        for name, module, buffer in _other_buffers(model):
            if name in buffers:
                _put_back(module, buffer, buffers[name])
        states = self._under("generators")
        for name, generator in _generators(model):
            if name in states:
                _set_state(generator, states[name])

    @staticmethod
    def _load(model: nn.Module, state: dict[str, Any]) -> None:
        """Call the network's own `load_state_dict`, an override of which may have no `strict` and return nothing."""
        wanted = model.state_dict().keys()
        # `_extra_state` may be missing: what cannot be saved was reported as `unkept`.
        lacking = sorted(wanted - state.keys())
        missing = [key for key in lacking if not key.endswith("_extra_state")]
        unexpected = sorted(state.keys() - wanted)
        if missing or unexpected:
            raise RuntimeError(f"the checkpoint does not fit the network: missing {missing}, unexpected {unexpected}")
        if lacking:
            model.load_state_dict(state, strict=False)
        else:
            model.load_state_dict(state)

    def _keep(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and _is_plain(value):
            self.tensors[name] = value
        elif _is_json(value):
            self.facts[name] = value
        elif (packed := _packed(value)) is not None:
            self.tensors[f"packed/{name}"] = packed
        else:
            self.unkept.append(
                f"{name.partition('/')[2]} is a {type(value).__name__}, which checkpoints do not support; use tensors,"
                " numbers, strings, or lists and dicts of these"
            )

    def _under(self, kind: str) -> dict[str, Any]:
        start = f"{kind}/"
        packed = {name.removeprefix("packed/"): _unpacked(each) for name, each in self.tensors.items() if _packs(name)}
        known = {**{name: each for name, each in self.tensors.items() if not _packs(name)}, **packed, **self.facts}
        return {name.removeprefix(start): value for name, value in known.items() if name.startswith(start)}


class OwnGenerators:
    """Snapshot of the random generators that belong to a network."""

    def __init__(self, model: nn.Module) -> None:
        self._states = [(generator, _state_of(generator)) for _, generator in _generators(model)]

    def put_back(self) -> None:
        for generator, state in self._states:
            _set_state(generator, state)


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout is torch.strided and not tensor.is_nested and tensor.dtype in PLAIN


def _is_json(value: Any) -> bool:
    """Return whether the value survives a round trip through JSON unchanged."""
    if type(value) is dict:
        return all(type(key) is str and _is_json(each) for key, each in value.items())
    if type(value) is list:
        return all(map(_is_json, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and isfinite(value))


def _packs(name: str) -> bool:
    return name.startswith("packed/")


def _packed(value: Any) -> Tensor | None:
    """Serialise to uint8 (n,) that `weights_only` can load; None if that is not possible."""
    buffer = BytesIO()
    try:
        torch.save(value, buffer)
        torch.load(BytesIO(buffer.getvalue()), weights_only=True)
    except Exception:  # noqa: BLE001  # pickling foreign objects can raise anything
        return None
    return torch.frombuffer(bytearray(buffer.getvalue()), dtype=torch.uint8)


def _unpacked(packed: Tensor) -> Any:
    return torch.load(BytesIO(packed.numpy().tobytes()), weights_only=True)


def _other_buffers(model: nn.Module) -> Iterator[tuple[str, nn.Module, str]]:
    """Yield the non-persistent buffers: full name, module, name in the module."""
    for path, module in model.named_modules():
        for buffer in sorted(getattr(module, "_non_persistent_buffers_set", ())):
            if buffer in module._buffers:
                yield f"{path}.{buffer}" if path else buffer, module, buffer


def _put_back(module: nn.Module, buffer: str, kept: Tensor) -> None:
    current = module._buffers[buffer]
    if current is not None and current.shape == kept.shape and current.dtype == kept.dtype:
        with torch.no_grad():
            current.copy_(kept)
        return
    device = next((each.device for each in module.parameters()), kept.device) if current is None else current.device
    module._buffers[buffer] = kept.to(device)


def _generators(model: nn.Module) -> Iterator[tuple[str, Random]]:
    """Yield generators in attributes of the network's modules and in globals of the files that define them."""
    sources: dict[str, None] = {}
    for path, module in model.named_modules():
        sources[type(module).__module__] = None
        yield from _named_generators(f"{path}." if path else "", vars(module))
    for source in sources:
        if source.partition(".")[0] not in OURS and source in sys.modules:
            yield from _named_generators(f"{source}:", vars(sys.modules[source]))


def _named_generators(prefix: str, attributes: Mapping[str, Any]) -> Iterator[tuple[str, Random]]:
    """Yield generators among the attributes, also inside lists and dicts."""
    for name, value in list(attributes.items()):
        parts: Mapping[Any, Any] = {}
        if isinstance(value, Random):
            yield f"{prefix}{name}", value
        elif isinstance(value, list | tuple):
            parts = dict(enumerate(value))
        elif type(value) is dict:
            parts = value
        for key, part in parts.items():
            if isinstance(part, Random):
                yield f"{prefix}{name}[{key}]", part


def _state_of(generator: Random) -> Any:
    if isinstance(generator, torch.Generator):
        return generator.get_state()
    if isinstance(generator, random.Random):
        kind, words, gauss = generator.getstate()
        return [kind, list(words), gauss]
    return _without_arrays(
        generator.bit_generator.state
        if isinstance(generator, np.random.Generator)
        else generator.get_state(legacy=False)
    )


def _set_state(generator: Random, state: Any) -> None:
    if isinstance(generator, torch.Generator):
        generator.set_state(state)
    elif isinstance(generator, random.Random):
        kind, words, gauss = state
        generator.setstate((kind, tuple(words), gauss))
    elif isinstance(generator, np.random.Generator):
        generator.bit_generator.state = _with_arrays(state)
    else:
        generator.set_state(_with_arrays(state))


def _without_arrays(state: Any) -> Any:
    if isinstance(state, np.ndarray):
        return {"array": [int(each) for each in state], "dtype": str(state.dtype)}
    if isinstance(state, dict):
        return {key: _without_arrays(each) for key, each in state.items()}
    return state.item() if isinstance(state, np.generic) else state


def _with_arrays(state: Any) -> Any:
    if isinstance(state, dict):
        if state.keys() == {"array", "dtype"}:
            return np.array(state["array"], dtype=state["dtype"])
        return {key: _with_arrays(each) for key, each in state.items()}
    return state
