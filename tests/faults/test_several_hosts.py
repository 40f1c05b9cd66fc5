"""A lab on several hosts: PostgreSQL and a broker over the network, two backends, workers with homes of their own that
share nothing but the folder of the runs' files."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from backend.broker import find_server
from backend.db.database import Database
from backend.db.migration import migrate
from backend.db.tables import DatasetTable, ModelTable
from backend.notifier import CeleryNotifier
from skiplab.contract.jobs import LEASE_SECONDS
from tests.faults.hosts import Host, hosts
from tests.lab import Lab, announced_home, free_port, running_web, until
from tests.postgres import Server, name_in, running_server

TRUE_WITHIN_SECONDS = 40
"""Seconds within which every status shown is correct."""

pytestmark = [pytest.mark.timeout(500), pytest.mark.long]


@dataclass
class Cluster:
    lab: Lab
    """Seen through the first backend."""
    other: Lab
    """And through the second."""
    hosts: dict[str, Host]
    server: Server
    broker_url: str
    logs: dict[str, Path]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("hosts")
    with ExitStack() as stack:
        enter = stack.enter_context
        both = enter(hosts("gpu-1", "gpu-2"))
        database_port, broker_port = free_port(), free_port()
        # A commit is to outlive a crash of the server, which it does not by the other tests' settings.
        server = enter(running_server(port=database_port, listen_addresses="*", synchronous_commit="on"))
        server.admit("10.213.0.0/16")
        url = server.create()
        _announce(url, folder)
        enter(_broker(broker_port, folder / "broker.log"))
        at_home = {"SKIPLAB_DATABASE_URL": url, "SKIPLAB_BROKER_URL": f"redis://127.0.0.1:{broker_port}/0"}
        labs = [enter(running_web(_home(folder, f"web-{number}"), **at_home)) for number in (1, 2)]
        logs = {host.name: folder / f"{host.name}.log" for host in both}
        for host in both:
            away = {
                "SKIPLAB_DATABASE_URL": f"postgresql+psycopg://skiplab@{host.gateway}:{database_port}/{name_in(url)}",
                "SKIPLAB_BROKER_URL": f"redis://{host.gateway}:{broker_port}/0",
            }
            enter(_worker(host, _home(folder, host.name), logs[host.name], away))
        names = {host.name: host for host in both}
        until(lambda: _online(labs[0]), lambda online: online == set(names), seconds=120)
        yield Cluster(labs[0], labs[1], names, server, at_home["SKIPLAB_BROKER_URL"], logs)


def test_a_run_that_is_notified_of_ten_times_is_trained_once_and_both_backends_publish_it(cluster: Cluster) -> None:
    run_id = cluster.lab.submit(epochs=5)
    with closing(CeleryNotifier(cluster.broker_url)) as notifier:
        assert all(notifier.notify_run(run_id) for _ in range(10))

    cluster.other.wait(run_id, lambda run: run["status"] == "finished")

    for lab in (cluster.lab, cluster.other):
        assert lab.run(run_id)["attempt"] == 1
        story = lab.client.get(f"/runs/{run_id}/history").json()["items"]
        assert [each["status"] for each in story] == ["queued", "running", "finished"]
        assert lab.series(run_id, "train/loss")["epoch"] == [1, 2, 3, 4, 5]


def test_the_run_of_a_host_that_is_cut_off_goes_on_at_another_from_its_checkpoint(cluster: Cluster) -> None:
    lab = cluster.lab
    run_id = lab.submit(epochs=1000, train_limit=400)
    holder = lab.wait(run_id, lambda run: run["epoch"] >= 3)["worker"]
    cluster.hosts[holder].cut_off()
    told_by = time.monotonic() + TRUE_WITHIN_SECONDS
    try:
        # Lease and worker are renewed and judged each by itself, up to one renewal apart; both by then.
        until(lambda: _online(lab), lambda online: holder not in online, seconds=told_by - time.monotonic())
        lab.wait(run_id, lambda run: run["attempt"] == 2, seconds=told_by - time.monotonic())
        taken = lab.wait(run_id, lambda run: run["epoch"] >= 1, seconds=60)
        assert taken["worker"] != holder
        # It has found the other host's checkpoint.
        until(lambda: _log(lab, run_id), lambda text: "resuming after epoch" in text, seconds=20)
    finally:
        cluster.hosts[holder].reconnect()

    log = cluster.logs[holder]
    until(log.read_text, lambda text: "no longer held by attempt 1" in text, seconds=60)
    back_at = lab.run(run_id)["epoch"]
    run = lab.wait(run_id, lambda run: run["epoch"] > back_at + 3)
    assert (run["attempt"], run["worker"]) == (2, taken["worker"])
    epochs = lab.series(run_id, "train/loss")["epoch"]
    assert epochs == list(range(1, len(epochs) + 1))
    lab.client.post(f"/runs/{run_id}/cancel")
    lab.wait(run_id, lambda run: run["status"] == "cancelled")
    until(lambda: _online(lab), lambda names: names == set(cluster.hosts), seconds=60)


def test_a_database_that_crashes_and_comes_back_costs_no_epoch_and_no_lease(cluster: Cluster) -> None:
    lab = cluster.lab
    run_id = lab.submit(epochs=1000, train_limit=400)
    before = lab.wait(run_id, lambda run: run["epoch"] >= 3)["epoch"]
    cluster.server.kill()
    answer = lab.client.get(f"/runs/{run_id}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    time.sleep(LEASE_SECONDS + 5)  # longer than a lease: a clock that ran on would expire it
    cluster.server.start()

    until(lambda: lab.client.get(f"/runs/{run_id}").status_code, lambda status: status == 200, seconds=30)
    lab.wait(run_id, lambda run: run["epoch"] > before + 5)
    epochs = lab.series(run_id, "train/loss")["epoch"]
    assert epochs == list(range(1, len(epochs) + 1))
    causes = [each["cause"] for each in lab.client.get(f"/runs/{run_id}/history").json()["items"]]
    assert not [cause for cause in causes if "lease expired" in cause]
    lab.client.post(f"/runs/{run_id}/cancel")
    lab.wait(run_id, lambda run: run["status"] == "cancelled")


def _home(folder: Path, name: str) -> Path:
    """Of one host: only the runs' files are everybody's."""
    home = folder / name
    home.mkdir()
    (folder / "shared").mkdir(exist_ok=True)
    (home / "runs").symlink_to(folder / "shared")
    return home


def _announce(url: str, folder: Path) -> None:
    """What a worker's first start would measure, from a lab that was started before."""
    home = announced_home(folder / "before")
    with closing(Database(f"sqlite:///{home / 'skiplab.db'}")) as before, closing(Database(url)) as database:
        migrate(database)
        with before.read() as old, database.write() as session:
            for table in (ModelTable, DatasetTable):
                session.add_all([table(**row.model_dump()) for row in old.exec(select(table))])


@contextmanager
def _broker(port: int, log: Path) -> Iterator[None]:
    options = {"port": str(port), "protected-mode": "no", "save": "", "dir": str(log.parent)}
    command = [str(find_server()), *(word for name, value in options.items() for word in (f"--{name}", value))]
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def _worker(host: Host, home: Path, log: Path, given: dict[str, str]) -> Iterator[None]:
    own = {"SKIPLAB_HOME": str(home), "SKIPLAB_WORKER_NAME": host.name, **given}
    with log.open("wb") as output:
        worker = subprocess.Popen(
            host.command(sys.executable, "-m", "worker", "serve"),
            stdout=output,
            stderr=output,
            env={**os.environ, **own},
        )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(30)


def _online(lab: Lab) -> set[str]:
    return {worker["name"] for worker in lab.client.get("/workers").json()["items"] if worker["online"]}


def _log(lab: Lab, run_id: int) -> str:
    return "\n".join(line["text"] for line in lab.client.get(f"/runs/{run_id}/logs").json()["items"])
