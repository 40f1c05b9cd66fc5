"""Build the two distributions of this version into dist/: `skiplab` and `skiplab-lab`, which has the built dashboard.

`make dist` calls it in a clone that is set up. skiplab-lab has no source archive: it is Python alone, so one wheel is
for every system, and a build from sources would need Node.js.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAB = "distributions/lab"

BUILD = "import sys; from setuptools import build_meta; getattr(build_meta, sys.argv[1])(sys.argv[2])"
"""A hook of setuptools' build backend, in the project's folder; what it prints goes to stderr."""

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "skiplab", "backend", "worker", LAB)


def main() -> int:
    into = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "dist").resolve()
    into.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="skiplab-dist-") as folder:
        try:
            tree = copy_of_the_tree(Path(folder))
            for project, hook in ((tree, "build_wheel"), (tree, "build_sdist"), (tree / LAB, "build_wheel")):
                build(project, hook, into)
        except BuildFailed as error:
            print(f"dist: {error}", file=sys.stderr)
            return 1
    for file in sorted(into.glob("skiplab*")):
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    return 0


class BuildFailed(Exception):
    """The message is one sentence for the user."""


def copy_of_the_tree(folder: Path) -> Path:
    """Copy what is built, so that builds leave nothing in the checkout and take nothing of earlier ones.

    Raises BuildFailed if the dashboard has not been built.
    """
    built = ROOT / "frontend" / "dist"
    if not (built / "index.html").is_file():
        raise BuildFailed("the dashboard is not built; run `make setup`")
    for name in SOURCES:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build"))
        else:
            shutil.copyfile(source, target)
    shutil.copytree(built, folder / "backend" / "dashboard")
    shutil.copyfile(ROOT / "LICENSE", folder / LAB / "LICENSE")
    return folder


def build(project: Path, hook: str, into: Path) -> None:
    """Raises BuildFailed with the end of the build's output."""
    command = [sys.executable, "-c", BUILD, hook, str(into)]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildFailed(f"{hook} of {project.name} failed:\n{(done.stdout + done.stderr)[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
