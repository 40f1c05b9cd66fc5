"""Environments with the wheels in them, and with packages of this environment instead of downloaded ones."""

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TORCH = frozenset({"torch", "torchvision"})


class Environment:
    """A virtual environment of its own, without pip."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        self.site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))

    def install(self, *wheels: Path) -> None:
        """Install wheels with their commands, and nothing that they require."""
        options = ("--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
        subprocess.run(
            [sys.executable, "-m", "pip", "--python", self.bin / "python", "install", *options, *wheels], check=True
        )

    def borrow(self, requirements: Iterable[str], *, without: frozenset[str] = frozenset()) -> None:
        """Link to the packages that satisfy these requirements, and to what they require themselves."""
        link(closure(requirements, without=without), self.site)

    def run(self, *words: str | Path, cwd: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.bin / words[0], *words[1:]],
            cwd=cwd,
            env={"PATH": str(self.bin), "HOME": str(cwd), **variables},
            capture_output=True,
            text=True,
            check=False,
        )


def requirements_of(wheel_site: Path, name: str) -> list[str]:
    """Return what an installed distribution requires, but for its extras."""
    (found,) = metadata.distributions(name=name, path=[str(wheel_site)])
    return [each for each in found.requires or [] if "extra ==" not in each]


def closure(requirements: Iterable[str], *, without: frozenset[str] = frozenset()) -> list[metadata.Distribution]:
    """Return the installed distributions that satisfy requirements on this system, and all that those require."""
    found: dict[str, metadata.Distribution] = {}
    waiting, seen = [each for each in requirements if _applies(Requirement(each))], set[str]()
    while waiting:
        text = waiting.pop()
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if text in seen or name in without:
            continue
        seen.add(text)
        found[name] = metadata.distribution(name)
        assert requirement.specifier.contains(found[name].version, prereleases=True), text
        wanted = map(Requirement, found[name].requires or [])
        waiting += [_unmarked(each) for each in wanted if _applies(each, requirement.extras)]
    return list(found.values())


def size_of(distributions: Iterable[metadata.Distribution]) -> int:
    """Return the bytes of their files, without compiled bytecode."""
    files = [Path(str(file.locate())) for each in distributions for file in each.files or []]
    return sum(file.stat().st_size for file in files if file.is_file() and file.suffix != ".pyc")


def link(distributions: Iterable[metadata.Distribution], site: Path) -> None:
    """Link the top-level folders and files of distributions into another site-packages."""
    for each in distributions:
        for file in each.files or []:
            top = file.parts[0]
            if top in ("..", "__pycache__") or (site / top).exists():
                continue
            (site / top).symlink_to(Path(str(each.locate_file(top))))


def _applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _unmarked(requirement: Requirement) -> str:
    """Return it without its marker, which has been evaluated with the extras of what requires it."""
    return str(requirement).partition(";")[0].strip()
