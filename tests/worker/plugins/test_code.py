"""The code that a plugin's networks depend on: a check is valid for one version of it."""

import json
import os
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent

import pytest

from worker.plugins import files as files_module
from worker.plugins.files import sources
from worker.plugins.footprint import Footprint
from worker.plugins.inspection import Findings
from worker.plugins.inspection_cache import CHANGED, FILE, Inspected, InspectionCache
from worker.plugins.plugin_kinds import PackagePlugin
from worker.plugins.source import named

Write = Callable[[str, str], Path]

IMPORTING = """
    import sys
    from skiplab import model
    sys.path.insert(0, "{clone}")
    import cloned_nets

    @model("mine")
    def build(classes):
        from helpers import net  # only when it is built
        return net.make(classes)
"""


def version(home: Path, name: str) -> str:
    found = named(home, name)
    assert found is not None
    found.load()
    assert found.version is not None
    return found.version


def test_a_version_covers_helpers_and_clones_also_those_that_are_imported_late(plugin: Write, tmp_path: Path) -> None:
    clone = tmp_path / "elsewhere"
    clone.mkdir()
    (clone / "cloned_nets.py").write_text("x = 1")
    plugin("mine.py", IMPORTING.format(clone=clone))
    plugin("helpers/__init__.py", "")
    helper = plugin("helpers/net.py", "import more\ndef make(classes): ...")
    more = plugin("more.py", "")
    other = plugin("other.py", "x = 1")
    seen = [version(tmp_path, "mine.py")]
    other.write_text("x = 2")
    assert version(tmp_path, "mine.py") == seen[0]

    for file in (helper, more, clone / "cloned_nets.py"):
        file.write_text(file.read_text() + "\n# mended")
        # As a new process does.
        plugin("mine.py", IMPORTING.format(clone=clone) + "\n" * len(seen))
        before = version(tmp_path, "mine.py")
        plugin("mine.py", IMPORTING.format(clone=clone))
        seen.append(before)

    assert len(set(seen)) == 4


def test_a_version_covers_the_whole_package_of_an_entry_point(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "a_package_of_parts"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "parts.py").write_text("x = 1")
    (package / "nets.py").write_text(
        dedent("""
            from skiplab import model
            from .parts import x
            @model("parted")
            def build(classes): ...
        """)
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    entry = EntryPoint("nets", "a_package_of_parts.nets", "skiplab.models")
    before = PackagePlugin(entry).fingerprint()

    (package / "parts.py").write_text("x = 2")

    assert PackagePlugin(entry).fingerprint() != before


def test_two_plugins_with_a_module_of_one_name_are_both_in_the_footprint(plugin: Write, tmp_path: Path) -> None:
    footprint = Footprint(tmp_path)
    for name in ("one", "two"):
        plugin(f"{name}.py", "import utils_of_mine\nfrom skiplab import model\n@model\ndef build(classes): ...")
        plugin(f"{name}/utils_of_mine.py", f"x = '{name}'")
        found = named(tmp_path, f"{name}.py")
        assert found is not None
        found.load()
        footprint.take()

    assert {"one/utils_of_mine.py", "two/utils_of_mine.py"} <= footprint.take().files.keys()


def test_findings_of_files_that_were_changed_meanwhile_are_not_kept_for_the_new_ones(
    plugin: Write, tmp_path: Path
) -> None:
    plugin("mine.py", "x = 1")
    helper = plugin("helper.py", "x = 1")
    mine = named(tmp_path, "mine.py")
    assert mine is not None
    findings = Findings(files=[str(helper)])
    began = helper.stat().st_mtime

    whole = Inspected.of(findings, mine.fingerprint(), began=began, seconds=1.0)
    assert whole.is_current(mine)
    torn = Inspected.of(findings, mine.fingerprint(), began=began - 1, seconds=2.0)

    assert torn.imported_sha256 == CHANGED
    assert not torn.is_current(mine)


def test_two_workers_keep_findings_in_one_home(plugin: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One has written aside, and not put in place, when the other does both."""
    mine = plugin("mine.py", "x = 1")
    one = Inspected.of(Findings(files=[str(mine)]), "f", began=0, seconds=1.0)
    replace = Path.replace

    def interrupted(aside: Path, target: Path) -> Path:
        monkeypatch.setattr(Path, "replace", replace)
        with monkeypatch.context() as other:
            other.setattr(os, "getpid", lambda: 1)
            InspectionCache(tmp_path).keep("mine.py", one)
        return replace(aside, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    InspectionCache(tmp_path).keep("mine.py", one)

    assert InspectionCache(tmp_path).of("mine.py") == one


def test_a_clone_with_many_images_is_listed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in range(300):
        (tmp_path / f"{place}.png").write_bytes(b"")
    (tmp_path / "net.py").write_text("")
    os.utime(tmp_path, (1e9, 1e9))
    assert sources(tmp_path) == [tmp_path / "net.py"]

    monkeypatch.setattr(files_module, "_list", lambda *_, **__: pytest.fail("it was listed again"))
    assert sources(tmp_path) == [tmp_path / "net.py"]
    monkeypatch.undo()
    (tmp_path / "more.py").write_text("")
    assert sources(tmp_path) == [tmp_path / "more.py", tmp_path / "net.py"]


def test_the_findings_of_an_earlier_version_are_not_current(tmp_path: Path, plugin: Write) -> None:
    """It stored other fields, of which a failure that may be temporary was one."""
    plugin("mine.py", "x = 1")
    old = {"findings": {"may_pass": True}, "fingerprint": "0" * 64, "imported": "0" * 64, "seconds": 1.0}
    (tmp_path / "plugins" / FILE).write_text(json.dumps({"mine.py": old}))

    assert InspectionCache(tmp_path).of("mine.py") is None
