"""The committed files contain no registry addresses and no paths of one machine; links in documents work."""

import os
import re
import subprocess
import sys
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
HOMES = re.compile(r"[/](home|Users)[/][a-z]+/|[/]root[/]\.")


def of_this_machine() -> re.Pattern[str]:
    """Return a pattern of folders of this machine: of the checkout, of its Python, of pip's settings."""
    listed = " ".join(
        value for name, value in os.environ.items() if name.startswith(("PIP_", "NPM_CONFIG_", "npm_config_"))
    )
    folders = [
        ROOT,
        ROOT.parent,
        Path(sys.base_prefix),
        Path.home() / ".cache",
        *map(Path, re.findall(r"(/[\w./-]+)", listed)),
    ]
    # A folder of one part, such as /usr or /app, is on every machine.
    own = {str(folder) for folder in folders if len(folder.parts) > 2 and not folder.is_relative_to("/usr")}
    return re.compile("|".join(rf"(?<![\w.]){re.escape(folder)}\b" for folder in sorted(own)) or r"(?!)")


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


@pytest.mark.parametrize("paths", [HOMES, of_this_machine()], ids=["of a home", "of this machine"])
def test_no_committed_file_holds_a_path_of_a_machine(paths: re.Pattern[str]) -> None:
    assert matches(paths, committed()) == []


def test_the_checkout_would_be_found() -> None:
    if len(ROOT.parts) > 2:
        assert of_this_machine().search(f"see {ROOT}/README.md")


@pytest.mark.parametrize("name", ["runtime.txt", "worker.txt", "dev.txt", "build.txt", "node.txt", *TORCH])
def test_a_lock_holds_versions_and_hashes_but_no_address(name: str) -> None:
    lock = (ROOT / "requirements" / name).read_text()
    assert re.search(r"https?://|--(extra-)?index-url|--find-links", lock) is None
    pins = re.findall(r"^[a-z0-9.\-]+(?:\[[^\]]*\])?==", lock, re.MULTILINE)
    assert pins
    if name not in TORCH:
        assert lock.count("--hash=sha256:") >= len(pins)


def test_every_declared_package_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    for lock, declared in (
        ("runtime.txt", [*project["project"]["dependencies"], *groups["server"]]),
        ("worker.txt", groups["worker"]),
        ("dev.txt", groups["dev"]),
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


def test_the_documents_name_sources_that_are_there() -> None:
    """From the root, the dashboard or the tests; capitals stand for a name to be chosen."""
    named = re.compile(r"`((?:frontend|src|backend|worker|skiplab|scripts|tests|benchmarks)/[\w./-]+\.(?:py|tsx?|sh))`")
    broken = [
        f"{document.relative_to(ROOT)}: {source}"
        for document in committed()
        if document.suffix == ".md" and document.parent.name not in ("decisions", "notes")  # these are records
        for source in named.findall(document.read_text())
        if not re.search("[A-Z]{2}", source)
        and not any((folder / source).exists() for folder in (ROOT, ROOT / "frontend", ROOT / "tests"))
    ]
    assert broken == []


def test_the_architecture_names_files_that_are_there() -> None:
    """By their name alone, since folders come from its headings; capitals stand for a name to be chosen."""
    named = set(re.findall(r"(?<![\w/.])([a-z_]+\.(?:py|tsx?))", (ROOT / "docs" / "architecture.md").read_text()))
    assert named - {file.name for file in committed()} == set()


def test_the_architecture_names_every_folder() -> None:
    named = set(re.findall(r"[\w/]+(?=/)", (ROOT / "docs" / "architecture.md").read_text()))
    folders = {
        file.parent.name for side in ("backend", "worker", "skiplab") for file in (ROOT / side).glob("*/__init__.py")
    }
    assert folders - {name for path in named for name in path.split("/")} == set()


def test_the_documents_link_to_what_is_there() -> None:
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in committed()
        if document.suffix == ".md"
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert broken == []
