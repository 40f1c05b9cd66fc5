"""`skiplab models`."""

from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson
from skiplab.cli.output import print_json, print_table

if TYPE_CHECKING:
    from skiplab.contract.catalog import ModelDetails

RIGHT = frozenset({"parameters", "FLOPs", "depth"})


def list_models(
    key: Annotated[str | None, typer.Argument(help="Key of a network, to show it with its layers.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the networks that workers can build, or show one.

    Examples: `skiplab models`, `skiplab models resnet18`
    """
    with the_lab() as lab:
        if key is not None:
            _show(lab.model(key), as_json=as_json)
            return
        found = lab.models()
    if as_json:
        from skiplab.contract.catalog import ModelList

        print_json(ModelList(items=found))
        return
    rows = [
        (card.key, card.label, card.origin, _number(card.parameters), _number(card.flops), card.depth) for card in found
    ]
    print_table(("key", "network", "origin", "parameters", "FLOPs", "depth"), rows, right=RIGHT)


def _show(model: "ModelDetails", *, as_json: bool) -> None:
    if as_json:
        print_json(model)
        return
    print(f"{model.key}: {model.label}, {_number(model.parameters) or 'unknown'} parameters")
    rows = [
        (row.name, row.type, "x".join(map(str, row.output_shape)), _number(row.parameters), _number(row.flops))
        for row in model.layers
    ]
    print_table(("layer", "type", "output", "parameters", "FLOPs"), rows, right=RIGHT)


def _number(count: int | None) -> str | None:
    return None if count is None else f"{count:,}"
