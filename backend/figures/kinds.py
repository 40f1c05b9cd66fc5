"""All figures by name: the one list that the API, the report and tests go by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from backend.figures.classes import class_accuracy
from backend.figures.confusion import confusion_difference
from backend.figures.cost import cost
from backend.figures.curves import accuracy, curves, gap, loss
from backend.figures.forest import forest
from backend.figures.gradients import gradient_ratios, gradients, update_ratios
from backend.figures.load import load
from backend.figures.material import Material
from backend.figures.parallel import parallel
from backend.figures.targets import targets


@dataclass(frozen=True)
class Kind:
    title: str
    build: Callable[[Material], go.Figure]


KINDS: Mapping[str, Kind] = {
    "curves": Kind("Curves, mean over seeds with 95 % bands", curves),
    "loss": Kind("Training and test loss", loss),
    "accuracy": Kind("Training and test accuracy", accuracy),
    "gap": Kind("Generalisation gap over epochs", gap),
    "cost": Kind("Accuracy against cost, with the Pareto front", cost),
    "targets": Kind("Time to a target accuracy", targets),
    "forest": Kind("The verdicts' effects", forest),
    "gradients": Kind("Gradient flow over depth and epochs", gradients),
    "gradient-ratio": Kind("Gradient at the first block against the last", gradient_ratios),
    "update-ratio": Kind("Step by weight over depth and epochs", update_ratios),
    "confusion-difference": Kind("Where two networks err differently", confusion_difference),
    "class-accuracy": Kind("How well each class is recognised, over epochs", class_accuracy),
    "parallel": Kind("What differs between runs, and what came of it", parallel),
    "load": Kind("How busy the machine was", load),
}
