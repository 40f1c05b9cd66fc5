"""Make a fixture lab: a home as one version of Skiplab leaves it, which every later version must be able to use.

`python scripts/lab_fixture.py CHECKOUT NAME` runs the checkout's lab with this Python, drives it over HTTP and writes
tests/fixtures/labs/NAME.tar.gz; tests/upgrades opens it. Add one for each released version: NAME is its tag or commit.
"""

import argparse
import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
LABS = ROOT / "tests" / "fixtures" / "labs"

KEPT = ("skiplab.db", "runs", "datasets", "plugins", "claims")
"""The parts of a home in a fixture; the rest is logs, locks and caches."""

ANSWERS = "answers.json"
"""In the archive, beside the home: what the old API answered, by path; the token; the runs' ids by name; the CPU."""

POLL_SECONDS = 0.05

SPEC = {"dataset": "stripes", "batch_size": 8, "epochs": 2}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="folder of the version to run")
    parser.add_argument("name", help="of the fixture: the version's tag or commit")
    arguments = parser.parse_args()
    # With one core a worker trains with one thread, whose sums do not depend on how many cores a later machine has.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    file = LABS / f"{arguments.name}.tar.gz"
    with tempfile.TemporaryDirectory(prefix="skiplab-fixture-") as folder:
        home = _new_home(Path(folder))
        with _running(arguments.checkout.resolve(), home) as client:
            answers = _use(client, home)
        _clean(home, secrets={str(arguments.checkout.resolve()), sys.prefix, folder})
        (home / ANSWERS).write_text(json.dumps(answers, indent=1))
        _pack(home, file)
    print(f"{file}: {file.stat().st_size / 1000:.0f} kB")


def _new_home(folder: Path) -> Path:
    home = folder / "home"
    for kind, name in (("plugins", "own.py"), ("claims", "own.toml")):
        (home / kind).mkdir(parents=True)
        shutil.copy(LABS / name, home / kind)
    return home


@contextmanager
def _running(checkout: Path, home: Path) -> Iterator[httpx.Client]:
    port = _free_port()
    cli = "skiplab" if (checkout / "skiplab" / "__main__.py").exists() else "backend.cli"
    with (home.parent / "log").open("w+") as log:
        lab = subprocess.Popen(
            [sys.executable, "-m", cli, "up", "--port", str(port), "--home", str(home)],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(checkout), "SKIPLAB_WORKER_NAME": "fixture"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30) as client:
                _until("the own data set is on offer", lambda: _offers(client), seconds=600)
                yield client
        except BaseException:
            log.seek(0)
            print(log.read()[-5000:], file=sys.stderr)
            raise
        finally:
            lab.send_signal(signal.SIGTERM)
            lab.wait(60)


def _use(client: httpx.Client, home: Path) -> dict[str, Any]:
    """Use the lab as users do; return the answers that later versions must still give."""
    token = _post(client, "/tokens", {"name": "fixture", "scope": "write"})["token"]
    _import_shades(client)
    ids = {"failed": _failed(client, home)}
    experiment = _post(
        client,
        "/experiments",
        {"name": "normalisation", "vary": {"model": ["own", "own_plain"], "seed": [0, 1, 2]}, "spec": SPEC},
    )
    ids["finished"] = _submit(client, "finished", dataset="shades", tags=["kept"])
    ids["uninterrupted"] = _submit(client, "uninterrupted", epochs=6, seed=7)
    for run_id in (*(run["id"] for run in experiment["runs"]), ids["finished"], ids["uninterrupted"]):
        _until_status(client, run_id, "finished")
    ids["paused"] = _paused(client, home)
    ids["queued"] = _submit(client, "queued", seed=9)
    paths = ["/runs", "/queue", f"/experiments/{experiment['id']}", f"/evidence?experiment={experiment['id']}"]
    paths += [f"/runs/{run_id}/{of}" for run_id in ids.values() for of in ("metrics", "history")]
    answers = {path: client.get(path).raise_for_status().json() for path in paths}
    return {"token": token, "runs": ids, "experiment": experiment["id"], "answers": answers, "cpu": cpu()}


def cpu() -> str:
    """Return model and features of the CPU: they select kernels, and so the last bits of sums."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return "; ".join(dict.fromkeys(line for line in lines if line.startswith(("model name", "flags"))))


def _import_shades(client: httpx.Client) -> None:
    answer = client.post(
        "/datasets", params={"key": "shades"}, content=_shades(), headers={"Content-Type": "application/zip"}
    )
    import_id = answer.raise_for_status().json()["id"]
    _until("the import is done", lambda: client.get(f"/imports/{import_id}").json()["status"] == "done")


def _shades() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for split, count in (("train", 12), ("test", 6)):
            for label, shade in (("dark", 40), ("light", 200)):
                for number in range(count):
                    with archive.open(f"{split}/{label}/{number}.png", "w") as image:
                        Image.new("RGB", (8, 8), (shade, number, 0)).save(image, "PNG")
    return file.getvalue()


def _failed(client: httpx.Client, home: Path) -> int:
    """Submit a run that fails in its second epoch; then remove the cause."""
    (home / "broken").touch()
    run_id = _submit(client, "failed", model="own_fragile")
    _until_status(client, run_id, "failed")
    (home / "broken").unlink()
    return run_id


def _paused(client: httpx.Client, home: Path) -> int:
    """Submit the same run as `uninterrupted` and pause it. The worker is drained, so that later runs stay queued."""
    (home / "slow").touch()
    run_id = _submit(client, "paused", epochs=6, seed=7)
    _until("two epochs are done", lambda: _run(client, run_id)["epoch"] >= 2)
    (worker,) = [each for each in client.get("/workers").json()["items"] if each["online"]]
    _post(client, f"/workers/{worker['id']}/drain", {})
    _post(client, f"/runs/{run_id}/pause", {})
    _until_status(client, run_id, "paused")
    (home / "slow").unlink()
    return run_id


def _submit(client: httpx.Client, name: str, **fields: Any) -> int:
    run_id: int = _post(client, "/runs", {"model": "own", **SPEC, "name": name, **fields})["id"]
    return run_id


def _post(client: httpx.Client, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    if answer.is_error:
        raise RuntimeError(f"POST {path}: {answer.status_code} {answer.text}")
    return answer.json()


def _run(client: httpx.Client, run_id: int) -> dict[str, Any]:
    run: dict[str, Any] = client.get(f"/runs/{run_id}").json()
    return run


def _until_status(client: httpx.Client, run_id: int, status: str) -> None:
    def reached() -> bool:
        run = _run(client, run_id)
        if run["status"] in {"finished", "failed", "cancelled"} - {status}:
            raise RuntimeError(f"run {run_id} is {run['status']}, not {status}: {run['reason']}")
        return bool(run["status"] == status)

    _until(f"run {run_id} is {status}", reached)


def _offers(client: httpx.Client) -> bool:
    try:
        answer = client.get("/datasets")
    except httpx.TransportError:
        return False
    return answer.is_success and "stripes" in {card["key"] for card in answer.json()["items"]}


def _until(what: str, reached: Callable[[], bool], *, seconds: float = 300) -> None:
    """Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(POLL_SECONDS)  # the versions that this drives have no event for everything


def _clean(home: Path, *, secrets: set[str]) -> None:
    """Keep what a fixture needs, without the paths of this machine."""
    for each in home.iterdir():
        if each.name not in KEPT and not each.name.startswith("skiplab.db"):
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    for cache in home.rglob("__pycache__"):
        shutil.rmtree(cache)
    with closing(sqlite3.connect(home / "skiplab.db", isolation_level=None)) as connection:
        for table, column in _text_columns(connection):
            for secret in sorted(secrets, key=len, reverse=True):
                connection.execute(f"UPDATE {table} SET {column} = replace({column}, ?, '/lab')", [secret])
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("VACUUM")


def _text_columns(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return [
        (table, column)
        for table in tables
        if not table.startswith("sqlite_")
        for _, column, kind, *_ in connection.execute(f"PRAGMA table_info({table})")
        if kind in ("VARCHAR", "JSON", "TEXT")
    ]


def _pack(home: Path, file: Path) -> None:
    def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with tarfile.open(file, "w:gz", compresslevel=9) as archive:
        for name in (*KEPT, ANSWERS):
            archive.add(home / name, name, filter=anonymous)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
