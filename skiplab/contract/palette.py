"""Colours, dashes and markers of runs: the one list for page, figures and reports. OpenAPI serves it as `x-palette`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Scheme = Literal["light", "dark"]

HUES: Mapping[Scheme, Sequence[str]] = {
    "light": ("#1466c9", "#d9560b", "#15a07a", "#9c2f83", "#2a1668", "#6b2a05", "#8f86d6", "#3d4a24"),
    "dark": ("#4c86f0", "#ff8d4f", "#6fe8b8", "#f08fee", "#e9e45f", "#cf4a2c", "#6fa3a6", "#e9e9ff"),
}
"""They stay apart for every common colour blindness (the first four by an OKLab distance of at least 8 in each) and
stand out from the page by a contrast of at least 3."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = (
    "circle", "square", "diamond", "triangle-up", "cross", "x",
    "star", "triangle-down", "pentagon", "hourglass", "bowtie", "star-diamond",
)  # fmt: skip

NETWORKS = (
    "cnn", "resnet18", "densenet", "se_resnet18_single", "plain18", "se_resnet18", "densenet_cifar", "densenet100_bc",
    "resnet20", "resnet32", "resnet44", "resnet56", "resnet110", "plain20", "plain32", "plain44", "plain56",
    "se_resnet20", "se_resnet56", "plain20_nonorm", "resnet20_nonorm", "plain56_nonorm", "resnet56_nonorm",
)  # fmt: skip
"""The first eight own a hue each, by their place; those after them borrow in this order, and any other network after
them, by its key. A new network needs no entry: whatever the order of the registry, none of these changes its colour."""


def in_order(networks: Iterable[str]) -> list[str]:
    """Those that stand in the list first, in its order, then the others by key; each once."""
    places = {key: place for place, key in enumerate(NETWORKS)}
    return sorted(set(networks), key=lambda key: (places.get(key, len(places)), key))


def hues_of(networks: Iterable[str]) -> dict[str, int]:
    """The number of each network's hue. One without its own takes a hue whose owner is not among these, the last such
    first, as the first networks are the likeliest to come; when none is left it shares one."""
    present = in_order(networks)
    count = len(HUES["light"])
    free = [place for place, key in enumerate(NETWORKS[:count]) if key not in present]
    hues: dict[str, int] = {}
    for key in present:
        place = NETWORKS.index(key) if key in NETWORKS else len(NETWORKS) + len(hues)
        hues[key] = place if place < count else free.pop() if free else place % count
    return hues


def served() -> dict[str, Any]:
    """For the page."""
    return {"hues": HUES, "dashes": DASHES, "markers": MARKERS, "networks": NETWORKS}
