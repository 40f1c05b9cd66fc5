"""Networks as people have them - loops, clones, other names of arguments - are declared and built."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any
from zipfile import ZipFile

import pytest
import torch
from torch import nn

from worker.plugins import dataset, model, models_of, use
from worker.plugins.calling import call_builder
from worker.plugins.declare import BadPlugin, recorded
from worker.plugins.inspection import Findings
from worker.plugins.source import find, named, stamp

Write = Callable[[str, str], Path]


def inspected(home: Path, name: str) -> Findings:
    found = named(home, name)
    assert found is not None
    return use.inspect(found, home)


def errors(home: Path, name: str) -> dict[str, str | None]:
    return {card.key: card.error for card in inspected(home, name).models}


HEAD = "from torch import nn\nfrom worker.plugins import model\n"


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        (
            """
            for width in (4, 8):
                @model(f"loop_{width}")
                def build(classes, image_shape, width=width):
                    return nn.Sequential(nn.Flatten(), nn.Linear(3072, width), nn.Linear(width, classes))
            """,
            ["loop_4", "loop_8"],
        ),
        (
            """
            @model("one")
            @model("two")
            def build(classes, image_shape):
                return nn.Sequential(nn.Flatten(), nn.Linear(3072, classes))
            """,
            ["two", "one"],
        ),
        (
            """
            @model
            class SmallNet_2(nn.Sequential):
                def __init__(self, num_classes=10):
                    super().__init__(nn.Flatten(), nn.Linear(3072, num_classes))

            class Other(SmallNet_2):
                pass
            """,
            ["smallnet_2"],
        ),
        (
            """
            class Net(nn.Sequential):
                def __init__(self, width, num_classes=10):
                    super().__init__(nn.Flatten(), nn.Linear(3072, width), nn.Linear(width, num_classes))

            def named(classes, image_shape):
                return Net(3, classes)

            BUILDERS = [model(f"list_{width}", partial(Net, width)) for width in (2, 3)]
            model("later")(named)
            model("A.Lambda", lambda n: Net(2, n))
            model()(named)
            model(named)
            """,
            ["list_2", "list_3", "later", "a.lambda", "named", "plugin.named"],
        ),
    ],
    ids=["a loop", "two keys", "without parentheses", "calls"],
)
def test_each_call_declares_a_network(plugin: Write, tmp_path: Path, code: str, keys: list[str]) -> None:
    plugin("nets.py", "from functools import partial\n" + HEAD)
    file = tmp_path / "plugins" / "nets.py"
    file.write_text(file.read_text() + dedent(code))

    cards = inspected(tmp_path, "nets.py").models

    assert [card.key for card in cards] == [key.removeprefix("plugin.") for key in keys]
    assert [card.error for card in cards] == [None] * len(keys)


def test_what_has_no_name_needs_a_key_and_what_is_no_builder_is_refused() -> None:
    for wrong, said in (
        (lambda: model(lambda classes: nn.Linear(1, classes)), "without a name needs a key"),
        (lambda: model("key", 3), "is of a int"),  # type: ignore[call-overload]
        (lambda: dataset("key", [1]), "is of a list"),  # type: ignore[call-overload]
        (lambda: dataset("key", classes=["a"]), "nothing to tell apart"),
        (lambda: dataset("key", size=0), "size is 0"),
    ):
        with pytest.raises(BadPlugin, match=said):
            wrong()


def build_all(classes: int, image_shape: tuple[int, int, int]) -> Any:
    return classes, image_shape


@pytest.mark.parametrize(
    ("build", "gets"),
    [
        (build_all, (7, (3, 8, 9))),
        (lambda image_shape, classes: (classes, image_shape), (7, (3, 8, 9))),
        (lambda num_classes: num_classes, 7),
        (lambda num_classes=10, width=4: (num_classes, width), (7, 4)),
        (lambda n_classes, in_channels: (n_classes, in_channels), (7, 3)),
        (lambda num_classes=1000, in_channels=1: (num_classes, in_channels), (7, 3)),
        (lambda num_classes, channels=64: (num_classes, channels), (7, 64)),
        (lambda img_size, num_classes: (img_size, num_classes), ((8, 9), 7)),
        (lambda img_size=(32, 32), num_classes=10: (img_size, num_classes), ((8, 9), 7)),
        (lambda image_size=[3, 32, 32], num_classes=10: (image_size, num_classes), ((3, 8, 9), 7)),
        (lambda input_size=3072, num_classes=10: (input_size, num_classes), (216, 7)),
        (lambda input_size=784, num_classes=10: (input_size, num_classes), (216, 7)),
        (lambda input_size=600, num_classes=10: (input_size, num_classes), (600, 7)),
        (lambda input_size=224, num_classes=10: (input_size, num_classes), ((8, 9), 7)),
        (lambda input_shape, nclasses: (input_shape, nclasses), ((3, 8, 9), 7)),
        (lambda n, shape: (n, shape), (7, (3, 8, 9))),
        (lambda n: n, 7),
        (lambda n, /: n, 7),
        (lambda classes, /, image_shape: (classes, image_shape), (7, (3, 8, 9))),
        (lambda *, num_classes: num_classes, 7),
        (lambda nc, _: (nc, _), (7, (3, 8, 9))),
        (lambda shape, out_features: (shape, out_features), ((3, 8, 9), 7)),
        (lambda **given: given, {"num_classes": 7}),
        (lambda **given: given["classes"] * len(given["image_shape"]), 21),
        (lambda in_channels=3, **given: (in_channels, given), (3, {"num_classes": 7})),
        (lambda n_classes, **given: (n_classes, given), (7, {})),
        (lambda **given: (lambda num_classes=10: num_classes)(**given), 7),
        (lambda *, weights=None, **given: (lambda num_classes: (num_classes, weights))(**given), (7, None)),
        (lambda **given: (lambda: "fixed")(**given), "fixed"),
        (lambda *given: given, (7, (3, 8, 9))),
        (lambda: "fixed", "fixed"),
        (lambda name="VGG16": name, "VGG16"),
        (partial(lambda block, num_classes: (block, num_classes), "basic"), ("basic", 7)),
    ],
)
def test_a_builder_is_called_by_the_names_of_its_arguments(build: Any, gets: Any) -> None:
    assert call_builder(build, classes=7, image_shape=(3, 8, 9)) == gets


def wants_a_block(block: Any, num_classes: int) -> Any:
    return block, num_classes


def wants_three(a: Any, b: Any, c: Any) -> Any:
    return a, b, c


def wants_depth(*, depth: int) -> Any:
    return depth


class Deep:
    def __init__(self, depth: int) -> None:
        self.depth = depth


class SixN:
    """ResNets of n blocks a stage."""

    def __init__(self, n: int) -> None:
        self.n = n


class Configured:
    def __init__(self, cfg: Any) -> None:
        self.classes = cfg.num_classes


def named_vgg(vgg_name: str) -> str:
    return {"VGG16": "sixteen"}[vgg_name]


def two_classes(n: int, k: int) -> Any:
    return n, k


@pytest.mark.parametrize(
    ("build", "example"),
    [
        (wants_a_block, "wants_a_block(block=..., num_classes=num_classes)"),
        (wants_three, "wants_three(a=..., b=..., c=...)"),
        (wants_depth, "wants_depth(depth=...)"),
        (Deep, "Deep(depth=...)"),
        (SixN, "SixN(n=...)"),
        (partial(Deep), "Deep(depth=...)"),
        (Configured, "Configured(Config(num_classes=num_classes))"),
        (named_vgg, "named_vgg(vgg_name=...)"),
        (two_classes, "two_classes(n=..., k=...)"),
    ],
)
def test_a_builder_that_wants_what_nobody_knows_is_refused_with_an_example(build: Any, example: str) -> None:
    with pytest.raises(BadPlugin, match="which the lab does not know") as refusal:
        call_builder(build, classes=7, image_shape=(3, 8, 8))

    assert f'model("x", lambda num_classes: {example})' in str(refusal.value)


class Swallowing(nn.Sequential):
    """As Swin, DINO's ViT and many others: a name that it does not know is dropped."""

    def __init__(self, in_channels: int = 3, num_classes: int = 1000, **_others: Any) -> None:
        super().__init__(nn.Flatten(), nn.Linear(in_channels * 64, num_classes))


class ByLabels(nn.Sequential):
    def __init__(self, n_classes: int = 1000, **_others: Any) -> None:
        super().__init__(nn.Flatten(), nn.Linear(192, n_classes))


def swallowing_factory(_pretrained: bool = False, **given: Any) -> nn.Module:
    return Swallowing(**{"in_channels": 3, **given})


def from_name(_name: str, in_channels: int = 3, **given: Any) -> nn.Module:
    return Swallowing(in_channels, **given)


@pytest.mark.parametrize(
    "build",
    [swallowing_factory, partial(from_name, "b0"), partial(Swallowing), lambda **given: ByLabels(**given)],
    ids=["a factory", "beside a known name", "a partial", "another name"],
)
def test_keywords_count_where_the_network_follows_them(build: Any) -> None:
    torch.manual_seed(0)
    network = call_builder(build, classes=7, image_shape=(3, 8, 8))
    torch.manual_seed(0)
    expected = nn.Sequential(nn.Flatten(), nn.Linear(192, 7))

    assert network[1].out_features == 7
    assert torch.equal(network[1].weight, expected[1].weight), "a trial draws no numbers"


def test_an_error_of_a_builder_is_its_own() -> None:
    def broken(**given: Any) -> None:
        raise TypeError(f"no {len(given)}")

    with pytest.raises(TypeError, match="no 1"):
        call_builder(broken, classes=7, image_shape=(3, 8, 8))


def test_a_network_that_gives_its_features_first_has_the_card_of_its_logits(plugin: Write, tmp_path: Path) -> None:
    code = """
    @model("features")
    class Features(nn.Module):
        def __init__(self, num_classes):
            super().__init__()
            self.conv, self.head = nn.Conv2d(3, 16, 3), nn.Linear(16, num_classes)

        def forward(self, images):
            found = self.conv(images).mean((2, 3))
            return found, self.head(found)
    """
    plugin("features.py", HEAD + dedent(code))

    (card,) = inspected(tmp_path, "features.py").models

    assert (card.error, card.classes, card.fixed_classes, card.parameters) == (None, 10, None, 16 * 28 + 17 * 10)
    assert card.check is not None
    assert card.check.outcome == "trains"
    assert card.notes == ["Gives 2 outputs in training mode (2 x 16 and 2 x 10); number 2 is trained on as the logits."]


def test_a_network_that_is_built_already_is_refused(plugin: Write, tmp_path: Path) -> None:
    plugin("built.py", HEAD + "model('built', nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)))\n")

    assert "is of a network that is built already" in (errors(tmp_path, "built.py")["built"] or "")


def test_an_error_ends_with_a_sentence_and_the_plugins_own_last_line(plugin: Write, tmp_path: Path) -> None:
    plugin("crooked.py", HEAD + "@model\ndef crooked(num_classes):\n    return nn.Linear('3', num_classes)\n")

    error = errors(tmp_path, "crooked.py")["crooked"] or ""

    assert error.startswith("Traceback")
    last = error.splitlines()[-1]
    assert last.startswith("crooked.py: TypeError: ")
    assert last.endswith("(crooked.py, line 5: return nn.Linear('3', num_classes))")


OPTIONS = """
    import argparse
    from torch import nn
    from worker.plugins import model

    parser = argparse.ArgumentParser()
    parser.add_argument({argument!r}, default=4)

    @model
    def small(num_classes):
        parser.parse_args()
        return nn.Sequential(nn.Flatten(), nn.Linear(3072, num_classes))

    parser.parse_args()
    """


def test_the_labs_own_arguments_are_not_the_plugins(
    plugin: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["worker", "inspect", "options.py"])
    plugin("options.py", OPTIONS.format(argument="--width"))

    assert errors(tmp_path, "options.py") == {"small": None}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (OPTIONS.format(argument="data"), "error: the following arguments are required: data"),
        ("import sys\nprint('no network of this name')\nsys.exit()\n", "SystemExit, no network of this name"),
        ("import sys\nprint('ready')\nsys.exit('give a name')\n", "SystemExit: give a name (ends.py, line 3"),
    ],
    ids=["argparse", "print", "a message"],
)
def test_code_that_exits_is_quoted_with_what_it_said(plugin: Write, tmp_path: Path, code: str, said: str) -> None:
    plugin("ends.py", code)

    (error,) = errors(tmp_path, "ends.py").values()

    assert said in (error or "").splitlines()[-1]


NET = "@model\ndef net(num_classes):\n    return nn.Sequential({layers})\n"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nothing_of_this_name", ("No module named", "install the package that has it", sys.prefix)),
        ("from .blocks import B", ("relative import", "Put the whole package's folder into plugins/")),
        ("get_ipython().system('ls')", ("get_ipython", "Leave the notebook's own commands out")),
        ("open('config.json')", ("FileNotFoundError", "write Path(__file__).parent / 'config.json'")),
        (NET.format(layers="nn.Conv2d(1, 4, 5)"), ("1 channels", "Images have 3 channels here, grey ones as well")),
        (NET.format(layers="nn.Flatten(), nn.Linear(7, num_classes)"), ("mat1", "use nn.LazyLinear")),
    ],
    ids=["a package", "a relative import", "a notebook", "a file", "one channel", "another size"],
)
def test_a_common_error_comes_with_what_to_do(plugin: Write, tmp_path: Path, code: str, said: tuple[str, ...]) -> None:
    plugin("common.py", HEAD + code + "\n")

    (error,) = errors(tmp_path, "common.py").values()

    assert [each for each in said if each not in (error or "").splitlines()[-1]] == []


def test_the_place_of_a_syntax_error_stands_there_once(plugin: Write, tmp_path: Path) -> None:
    plugin("wrong.py", "class Net(nn.Module)\n    pass\n")

    (error,) = errors(tmp_path, "wrong.py").values()

    last = (error or "").splitlines()[-1]
    assert last == "wrong.py: SyntaxError: expected ':' (wrong.py, line 1: class Net(nn.Module))"


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
        "import models\nfrom models import *\nfrom worker.plugins import models_of\n"
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
            from worker.plugins import model

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
            built = networks[name].build("any", classes=10, image_shape=(3, 8, 8))
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


def test_a_folder_that_declares_nothing_says_so_and_is_not_run(
    clone: Callable[[str, int], Path], plugin: Write, tmp_path: Path
) -> None:
    clone("silent", 5)
    plugin("empty/__init__.py", "")
    (tmp_path / "plugins" / "pictures").mkdir()

    assert [each.name for each in find(tmp_path) if each.name.endswith("/")] == ["empty/", "silent/"]
    for name in ("empty", "silent"):
        (card,) = inspected(tmp_path, f"{name}/").models
        assert card.key == name
        assert f"{name}/ declares nothing: write {name}.py beside the folder" in (card.error or "")


def test_a_notebook_and_an_archive_of_code_say_what_to_make_of_them(plugin: Write, tmp_path: Path) -> None:
    folder = plugin("net.ipynb", "{}").parent
    for name, inside in (("repo.zip", "models/net.py"), ("photos.zip", "cat.png")):
        with ZipFile(folder / name, "w") as archive:
            archive.writestr(inside, "")
    before = stamp(tmp_path)

    found = {each.name: each.silence() for each in find(tmp_path)}
    plugin("net.py", "")
    plugin("repo/net.py", "")

    assert found == {
        "net.ipynb": "net.ipynb is a notebook and not Python: export its networks as net.py, or copy them there.",
        "repo.zip": "repo.zip is an archive and not Python: unpack it here, and write repo.py beside the folder.",
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
            from worker.plugins import model

            @model("from_{name}")
            def build():
                import sizes
                return nn.Sequential(nn.Flatten(), nn.Linear(3072, sizes.WIDTH))
            """
        plugin(f"{name}.py", code)

    networks = {name: use.network(f"from_{name}", f"{name}.py", tmp_path) for name in ("one", "two")}

    for name, width in (("one", 4), ("two", 6), ("one", 4)):
        assert networks[name].build("any", classes=10, image_shape=(3, 8, 8))[1].out_features == width


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


def test_networks_of_a_module_are_named_one_by_one() -> None:
    with pytest.raises(BadPlugin, match=r"torch.nn has no Lineal; it has .*Identity"):
        models_of(nn, "Lineal")
    with pytest.raises(BadPlugin, match="names no network"):
        models_of(nn)
    with recorded() as found:
        models_of(nn, "Identity", prefix="mine.")
    assert [(each.key, each.label) for each in found] == [("mine.identity", "Identity")]


def test_the_list_leaves_tests_out_and_says_what_others_want() -> None:
    module = ModuleType("models")
    vars(module).update(VGG=Vgg, test=lambda: None, ResNet18=lambda: nn.Flatten())

    with pytest.raises(BadPlugin, match="it has ResNet18; VGG wants vgg_name: declare a function around it"):
        models_of(module)


class Vgg(nn.Module):
    def __init__(self, vgg_name: str) -> None:
        super().__init__()
        self.name = vgg_name


def test_a_data_set_is_loaded_with_or_without_the_labs_folder(plugin: Write, tmp_path: Path) -> None:
    plugin(
        "sets.py",
        """
        import numpy as np
        from worker.plugins import dataset, model
        from torch import nn

        x, y = np.zeros((20, 8, 8, 3), np.uint8), np.arange(20) % 2

        @dataset
        def bare():
            return x, y, x, y

        @dataset("rooted", classes=range(2))
        def load(root):
            assert root.is_dir()
            return x, y, x, y

        @model
        def beside(classes):
            return nn.Sequential(nn.Flatten(), nn.Linear(3072, classes))
        """,
    )

    found = inspected(tmp_path, "sets.py")

    assert [(card.key, card.classes, card.error) for card in found.datasets] == [
        ("bare", ["0", "1"], None),
        ("rooted", ["0", "1"], None),
    ]
    assert found.datasets[0].train_counts == [10, 10]
    assert [(card.key, card.error) for card in found.models] == [("beside", None)]
