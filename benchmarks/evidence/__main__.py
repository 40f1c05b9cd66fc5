"""`python -m benchmarks.evidence NAME`: train an experiment and write its report into this folder.

Uses the lab of the settings, which must have CIFAR-10. An interrupted experiment is resumed; a finished one is only
written again.
"""

import argparse
import asyncio
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from backend.db.database import Database
from backend.report import service as report
from backend.report.document import Paragraph
from backend.settings import Settings
from backend.supervisor import lab
from backend.telemetry import service as telemetry
from benchmarks.evidence.plans import PLANS, Plan
from skiplab.client import AsyncLab, Unreachable
from skiplab.contract.addresses import address
from skiplab.contract.experiments import Experiment
from skiplab.contract.lifecycle import ENDED
from skiplab.contract.metrics import Metric

RESULTS = Path(__file__).parent
POLL_SECONDS = 5.0

KEPT = (
    Metric.TRAIN_LOSS,
    Metric.TRAIN_ACCURACY,
    Metric.TRAIN_EVAL_LOSS,
    Metric.TRAIN_EVAL_ACCURACY,
    Metric.TEST_LOSS,
    Metric.TEST_ACCURACY,
    Metric.LEARNING_RATE,
    Metric.GRADIENT_NORM,
    Metric.EPOCH_SECONDS,
    Metric.IMAGES_PER_SECOND,
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evidence", description=__doc__)
    parser.add_argument("names", nargs="+", choices=PLANS)
    names = parser.parse_args().names
    settings = Settings.load()
    _copy_claims(settings.home)

    async def story() -> int:
        async with AsyncLab(address(settings.host, settings.port)) as client:
            for name in names:
                experiment = await _trained(client, PLANS[name])
                await _write(client, settings, name, experiment)
        return 0

    console = Console()
    return lab.run(settings, story, show=console.print, verbose=False)


def _copy_claims(home: Path) -> None:
    """Pre-register the additional claims: they are in the lab before the first run."""
    (home / "claims").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(RESULTS / "claims.toml", home / "claims" / "reduced-budget.toml")


async def _trained(client: AsyncLab, plan: Plan) -> Experiment:
    """Submit the plan's experiment, or find it, and return it once all its runs have ended."""
    if not await client.experiments(name=plan.name):
        await client.submit(plan.spec, name=plan.name, vary=plan.vary, preset=plan.preset)
    experiment = await client.experiment(plan.name)
    printed = ""
    while not all(run.status in ENDED for run in experiment.runs):
        await asyncio.sleep(POLL_SECONDS)
        try:
            experiment = await client.experiment(experiment.id)
        except Unreachable:
            continue  # the supervisor restarts the backend
        ended = sum(run.status in ENDED for run in experiment.runs)
        training = [f"{run.name}, epoch {run.epoch}/{run.epochs}" for run in experiment.runs if run.status == "running"]
        line = f"{plan.name}: {ended} of {len(experiment.runs)} ended; {'; '.join(training)}"
        if line != printed:
            print(printed := line, flush=True)
    return experiment


async def _write(client: AsyncLab, settings: Settings, name: str, experiment: Experiment) -> None:
    folder = RESULTS / name
    folder.mkdir(exist_ok=True)
    series = await client.series([run.id for run in experiment.runs], KEPT)
    values = {
        run.id: {each.key: dict(zip(each.epoch, each.value, strict=True)) for each in series if each.run == run.id}
        for run in experiment.runs
    }
    database = Database(settings.database)
    runs = [
        {
            "name": run.name,
            "status": run.status,
            "spec": run.spec and run.spec.model_dump(mode="json"),
            "environment": telemetry.environment(database, run.id).model_dump(mode="json"),
            "metrics": values[run.id],
            "gradients": _gradients(database, run.id),
        }
        for run in experiment.runs
    ]
    # One line per run: there are many layers.
    (folder / "runs.json").write_text("[\n" + ",\n".join(map(json.dumps, runs)) + "\n]\n")
    made = report.make(database, settings.home, experiment_id=experiment.id)
    made = replace(made, blocks=[Paragraph(PLANS[name].heading), *made.blocks])
    for problem in report.write(made, folder / "report.md"):
        print(problem, file=sys.stderr)
    print(f"{folder.relative_to(Path.cwd())}: written", flush=True)


def _gradients(database: Database, run_id: int) -> dict[str, list[float | None]]:
    """Return the RMS gradient at each block's output per epoch; epoch 0 is the first step."""
    kept: dict[str, list[float | None]] = {}
    for each in telemetry.layers(database, run_id, since_epoch=None)[0].items:
        if each.kind == "block":
            kept.setdefault(each.name, []).append(each.output_grad_rms)
    return kept


if __name__ == "__main__":
    sys.exit(main())
