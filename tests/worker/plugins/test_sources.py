"""Where plugins are found: repositories, packages, folders, and helpers beside them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import torch

from tests.worker.plugins.inspected import HEAD, Write, errors, inspected
from worker.plugins import use
from worker.plugins.source import find, stamp

LENET = """
    import torch.nn as nn

    class {name}(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear({width}, 10)

        def forward(self, x):
            return self.fc(x.flatten(1)[:, :{width}])
    """


@pytest.fixture
def clone(plugin: Write, tmp_path: Path) -> Callable[[str, int], Path]:
    """A repository as many have it: `models/` with relative imports, a `utils.py` that wants a terminal, scripts."""

    def make(name: str, width: int) -> Path:
        (tmp_path / "plugins" / name / "models").mkdir(parents=True)
        files = [f"net{number}" for number in range(8)]
        plugin(f"{name}/models/__init__.py", "".join(f"from .{file} import *\n" for file in files))
        plugin(f"{name}/models/common.py", f"WIDTH = {width}\n")
        for number, file in enumerate(files):
            code = LENET.format(name=f"Net{number}", width="WIDTH")
            plugin(
                f"{name}/models/{file}.py",
                code.replace("import torch", "from .common import WIDTH\n    import torch", 1),
            )
        plugin(f"{name}/models/net7.py", "from .net0 import Net0\ndef Net7(num_classes=10):\n    return Net0()\n")
        plugin(f"{name}/utils.py", "import os\n_, columns = os.popen('stty size', 'r').read().split()\n")
        plugin(f"{name}/train.py", "from models import *\nimport utils\nraise SystemExit('this must not run')\n")
        plugin(f"{name}/helper.py", f"SAYS = {name!r}\n")
        return tmp_path / "plugins" / name

    return make


def test_a_line_beside_a_clone_offers_its_networks(
    clone: Callable[[str, int], Path], plugin: Write, tmp_path: Path
) -> None:
    clone("pytorch-nets", 5)
    names = ", ".join(f"'Net{number}'" for number in range(8))
    plugin(
        "pytorch-nets.py",
        "import models\nfrom models import *\nfrom skiplab import models_of\n"
        f"models_of(models, {names}, prefix='pn.')\n",
    )

    cards = inspected(tmp_path, "pytorch-nets.py").models

    assert [(card.key, card.label, card.error) for card in cards] == [
        (f"pn.net{number}", f"Net{number}", None) for number in range(8)
    ]
    assert cards[0].parameters == 60
    assert [plugin.name for plugin in find(tmp_path) if "pytorch" in plugin.name] == ["pytorch-nets.py"]


def test_two_plugins_with_modules_of_one_name_get_their_own(
    clone: Callable[[str, int], Path], plugin: Write, tmp_path: Path
) -> None:
    for name, width in (("one", 4), ("two", 6)):
        clone(name, width)
        code = f"""
            import models
            from helper import SAYS
            from skiplab import model

            assert SAYS == {name!r}

            @model("from_{name}")
            def build():
                from models.net1 import Net1  # only now
                return Net1()
            """
        plugin(f"{name}.py", code)

    networks = {name: use.network(f"from_{name}", f"{name}.py", tmp_path) for name in ("one", "two")}

    for _ in range(2):
        for name, width in (("one", 4), ("two", 6)):
            built: Any = networks[name].build("any", classes=10, image_shape=(3, 8, 8))
            assert built.fc.in_features == width
            assert built(torch.zeros(1, 3, 8, 8)).shape == (1, 10)


def test_a_folder_that_is_a_package_declares_what_it_imports(plugin: Write, tmp_path: Path) -> None:
    plugin("my_nets/__init__.py", "from my_nets.wide import wide\nfrom .wide import WIDTH\n")
    plugin("my_nets/_parts.py", "WIDTH = 3\n")
    plugin(
        "my_nets/wide.py",
        HEAD + "from ._parts import WIDTH\n@model\ndef wide(classes):\n"
        "    return nn.Sequential(nn.Flatten(), nn.Linear(3072, WIDTH), nn.Linear(WIDTH, classes))\n",
    )
    plugin("with-dash/__init__.py", "from . import nets\n")
    plugin(
        "with-dash/nets.py",
        HEAD + "@model\ndef dashed():\n    return nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))\n",
    )

    assert errors(tmp_path, "my_nets/") == {"wide": None}
    assert errors(tmp_path, "with-dash/") == {"dashed": None}
    before = stamp(tmp_path)
    plugin("my_nets/_parts.py", "WIDTH = 44\n")
    assert stamp(tmp_path) != before


def test_a_folder_that_declares_nothing_is_reported_and_not_run(
    clone: Callable[[str, int], Path], plugin: Write, tmp_path: Path
) -> None:
    clone("undeclared", 5)
    plugin("empty/__init__.py", "")
    (tmp_path / "plugins" / "pictures").mkdir()

    assert [each.name for each in find(tmp_path) if each.name.endswith("/")] == ["empty/", "undeclared/"]
    for name in ("empty", "undeclared"):
        (card,) = inspected(tmp_path, f"{name}/").models
        assert card.key == name
        assert f"{name}/ declares nothing: create {name}.py next to the folder" in (card.error or "")


def test_a_notebook_and_an_archive_of_code_say_what_to_make_of_them(plugin: Write, tmp_path: Path) -> None:
    folder = plugin("net.ipynb", "{}").parent
    for name, inside in (("repo.zip", "models/net.py"), ("photos.zip", "cat.png")):
        with ZipFile(folder / name, "w") as archive:
            archive.writestr(inside, "")
    before = stamp(tmp_path)

    found = {each.name: each.unusable_reason() for each in find(tmp_path)}
    plugin("net.py", "")
    plugin("repo/net.py", "")

    assert found == {
        "net.ipynb": "net.ipynb is a notebook, not a Python file: export or copy its networks to net.py.",
        "repo.zip": "repo.zip is an archive, not a Python file: extract it here and create repo.py next to the folder.",
    }
    assert {"plugins/net.ipynb", "plugins/repo.zip"} <= before.keys()
    assert [each.name for each in find(tmp_path)] == ["net.py", "repo/"]


def test_code_is_found_beside_many_images(plugin: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.plugins.files.MOST_ENTRIES", 30)
    plugin("a_clone/zoo/net.py", "")
    for number in range(40):
        plugin(f"a_clone/data/train/{number}.png", "")
    plugin("z.py", "")

    assert [Path(file).name for file in stamp(tmp_path)] == ["z.py", "net.py"]
    assert [each.name for each in find(tmp_path) if each.name[0] in "az"] == ["z.py", "a_clone/"]


def test_folders_that_plugins_put_on_the_path_are_their_own_too(plugin: Write, tmp_path: Path) -> None:
    for name, width in (("one", 4), ("two", 6)):
        (tmp_path / f"elsewhere_{name}").mkdir()
        (tmp_path / f"elsewhere_{name}" / "sizes.py").write_text(f"WIDTH = {width}\n")
        code = f"""
            import sys
            sys.path.insert(0, {str(tmp_path / f"elsewhere_{name}")!r})
            from torch import nn
            from skiplab import model

            @model("from_{name}")
            def build():
                import sizes
                return nn.Sequential(nn.Flatten(), nn.Linear(3072, sizes.WIDTH))
            """
        plugin(f"{name}.py", code)

    networks = {name: use.network(f"from_{name}", f"{name}.py", tmp_path) for name in ("one", "two")}

    for name, width in (("one", 4), ("two", 6), ("one", 4)):
        built: Any = networks[name].build("any", classes=10, image_shape=(3, 8, 8))
        assert built[1].out_features == width


def test_a_helper_belongs_to_the_plugins_that_import_it(plugin: Write, tmp_path: Path) -> None:
    plugin("_blocks.py", "from _sizes import WIDTH\n")
    plugin("_sizes.py", "WIDTH = 3\n")
    plugin("_zoo/deep/nets.py", "")
    plugin("mine.py", "import _blocks\n")
    plugin("zoo.py", "import importlib\nimportlib.import_module('_zoo.deep')\n")
    plugin("clone.py", "")
    plugin("clone/net.py", "from _sizes import WIDTH\n")
    plugin("alone.py", "_private = 1\n")

    files = {each.name: [file.name for file in each.files()] for each in find(tmp_path)}

    assert files == {
        "alone.py": ["alone.py"],
        "clone.py": ["clone.py", "net.py", "_sizes.py"],
        "mine.py": ["mine.py", "_blocks.py", "_sizes.py"],
        "zoo.py": ["zoo.py", "nets.py"],
    }


def test_a_helper_that_is_edited_changes_those_that_import_it_alone(plugin: Write, tmp_path: Path) -> None:
    plugin("_blocks.py", "WIDTH = 3\n")
    plugin("mine.py", "from _blocks import WIDTH\n")
    plugin("other.py", "")
    before = {each.name: each.fingerprint() for each in find(tmp_path)}

    plugin("_blocks.py", "WIDTH = 40\n")
    plugin("_new.py", "")

    after = {each.name: each.fingerprint() for each in find(tmp_path)}
    assert [name for name in after if after[name] != before[name]] == ["mine.py"]
