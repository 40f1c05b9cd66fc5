"""An experiment that claims can be evaluated on, written into a database as a worker writes it, without training."""

from datetime import timedelta
from math import exp
from pathlib import Path
from random import Random

import numpy as np

from backend.db import attempts, catalog, experiments, quantities, records, submissions, workers
from backend.db.artifacts import NewArtifact
from backend.db.database import Database
from backend.db.records import EpochRecord
from backend.db.submissions import Submission
from backend.db.tables import utc_now
from skiplab.contract import places
from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.dataset_store import CARD
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity
from skiplab.contract.run import RunNetwork
from skiplab.contract.spec import RunSpec
from skiplab.contract.telemetry import LayerStat, Mistake, SystemSample
from tests.conftest import CPU

NETWORKS = {
    "cnn": ModelDetails(key="cnn", label="Plain CNN", parameters=62_006, flops=1_303_440, depth=5),
    "resnet18": ModelDetails(key="resnet18", label="ResNet-18", parameters=11_173_962, flops=1_110_845_440, depth=18),
    "densenet": ModelDetails(
        key="densenet", label="DenseNet, ImageNet stem", parameters=983_754, flops=43_808_608, depth=35
    ),
    "se_resnet18_single": ModelDetails(
        key="se_resnet18_single", label="SE-ResNet-18, one SE block", parameters=11_206_730, flops=1_110_910_976
    ),
    "plain18": ModelDetails(key="plain18", label="Plain-18", parameters=11_000_138, flops=1_110_000_000, depth=18),
}

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]

DATA = DatasetCard(
    key="cifar10", label="CIFAR-10", classes=CLASSES, train_images=50_000, test_images=10_000,
    image_shape=(3, 32, 32), available=True, source="a test",
)  # fmt: skip

TOPS = {"cnn": 0.55, "resnet18": 0.8, "densenet": 0.77, "plain18": 0.76}
"""The test accuracy that each network approaches. SE-ResNet-18 is left out: claims about it lack runs."""

BLOCKS = {"cnn": 0, "resnet18": 8, "densenet": 16, "plain18": 8}
EPOCHS, SEEDS = 8, 3

F1 = Quantity(
    key="test/f1/macro",
    title="Macro F1 (test)",
    unit="fraction",
    better="higher",
    part="test",
    lowest=None,
    plugin="f1.py",
)
"""A metric of a plugin, which every run here has recorded."""

MISTAKES = 12


def judged(database: Database, *, train_limit: int | None = 5000) -> int:
    """Write three seeds of four networks, eight epochs each; return the experiment's id."""
    with database.write() as session:
        catalog.announce(session, list(NETWORKS.values()), [DATA])
        quantities.announce(session, [F1])
        worker_id = workers.register(session, name="gpu-1", devices=[CPU])
        experiment = experiments.add(session, "Skip connections at small scale")
        specs = [
            RunSpec(model=model, dataset="cifar10", seed=seed, epochs=EPOCHS, train_limit=train_limit)
            for model in TOPS
            for seed in range(SEEDS)
        ]
        new = [Submission(each, f"{each.model}, seed {each.seed}", experiment_id=experiment.id) for each in specs]
        submissions.add_all(session, new)
        assert experiment.id is not None
        found = experiment.id
    for spec in specs:
        _train(database, worker_id, spec)
    return found


def draw_images(home: Path) -> None:
    """Write the few test images of the recorded errors, as noise: no test depends on their content."""
    folder = places.datasets(home) / "cifar10"
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (MISTAKES, 32, 32, 3), dtype=np.uint8)
    np.save(folder / "test_images.npy", pixels)
    (folder / CARD).write_text(DATA.model_dump_json())


def _train(database: Database, worker_id: int, spec: RunSpec) -> None:
    random = Random(f"{spec.model} {spec.seed}")
    with database.write() as session:
        held = attempts.claim(session, worker_id=worker_id, slot=0, device="cpu")
        assert held is not None
        run = held.run_id, held.attempt
        records.environment(session, *run, {"python": "3.11.7", "device": "cpu", "packages": {"torch": "2.14.1"}})
        card = NETWORKS[spec.model]
        records.network(
            session,
            *run,
            RunNetwork(
                parameters=card.parameters,
                flops=card.flops,
                depth=card.depth,
                image_shape=(3, 32, 32),
                classes=10,
                memory_format="channels_last",
            ),
        )
        began = utc_now()
        for sample in range(6):
            time = began + timedelta(seconds=5 * sample)
            records.system(session, *run, SystemSample(time=time, cpu=0.5, memory=2**30))
        records.log(session, *run, [(began, "INFO", f"{spec.model} starts"), (began, "WARNING", "a slow disk")])
        if BLOCKS[spec.model]:
            records.layers(session, *run, _layers(spec.model, 0, random))
        for epoch in range(1, spec.epochs + 1):
            records.epoch(session, *run, _epoch(held.run_id, spec.model, epoch, random))
        attempts.finish(session, *run)


def _epoch(run_id: int, model: str, epoch: int, random: Random) -> EpochRecord:
    test = TOPS[model] * (1 - exp(-epoch / 2)) + random.gauss(0, 0.006)
    train = min(0.99, test + 0.02 * epoch * (0.4 if model == "densenet" else 1))
    seconds = {"cnn": 2.0, "densenet": 9.0}.get(model, 40.0) + random.gauss(0, 0.1)
    values: dict[str, float] = {
        Metric.TRAIN_LOSS: 2.4 * (1 - train) + 0.1,
        Metric.TRAIN_ACCURACY: train - 0.01,
        Metric.TRAIN_EVAL_LOSS: 2.3 * (1 - train) + random.gauss(0, 0.004),
        Metric.TRAIN_EVAL_ACCURACY: train,
        Metric.TEST_LOSS: 2.3 * (1 - test),
        Metric.TEST_ACCURACY: test,
        Metric.GAP: train - test,
        F1.key: test - 0.02,
        Metric.EPOCH_SECONDS: seconds,
        Metric.EVALUATION_SECONDS: seconds / 5,
        Metric.IMAGES_PER_SECOND: 5000 / seconds,
    }
    return EpochRecord(
        epoch=epoch,
        step=40 * epoch,
        values=values,
        layers=_layers(model, epoch, random),
        confusion=_confusion(test, random),
        mistakes=[
            Mistake(image=place, label=3, predicted=5 - place % 2, confidence=0.99 - place / 100)
            for place in range(MISTAKES)
        ],
        artifacts=[NewArtifact("checkpoint", f"{run_id}/{epoch}.pt", epoch, 40 * epoch, 45_000_000, f"{epoch:064x}")],
    )


def _layers(model: str, epoch: int, random: Random) -> list[LayerStat]:
    """Gradients that vanish towards the input in the plain network, and hardly in the others."""
    fade = 0.35 if model == "plain18" else 0.05
    count = BLOCKS[model]
    blocks = [
        LayerStat(
            epoch=epoch, place=100 + place, name=f"stage{1 + place // 2}.{place % 2}", kind="block",
            output_grad_rms=1e-3 * exp(-fade * (count - place) + random.gauss(0, 0.03)) / (1 + 0.2 * epoch),
        )
        for place in range(count)
    ]  # fmt: skip
    layers = [
        LayerStat(epoch=epoch, place=place, name=f"conv{place}", kind="layer", update_ratio=2e-3 * exp(-0.1 * place))
        for place in range(5)
        if epoch > 0
    ]
    return layers + blocks


def _confusion(right: float, random: Random) -> list[list[int]]:
    table = []
    for true in range(len(CLASSES)):
        wrong = [random.random() ** 3 if other != true else 0.0 for other in range(len(CLASSES))]
        row = [round(1000 * (1 - right) * share / sum(wrong)) for share in wrong]
        row[true] = 1000 - sum(row)
        table.append(row)
    return table
