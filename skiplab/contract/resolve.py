"""Resolve the fields of a spec: given values, then the preset's, then the network's, then defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from skiplab.contract.spec import RunSpec

FieldOrigin = Literal["given", "preset", "network", "default"]


@dataclass(frozen=True)
class Resolved:
    """All fields of a request with their origins, not validated yet."""

    fields: dict[str, Any]
    origins: dict[str, FieldOrigin]


def resolve(given: Mapping[str, Any], preset: Mapping[str, Any], network: Mapping[str, Any]) -> Resolved:
    """Return each field from the first layer that sets it."""
    defaults = {
        name: field.get_default(call_default_factory=True)
        for name, field in RunSpec.model_fields.items()
        if not field.is_required()
    }
    layers: tuple[tuple[FieldOrigin, Mapping[str, Any]], ...] = (
        ("default", defaults),
        ("network", network),
        ("preset", preset),
        ("given", given),
    )
    fields: dict[str, Any] = {}
    origins: dict[str, FieldOrigin] = {}
    for origin, layer in layers:
        fields.update(layer)
        origins.update(dict.fromkeys(layer, origin))
    return Resolved(fields, origins)
