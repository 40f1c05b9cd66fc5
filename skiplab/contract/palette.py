"""Colours, dashes and markers of runs: the one list for page, figures and reports. OpenAPI serves it as `x-palette`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

Scheme = Literal["light", "dark"]

HUES: Mapping[Scheme, Sequence[str]] = {
    "light": ("#1466c9", "#d9560b", "#15a07a", "#9c2f83", "#2a1668", "#6b2a05", "#8f86d6", "#3d4a24"),
    "dark": ("#4c86f0", "#ff8d4f", "#6fe8b8", "#f08fee", "#e9e45f", "#cf4a2c", "#6fa3a6", "#e9e9ff"),
}
"""Distinguishable with the common colour vision deficiencies (the first four by an OKLab distance of at least 8 in
each), with a contrast of at least 3 to the page."""

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
"""The first eight have a hue each; later ones, then other networks by key, reuse unused hues in this order. A new
network needs no entry here, and does not change the colours of these."""


def in_order(networks: Iterable[str]) -> list[str]:
    """Return unique networks in the order of NETWORKS, then others by key."""
    ranks = {key: rank for rank, key in enumerate(NETWORKS)}
    return sorted(set(networks), key=lambda key: (ranks.get(key, len(ranks)), key))


def hues_of(networks: Iterable[str]) -> dict[str, int]:
    """Return the index of each network's hue.

    A network without its own takes one whose owner is absent, from the end, since the first networks are the most
    likely to be added; if none is left it shares one.
    """
    present = in_order(networks)
    count = len(HUES["light"])
    free = [place for place, key in enumerate(NETWORKS[:count]) if key not in present]
    hues: dict[str, int] = {}
    for key in present:
        place = NETWORKS.index(key) if key in NETWORKS else len(NETWORKS) + len(hues)
        hues[key] = place if place < count else free.pop() if free else place % count
    return hues


def served() -> dict[str, Any]:
    """Return the palette for the API document."""
    return {"hues": HUES, "dashes": DASHES, "markers": MARKERS, "networks": NETWORKS}
