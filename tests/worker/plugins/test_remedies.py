"""Errors of a plugin's code end with a summary: its last line and what to do."""

import sys
from pathlib import Path

import pytest

from tests.worker.plugins.inspected import HEAD, Write, errors


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
    from skiplab import model

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
    ("code", "reason"),
    [
        (OPTIONS.format(argument="data"), "error: the following arguments are required: data"),
        ("import sys\nprint('no network of this name')\nsys.exit()\n", "SystemExit, no network of this name"),
        ("import sys\nprint('ready')\nsys.exit('give a name')\n", "SystemExit: give a name (ends.py, line 3"),
    ],
    ids=["argparse", "print", "a message"],
)
def test_code_that_exits_is_quoted_with_its_last_line(plugin: Write, tmp_path: Path, code: str, reason: str) -> None:
    plugin("ends.py", code)

    (error,) = errors(tmp_path, "ends.py").values()

    assert reason in (error or "").splitlines()[-1]


NET = "@model\ndef net(num_classes):\n    return nn.Sequential({layers})\n"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nothing_of_this_name", ("No module named", "install its package", sys.prefix)),
        ("from .blocks import B", ("relative import", "Put the package's folder into plugins/")),
        ("get_ipython().system('ls')", ("get_ipython", "Remove notebook commands")),
        ("open('config.json')", ("FileNotFoundError", "Write Path(__file__).parent / 'config.json'")),
        (NET.format(layers="nn.Conv2d(1, 4, 5)"), ("1 channels", "All images have 3 channels, grey ones too")),
        (NET.format(layers="nn.Flatten(), nn.Linear(7, num_classes)"), ("mat1", "use nn.LazyLinear")),
    ],
    ids=["a package", "a relative import", "a notebook", "a file", "one channel", "another size"],
)
def test_a_common_error_comes_with_what_to_do(
    plugin: Write, tmp_path: Path, code: str, reason: tuple[str, ...]
) -> None:
    plugin("common.py", HEAD + code + "\n")

    (error,) = errors(tmp_path, "common.py").values()

    assert [each for each in reason if each not in (error or "").splitlines()[-1]] == []


def test_the_place_of_a_syntax_error_stands_there_once(plugin: Write, tmp_path: Path) -> None:
    plugin("wrong.py", "class Net(nn.Module)\n    pass\n")

    (error,) = errors(tmp_path, "wrong.py").values()

    last = (error or "").splitlines()[-1]
    assert last == "wrong.py: SyntaxError: expected ':' (wrong.py, line 1: class Net(nn.Module))"
