"""Inspections of plugins: only changed ones, several at once, each result published as soon as it is known."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from skiplab.contract.catalog import ModelDetails
from tests.worker.plugins.conftest import TINY
from worker.plugins import inspect_all as inspect_all_module
from worker.plugins import plugin_cards
from worker.plugins.inspect_all import inspect_all
from worker.plugins.inspection import Findings, Inspection

Write = Callable[[str, str], Path]


class Instant(Inspection):
    """An inspection without its process: it answers at once with what the file says, or never."""

    begun: list[str] = []  # noqa: RUF012

    def __init__(self, plugin, _home, _patience) -> None:  # type: ignore[no-untyped-def]
        self.plugin, self.fingerprint = plugin, plugin.fingerprint()
        self.began = time.time()
        self.begun.append(plugin.name)
        self._ended = threading.Event()

    @property
    def seconds(self) -> float:
        return 100.0 if "endless" in self.plugin.name else 1.0

    def found(self) -> Findings:
        return Findings()

    def result(self) -> Findings | None:
        text = self.plugin.files()[0].read_text()
        if "endless" in text and "endless" in self.plugin.name:
            return None
        card = ModelDetails(
            key=self.plugin.key,
            label=text,
            origin="plugin",
            source=self.plugin.name,
            error="broken" if "broken" in text else None,
        )
        return Findings(models=[card], files=[str(file) for file in self.plugin.files()])

    def end(self) -> None:
        self._ended.set()


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(inspect_all_module, "Inspection", Instant)
    monkeypatch.setattr(inspect_all_module, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(inspect_all_module, "CHANGE_SECONDS", 0.0)
    monkeypatch.setattr(Instant, "begun", [])
    return Instant.begun


def again(home: Path, begun: list[str], *, force: bool = False) -> tuple[list[str], list[Findings]]:
    """Which plugins were inspected, and what was published on the way."""
    begun.clear()
    published: list[Findings] = []
    inspect_all(home, taken_models=set(), taken_datasets=set(), publish=published.append, force=force)
    return list(Instant.begun), published


def labels(found: Findings) -> dict[str, str]:
    return {card.key: card.label + " (inspecting)" * card.inspecting for card in found.models}


def test_only_what_has_changed_is_inspected_and_the_cards_of_others_stay(
    plugin: Write, tmp_path: Path, begun: list[str]
) -> None:
    for name in ("one", "two", "three"):
        plugin(f"{name}.py", "first")
    assert again(tmp_path, begun)[0] == ["one.py", "three.py", "two.py"]

    assert again(tmp_path, begun)[0] == []
    plugin("two.py", "second")
    inspected, published = again(tmp_path, begun)

    assert inspected == ["two.py"]
    assert labels(published[0]) == {"one": "first", "three": "first", "two": "first (inspecting)"}
    assert labels(published[-1]) == {"one": "first", "three": "first", "two": "second"}
    plugin("_helper.py", "new")
    assert again(tmp_path, begun)[0] == []
    plugin("two.py", "import _helper")
    assert again(tmp_path, begun)[0] == ["two.py"]
    plugin("_helper.py", "edited")
    assert again(tmp_path, begun)[0] == ["two.py"]
    assert len(again(tmp_path, begun, force=True)[0]) == 3


def test_a_new_plugin_is_shown_while_it_is_inspected_and_takes_nobodys_key(
    plugin: Write, tmp_path: Path, begun: list[str]
) -> None:
    plugin("one.py", "first")
    again(tmp_path, begun)
    plugin("another.py", "new")

    _, published = again(tmp_path, begun)

    assert labels(published[0]) == {"one": "first", "another": "another.py (inspecting)"}
    assert labels(published[-1]) == {"one": "first", "another": "new"}
    (tmp_path / "plugins" / "one.py").unlink()
    assert labels(again(tmp_path, begun)[1][-1]) == {"another": "new"}


def test_an_endless_plugin_delays_no_other_and_comes_last(plugin: Write, tmp_path: Path, begun: list[str]) -> None:
    for name in ("a_endless", "b_endless", "c", "d"):
        plugin(f"{name}.py", "endless")
    done: list[dict[str, str]] = []

    def publish(found: Findings) -> None:
        done.append(labels(found))
        if sum("inspecting" in label for label in done[-1].values()) == 2:
            # Everybody else is done: an edit of the two that still run ends them, and they are inspected again.
            for name in ("a_endless", "b_endless"):
                plugin(f"{name}.py", "mended")

    inspect_all(tmp_path, taken_models=set(), taken_datasets=set(), publish=publish)

    assert begun == ["a_endless.py", "b_endless.py", "c.py", "d.py", "a_endless.py", "b_endless.py"]
    assert set(done[-1].values()) == {"mended", "endless"}
    assert again(tmp_path, begun, force=True)[0][:2] == ["c.py", "d.py"]  # what was slow comes last


def test_a_folder_that_another_plugin_imports_from_needs_to_declare_nothing(
    plugin: Write, tmp_path: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin("clone/models.py", "x = 1")
    plugin("one.py", "first")

    assert [card.key for card in again(tmp_path, begun)[1][-1].models] == ["one", "clone"]

    class Imports(Instant):
        def result(self) -> Findings | None:
            found = super().result()
            return found and found.model_copy(update={"files": [str(tmp_path / "plugins" / "clone" / "models.py")]})

    monkeypatch.setattr(inspect_all_module, "Inspection", Imports)
    assert [card.key for card in again(tmp_path, begun, force=True)[1][-1].models] == ["one"]
    plugin("clone/models.py", "x = 2")
    assert again(tmp_path, begun)[0] == ["one.py"]


def test_a_plugin_that_eats_memory_is_ended_with_a_sentence(
    plugin: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin(
        "hungry.py", "import time\nheld = []\nwhile True:\n    held.append(b'x' * 50_000_000)\n    time.sleep(0.01)\n"
    )
    plugin("tiny.py", TINY)
    monkeypatch.setattr("worker.watchdog.memory.room", lambda: 800 * 2**20)
    monkeypatch.setattr("worker.watchdog.memory.reserve", lambda: 2**30)

    found = inspect_all(tmp_path, taken_models=set(), taken_datasets=set(), patience=100)

    errors = {card.key: card.error or "" for card in found.models}
    assert errors["tiny"] == ""
    assert errors["hungry"].startswith("hungry.py: killed at ")
    assert "were available. Load less at once" in errors["hungry"]


def test_a_plugin_that_prints_without_end_is_ended(
    plugin: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin("loud.py", "while True:\n    print('x' * 10_000)\n")
    monkeypatch.setattr("worker.plugins.inspection.MOST_PRINTED", 2**20)

    (card,) = inspect_all(tmp_path, taken_models=set(), taken_datasets=set(), patience=100).models

    assert card.error == "loud.py was killed: it printed more than 1 MiB."


class Slow(Instant):
    """Has one card at once, and needs some polls for the other."""

    polls = 0

    def found(self) -> Findings:
        return Findings(models=[ModelDetails(key="first", label="first", origin="plugin", source=self.plugin.name)])

    def result(self) -> Findings | None:
        self.polls += 1
        if self.polls < 3:
            return None
        second = ModelDetails(key="second", label="second", origin="plugin", source=self.plugin.name)
        return Findings(models=[*self.found().models, second], files=["nets.py"])


def test_a_card_is_published_while_others_of_its_plugin_are_still_made(
    plugin: Write, tmp_path: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin("nets.py", "two networks")
    monkeypatch.setattr(inspect_all_module, "Inspection", Slow)

    published = [labels(found) for found in again(tmp_path, begun)[1]]

    assert {"first": "first", "nets": "nets.py (inspecting)"} in published
    assert published[-1] == {"first": "first", "second": "second"}


def test_a_network_that_ends_the_whole_inspection_costs_no_other_card_of_its_plugin(
    plugin: Write, tmp_path: Path
) -> None:
    code = """
    import os, signal

    @model("deadly")
    def deadly(classes):
        os.kill(os.getppid(), signal.SIGKILL)
"""
    plugin("nets.py", TINY + code)

    found = inspect_all(tmp_path, taken_models=set(), taken_datasets=set())

    assert [(card.key, card.measured) for card in found.models] == [("tiny", True), ("nets", False)]
    assert (found.models[1].error or "").endswith("nets.py ended the process: SIGKILL.")


def test_a_plugin_that_failed_for_want_of_a_file_is_inspected_again_though_nothing_has_changed(
    plugin: Write, tmp_path: Path, begun: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = tmp_path / "weights.pt"
    plugin("one.py", TINY.replace("channels, height", f"open({str(weights)!r}); channels, height"))

    class Here(Instant):
        def result(self) -> Findings | None:
            return plugin_cards.inspect(self.plugin, tmp_path)

    monkeypatch.setattr(inspect_all_module, "Inspection", Here)
    (failed,) = again(tmp_path, begun)[1][-1].models
    assert "FileNotFoundError" in (failed.error or "")
    weights.write_bytes(b"")

    inspected, published = again(tmp_path, begun)

    assert inspected == ["one.py"]
    assert [(card.error, card.measured) for card in published[-1].models] == [(None, True)]
    assert again(tmp_path, begun)[0] == []
