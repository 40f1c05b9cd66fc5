"""What is committed: no address of a package registry, no path of somebody's machine, and documents that are true."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from backend.settings import Settings
from worker.settings import WorkerSettings

ROOT = Path(__file__).parents[2]

# Written so that no pattern matches its own text.
REGISTRIES = re.compile(
    r"pypi\.(org|python)|pythonhosted\.|registry\.npm|registry\.yarn|npmmirror\.|download\.pytorch\."
    r"|deb\.debian\.|crates\.io/api|proxy\.golang\."
)
MACHINE_PATHS = re.compile(
    r"[/]work[/](main|shared|\.library)|[/]root[/]\.(pyenv|npmrc)|[/]opt[/](wheels|pypi)|[/]home[/][a-z]+/|[/]Users[/][a-z]+/"
)


TORCH = ("torch.txt", "torch-lock.txt")
"""Locks without hashes: which file is right depends on the build of torch."""


def committed() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def matches(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {found[0]}"
        for file in files
        for number, line in enumerate(file.read_text(errors="ignore").splitlines(), 1)
        if (found := pattern.search(line))
    ]


def test_no_committed_file_names_a_registry() -> None:
    assert matches(REGISTRIES, committed()) == []


def test_no_committed_file_holds_a_path_of_a_machine() -> None:
    assert matches(MACHINE_PATHS, committed()) == []


@pytest.mark.parametrize("name", ["runtime.txt", "worker.txt", "dev.txt", "build.txt", "node.txt", *TORCH])
def test_a_lock_holds_versions_and_hashes_but_no_address(name: str) -> None:
    lock = (ROOT / "requirements" / name).read_text()
    assert re.search(r"https?://|--(extra-)?index-url|--find-links", lock) is None
    pins = re.findall(r"^[a-z0-9.\-]+(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    assert pins
    if name not in TORCH:
        assert lock.count("--hash=sha256:") >= len(pins)


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for lock, declared in (
        ("runtime.txt", project["dependencies"]),
        ("worker.txt", project["optional-dependencies"]["worker"]),
        ("dev.txt", project["optional-dependencies"]["dev"]),
    ):
        locked = set(re.findall(r"^([a-z0-9.\-]+)==", (ROOT / "requirements" / lock).read_text(), re.MULTILINE))
        names = {re.split(r"[\[<>=~ ]", requirement)[0] for requirement in declared}
        assert names - locked == set(), f"{lock}: run `make lock`"


def test_npm_s_lock_holds_no_address_of_a_package() -> None:
    assert '"resolved"' not in (ROOT / "frontend" / "package-lock.json").read_text()


def test_every_setting_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    documented = set(re.findall(r"^\| `(SKIPLAB_\w+)`", readme, re.MULTILINE))
    known = {f"SKIPLAB_{name.upper()}" for settings in (Settings, WorkerSettings) for name in settings.model_fields}
    assert documented == known


def test_the_documents_link_to_what_is_there() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in committed()
        if document.suffix == ".md"
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []
