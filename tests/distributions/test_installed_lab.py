"""The lab as `pip install "skiplab[lab]"` makes it, started in somebody else's project on a machine without Node.js."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.distributions.conftest import Wheels
from tests.distributions.installs import TORCH, Environment, closure, link, requirements_of
from tests.lab import READY_SECONDS, Lab, free_port, stop_with_children, until

TRAP = "from pathlib import Path\nPath({trace!r}).touch()\nraise SystemExit('taken from the present folder')\n"
"""A module that leaves a trace when it is imported."""

SHADOWS = ("backend", "worker")

TRAPS = (*SHADOWS, "random", "torch", "numpy", "celeryconfig", "alembic", "sitecustomize")


@pytest.fixture(scope="module")
def installed(wheels: Wheels, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Both wheels, what they declare, and this environment's torch."""
    folder = tmp_path_factory.mktemp("installed")
    made = Environment(folder / "venv")
    made.install(wheels.skiplab, wheels.lab)
    made.borrow([*requirements_of(made.site, "skiplab"), *_declared(made, without=TORCH)], without=TORCH)
    torch = folder / "torch"
    torch.mkdir()
    link(closure(TORCH), torch)
    (made.site / "torch.pth").write_text(f"{torch}\n")
    return made


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with modules of its own under names that Skiplab, Celery and Python use too, and data of its own."""
    folder = tmp_path / "project"
    (folder / "backend").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / "data" / "train.csv").touch()
    trap = TRAP.format(trace=str(folder / "taken"))
    for name in TRAPS:
        (folder / f"{name}.py").write_text(trap)
    (folder / "backend" / "__init__.py").write_text(trap)
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    for name in SHADOWS:
        (libraries / f"{name}.py").write_text(trap)
    return folder


@pytest.mark.long
@pytest.mark.timeout(300)
def test_it_trains_and_serves_the_page_from_a_strange_folder(installed: Environment, project: Path) -> None:
    user = project.parent / "user"
    user.mkdir()
    libraries = project.parent / "libraries"
    with running(installed, project, HOME=str(user), PYTHONPATH=str(libraries)) as lab:
        page = httpx.get(f"{lab.url}/")
        assert (page.status_code, "<title>Skiplab" in page.text) == (200, True)
        assert httpx.get(f"{lab.url}/docs").status_code == 200
        assert lab.client.get("/claims").status_code == 200
        run = lab.submit(epochs=1)
        assert lab.wait(run, lambda found: found["status"] in ("finished", "failed"))["status"] == "finished"

    home = user / ".local" / "share" / "skiplab"
    assert f"The data are in {home};" in lab.log.read_text()
    assert f"Skiplab leaves {libraries} of PYTHONPATH out" in lab.log.read_text()
    assert not (project / "taken").exists()
    assert [each.name for each in (project / "data").iterdir()] == ["train.csv"]
    assert home.stat().st_mode & 0o777 == 0o700
    assert (home / "skiplab.db").stat().st_mode & 0o777 == 0o600


@contextmanager
def running(installed: Environment, folder: Path, **variables: str) -> Iterator[Lab]:
    """`skiplab up` in this folder, with nothing but the environment's commands on the PATH."""
    port, log = free_port(), folder.parent / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [installed.bin / "skiplab", "up", "--port", str(port)],
            cwd=folder,
            env={"PATH": str(installed.bin), **variables},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    lab = Lab(f"http://127.0.0.1:{port}", process, log)
    try:
        until(
            lambda: "Skiplab is up" in log.read_text() or process.poll() is not None, bool, READY_SECONDS, log.read_text
        )
        assert process.poll() is None, log.read_text()
        yield lab
    finally:
        stop_with_children(lab)


def _declared(made: Environment, *, without: frozenset[str]) -> list[str]:
    """Return what skiplab-lab requires, without the other distribution of this version."""
    return [
        each for each in requirements_of(made.site, "skiplab-lab") if not each.startswith(("skiplab[mcp]==", *without))
    ]
