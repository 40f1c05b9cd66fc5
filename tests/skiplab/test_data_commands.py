"""`skiplab data import` and `inspect` offer every option of an import and pass them to the worker."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from skiplab.cli import data
from skiplab.contract.imports import Choices, Options

PASSED = ("48x32", "gbk", True, 0.3, "letters")


def test_http_takes_the_same_options() -> None:
    assert Choices.model_fields.keys() == Options.model_fields.keys()


@pytest.mark.parametrize("command", [data.import_data, data.inspect_data])
def test_a_command_offers_every_option(command: Callable[..., None]) -> None:
    assert Options.model_fields.keys() <= inspect.signature(command).parameters.keys()


def test_all_options_reach_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(data, "run_worker", lambda _home, *arguments: calls.append(arguments))

    data.import_data("pets", Path("-images"), *PASSED)
    data.inspect_data(Path("-images"), *PASSED, as_json=True)

    options = Options(size=(32, 48), names="gbk", skip_bad=True, test_share=0.3, part="letters")
    assert [call[:-1] for call in calls] == [
        ("import", "--", "pets", "-images"),
        ("inspect-data", "--json", "--", "-images"),
    ]
    assert [Options.model_validate_json(call[-1]) for call in calls] == [options, options]


@pytest.mark.parametrize("share", [0, 1, 2])
def test_a_share_must_be_a_fraction(share: float, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped:
        data.inspect_data(Path("images"), test_share=share)

    assert stopped.value.exit_code == 2
    assert f"--test-share: {share} is not between 0 and 1" in capsys.readouterr().err
