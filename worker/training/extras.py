"""What a network keeps beside parameters and buffers that torch saves: extra state, other buffers, own generators.

Nothing is pickled that could not be read with `weights_only`: a checkpoint runs no code.
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
"""Types that a safetensors file holds."""

OURS = ("torch", "torchvision", "worker")
"""Python modules whose own generators are not a network's."""

Random = torch.Generator | random.Random | np.random.Generator | np.random.RandomState


@dataclass
class Extras:
    """`tensors` are plain, `facts` are data for JSON, both by the name of the module and attribute; `unkept` says in
    words what is in neither."""

    weights: dict[str, Tensor] = field(default_factory=dict)  # the state that torch saves
    tensors: dict[str, Tensor] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    unkept: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, model: nn.Module) -> "Extras":
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
        """Raises RuntimeError where the network has other parameters. What is not in here stays as it was built."""
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
        """By the network's own `load_state_dict`, which may take nothing but the state and give nothing back."""
        wanted = model.state_dict().keys()
        # `_extra_state` may be missing: it was said that it cannot be kept.
        lacking = sorted(wanted - state.keys())
        missing = [key for key in lacking if not key.endswith("_extra_state")]
        over = sorted(state.keys() - wanted)
        if missing or over:
            raise RuntimeError(f"the checkpoint lacks {missing} and has {over} over")
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
                f"{name.partition('/')[2]} is a {type(value).__name__}, which a checkpoint cannot hold: tensors,"
                " numbers, text, lists and dictionaries of them can be kept"
            )

    def _under(self, kind: str) -> dict[str, Any]:
        start = f"{kind}/"
        packed = {name.removeprefix("packed/"): _unpacked(each) for name, each in self.tensors.items() if _packs(name)}
        known = {**{name: each for name, each in self.tensors.items() if not _packs(name)}, **packed, **self.facts}
        return {name.removeprefix(start): value for name, value in known.items() if name.startswith(start)}


class OwnGenerators:
    """A network's own random generators, as they are now."""

    def __init__(self, model: nn.Module) -> None:
        self._states = [(generator, _state_of(generator)) for _, generator in _generators(model)]

    def put_back(self) -> None:
        for generator, state in self._states:
            _set_state(generator, state)


def _is_plain(tensor: Tensor) -> bool:
    return tensor.layout is torch.strided and not tensor.is_nested and tensor.dtype in PLAIN


def _is_json(value: Any) -> bool:
    """Whether JSON gives back exactly this."""
    if type(value) is dict:
        return all(type(key) is str and _is_json(each) for key, each in value.items())
    if type(value) is list:
        return all(map(_is_json, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and isfinite(value))


def _packs(name: str) -> bool:
    return name.startswith("packed/")


def _packed(value: Any) -> Tensor | None:
    """As bytes that can be read again without running code; None: there are none."""
    buffer = BytesIO()
    try:
        torch.save(value, buffer)
        torch.load(BytesIO(buffer.getvalue()), weights_only=True)
    except Exception:  # noqa: BLE001  # whatever pickle makes of other people's objects
        return None
    return torch.frombuffer(bytearray(buffer.getvalue()), dtype=torch.uint8)


def _unpacked(packed: Tensor) -> Any:
    return torch.load(BytesIO(packed.numpy().tobytes()), weights_only=True)


def _other_buffers(model: nn.Module) -> Iterator[tuple[str, nn.Module, str]]:
    """Those that are not persistent: whole name, module, own name."""
    for path, module in model.named_modules():
        for buffer in sorted(getattr(module, "_non_persistent_buffers_set", ())):
            if buffer in module._buffers:
                yield f"{path}.{buffer}" if path else buffer, module, buffer


def _put_back(module: nn.Module, buffer: str, kept: Tensor) -> None:
    there = module._buffers[buffer]
    if there is not None and there.shape == kept.shape and there.dtype == kept.dtype:
        with torch.no_grad():
            there.copy_(kept)
        return
    near = next((each.device for each in module.parameters()), kept.device) if there is None else there.device
    module._buffers[buffer] = kept.to(near)


def _generators(model: nn.Module) -> Iterator[tuple[str, Random]]:
    """Attributes of modules, and globals of the Python modules in which their classes are written."""
    sources: dict[str, None] = {}
    for path, module in model.named_modules():
        sources[type(module).__module__] = None
        yield from _named_generators(f"{path}." if path else "", vars(module))
    for source in sources:
        if source.partition(".")[0] not in OURS and source in sys.modules:
            yield from _named_generators(f"{source}:", vars(sys.modules[source]))


def _named_generators(prefix: str, attributes: Mapping[str, Any]) -> Iterator[tuple[str, Random]]:
    """Also those in lists and dictionaries."""
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
