"""Where each field of a spec comes from: what was given, else the preset, else the network's own, else the default."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from skiplab.contract.spec import RunSpec

FieldOrigin = Literal["given", "preset", "network", "default"]


@dataclass(frozen=True)
class Resolved:
    """A request made whole. The fields are not validated yet, and may hold what no spec has."""

    fields: dict[str, Any]
    origins: dict[str, FieldOrigin]


def resolve(given: Mapping[str, Any], preset: Mapping[str, Any], network: Mapping[str, Any]) -> Resolved:
    """The first that sets a field has it. Fields without a default, and those that no spec has, are only ever given."""
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
