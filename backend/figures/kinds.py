"""All kinds of figures: the one list behind the API, the page and the report."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Self

from pydantic import GetJsonSchemaHandler

from backend.evidence.numbers import percent
from backend.figures import (
    accuracy,
    class_accuracy,
    confusion_difference,
    cost,
    curves,
    forest,
    gap,
    gradient_ratio,
    gradients,
    loss,
    parallel,
    system_load,
    targets,
    update_ratio,
)
from backend.figures.kind import Kind
from backend.figures.options import OF_THE_LAB, Option, Options, choices, default
from skiplab.contract.figures import FigureCard, FigureChoice, FigureOption
from skiplab.contract.quantities import Quantity


class FigureKind(StrEnum):
    """The key of a kind in URLs, with the `kind` itself."""

    _value_: str
    kind: Kind[Any]

    def __new__(cls, kind: Kind[Any] | str) -> Self:
        assert isinstance(kind, Kind), "a key is looked up among the members and never gets here"
        member = str.__new__(cls, kind.key)
        member._value_, member.kind = kind.key, kind
        return member

    CURVES = curves.KIND
    LOSS = loss.KIND
    ACCURACY = accuracy.KIND
    GAP = gap.KIND
    COST = cost.KIND
    TARGETS = targets.KIND
    FOREST = forest.KIND
    GRADIENTS = gradients.KIND
    GRADIENT_RATIO = gradient_ratio.KIND
    UPDATE_RATIO = update_ratio.KIND
    CONFUSION_DIFFERENCE = confusion_difference.KIND
    CLASS_ACCURACY = class_accuracy.KIND
    PARALLEL = parallel.KIND
    LOAD = system_load.KIND

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Add titles, help and options to the schema, from which the page takes them."""
        return {
            **handler(schema),
            "x-enum-descriptions": [each.kind.title for each in cls],
            "x-figures": [card.model_dump() for card in cards()],
        }


def titled(kind: FigureKind, options: Options, quantities: Iterable[Quantity] = OF_THE_LAB) -> str:
    """Return the title with the options given, such as "Time to target accuracy: epochs, 60%"."""
    given = {option: getattr(options, option) for option in kind.kind.options if option in options.model_fields_set}
    known = list(quantities)
    texts = [_text(option, value, known) for option, value in given.items() if value is not None]
    return kind.kind.title + (f": {', '.join(texts)}" if texts else "")


def _text(option: Option, value: Any, quantities: Iterable[Quantity]) -> str:
    return percent(value) if option == "target" else dict(choices(option, quantities)).get(str(value), str(value))


def cards(quantities: Sequence[Quantity] = OF_THE_LAB) -> Sequence[FigureCard]:
    """`quantities`: that can be plotted."""
    return [_card(each.kind, quantities) for each in FigureKind]


def _card(kind: Kind[Any], quantities: Sequence[Quantity]) -> FigureCard:
    return FigureCard(
        kind=kind.key,
        title=kind.title,
        help=kind.help,
        wide=kind.wide,
        plain=kind.plain,
        options=[
            FigureOption(
                name=option,
                title=Options.model_fields[option].title or option,
                choices=[FigureChoice(value=value, title=title) for value, title in choices(option, quantities)],
                default=default(option),
            )
            for option in kind.options
        ],
    )
