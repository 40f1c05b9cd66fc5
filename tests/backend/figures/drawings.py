"""Nine runs of three networks, and figures of them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from backend.evidence.cells import cells
from backend.evidence.labels import labels
from backend.evidence.records import LayerGradients, NetworkFacts, RunRecord
from backend.figures.class_accuracy import Classes
from backend.figures.confusion_difference import Confusions
from backend.figures.context import Context, drawn
from backend.figures.kinds import FigureKind
from backend.figures.options import Options
from tests.backend.evidence.runs import run

NETWORKS = {
    key: NetworkFacts(key, label)
    for key, label in (("cnn", "Plain CNN"), ("resnet18", "ResNet-18"), ("densenet", "DenseNet"))
}


HEIGHTS = {"cnn": 0.5, "resnet18": 0.8, "densenet": 0.7}


def trained(model: str, seed: int) -> RunRecord:
    high = HEIGHTS[model] + 0.01 * seed
    curve = [0.3 * high, 0.7 * high, high]
    made = run(
        model, seed, accuracy=curve, train=[v + 0.05 for v in curve], loss=[2, 1.5, 1.2], seconds=[10 + seed] * 3
    )
    fading = (0.01, 0.1, 1.0) if model == "resnet18" else (0.5, 0.7)
    layers = tuple(LayerGradients(epoch, ("a", "b", "c")[: len(fading)], fading) for epoch in range(4))
    return replace(made, layers=() if model == "cnn" else layers)


RUNS = [trained(model, seed) for model in HEIGHTS for seed in range(3)]


NO_DATA: Mapping[str, Any] = {
    FigureKind.FOREST: (),
    FigureKind.GRADIENTS: {},
    FigureKind.GRADIENT_RATIO: {},
    FigureKind.UPDATE_RATIO: {},
    FigureKind.CONFUSION_DIFFERENCE: Confusions({}),
    FigureKind.CLASS_ACCURACY: Classes({}),
    FigureKind.LOAD: {},
}
"""Empty data of these kinds."""


def context(runs: Sequence[RunRecord] = RUNS, **options: Any) -> Context:
    groups = cells(runs)
    asked = Options.model_validate(options)
    return Context(drawn(groups, labels(groups, NETWORKS), "light"), NETWORKS, options=asked)


def draw(kind: str, runs: Sequence[RunRecord] = RUNS, data: Any = None, **options: Any) -> dict[str, Any]:
    """`data`: what the kind would load."""
    loaded = NO_DATA.get(kind) if data is None else data
    made: dict[str, Any] = FigureKind(kind).kind.build(context(runs, **options), loaded).to_plotly_json()
    return made


def named(figure: Mapping[str, Any]) -> dict[str, Any]:
    return {trace["name"]: trace for trace in figure["data"] if trace.get("name")}


def titles(figure: Mapping[str, Any]) -> list[str]:
    texts = [each["text"].replace("\N{NO-BREAK SPACE}", " ") for each in figure["layout"]["annotations"]]
    return [text for text in texts if not text.startswith("First")]


def notes(figure: Mapping[str, Any]) -> list[str]:
    return [each["text"] for each in figure["layout"].get("annotations", ()) if each["text"].startswith("First")]
