"""Networks and data sets can be declared in loops, from lists, and under several keys."""

from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest
from torch import nn

from skiplab import dataset, model, models_of
from skiplab.plugins import BadPlugin, DeclaredModel, recorded
from tests.worker.plugins.inspected import HEAD, Write, inspected


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
    for wrong, message in (
        (lambda: model(lambda classes: nn.Linear(1, classes)), "without a name needs a key"),
        (lambda: model("key", 3), "is of a int"),  # type: ignore[call-overload]
        (lambda: dataset("key", [1]), "is of a list"),  # type: ignore[call-overload]
        (lambda: dataset("key", classes=["a"]), "nothing to tell apart"),
        (lambda: dataset("key", size=0), "size is 0"),
    ):
        with pytest.raises(BadPlugin, match=message):
            wrong()


def test_networks_of_a_module_are_named_one_by_one() -> None:
    with pytest.raises(BadPlugin, match=r"torch.nn has no Lineal; it has .*Identity"):
        models_of(nn, "Lineal")
    with pytest.raises(BadPlugin, match="names no network"):
        models_of(nn)
    with recorded() as found:
        models_of(nn, "Identity", prefix="mine.")
    (identity,) = found
    assert isinstance(identity, DeclaredModel)
    assert (identity.key, identity.label) == ("mine.identity", "Identity")


def test_the_list_omits_tests_and_names_what_others_require() -> None:
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
        from skiplab import dataset, model
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
