"""`skiplab models`."""

from typing import Annotated

import typer

from skiplab.cli.client import the_lab
from skiplab.cli.options import AsJson
from skiplab.cli.output import print_json, print_table

RIGHT = frozenset({"parameters", "FLOPs", "depth"})


def list_models(
    key: Annotated[str | None, typer.Argument(help="Key of a network, to show it with its layers.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the networks that workers can build, or show one.

    Examples: `skiplab models`, `skiplab models resnet18`
    """
    with the_lab() as lab:
        if key is None:
            found = lab.models()
        else:
            details = lab.model(key)
    if key is not None:
        if as_json:
            print_json(details)
            return
        print(f"{details.key}: {details.label}")
        rows = [
            (row.name, row.type, "x".join(map(str, row.output_shape)), f"{row.parameters:,}", f"{row.flops:,}")
            for row in details.layers
        ]
        print_table(("layer", "type", "output", "parameters", "FLOPs"), rows, right=RIGHT)
        return
    if as_json:
        from skiplab.contract.catalog import ModelList

        print_json(ModelList(items=found))
        return
    cards = [
        (card.key, card.label, card.origin, _number(card.parameters), _number(card.flops), card.depth) for card in found
    ]
    print_table(("key", "network", "origin", "parameters", "FLOPs", "depth"), cards, right=RIGHT)


def _number(count: int | None) -> str | None:
    return None if count is None else f"{count:,}"
