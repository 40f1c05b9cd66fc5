"""The measures: columns of tables and export, and what claims compare. One row defines each."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

from backend.evidence import clocks, derived
from backend.evidence.censoring import TimeToTarget
from backend.evidence.definitions import Defined, Definition, Fact, Time, Value, curve
from backend.evidence.records import RunRecord
from skiplab.contract.evidence import FigureLink, Kind
from skiplab.contract.metrics import Metric


def _cost(x: str) -> tuple[FigureLink]:
    return (FigureLink(kind="cost", options={"x": x}),)


def _to_target(time: str) -> tuple[FigureLink]:
    return (FigureLink(kind="targets", options={"time": time}),)


_ACCURACY = (curve(Metric.TEST_ACCURACY),)
_GAP = (FigureLink(kind="gap"),)
_RATIO = FigureLink(kind="gradient-ratio")
# What matters about a gradient is the step it leads to, relative to the weight.
_GRADIENTS = (FigureLink(kind="gradients"), _RATIO, FigureLink(kind="update-ratio"))


class Measure(Defined, StrEnum):
    """The key of a measure, with its `definition`."""

    _value_: str

    def __new__(cls, definition: Fact | Value | Time | str) -> Self:
        assert isinstance(definition, Definition), "a key is looked up among the members and never gets here"
        member = str.__new__(cls, definition.key)
        member._value_, member.definition = definition.key, definition
        return member

    PARAMETERS = Fact("parameters", "parameters", "", "lower", _cost("parameters"), of_network=lambda n: n.parameters)
    FLOPS = Fact("flops", "FLOPs per image", "", "lower", _cost("flops"), of_network=lambda n: n.flops)
    BEST_ACCURACY = Value(
        "best_accuracy",
        "best test accuracy",
        "%",
        "higher",
        _ACCURACY,
        at_best=True,
        in_report=True,
        of_run=derived.at_best(Metric.TEST_ACCURACY),
    )
    FINAL_ACCURACY = Value(
        "final_accuracy",
        "final test accuracy",
        "%",
        "higher",
        _ACCURACY,
        in_report=True,
        of_run=derived.last(Metric.TEST_ACCURACY),
    )
    ACCURACY_AREA = Value(
        "accuracy_area",
        "mean test accuracy over training",
        "%",
        "higher",
        _ACCURACY,
        of_run=derived.accuracy_area,
    )
    GAP_AT_BEST = Value(
        "gap_at_best",
        "generalisation gap at the best epoch",
        "pp",
        "lower",
        _GAP,
        at_best=True,
        of_run=derived.at_best(Metric.GAP),
    )
    GAP_AT_END = Value(
        "gap_at_end",
        "final generalisation gap",
        "pp",
        "lower",
        _GAP,
        in_report=True,
        of_run=derived.last(Metric.GAP),
    )
    TRAIN_EVAL_LOSS = Value(
        "train_eval_loss",
        "final training loss (eval mode)",
        "nats",
        "lower",
        (curve(Metric.TRAIN_EVAL_LOSS),),
        in_report=True,
        of_run=derived.last(Metric.TRAIN_EVAL_LOSS),
    )
    STABILITY = Value(
        "stability",
        f"SD of the last {derived.STABLE_EPOCHS} test accuracies",
        "pp",
        "lower",
        _ACCURACY,
        of_run=derived.stability,
    )
    EPOCHS_TO_TARGET = Time(
        "epochs_to_target",
        "epochs to target",
        "epochs",
        "lower",
        _to_target("epochs"),
        in_report=True,
        clock=clocks.epochs,
    )
    IMAGES_TO_TARGET = Time(
        "images_to_target", "images to target", "images", "lower", _to_target("images"), clock=clocks.images
    )
    SECONDS_TO_TARGET = Time(
        "seconds_to_target",
        "training time to target",
        "s",
        "lower",
        _to_target("seconds"),
        clocked=True,
        clock=clocks.seconds,
    )
    SECONDS_PER_EPOCH = Value(
        "seconds_per_epoch",
        "seconds per epoch",
        "s",
        "lower",
        (curve(Metric.EPOCH_SECONDS),),
        clocked=True,
        in_report=True,
        of_run=derived.median_of(Metric.EPOCH_SECONDS),
    )
    TRAINING_SECONDS = Value(
        "training_seconds",
        "training time",
        "s",
        "lower",
        _cost("seconds"),
        clocked=True,
        of_run=derived.total(Metric.EPOCH_SECONDS),
    )
    IMAGES_PER_SECOND = Value(
        "images_per_second",
        "images per second",
        "images/s",
        "higher",
        (curve(Metric.IMAGES_PER_SECOND),),
        clocked=True,
        of_run=derived.median_of(Metric.IMAGES_PER_SECOND),
    )
    GRADIENT_RATIO = Value(
        "gradient_ratio",
        "first-to-last gradient ratio, mean over epochs",
        "",
        "none",
        (_RATIO,),
        of_run=derived.mean_over_epochs(derived.gradient_ratio),
    )
    GRADIENT_SLOPE = Value(
        "gradient_slope",
        "slope of log gradient over depth, mean over epochs",
        "per block",
        "none",
        _GRADIENTS,
        of_run=derived.mean_over_epochs(derived.gradient_slope),
    )
    GRADIENT_SLOPE_AT_START = Value(
        "gradient_slope_at_start",
        "slope of log gradient over depth at initialisation",
        "per block",
        "none",
        _GRADIENTS,
        of_run=derived.at_initialisation(derived.gradient_slope),
    )


def value(run: RunRecord, measure: Defined) -> float | None:
    """Return one run's value; None if not measured. Raises TypeError for a fact or a time to a target."""
    if not isinstance(measure.definition, Value):
        raise TypeError(f"{measure} is a {measure.kind}, which has no value per run")
    return measure.definition.of_run(run)


def fact(runs: Iterable[RunRecord], measure: Defined) -> float | None:
    """Return a fact of the network at the runs' image size and classes; None if no run has measured it, or if runs
    disagree because the code changed between them. Raises TypeError for any other kind of measure."""
    if not isinstance(measure.definition, Fact):
        raise TypeError(f"{measure} is a {measure.kind}, not a fact of the network")
    found = {measure.definition.of_network(run.network) for run in runs if run.network is not None}
    return found.pop() if len(found) == 1 else None


def time_to_target(run: RunRecord, measure: Defined, target: float) -> TimeToTarget | None:
    """Return when the test accuracy first reached `target`, in the measure's unit; None without any accuracy. Raises
    TypeError for a measure that is not a time."""
    if not isinstance(measure.definition, Time):
        raise TypeError(f"{measure} is a {measure.kind}, not a time to a target")
    return clocks.time_to(run, measure.definition.clock, target)


def figures_of(measures: Iterable[tuple[Defined, float | None]]) -> list[FigureLink]:
    """Return the figures that show these measures (times with their target), each once, in order."""
    found: dict[str, FigureLink] = {}
    for measure, target in measures:
        for link in measure.definition.figures:
            timed = {"target": f"{target:g}"} if measure.kind == Kind.TIME and target is not None else {}
            whole = FigureLink(kind=link.kind, options={**link.options, **timed})
            found.setdefault(whole.model_dump_json(), whole)
    return list(found.values())
