"""Any quantity as a measure, by its key: what a claims file names where none of the lab's measures says it."""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from backend.evidence import derived
from backend.evidence.definitions import Defined, Value, curve
from backend.evidence.measures import Measure
from skiplab.contract.quantities import Quantity, Unit

UNITS: Mapping[Unit, str] = {
    "fraction": "%",
    "nats": "nats",
    "seconds": "s",
    "bytes": "bytes",
    "images per second": "images/s",
    "none": "",
}
"""A quantity's unit, as measures write it."""

CLOCKED: frozenset[Unit] = frozenset({"seconds", "images per second"})
"""Units of what depends on hardware and load."""


class FinalValue(Defined, str):
    """The quantity's value after a run's last epoch. It is the quantity's key, and equal to it."""

    _quantity: Quantity

    def __new__(cls, quantity: Quantity) -> Self:
        made = super().__new__(cls, quantity.key)
        made._quantity = quantity
        made.definition = Value(
            quantity.key,
            f"final {quantity.title}",
            "pp" if quantity.difference and quantity.unit == "fraction" else UNITS[quantity.unit],
            quantity.better,
            (curve(quantity.key),),
            clocked=quantity.unit in CLOCKED,
            of_run=derived.last(quantity.key),
        )
        return made

    def __reduce__(self) -> tuple[type[Self], tuple[Quantity]]:
        """Copies are made from the quantity: a string's own way would pass its key."""
        return type(self), (self._quantity,)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: Any) -> CoreSchema:
        return core_schema.is_instance_schema(cls, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "description": "Key of a quantity: its value after the last epoch."}


def _named(given: object, info: ValidationInfo) -> object:
    """The measure of that name, else the quantity of that key: the validation's context has those there are."""
    if not isinstance(given, str) or isinstance(given, Measure | FinalValue):
        return given
    if given in set(Measure):
        return Measure(given)
    known: Mapping[str, Quantity] = info.context or {}
    if given not in known:
        raise ValueError(f"{given!r} is neither a measure ({', '.join(Measure)}) nor a quantity ({', '.join(known)})")
    return FinalValue(known[given])


AnyMeasure = Annotated[Measure | FinalValue, BeforeValidator(_named)]
"""One of the lab's measures, or a quantity's final value."""
