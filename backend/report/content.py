"""The sections of a report: verdicts, networks, curves, comparison, claims, setup, and commands to reproduce it."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import plotly.graph_objects as go

from backend.api_paths import PREFIX
from backend.evidence.cells import Cell
from backend.evidence.evaluate import ClaimEvidence
from backend.evidence.judgement import Judgement
from backend.evidence.launch_offers import launches
from backend.evidence.measures import Measure
from backend.evidence.numbers import percent
from backend.evidence.records import RunRecord
from backend.evidence.schemas import Evidence
from backend.figures.context import CannotDraw
from backend.figures.kinds import FigureKind, titled
from backend.figures.options import Clock, Cost, Options
from backend.report.document import Block, Bullets, Code, Document, Folded, Heading, Paragraph, Plot, Table
from skiplab.contract.catalog import ModelDetails
from skiplab.contract.evidence import CellSummary, Verdict
from skiplab.contract.metrics import Metric
from skiplab.contract.presets import PRESETS
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec

COMPARED = tuple(measure for measure in Measure if measure.definition.in_report)

FIGURES: Sequence[tuple[FigureKind, Options, str]] = (
    (FigureKind.CURVES, Options(key=Metric.TEST_ACCURACY), "curves"),
    (FigureKind.CURVES, Options(key=Metric.TEST_LOSS), "test-loss"),
    (FigureKind.COST, Options(x=Cost.PARAMETERS), "cost"),
    (FigureKind.COST, Options(x=Cost.SECONDS), "cost-seconds"),
    (FigureKind.TARGETS, Options(time=Clock.EPOCHS), "targets"),
    (FigureKind.CONFUSION_DIFFERENCE, Options(), "confusion-difference"),
    *((kind, Options(), str(kind)) for kind in FigureKind if kind.kind.plain),
)
"""Figures of the comparison, in order: kind, options and file name."""

READ_ID = """python3 -c 'import json, sys; print(json.load(sys.stdin)["id"])'"""

MOST_NAME = 200
"""Longest name of an experiment, in characters."""

Draw = Callable[[FigureKind, Options, Sequence[RunRecord]], "go.Figure"]
"""Draw a figure from its kind, options and runs; raises CannotDraw."""


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
    parts = (_opening, _verdicts, _networks, _curves, _comparison, _claims, _setup, _reproduction)
    return Document(source.title, [block for part in parts for block in part(source)])


def _opening(source: Source) -> Iterator[Block]:
    finished = sum(run.status == "finished" for run in source.runs)
    yield Paragraph(
        f"Made by Skiplab {source.version} on {source.now:%d %B %Y} from {len(source.runs)} runs"
        f" ({finished} finished) of {len(source.cells)} configurations, whose runs differ in the seed only."
    )
    if reduced := _reduced(source.runs):
        yield Paragraph(
            f"Reduced budget: not comparable with the original report's 80% and 77%. {reduced}", weighty=True
        )


def _reduced(runs: Sequence[RunRecord]) -> str:
    """How training was reduced; empty if it was not."""
    specs = [run.spec for run in runs]
    whole = PRESETS["report"].fields["epochs"]
    sentences = []
    if limits := sorted({spec.train_limit for spec in specs if spec.train_limit}):
        sentences.append(f"Trained on {_numbers(limits)} images.")
    if limits := sorted({spec.test_limit for spec in specs if spec.test_limit}):
        sentences.append(f"Tested on {_numbers(limits)} images.")
    if epochs := sorted({spec.epochs for spec in specs if spec.epochs < whole}):
        sentences.append(f"Trained for {_numbers(epochs)} epochs.")
    return " ".join(sentences)


def _verdicts(source: Source) -> Iterator[Block]:
    yield Heading(2, "Verdicts")
    for claims in source.evidence.sets:
        yield Paragraph(f"{claims.title} ({claims.source or claims.key}).")
        yield Table(
            ("", "Claim", "Verdict", f"Adjusted (Holm, m = {claims.size})"),
            [(claim.id, claim.sentence, claim.verdict, _adjusted(claim)) for claim in claims.claims],
        )
    yield from _plot(source, FigureKind.FOREST)


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
    """The distinct networks that its runs built, which differ with image size and classes."""
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
        for kind in (FigureKind.LOSS, FigureKind.ACCURACY):
            of = f"{view.label}, {_averaged(len(cell.shown))}"
            yield from _plot(source, kind, of=of, runs=cell.runs, name=f"{kind}-{cell.runs[0].id}")


def _comparison(source: Source) -> Iterator[Block]:
    yield Heading(2, "Comparison")
    cards = {card.key: card for card in source.evidence.measures}
    columns = [f"{cards[m].label}{', %' if cards[m].unit == '%' else ''}" for m in COMPARED]
    rows = [
        (view.label, str(len(view.seeds)), *(_summary(view.summaries.get(measure)) for measure in COMPARED))
        for view in source.evidence.cells
    ]
    yield Table(("Configuration", "n", *columns), rows, frozenset(range(1, 2 + len(COMPARED))))
    yield Paragraph(f"Mean ± SD over seeds. Target: {percent(source.evidence.target)} test accuracy.")
    for kind, options, name in FIGURES:
        yield from _plot(source, kind, options, name=name)


def _claims(source: Source) -> Iterator[Block]:
    yield Heading(2, "The claims, one by one")
    for claims in source.evidence.sets:
        for claim in claims.claims:
            yield Heading(3, f"{claim.id}: {claim.sentence}")
            if claim.note:
                yield Paragraph(claim.note)
            # Pairings of unequal recipes are many and say little, unless there are no others.
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
            (text.measure, text.effect, text.interval, text.n, text.hedges_g, text.permutation)
            for text in (part.text for part in judgement.parts)
        ],
        frozenset({1, 2, 3, 4, 5}),
    )
    if judgement.findings:
        yield Bullets([finding.sentence for finding in judgement.findings])


def _setup(source: Source) -> Iterator[Block]:
    yield Heading(2, "Setup")
    specs = [run.spec.model_dump(mode="json") for run in source.runs]
    fields = [field for field in RunSpec.model_fields if field not in ("model", "seed")]
    shared = [field for field in fields if specs and all(spec[field] == specs[0][field] for spec in specs)]
    yield Table(("Field", "All runs"), [(field, _shown(specs[0][field])) for field in shared])
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
        return f"Data: unknown version of {run.spec.dataset} (from before data sets had versions)"
    return f"Data: {run.data.words} of {run.spec.dataset}{'' if run.data.verified else ', imported, not verified'}"


def _reproduction(source: Source) -> Iterator[Block]:
    """Commands that repeat the runs in one experiment; further launches extend it."""
    yield Heading(2, "Reproduce")
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
    text = json.dumps(body).replace("'", "\\u0027")
    return f"curl -s http://127.0.0.1:8000{PREFIX}/{path} -H 'Content-Type: application/json' \\\n    -d '{text}'"


# -- Helpers ----------------------------------------------------------------------------------------------------------


def _plot(
    source: Source,
    kind: FigureKind,
    options: Options | None = None,
    *,
    of: str = "",
    runs: Sequence[RunRecord] | None = None,
    name: str | None = None,
) -> Iterator[Plot]:
    """Yield the figure, or nothing if it cannot be drawn. `of`: the configuration shown, if not all runs."""
    asked = options or Options()
    try:
        made = source.draw(kind, asked, source.runs if runs is None else runs)
    except CannotDraw:
        return
    plain = made.to_plotly_json()
    caption = titled(kind, asked)
    yield Plot(name or kind, f"{of}: {caption}" if of else caption, plain["data"], plain["layout"])


def _summary(of: CellSummary | None) -> str:
    return "" if of is None else of.text


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
