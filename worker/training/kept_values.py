"""Plain values in attributes of a network, of its classes and of the Python modules that define them."""

import sys
from collections.abc import Mapping
from typing import Any

from torch import nn

from worker.training.extras import OURS

SIMPLE = (bool, int, float, str, type(None))
CONTAINERS = (list, tuple, dict, set)

LONGEST = 80
"""Maximum characters of a value that is compared and shown in messages."""

Values = dict[str, str]
"""repr() of each value by location: `block.calls`, `Net.calls`, `my_module.STATE`."""


def values_of(model: nn.Module) -> Values:
    """Collect the plain values that a checkpoint does not contain."""
    found: Values = {}
    for path, module in model.named_modules():
        found |= _plain(vars(module), f"{path}." if path else "")
    for base in dict.fromkeys(base for module in model.modules() for base in type(module).__mro__):
        if base.__module__.partition(".")[0] not in (*OURS, "builtins"):
            found |= _plain(vars(base), f"{base.__name__}.")
            if (source := sys.modules.get(base.__module__)) is not None:
                found |= _plain(vars(source), f"{base.__module__}.")
    return found


def _plain(attributes: Mapping[str, Any], prefix: str) -> Values:
    return {
        f"{prefix}{name}": repr(value)
        for name, value in list(attributes.items())
        if not name.startswith("__") and name != "training" and _is_plain(value) and len(repr(value)) <= LONGEST
    }


def _is_plain(value: object) -> bool:
    if type(value) in SIMPLE:
        return True
    if type(value) not in CONTAINERS or len(value) > LONGEST:  # type: ignore[arg-type]  # all of these have a length
        return False
    parts = [*value, *value.values()] if isinstance(value, dict) else [*value]  # type: ignore[misc]  # likewise
    return all(type(each) in SIMPLE for each in parts)
