"""Install everything into the checkout: .venv with pinned packages, and the built dashboard.

This file lists the steps; `steps.py` runs those that are needed. Standard library only: it runs before anything is
installed. `scripts/bootstrap.sh` calls it.
"""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import node
from steps import ROOT, STATE, Log, SetupFailed, Step, alone, bring_up_to_date

VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
REQUIREMENTS = ROOT / "requirements"

LAB = ROOT / "distributions" / "lab"
"""The second distribution, which has the server and the worker; the first is the checkout's own."""

TORCH_PINS = REQUIREMENTS / "torch.txt"
TORCH_LOCK = REQUIREMENTS / "torch-lock.txt"
OPENAPI = node.FRONTEND / "openapi.json"
PAGE = node.FRONTEND / "dist" / "index.html"
MADE_BY_BUILD = {"node_modules", "dist", "openapi.json", "schema.d.ts", "spec.json"}
CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
"""Debian's setting of whether installing PostgreSQL starts a server."""

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# --- the steps ---


def steps(*, dev: bool) -> list[Step]:
    """Return all steps in order; `dev` adds those of tests and checks."""
    runtime = [REQUIREMENTS / name for name in ("build.txt", "runtime.txt", "worker.txt")]
    found = [
        Step("venv", "virtual environment", lambda: [str(ROOT)], make_venv, (PYTHON,)),
        Step("runtime", "Python packages", lambda: runtime, lambda log: install_locked(log, *runtime)),
        Step("torch", torch_label(), lambda: [TORCH_PINS, TORCH_LOCK, torch_index()], install_torch),
        Step("project", "the lab itself", project_inputs, install_project, (BIN / "skiplab",)),
        Step("node", "Node.js", node_inputs, install_node),
        Step("npm", "dashboard's packages", npm_inputs, install_npm, (node.FRONTEND / "node_modules",)),
        Step("openapi", "API description", backend_sources, dump_openapi, (OPENAPI,)),
        Step("dashboard", "dashboard", dashboard_sources, build_dashboard, (PAGE,)),
    ]
    if dev:
        lock = REQUIREMENTS / "dev.txt"
        found += [
            Step("dev", "test tools", lambda: [lock], lambda log: install_locked(log, lock)),
            Step("browser", "Chromium", lambda: [lock, str(find_chromium())], install_chromium),
            Step("postgres", "PostgreSQL", lambda: [str(find_postgres())], install_postgres),
        ]
    return found


def make_venv(log: Log) -> str | None:
    # One made by hand, or whose stamp was lost, is kept if it works.
    if is_in_place() and log.tries(PYTHON, "-c", "import sys, pip; assert sys.version_info >= (3, 11)"):
        return "kept"
    shutil.rmtree(STATE / "stamps", ignore_errors=True)
    log.call(sys.executable, "-m", "venv", "--clear", VENV)
    return None


def install_locked(log: Log, *locks: Path) -> None:
    pip(log, "--require-hashes", *(word for lock in locks for word in ("-r", lock)))


def install_torch(log: Log) -> str | None:
    if all(is_installed(name, version) for name, version in torch_pins()):
        return "kept; run `make clean` first to install another build" if torch_index() else "kept"
    index = ["--extra-index-url", torch_index()] if torch_index() else []
    pip(log, *index, "-r", TORCH_PINS)
    return None


def install_project(log: Log) -> None:
    pip(log, "--no-deps", "--no-build-isolation", "-e", ROOT, "-e", LAB)


def install_node(log: Log) -> str | None:
    found = node.of_machine()
    if found:
        return f"{found.version}, this machine's"
    install_locked(log, REQUIREMENTS / "node.txt")
    node.link_wheel()
    return None


def install_npm(log: Log) -> None:
    # By default npm retries for over a minute without a network.
    npm(log, "ci", "--fetch-retries=3", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=8000")


def dump_openapi(log: Log) -> None:
    log.call(PYTHON, "-m", "backend.openapi", OPENAPI)


def build_dashboard(log: Log) -> None:
    npm(log, "run", "build")


def install_chromium(log: Log) -> str | None:
    link_node_for_playwright(log)
    found = find_chromium()
    if found:
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        packaged = log.tries("apt-get", "update", env=quiet) and log.tries(
            "apt-get", "install", "--yes", "--no-install-recommends", "chromium", env=quiet
        )
        if packaged and find_chromium():
            return None
    # Playwright's own build needs no root, but its registry, and system libraries that a bare machine lacks.
    if not log.tries(PYTHON, "-m", "playwright", "install", "chromium"):
        raise SetupFailed(f"Chromium: the browser tests need it, and {needs_root('chromium')}.")
    return None


def install_postgres(log: Log) -> str | None:
    """Install it for the tests, which start their own server and use no other."""
    if found := find_postgres():
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return f"none; tests that need it are skipped ({needs_root('postgresql')})"
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", "--yes", "--no-install-recommends")
    log.call("apt-get", "update", env=quiet)
    # In two steps: the first brings the setting that keeps the second from starting a server.
    log.call(*install, "postgresql-common", env=quiet)
    settings = CREATE_CLUSTER.read_text() if CREATE_CLUSTER.exists() else ""
    CREATE_CLUSTER.write_text(f"{settings}\ncreate_main_cluster = false\n")
    try:
        log.call(*install, "postgresql", env=quiet)
    finally:
        CREATE_CLUSTER.write_text(settings)
    return None


def needs_root(package: str) -> str:
    """Return the command that an administrator can run, as the rest of a sentence."""
    return f"installing it takes root: run `sudo apt-get install {package}` once, then `make test` again"


def link_node_for_playwright(log: Log) -> None:
    """Replace Playwright's Node.js where it does not start, as on a minimal Debian without libatomic."""
    found = node.find()
    for own in VENV.glob("lib/python3.*/site-packages/playwright/driver/node"):
        if found and not log.tries(own, "--version"):
            own.unlink()
            own.symlink_to(found.program)


# --- inputs of the steps ---


def is_in_place() -> bool:
    """Return whether the environment was made at this path: its commands contain their Python's full path."""
    pip_command = BIN / "pip"
    return pip_command.exists() and str(PYTHON) in pip_command.read_text()


def torch_pins() -> list[tuple[str, str]]:
    return re.findall(r"^(\w+)==(\S+)", TORCH_PINS.read_text(), re.MULTILINE)


def torch_label() -> str:
    return ", ".join(f"{name} {version}" for name, version in torch_pins())


def torch_index() -> str:
    """Return the package index of the wanted torch build, such as one for CPUs; empty: none given."""
    return os.environ.get("SKIPLAB_TORCH_INDEX", "")


def is_installed(package: str, version: str) -> bool:
    # A build may add its kind to the version, as in 2.14.1+cpu.
    return any(
        found.name.removesuffix(".dist-info").split("+")[0] == f"{package}-{version}"
        for found in VENV.glob(f"lib/python3.*/site-packages/{package}-*.dist-info")
    )


def node_inputs() -> list[Path | str]:
    found = node.of_machine()
    return [REQUIREMENTS / "node.txt", found.version if found else ""]


def project_inputs() -> list[Path | str]:
    return [ROOT / "pyproject.toml", LAB / "pyproject.toml", LAB / "setup.py"]


def npm_inputs() -> list[Path | str]:
    found = node.find()
    return [
        *(node.FRONTEND / name for name in ("package.json", "package-lock.json", ".npmrc")),
        found.version if found else "",
    ]


def backend_sources() -> list[Path]:
    return [file for folder in ("skiplab", "backend") for file in files_under(ROOT / folder, suffix=".py")]


def dashboard_sources() -> list[Path]:
    return [OPENAPI, *files_under(node.FRONTEND, without=MADE_BY_BUILD)]


def files_under(folder: Path, *, suffix: str = "", without: Iterable[str] = ()) -> list[Path]:
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in without]
        found += [Path(parent, name) for name in names if name.endswith(suffix) and name not in without]
    return sorted(found)


def find_chromium() -> str | None:
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def find_postgres() -> str | None:
    on_no_path = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return shutil.which("postgres") or (str(on_no_path[-1]) if on_no_path else None)


# --- commands ---


def pip(log: Log, *words: str | Path) -> None:
    remove_half_installed()
    log.call(PYTHON, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off", *words)


def remove_half_installed() -> None:
    """Remove packages whose installation was interrupted: pip takes the folder alone for an installed package."""
    for record in VENV.glob("lib/python3.*/site-packages/*.dist-info"):
        # pip writes it last.
        if not (record / "INSTALLER").exists():
            shutil.rmtree(record)


def npm(log: Log, *words: str) -> None:
    found = node.find()
    if found is None:
        raise SetupFailed("Node.js is missing; run `make setup` again.")
    log.call(found.npm, *words, cwd=node.FRONTEND, env=found.environment())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what `make test` and `make check` need")
    arguments = parser.parse_args()
    try:
        with alone() as held:
            bring_up_to_date(steps(dev=arguments.dev), held)
    except SetupFailed as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or ROOT
        print(
            f"setup: cannot write {where} ({error.strerror}): free some space, or run it as the owner of {ROOT}.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted; run it again to continue.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
