"""The distribution `skiplab` without skiplab-lab: no torch, no server, and no module called `backend` or `worker`."""

from importlib.metadata import distributions
from pathlib import Path

from tests.distributions.installs import Environment, closure, requirements_of, size_of

MOST_BYTES = 30_000_000


def test_it_is_small(client: Environment) -> None:
    own = [each for each in distributions(path=[str(client.site)]) if each.metadata["Name"] == "skiplab"]
    assert size_of([*own, *closure(requirements_of(client.site, "skiplab"))]) < MOST_BYTES


def test_a_user_s_own_backend_and_worker_are_imported_beside_it(client: Environment, tmp_path: Path) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "__init__.py").write_text("WHOSE = 'mine'\n")
    (tmp_path / "worker.py").write_text("WHOSE = 'mine'\n")
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, skiplab, skiplab.contract.spec, backend, worker\n"
        "from skiplab import model\n"
        "print(backend.WHOSE, worker.WHOSE, *({'torch', 'fastapi', 'sqlalchemy'} & sys.modules.keys()))\n"
    )
    done = client.run("python", script, cwd=tmp_path)
    assert (done.stdout.strip(), done.stderr) == ("mine mine", "")


def test_its_command_runs(client: Environment, tmp_path: Path) -> None:
    done = client.run("skiplab", "version", cwd=tmp_path)
    assert done.stdout.startswith("skiplab "), done.stderr


def test_a_command_that_needs_the_lab_says_how_to_install_it(client: Environment, tmp_path: Path) -> None:
    """Even beside a package that is called `backend`."""
    (tmp_path / "backend").mkdir()
    for words in (("skiplab", "up"), ("python", "-m", "skiplab", "demo")):
        done = client.run(*words, cwd=tmp_path, PYTHONPATH=".")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.strip().endswith('pip install "skiplab[lab]".'), done.stderr


def test_a_script_logs_with_it(client: Environment, tmp_path: Path) -> None:
    """Without a lab to send to: what is logged waits in the spool."""
    script = tmp_path / "train.py"
    script.write_text(
        "import skiplab as wandb\n"
        "with wandb.init(mode='offline', dir='spool') as run:\n"
        "    wandb.log({'train/loss': 0.5})\n"
    )
    done = client.run("python", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert any((tmp_path / "spool").rglob("*"))
