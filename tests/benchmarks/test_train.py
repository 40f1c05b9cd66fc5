"""The training benchmark's parts on a tiny data set: they run, and compare like with like."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.table import Row, markdown
from benchmarks.train import loop, parts, peak
from benchmarks.train.tutorial import Cifar10InMemory, transform
from worker.datasets.images import ImageData

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def data() -> ImageData:
    random = np.random.default_rng(0)

    def images(count: int) -> np.ndarray:
        return random.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)

    labels = np.arange(100) % 10
    return ImageData("cifar10", tuple("abcdefghij"), images(100), labels, images(100), labels)


def test_both_sides_train_the_same_number_of_steps_on_the_same_images(data: ImageData) -> None:
    row = parts.training("cnn", data, parts.QUICK)

    assert "batch 16" in row.work
    assert "4 steps a turn" in row.work
    assert "GFLOP/s" in row.measured


def test_bookkeeping_compares_the_lab_with_its_own_bare_loop(data: ImageData) -> None:
    row = parts.bookkeeping(data, parts.QUICK)

    assert row.wanted == "0.98"
    assert "4 pairs" in row.measured


def test_the_turns_of_the_bare_loop_and_of_fit_both_cost_something(data: ImageData) -> None:
    spec = loop.spec_of("cnn", batch_size=10, train_eval_limit=0, test_limit=10)

    bare, full = loop.cpu_seconds_turn_by_turn(spec, data, steps=2)

    assert (len(bare), len(full)) == (3, 3), "of five blocks the first warms up, and the last has no turn after it"
    assert min(bare) > 0 < min(full)


def test_the_tutorials_images_are_torchvisions_own_way(data: ImageData) -> None:
    image, label = Cifar10InMemory(data.train_images, data.train_labels, transform(augment=True))[3]

    assert image.shape == (3, 32, 32)
    assert label == 3


def test_flops_of_a_step_grow_with_its_batch_and_are_about_three_forward_passes() -> None:
    one, two = (peak.flops_of_step("resnet18", size) for size in (1, 2))

    assert two == 2 * one
    assert one == pytest.approx(3 * 1.11e9, rel=0.05)  # 0.56 GMACs forward, 2 FLOPs each


def test_rates_are_those_of_a_computer() -> None:
    assert 1e8 < peak.matmul_rate(0.05) < 1e14
    assert 1e8 < peak.convolution_rate(0.2) < 1e14


def test_a_table_says_what_was_met_and_where_it_is_from() -> None:
    text = markdown("Speed", [Row("a", "b", "1.0", "2 x", met=False), Row("c", "", "5 s")], ["a note"])

    assert text.startswith("# Speed\n")
    assert "| a | b | 1.0 | 2 x | **no** |" in text
    assert "| c |  | 5 s |  |  |" in text
    assert f"torch {torch.__version__}" in text
    assert text.endswith("- a note\n")


def test_without_cifar10_the_benchmark_says_how_to_get_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.train", "--quick"],
        cwd=ROOT,
        env={**os.environ, "SKIPLAB_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "skiplab data import cifar10" in done.stderr
    assert "Traceback" not in done.stderr
