"""What a report says, in order: verdicts, networks, curves, comparison, claims, and how it was made."""

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from backend.evidence.answer import ClaimEvidence
from backend.evidence.cells import Cell
from backend.evidence.judgement import Judgement, Verdict
from backend.evidence.measures import Measure
from backend.evidence.missing import launches
from backend.evidence.records import RunRecord
from backend.evidence.schemas import Evidence
from backend.figures.material import CannotDraw
from backend.figures.service import Question
from backend.report import words
from backend.report.document import Block, Bullets, Code, Document, Folded, Heading, Paragraph, Plot, Table
from skiplab.contract.catalog import ModelDetails
from skiplab.contract.metrics import Metric
from skiplab.contract.presets import PRESETS
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec

COMPARED = (
    Measure.BEST_ACCURACY,
    Measure.FINAL_ACCURACY,
    Measure.GAP_AT_END,
    Measure.TRAIN_LOSS,
    Measure.EPOCHS_TO_TARGET,
    Measure.SECONDS_PER_EPOCH,
)

READ_ID = """python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])'"""

MOST_NAME = 200
"""Letters of an experiment's name."""

Draw = Callable[[str, Question, Sequence[RunRecord]], go.Figure]
"""Kind, question and runs to a figure; raises CannotDraw."""


@dataclass(frozen=True)
class Source:
    """Everything that a report is made from."""

    title: str
    evidence: Evidence
    cells: Sequence[Cell]
    networks: Mapping[str, ModelDetails]
    runs: Sequence[RunRecord]
    draw: Draw
    version: str
    now: datetime


def document(source: Source) -> Document:
    parts = (_opening, _verdicts, _networks, _curves, _comparison, _claims, _making, _again)
    return Document(source.title, [block for part in parts for block in part(source)])


def _opening(source: Source) -> Iterator[Block]:
    finished = sum(run.status == "finished" for run in source.runs)
    yield Paragraph(
        f"Made by Skiplab {source.version} on {source.now:%d %B %Y} from {len(source.runs)} runs"
        f" ({finished} finished) of {len(source.cells)} cells; a cell is one network under one recipe, its runs differ"
        " in the seed."
    )
    if reduced := _reduced(source.runs):
        yield Paragraph(f"Reduced budget: not comparable with the report's 80 % and 77 %. {reduced}", weighty=True)


def _reduced(runs: Sequence[RunRecord]) -> str:
    """How the runs fall short of whole training, in words; empty where none does."""
    specs = [run.spec for run in runs]
    whole = PRESETS["report"].fields["epochs"]
    told = []
    if limits := sorted({spec.train_limit for spec in specs if spec.train_limit}):
        told.append(f"Trained on {_numbers(limits)} images.")
    if limits := sorted({spec.test_limit for spec in specs if spec.test_limit}):
        told.append(f"Tested on {_numbers(limits)} images.")
    if epochs := sorted({spec.epochs for spec in specs if spec.epochs < whole}):
        told.append(f"Trained for {_numbers(epochs)} epochs.")
    return " ".join(told)


def _verdicts(source: Source) -> Iterator[Block]:
    yield Heading(2, "Verdicts")
    for claims in source.evidence.sets:
        yield Paragraph(f"{claims.title} ({claims.source or claims.key}).")
        yield Table(
            ("", "Claim", "Verdict", f"Adjusted for {claims.size}"),
            [(claim.id, claim.sentence, claim.verdict, _adjusted(claim)) for claim in claims.claims],
        )
    yield from _plot(source, "forest", "Effects with the intervals that decide; shaded: the side that is claimed")


def _adjusted(claim: ClaimEvidence) -> str:
    return (claim.judgements[0].adjusted_verdict or "") if claim.judgements else ""


def _networks(source: Source) -> Iterator[Block]:
    yield Heading(2, "The networks")
    shown = [
        source.networks[key] for key in dict.fromkeys(run.spec.model for run in source.runs) if key in source.networks
    ]
    yield Table(
        ("Network", "Key", "Parameters", "FLOPs per image", "Depth", "Measured at"),
        [(each.label, each.key, *_costs(network)) for each in shown for network in _measured(source, each.key)],
        frozenset({2, 3, 4}),
    )
    for each in shown:
        if each.structure:
            yield Folded(f"Structure of {each.label}", Code(each.structure))


def _measured(source: Source, model: str) -> list[RunNetwork | None]:
    """What its runs have built, each once: it differs with the images and classes."""
    built = [run.network for run in source.runs if run.spec.model == model and run.network is not None]
    return list({each.model_dump_json(): each for each in built}.values()) or [None]


def _costs(network: RunNetwork | None) -> tuple[str, str, str, str]:
    if network is None:
        return "", "", "", "not measured"
    at = f"{' x '.join(map(str, network.image_shape))}, {network.classes} classes"
    return _count(network.parameters), _count(network.flops), _count(network.depth), at


def _curves(source: Source) -> Iterator[Block]:
    yield Heading(2, "Loss and accuracy of each network")
    for view, cell in zip(source.evidence.cells, source.cells, strict=True):
        yield Heading(3, view.label)
        for kind in ("loss", "accuracy"):
            text = f"{view.label}: {kind} of training and test, {_averaged(len(cell.shown))}"
            yield from _plot(source, kind, text, runs=cell.runs, name=f"{kind}-{cell.runs[0].id}")


def _comparison(source: Source) -> Iterator[Block]:
    yield Heading(2, "Comparison")
    cards = {card.key: card for card in source.evidence.measures}
    columns = [f"{cards[m].label}{', %' if cards[m].unit == '%' else ''}" for m in COMPARED]
    rows = [
        (view.label, str(len(view.seeds)), *(words.summary(view.summaries.get(m), cards[m].unit) for m in COMPARED))
        for view in source.evidence.cells
    ]
    yield Table(("Cell", "n", *columns), rows, frozenset(range(1, 2 + len(COMPARED))))
    yield Paragraph(
        f"Mean ± standard deviation over the seeds. The target is {100 * source.evidence.target:.4g} % test accuracy."
    )
    yield from _plot(source, "curves", "Test accuracy, mean and 95 % interval over the seeds")
    loss = Question(key=Metric.TEST_LOSS)
    yield from _plot(source, "curves", "Test loss, mean and 95 % interval over the seeds", loss, name="test-loss")
    yield from _plot(source, "gap", "Generalisation gap: training accuracy in eval mode less test accuracy")
    yield from _plot(source, "cost", "Best accuracy against parameters, with the Pareto front")
    seconds = Question(x=Measure.SECONDS_PER_EPOCH)
    yield from _plot(source, "cost", "Best accuracy against seconds of training", seconds, name="cost-seconds")
    yield from _plot(source, "targets", "Epochs to the target accuracy")
    yield from _plot(
        source,
        "gradients",
        "Gradient flow: RMS gradient at block outputs; without blocks, norm of each weight's gradient",
    )
    yield from _plot(source, "gradient-ratio", "Gradient at the first block against the last")
    yield from _plot(source, "confusion-difference", "What the one network takes for another class more often")
    yield from _plot(source, "update-ratio", "How far a step moves each layer, by the size of its weight")


def _claims(source: Source) -> Iterator[Block]:
    yield Heading(2, "The claims, one by one")
    for claims in source.evidence.sets:
        for claim in claims.claims:
            yield Heading(3, f"{claim.id}: {claim.sentence}")
            if claim.note:
                yield Paragraph(claim.note)
            # Pairings of unequal recipes are many and tell little, unless one of them is all that there is.
            for judgement in [*claim.judgements[:1], *(each for each in claim.judgements[1:] if not each.mixed)]:
                yield from _judgement(judgement)
            if claim.verdict == Verdict.UNTESTED and not claim.judgements:
                yield Paragraph(claim.why)


def _judgement(judgement: Judgement) -> Iterator[Block]:
    who = ", ".join(f"{role.replace('_', ' ')}: {model}" for role, model in judgement.roles.items())
    yield Paragraph(
        f"{judgement.verdict.capitalize()} ({who}; runs {', '.join(map(str, judgement.runs))}). {judgement.why}"
    )
    yield Table(
        ("Measure", "Effect", "Interval", "n", "Hedges' g", "Permutation p"),
        [
            (
                words.measure(part),
                words.effect(part),
                words.interval(part),
                words.seeds(part),
                "" if part.hedges_g is None else f"{part.hedges_g:.2f}",
                words.permutation(part),
            )
            for part in judgement.parts
        ],
        frozenset({1, 2, 3, 4, 5}),
    )
    if judgement.findings:
        yield Bullets([words.finding(finding) for finding in judgement.findings])


def _making(source: Source) -> Iterator[Block]:
    yield Heading(2, "How it was made")
    specs = [run.spec.model_dump(mode="json") for run in source.runs]
    fields = [field for field in RunSpec.model_fields if field not in ("model", "seed")]
    shared = [field for field in fields if specs and all(spec[field] == specs[0][field] for spec in specs)]
    yield Table(("Field", "Of all runs"), [(field, _shown(specs[0][field])) for field in shared])
    differing = [field for field in fields if field not in shared]
    yield Table(
        ("Run", "Network", "Seed", "Status", *differing),
        [
            (str(run.id), run.spec.model, str(run.spec.seed), run.status, *(_shown(spec[each]) for each in differing))
            for run, spec in zip(source.runs, specs, strict=True)
        ],
    )
    data = sorted({_data(run) for run in source.runs if not run.open})
    machines = sorted({run.hardware for run in source.runs if run.hardware})
    software = sorted({f"{name} {value}" for run in source.runs for name, value in run.environment.items()})
    if data or machines or software:
        yield Bullets([*data, *machines, *software])


def _data(run: RunRecord) -> str:
    if run.data is None:
        return f"Data: an unknown version of {run.spec.dataset}, from before data sets had versions"
    return f"Data: {run.data.words} of {run.spec.dataset}{'' if run.data.verified else ', imported, not verified'}"


def _again(source: Source) -> Iterator[Block]:
    """As one experiment of the same name, whatever number it gets: what its first launch cannot say comes after it."""
    yield Heading(2, "To make it again")
    wanted = [(cell.fields, sorted({run.spec.seed for run in cell.runs})) for cell in source.cells]
    own = {key: tuple(network.defaults) for key, network in source.networks.items()}
    name = source.title[:MOST_NAME]
    bodies = [{"vary": each.vary, "spec": each.spec} for each in launches(name, wanted, source.runs, own)]
    first = [_post("experiments", {"name": name, **body}) for body in bodies[:1]]
    if len(bodies) > 1:
        first = [f"ID=$({post} \\\n    | {READ_ID})" for post in first]
    others = [_post("experiments/$ID/runs", body) for body in bodies[1:]]
    yield Code("\n".join(["skiplab up", *first, *others, f"skiplab report {shlex.quote(name)} -o report.html"]))


def _post(path: str, body: Mapping[str, Any]) -> str:
    told = json.dumps(body).replace("'", "\\u0027")
    return f"curl -s http://127.0.0.1:8000/api/v1/{path} -H 'Content-Type: application/json' \\\n    -d '{told}'"


# -- Small things -----------------------------------------------------------------------------------------------------


def _plot(
    source: Source,
    kind: str,
    caption: str,
    question: Question | None = None,
    *,
    runs: Sequence[RunRecord] | None = None,
    name: str | None = None,
) -> Iterator[Plot]:
    """Nothing where the runs cannot make it."""
    try:
        made = source.draw(kind, question or Question(), source.runs if runs is None else runs)
    except CannotDraw:
        return
    plain = made.to_plotly_json()
    yield Plot(name or kind, caption, plain["data"], plain["layout"])


def _averaged(runs: int) -> str:
    return "of one run" if runs == 1 else f"mean of {runs} runs"


def _numbers(values: Sequence[int]) -> str:
    return " or ".join(f"{value:,}" for value in values)


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
