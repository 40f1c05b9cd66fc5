"""Which figures show a measure, so that a verdict can be looked at: kinds of GET /figures and what they are asked."""

from collections.abc import Iterable, Mapping

from pydantic import BaseModel, Field

from backend.evidence.measures import QUANTITIES, Kind, Measure
from skiplab.contract.metrics import Metric


class FigureLink(BaseModel):
    """One figure, to be drawn of the verdict's own runs."""

    kind: str = Field(description="As listed by GET /figures.")
    options: dict[str, str] = Field(default_factory=dict, description="What else it is asked, such as its metric.")


def _curve(key: Metric) -> FigureLink:
    return FigureLink(kind="curves", options={"key": key})


def _time(unit: str) -> FigureLink:
    return FigureLink(kind="targets", options={"time": unit})


def _cost(x: str) -> FigureLink:
    return FigureLink(kind="cost", options={"x": x})


_ACCURACY, _GAP, _RATIO = _curve(Metric.TEST_ACCURACY), FigureLink(kind="gap"), FigureLink(kind="gradient-ratio")
# A gradient is told beside what it comes to: the size of a step by that of the weight.
_SLOPES = (FigureLink(kind="gradients"), _RATIO, FigureLink(kind="update-ratio"))

SHOWN_BY: Mapping[Measure, tuple[FigureLink, ...]] = {
    Measure.PARAMETERS: (_cost("parameters"),),
    Measure.FLOPS: (_cost("flops"),),
    Measure.BEST_ACCURACY: (_ACCURACY,),
    Measure.FINAL_ACCURACY: (_ACCURACY,),
    Measure.ACCURACY_AREA: (_ACCURACY,),
    Measure.TRAIN_LOSS: (_curve(Metric.TRAIN_EVAL_LOSS),),
    Measure.GAP_AT_BEST: (_GAP,),
    Measure.GAP_AT_END: (_GAP,),
    Measure.STABILITY: (_ACCURACY,),
    Measure.EPOCHS_TO_TARGET: (_time("epochs"),),
    Measure.IMAGES_TO_TARGET: (_time("images"),),
    Measure.SECONDS_TO_TARGET: (_time("seconds"),),
    Measure.SECONDS_PER_EPOCH: (_curve(Metric.EPOCH_SECONDS),),
    Measure.IMAGES_PER_SECOND: (_curve(Metric.IMAGES_PER_SECOND),),
    Measure.GRADIENT_RATIO: (_RATIO,),
    Measure.GRADIENT_SLOPE: _SLOPES,
    Measure.GRADIENT_SLOPE_AT_START: _SLOPES,
}


def figures_of(measures: Iterable[tuple[Measure, float | None]]) -> list[FigureLink]:
    """Of these measures, a time with its target, each figure once, in order."""
    found: dict[str, FigureLink] = {}
    for measure, target in measures:
        for link in SHOWN_BY[measure]:
            timed = QUANTITIES[measure].kind == Kind.TIME and target is not None
            whole = FigureLink(kind=link.kind, options={**link.options, **({"target": f"{target:g}"} if timed else {})})
            found.setdefault(whole.model_dump_json(), whole)
    return list(found.values())
