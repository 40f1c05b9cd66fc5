"""Setup: nothing is done twice, nothing that was cut short is taken for done, and a failure is one sentence."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

Work = Callable[[Any], str | None]


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    path = tmp_path / "lock.txt"
    path.write_text("numpy==1\n")
    return path


def run(setup: ModuleType, lock: Path, work: Work, *outputs: Path) -> None:
    step = setup.Step("packages", "Python packages", lambda: [lock], work, outputs)
    with setup.alone() as held:
        setup.bring_up_to_date([step], held)


def test_a_step_is_done_once(setup: ModuleType, lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    for _ in range(3):
        run(setup, lock, lambda _: done.append("once"))
    assert done == ["once"]
    assert capsys.readouterr().out.count("Python packages") == 1


def test_a_step_is_done_again_when_what_went_in_has_changed(setup: ModuleType, lock: Path) -> None:
    done: list[str] = []
    run(setup, lock, lambda _: done.append("first"))
    lock.write_text("numpy==2\n")
    run(setup, lock, lambda _: done.append("second"))
    assert done == ["first", "second"]


def test_a_step_is_done_again_when_what_it_made_is_gone(setup: ModuleType, lock: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    run(setup, lock, lambda _: made.touch(), made)
    made.unlink()
    run(setup, lock, lambda _: made.touch(), made)
    assert made.exists()


def test_a_step_that_was_cut_short_is_done_again(setup: ModuleType, lock: Path) -> None:
    done: list[str] = []

    def interrupted(_: Any) -> None:
        done.append("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(setup, lock, interrupted)
    run(setup, lock, lambda _: done.append("whole"))
    assert done == ["half", "whole"]


def test_a_second_setup_waits_for_the_first(setup: ModuleType, lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order: list[str] = []
    with setup.alone():
        second = threading.Thread(target=lambda: run(setup, lock, lambda _: order.append("second")))
        second.start()
        second.join(0.2)
        assert second.is_alive()
        order.append("first")
    second.join(10)
    assert order == ["first", "second"]
    assert "waiting" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("printed", "reported"),
    [
        (
            "WARNING: Retrying after NewConnectionError('no route')\nERROR: No matching distribution",
            "registry cannot be",
        ),
        ("npm error code ENOTFOUND\nnpm error network request failed", "registry cannot be"),
        ("Collecting a\nERROR: THESE PACKAGES DO NOT MATCH THE HASHES\n", "DO NOT MATCH THE HASHES"),
        ("ReadTimeout, trying again\n" + "fetched\n" * 30 + "ERROR: No space left on device", "No space left"),
    ],
)
def test_a_failure_is_one_sentence_with_the_path_of_the_log(
    setup: ModuleType, lock: Path, printed: str, reported: str
) -> None:
    with pytest.raises(setup.SetupFailed) as failure:
        run(setup, lock, lambda log: log.call(sys.executable, "-c", f"print({printed!r}); raise SystemExit(1)"))
    sentence = str(failure.value)
    assert reported in sentence
    assert ".setup/logs/packages.log" in sentence
    assert "\n" not in sentence


def test_a_missing_command_is_a_failure_like_any_other(setup: ModuleType, lock: Path) -> None:
    with pytest.raises(setup.SetupFailed, match="no-such-command"):
        run(setup, lock, lambda log: log.call("no-such-command"))


def test_a_package_whose_installation_was_killed_is_removed(setup: ModuleType, tmp_path: Path) -> None:
    packages = tmp_path / ".venv/lib/python3.11/site-packages"
    whole, half = packages / "whole-1.dist-info", packages / "half-1.dist-info"
    for record in (whole, half):
        record.mkdir(parents=True)
    (whole / "INSTALLER").write_text("pip\n")
    setup.remove_half_installed()
    assert whole.exists()
    assert not half.exists()


def test_postgresql_is_installed_without_starting_a_server(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "createcluster.conf"
    monkeypatch.setattr(setup, "CREATE_CLUSTER", settings)
    monkeypatch.setattr(setup, "find_postgres", lambda: None)
    monkeypatch.setattr(setup.os, "geteuid", lambda: 0)
    monkeypatch.setattr(setup.shutil, "which", lambda _: "/usr/bin/apt-get")
    seen: dict[str, str] = {}

    class Log:
        def call(self, *command: str, env: dict[str, str]) -> None:
            assert env["DEBIAN_FRONTEND"] == "noninteractive"
            if command[-1] == "postgresql-common":
                settings.write_text("#create_main_cluster = true\n")
            seen[command[-1]] = settings.read_text() if settings.exists() else ""

    assert setup.install_postgres(Log()) is None
    assert list(seen) == ["update", "postgresql-common", "postgresql"]
    assert seen["postgresql"].endswith("\ncreate_main_cluster = false\n")
    assert settings.read_text() == "#create_main_cluster = true\n", "later servers are not this checkout's business"

    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    assert setup.install_postgres(Log()).startswith("none; tests that need it are skipped")


def test_a_user_without_root_gets_the_commands_that_need_it(setup: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    class NothingWorks:
        def tries(self, *_command: object, **_more: object) -> bool:
            return False

    monkeypatch.setattr(setup.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(setup, "find_chromium", lambda: None)
    monkeypatch.setattr(setup, "find_postgres", lambda: None)
    monkeypatch.setattr(setup, "link_node_for_playwright", lambda _log: None)

    with pytest.raises(setup.SetupFailed, match="takes root: run `sudo apt-get install chromium`"):
        setup.install_chromium(NothingWorks())
    assert "sudo apt-get install postgresql" in setup.install_postgres(NothingWorks())


@pytest.mark.parametrize(
    ("installed", "found"),
    [("torch-2.14.1", True), ("torch-2.14.1+cpu", True), ("torch-2.14.0", False), ("torchvision-2.14.1", False)],
)
def test_any_build_of_the_pinned_torch_will_do(setup: ModuleType, tmp_path: Path, installed: str, found: bool) -> None:
    (tmp_path / ".venv/lib/python3.11/site-packages" / f"{installed}.dist-info").mkdir(parents=True)
    assert setup.is_installed("torch", "2.14.1") is found


@pytest.mark.parametrize(
    ("version", "good"),
    [
        ("v18.20.4", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.3", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.19.0", True),
        ("", False),
    ],
)
def test_node_is_taken_from_the_machine_only_when_vite_runs_on_it(node: ModuleType, version: str, good: bool) -> None:
    assert node.is_new_enough(version) is good


# --- bootstrap.sh, with a PATH of its own ---

SCRIPTS = Path(__file__).parents[2] / "scripts"


def bootstrap(tmp_path: Path, python3: str | None) -> subprocess.CompletedProcess[str]:
    """Run it in an empty checkout, on a PATH with hardly more than a shell and what `python3` stands for."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("sh", "dirname"):
        (tools / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    if python3 is not None:
        (tools / "python3").write_text(f"#!/bin/sh\n{python3}\n")
        (tools / "python3").chmod(0o755)
    checkout = tmp_path / "checkout" / "scripts"
    checkout.mkdir(parents=True)
    (checkout / "bootstrap.sh").write_text((SCRIPTS / "bootstrap.sh").read_text())
    (checkout / "setup.py").write_text("import sys; print('setup', *sys.argv[1:])")
    command = [str(tools / "sh"), str(checkout / "bootstrap.sh"), "--dev"]
    return subprocess.run(command, env={"PATH": str(tools)}, capture_output=True, text=True, check=False)


def test_without_python_bootstrap_says_so(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, None)
    assert done.returncode == 1
    assert done.stderr == "setup: Skiplab needs Python 3.11 or newer; on the PATH is no Python at all.\n"


def test_an_old_python_is_named(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, '[ "$1" = -V ] && echo Python 3.9.2; exit 1')
    assert done.returncode == 1
    assert done.stderr == "setup: Skiplab needs Python 3.11 or newer; on the PATH is Python 3.9.2.\n"


def test_a_python_without_venv_names_the_package(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, f'case "$2" in *ensurepip*) exit 1;; esac\nexec {sys.executable} "$@"')
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"apt-get install python3.{sys.version_info.minor}-venv" in done.stderr


def test_a_good_python_is_handed_the_arguments(tmp_path: Path) -> None:
    done = bootstrap(tmp_path, f'exec {sys.executable} "$@"')
    assert (done.returncode, done.stdout) == (0, "setup --dev\n")


def test_a_checkout_that_cannot_be_written_is_one_sentence(
    setup: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in the way").touch()
    monkeypatch.setattr("steps.STATE", tmp_path / "in the way" / ".setup")
    monkeypatch.setattr("sys.argv", ["setup.py"])

    assert setup.main() == 1
    printed = capsys.readouterr().err
    assert printed.startswith("setup: cannot write")
    assert printed.count("\n") == 1
