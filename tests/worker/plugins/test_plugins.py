"""Networks and data sets of plugins, from real files; a failure affects only its own card."""

from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
import torch

from backend.db import catalog
from backend.db.database import Database
from skiplab import model
from skiplab.contract.catalog import DatasetCard
from skiplab.contract.spec import RunSpec
from skiplab.plugins import BadPlugin
from tests.worker.plugins.conftest import TINY
from worker.components import Components
from worker.datasets.images import ImageData
from worker.datasets.subset import images_at
from worker.plugins import plugin_cards, use
from worker.plugins.inspect_all import Findings, inspect_all
from worker.plugins.plugin_kinds import PackagePlugin
from worker.plugins.source import find, named, stamp
from worker.training.sets import Sets

Write = Callable[[str, str], Path]

RINGS = """
    import numpy as np
    from skiplab import dataset

    @dataset("rings", classes=["in", "out"], label="Rings")
    def load(home):
        images = np.zeros((12, 8, 8, 3), dtype=np.uint8)
        labels = np.arange(12) % 2
        return images, labels, images[:4], labels[:4]
"""


def inspected(home: Path, name: str) -> Findings:
    found = named(home, name)
    assert found is not None
    return plugin_cards.inspect(found, home)


def test_a_file_offers_a_network_with_a_card_like_the_built_in_ones(plugin: Write, tmp_path: Path) -> None:
    plugin("tiny.py", TINY)

    (card,) = inspected(tmp_path, "tiny.py").models

    assert (card.key, card.label, card.origin, card.source) == ("tiny", "Tiny", "plugin", "tiny.py")
    assert (card.measured, card.parameters, card.depth, card.error) == (True, 30_730, 1, None)
    assert (card.smallest, card.defaults) == (4, {"learning_rate": 0.02})
    assert [layer.type for layer in card.layers] == ["Flatten", "Linear"]


def test_a_class_can_be_marked_and_its_subclass_is_not(plugin: Write, tmp_path: Path) -> None:
    plugin(
        "classes.py",
        """
        from torch import nn
        from skiplab import model

        @model("base")
        class Base(nn.Sequential):
            def __init__(self, classes, image_shape):
                super().__init__(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(image_shape[0], classes))

        class Other(Base):
            pass
        """,
    )

    assert [card.key for card in inspected(tmp_path, "classes.py").models] == ["base"]


def test_a_network_that_needs_real_numbers_is_measured_with_them(plugin: Write, tmp_path: Path) -> None:
    plugin(
        "real.py",
        """
        import torch
        from torch import nn
        from skiplab import model

        @model("real")
        def build(classes, image_shape):
            width = int(torch.linspace(1, 8, 3)[1].item())  # the meta device has no numbers
            return nn.Sequential(nn.Conv2d(3, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))
        """,
    )

    (card,) = inspected(tmp_path, "real.py").models

    assert (card.error, card.parameters) == (None, 4 * 28 + 10 * 5)


def test_helpers_with_an_underscore_are_imported_and_are_no_plugins(plugin: Write, tmp_path: Path) -> None:
    plugin("_sizes.py", "SMALLEST = 4")
    file = plugin(
        "tiny.py",
        TINY.replace("smallest=4", "smallest=_sizes.SMALLEST").replace("    from", "    import _sizes\n    from", 1),
    )
    found = named(tmp_path, file.name)
    assert found is not None

    assert [each.name for each in find(tmp_path) if each.name.endswith(".py")] == ["tiny.py"]
    assert plugin_cards.inspect(found, tmp_path).models[0].smallest == 4
    before = found.fingerprint()
    plugin("_sizes.py", "SMALLEST = 5")
    assert found.fingerprint() != before


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import nothing_there", "No module named 'nothing_there'"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("x = 1", "odd-one.py declares nothing"),
        ("from skiplab import model\n@model('a b')\ndef build(): pass", "'a b' cannot be a key"),
        ("from skiplab import model\n@model('torchvision.x')\ndef build(): pass", "do not begin with"),
        (
            "from skiplab import model\n@model('x', defaults={'rate': 1})\ndef build(): pass",
            "defaults of 'x': rate: Extra inputs",
        ),
        (
            "from skiplab import model\n@model('x', defaults={'dataset': 'y'})\ndef build(): pass",
            "may not set dataset",
        ),
    ],
)
def test_a_plugin_that_cannot_be_read_is_shown_with_its_traceback(
    plugin: Write, tmp_path: Path, code: str, message: str
) -> None:
    plugin("odd-one.py", code)

    (card,) = inspected(tmp_path, "odd-one.py").models

    assert (card.key, card.measured) == ("odd-one", False)
    assert card.error is not None
    assert message in card.error
    assert "Traceback" in card.error


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise KeyError('wide')", "KeyError: 'wide'"),
        ("return {}", "build() returned a dict, not a torch.nn.Module"),
        ("return nn.Flatten()", "returns [1, 3072] for one image; logits"),
        ("return nn.LSTM(32, 10)", "LSTM"),
    ],
)
def test_a_network_that_cannot_be_built_or_used_is_shown_with_its_traceback(
    plugin: Write, tmp_path: Path, body: str, message: str
) -> None:
    plugin(
        "bad.py",
        f"from torch import nn\nfrom skiplab import model\n@model('bad')\ndef build(classes, image_shape):\n"
        f"    {body}\n",
    )

    (card,) = inspected(tmp_path, "bad.py").models

    assert not card.measured
    assert message in (card.error or "")


def test_a_data_set_is_loaded_checked_and_described(plugin: Write, tmp_path: Path) -> None:
    plugin("rings.py", RINGS)

    (card,) = inspected(tmp_path, "rings.py").datasets

    assert (card.key, card.plugin, card.error) == ("rings", "rings.py", None)
    assert (card.train_images, card.test_images, card.image_shape) == (12, 4, (3, 8, 8))
    assert use.load("rings", "rings.py", tmp_path).classes == ("in", "out")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("(12, 8, 8, 3)", "(12, 192)", "images are uint8 (12, 192); return uint8"),
        ("% 2", "% 3", "labels range from 0 to 2, but 2 classes have labels from 0 to 1"),
        ("return images, labels,", "return images, labels[1:],", "12 training images but 11 training labels"),
        (", labels[:4]\n", "\n", "returned 3 arrays"),
    ],
)
def test_a_data_set_of_another_shape_is_shown_with_what_is_wanted(
    plugin: Write, tmp_path: Path, before: str, after: str, message: str
) -> None:
    assert before in RINGS
    plugin("rings.py", RINGS.replace(before, after))

    (card,) = inspected(tmp_path, "rings.py").datasets

    assert message in (card.error or "")


MAPPED = """
    import numpy as np
    from skiplab import dataset

    @dataset("mapped", classes=["in", "out"])
    def load(home):
        images = np.load(home / "images.npy", mmap_mode="r")
        labels = np.arange(60) % 2
        return images[20:], labels[20:], images[:20], labels[:20]
"""


@pytest.fixture
def mapped(plugin: Write, tmp_path: Path) -> ImageData:
    """A plugin's data set in a file: images of 0 to 20 pixels of light, to test, and of 20 to 60, to train on."""
    np.save(tmp_path / "images.npy", np.repeat(np.arange(60, dtype=np.uint8), 8 * 8 * 3).reshape(60, 8, 8, 3))
    plugin("mapped.py", MAPPED)
    return use.load("mapped", "mapped.py", tmp_path)


def test_a_data_set_in_a_file_stays_a_map_of_that_place_and_the_file_as_it_is(
    mapped: ImageData, tmp_path: Path
) -> None:
    before = (tmp_path / "images.npy").read_bytes()

    for images, first in ((mapped.train_images, 20), (mapped.test_images, 0)):
        assert isinstance(images, np.memmap)
        assert images[:, 0, 0, 0].tolist() == list(range(first, first + len(images)))
        images[:] = 255
    assert type(mapped.train_labels) is np.ndarray
    assert (tmp_path / "images.npy").read_bytes() == before


def test_a_data_set_in_a_file_is_trained_on_without_a_copy(mapped: ImageData) -> None:
    spec = RunSpec(model="cnn", dataset="mapped", batch_size=20, augment="none")
    sets = Sets.of(spec, mapped, torch.device("cpu"))
    before = [next(sets.train.epoch(1)).images.amax(), next(iter(sets.test))[0].amax()]

    # Seen by this process alone: who shares the map sees it, who copied it does not.
    for images in (mapped.train_images, mapped.test_images):
        images += 100

    after = [next(sets.train.epoch(1)).images.amax(), next(iter(sets.test))[0].amax()]
    assert all(one < other for one, other in zip(before, after, strict=True))


def test_a_large_part_of_a_data_set_in_a_file_is_a_map_too(mapped: ImageData) -> None:
    part = images_at(mapped.train_images, np.arange(0, 40, 2), in_memory=1000)

    assert isinstance(part, np.memmap)
    assert part[:, 0, 0, 0].tolist() == list(range(20, 60, 2))


@pytest.mark.parametrize(
    ("load", "why"),
    [
        ("[::-1]", "a view that no file holds in one piece"),
        ("; (home / 'images.npy').unlink()", "a deleted file"),
    ],
)
def test_a_map_that_cannot_be_made_again_is_taken_as_it_is(plugin: Write, tmp_path: Path, load: str, why: str) -> None:
    np.save(tmp_path / "images.npy", np.repeat(np.arange(60, dtype=np.uint8), 8 * 8 * 3).reshape(60, 8, 8, 3))
    plugin("mapped.py", MAPPED.replace('mmap_mode="r")', f'mmap_mode="r"){load}'))

    data = use.load("mapped", "mapped.py", tmp_path)

    levels = sorted(np.concatenate([data.test_images, data.train_images])[:, 0, 0, 0].tolist())
    assert levels == list(range(60)), why
    Sets.of(RunSpec(model="cnn", dataset="mapped", batch_size=20), data, torch.device("cpu"))


def test_each_plugin_is_inspected_in_a_process_of_its_own(plugin: Write, tmp_path: Path) -> None:
    plugin("a_deadly.py", "import os\nos._exit(7)")
    plugin("b_tiny.py", TINY + "\n    print('to stdout')\n")
    plugin("c_taken.py", TINY)

    found = inspect_all(tmp_path, taken_models={"cnn"}, taken_datasets=set())

    errors = {card.key: card.error for card in found.models}
    assert list(errors) == ["a_deadly", "tiny", "c_taken"]
    assert errors["tiny"] is None
    assert "a_deadly.py ended the process" in (errors["a_deadly"] or "")
    assert "another network has the key 'tiny'" in (errors["c_taken"] or "")


def test_a_plugin_that_hangs_is_given_up(plugin: Write, tmp_path: Path) -> None:
    plugin("slow.py", "import time\ntime.sleep(600)")

    (card,) = inspect_all(tmp_path, taken_models={"slow"}, taken_datasets=set(), patience=0.1).models

    assert (card.key, card.error) == ("plugin.slow", "slow.py timed out after 0.1 s without a card.")


def test_an_entry_point_of_a_package_offers_what_its_module_declares(
    plugin: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = plugin("a_package_of_nets.py", TINY)
    monkeypatch.syspath_prepend(str(file.parent))

    found = PackagePlugin(EntryPoint("nets", "a_package_of_nets", "skiplab.models"))

    assert [card.key for card in plugin_cards.inspect(found, tmp_path).models] == ["tiny"]
    assert found.files() == [file]
    one = PackagePlugin(EntryPoint("net", "a_package_of_nets:build", "skiplab.models"))
    assert [each.key for each in one.load()] == ["tiny"]


def test_a_change_of_a_file_is_noticed(plugin: Write, tmp_path: Path) -> None:
    assert stamp(tmp_path) == {}
    file = plugin("tiny.py", TINY)
    first = stamp(tmp_path)

    file.write_text(file.read_text() + "\n# more")

    assert first != {}
    assert stamp(tmp_path) != first


def test_a_run_is_supplied_from_its_plugins_and_their_hashes_are_kept(
    database: Database, plugin: Write, tmp_path: Path
) -> None:
    plugin("tiny.py", TINY)
    plugin("rings.py", RINGS)
    with database.write() as session:
        catalog.announce_models(session, "plugin", inspected(tmp_path, "tiny.py").models)
        catalog.announce_datasets(session, inspected(tmp_path, "rings.py").datasets, of_plugins=True)

    components = Components(database, tmp_path, RunSpec(model="tiny", dataset="rings"))

    data = components.data(lambda _: None)
    network = components.build("tiny", classes=2, image_shape=data.image_shape)
    assert network(torch.zeros(1, 3, 8, 8)).shape == (1, 2)
    assert list(components.fingerprints()) == ["rings.py", "tiny.py"]


def test_a_run_without_a_plugin_runs_no_plugins_code(database: Database, plugin: Write, tmp_path: Path) -> None:
    plugin("boom.py", "raise RuntimeError('this must not run')")

    components = Components(database, tmp_path, RunSpec(model="cnn", dataset="digits"))

    assert components.fingerprints() == {}
    components.build("cnn", classes=2, image_shape=(3, 32, 32))


def test_a_network_that_has_left_its_plugin_is_named(database: Database, plugin: Write, tmp_path: Path) -> None:
    file = plugin("tiny.py", TINY)
    with database.write() as session:
        catalog.announce_models(session, "plugin", inspected(tmp_path, "tiny.py").models)
    file.unlink()

    with pytest.raises(use.NotInPlugin, match=r"tiny is no longer in the plugin tiny\.py"):
        Components(database, tmp_path, RunSpec(model="tiny", dataset="digits"))


def test_plugins_data_sets_and_the_labs_own_are_replaced_apart(database: Database) -> None:
    own = DatasetCard(key="digits", label="Digits", available=True, source="x")
    theirs = DatasetCard(key="rings", label="Rings", available=True, source="x", plugin="rings.py")
    with database.write() as session:
        catalog.announce_datasets(session, [theirs], of_plugins=True)
        catalog.announce_datasets(session, [own])
        assert [card.key for card in catalog.datasets(session)] == ["digits", "rings"]
        catalog.announce_datasets(session, [], of_plugins=True)
        assert catalog.datasets(session) == [own]


def test_the_decorator_gives_the_function_back() -> None:
    def build(classes: int, image_shape: tuple[int, int, int]) -> None: ...

    assert model("mine")(build) is build
    with pytest.raises(BadPlugin, match="cannot be a key"):
        model("Not a key")
