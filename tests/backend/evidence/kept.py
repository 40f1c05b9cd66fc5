"""The runs of benchmarks/evidence as records, and the numbers of their verdicts that must not change."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.evidence.claim import built_in, read
from backend.evidence.evaluate import ClaimEvidence, evaluate
from backend.evidence.judgement import Judgement
from backend.evidence.records import LayerGradients, NetworkFacts, RunRecord, Series
from skiplab.contract.lifecycle import Status
from skiplab.contract.spec import RunSpec
from tests.backend.evidence.runs import COSTS, network

FOLDER = Path(__file__).parents[3] / "benchmarks" / "evidence"
EXPERIMENTS = ("report", "families", "depth")

Numbers = dict[str, Any]


def kept_runs(experiment: str) -> list[RunRecord]:
    kept = json.loads((FOLDER / experiment / "runs.json").read_text())
    return [_record(place, given) for place, given in enumerate(kept, start=1)]


def verdicts(experiment: str) -> dict[str, Numbers]:
    """Return the verdict numbers by claim, for the report's claims and those at a reduced budget."""
    runs = kept_runs(experiment)
    networks = {run.spec.model: NetworkFacts(run.spec.model, run.spec.model) for run in runs}
    sets = evaluate([*built_in(), read(FOLDER / "claims.toml")], runs, networks)
    return {claim.id: _numbers(claim) for found in sets for claim in found.claims}


def _record(place: int, given: Mapping[str, Any]) -> RunRecord:
    points = {key: {int(epoch): value for epoch, value in values.items()} for key, values in given["metrics"].items()}
    test = points["test/accuracy"]
    points["gap"] = {epoch: value - test[epoch] for epoch, value in points["train_eval/accuracy"].items()}
    spec = RunSpec.model_validate(given["spec"])
    gradients = given["gradients"]
    return RunRecord(
        id=place,
        name=given["name"],
        spec=spec,
        status=Status(given["status"]),
        series={key: Series.of(values) for key, values in points.items()},
        images_per_epoch=spec.train_limit,
        layers=tuple(
            LayerGradients(epoch, tuple(gradients), values)
            for epoch, values in enumerate(zip(*gradients.values(), strict=True))
        ),
        hardware=given["environment"]["environment"]["device"],
        network=network(*COSTS[spec.model]) if spec.model in COSTS else None,
    )


def _numbers(claim: ClaimEvidence) -> Numbers:
    launches = claim.missing.launches if claim.missing else []
    return {
        "verdict": claim.verdict,
        "judgements": [_of_judgement(each) for each in claim.judgements],
        "launches": [each.model_dump(mode="json") for each in launches],
    }


def _of_judgement(judgement: Judgement) -> Numbers:
    return {
        **judgement.model_dump(
            mode="json", include={"verdict", "adjusted_verdict", "level", "p", "adjusted_p", "runs", "figures"}
        ),
        "bars": [(finding.bars, finding.runs) for finding in judgement.findings],
        "parts": [
            part.model_dump(
                mode="json",
                include={
                    *("measure", "verdict", "effect", "low", "high", "covers", "p", "pairs", "budget", "hedges_g"),
                    *("permutation_p", "permutation_smallest", "roles"),
                },
            )
            for part in judgement.parts
        ],
    }
