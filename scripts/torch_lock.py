"""Write requirements/torch-lock.txt: the installed versions of torch's dependencies.

Without hashes: the files depend on the build of torch (CPU or CUDA). `make lock` calls it.
"""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
HEADER = "# Made by `make lock` from the installed dependencies of torch; read by torch.txt.\n"


def main() -> None:
    pinned = names_in("torch.txt")
    locked_elsewhere = names_in("build.txt") | names_in("worker.txt")
    needed = closure(pinned) - pinned - locked_elsewhere
    lines = [f"{name}=={metadata.version(name)}\n" for name in sorted(needed)]
    (REQUIREMENTS / "torch-lock.txt").write_text(HEADER + "".join(lines))


def names_in(lock: str) -> set[str]:
    return set(re.findall(r"^([a-z0-9.\-]+)==", (REQUIREMENTS / lock).read_text(), re.MULTILINE))


def closure(names: set[str]) -> set[str]:
    """Return all installed packages that these need, themselves included."""
    found: set[str] = set()
    asked: set[str] = set()
    waiting = sorted(names)
    while waiting:
        wanted = waiting.pop()
        requirement = Requirement(wanted)
        if wanted not in asked and is_installed(requirement.name):
            found.add(canonicalize_name(requirement.name))
            waiting += needs(requirement)
        asked.add(wanted)
    return found


def is_installed(name: str) -> bool:
    """Return whether it is installed: a build of torch omits packages for other systems."""
    return any(metadata.distributions(name=name))


def needs(of: Requirement) -> list[str]:
    """Return its requirements on this system, with the requested extras."""
    requirements = [Requirement(each) for each in metadata.requires(of.name) or []]
    extras = ["", *of.extras]
    here = [
        each for each in requirements if each.marker is None or any(each.marker.evaluate({"extra": x}) for x in extras)
    ]
    return [f"{each.name}[{','.join(sorted(each.extras))}]" if each.extras else each.name for each in here]


if __name__ == "__main__":
    main()
