"""What holds of PostgreSQL beside what holds of both: many hosts write, a server goes away and comes back."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from alembic.runtime.migration import MigrationContext
from fastapi.testclient import TestClient
from sqlmodel import select

from backend.db import attempts, events, postgres, records, submissions, telemetry
from backend.db.attempts import Claim
from backend.db.commit_signal import POLL_SECONDS, ServerSignal
from backend.db.database import Database, DatabaseBusy, DatabaseUnreachable, TextRefused
from backend.db.migration import is_current, migrate
from backend.db.tables import ExperimentTable, RunTable, utc_now
from backend.reconciler import Reconciler
from skiplab.contract.jobs import LEASE_SECONDS
from skiplab.contract.spec import RunSpec
from skiplab.contract.telemetry import SystemSample
from tests.backend.conftest import Clock, CountingNotifier
from tests.lab import until
from tests.postgres import Server, name_in


@pytest.fixture
def database(new_database: Callable[[], str]) -> Iterator[Database]:
    with closing(Database(new_database())) as database:
        yield database


@pytest.fixture
def other(database: Database) -> Iterator[Database]:
    """The same database, seen from another host."""
    with closing(Database(database.url, busy_seconds=10)) as other:
        yield other


def ids(database: Database, *, after: int = 0) -> list[int]:
    with database.read() as session:
        return [row.id or 0 for row in events.since(session, after=after)]


def test_an_uncommitted_event_is_never_skipped(
    database: Database, other: Database, spec: Callable[..., RunSpec]
) -> None:
    """A stream that has sent event 2 never reads event 1, so 2 must not become visible before 1."""

    def submit(place: Database) -> None:
        with place.write() as session:
            submissions.add(session, spec(), name="a run")

    with database.write() as session:
        submissions.add(session, spec(), name="a run")
        session.flush()
        second = threading.Thread(target=submit, args=(other,))
        second.start()
        second.join(0.5)
        seen = ids(other)
        assert seen == []
    second.join(10)

    assert ids(other) == [1, 2]


def test_an_event_describes_the_state_committed_before_it(database: Database, other: Database) -> None:
    def rename() -> None:
        with other.write() as session:
            row = session.get_one(ExperimentTable, 1)
            row.name += ", seen by the second"

    with database.write() as session:
        session.add(ExperimentTable(name="new"))
    with database.write() as session:
        row = session.get_one(ExperimentTable, 1)
        second = threading.Thread(target=rename)
        second.start()
        second.join(0.3)
        row.name += ", changed by the first"
    second.join(10)

    with database.read() as session:
        assert session.get_one(ExperimentTable, 1).name == "new, changed by the first, seen by the second"


def test_a_reader_is_not_blocked_and_sees_one_snapshot(database: Database, other: Database) -> None:
    with database.write() as writing, other.read() as reading:
        writing.add(ExperimentTable(name="new"))
        writing.flush()
        assert reading.get(ExperimentTable, 1) is None
        writing.commit()
        assert reading.get(ExperimentTable, 1) is None
    with other.read() as reading:
        assert reading.get(ExperimentTable, 1) is not None


def test_nothing_can_be_written_in_a_read_transaction(database: Database) -> None:
    def write() -> None:
        with database.read() as session:
            session.add(ExperimentTable(name="new"))
            session.flush()

    with pytest.raises(Exception, match="read-only transaction"):
        write()


def test_a_write_lock_held_too_long_raises_database_busy(database: Database) -> None:
    with (
        closing(Database(database.url, busy_seconds=0.1)) as hurried,
        database.write(),
        pytest.raises(DatabaseBusy, match=r"locked by another process for 0\.1 s"),
        hurried.write(),
    ):
        pass


def test_an_idle_writer_is_terminated_by_the_server(
    database: Database, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host may be cut off or stopped in the middle of a transaction, and everybody waits for it."""
    monkeypatch.setattr(postgres, "IDLE_SECONDS", 0.3)

    def fall_silent() -> None:
        with database.write() as session:
            session.add(ExperimentTable(name="never to be"))
            session.flush()
            with other.write() as patient:
                patient.add(ExperimentTable(name="the next one"))

    with pytest.raises(DatabaseUnreachable, match="does not respond"):
        fall_silent()

    with other.read() as session:
        assert session.exec(select(ExperimentTable.name)).all() == ["the next one"]


def test_a_connection_that_a_restart_of_the_server_has_ended_is_replaced(database: Database, postgres: Server) -> None:
    with database.read():
        pass
    throw_out(postgres, database)

    with database.write() as session:
        session.add(ExperimentTable(name="new"))


def test_a_connection_lost_inside_a_transaction_raises_database_unreachable(
    database: Database, postgres: Server
) -> None:
    def interrupted() -> None:
        with database.write() as session:
            throw_out(postgres, database)
            session.add(ExperimentTable(name="new"))

    with pytest.raises(DatabaseUnreachable, match="does not respond: "):
        interrupted()


def test_a_runs_own_processes_wait_for_a_server_that_is_away_and_others_do_not(
    database: Database, postgres: Server
) -> None:
    database.close()
    name = name_in(database.url)
    postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    back = threading.Timer(1.0, postgres.execute, [f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"])
    back.start()

    with pytest.raises(DatabaseUnreachable), database.write():
        pass
    with closing(Database.patient(database.url)) as patient, patient.write() as session:
        session.add(ExperimentTable(name="new"))

    back.join()


def test_while_the_server_is_away_no_lease_expires(
    database: Database,
    postgres: Server,
    clock: Clock,
    notifier: CountingNotifier,
    queued: Callable[..., int],
    claim: Callable[[], Claim],
) -> None:
    run_id = queued()
    held = claim()
    reconciler = Reconciler(database, notifier, clock=clock)
    reconciler.step()
    database.close()
    name = name_in(database.url)
    postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    for _ in range(3):
        clock.now += LEASE_SECONDS
        with pytest.raises(DatabaseUnreachable):
            reconciler.step()
    postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    reconciler.step()

    with database.write() as session:
        attempts.renew(session, run_id, held.attempt)


def test_a_password_is_never_shown() -> None:
    database = Database("postgresql+psycopg://lab:hidden@127.0.0.1:1/lab")

    with pytest.raises(DatabaseUnreachable) as failure, database.read() as session:
        session.connection()

    assert "lab@127.0.0.1:1/lab" in str(failure.value)
    assert "hidden" not in str(failure.value)


def test_a_commit_is_noticed_at_once(database: Database, other: Database, clock: Clock) -> None:
    # Its clock stands still, so the fallback poll is never due.
    with closing(ServerSignal(database, clock=clock)) as signal:
        signal.open()
        assert not signal.changed()
        with other.write() as session:
            session.add(ExperimentTable(name="new"))

        until(signal.changed, bool, seconds=5)

        assert not signal.changed()


def test_a_lost_notification_costs_a_second(database: Database, clock: Clock) -> None:
    with closing(ServerSignal(database, clock=clock)) as signal:
        signal.open()
        clock.now += POLL_SECONDS - 0.1
        assert not signal.changed()
        clock.now += 0.2
        assert signal.changed()
        assert not signal.changed()


def test_ids_and_bytes_go_beyond_32_bits(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim], postgres: Server
) -> None:
    run_id = queued()
    held = claim()
    postgres.execute(f"ALTER SEQUENCE event_id_seq RESTART WITH {2**40}", database=name_in(database.url))

    with database.write() as session:
        records.activity(session, run_id, held.attempt, "downloading")
        records.system(session, run_id, held.attempt, SystemSample(time=utc_now(), memory=2**38))

    assert ids(database)[-1] == 2**40
    with database.read() as session:
        assert session.get(RunTable, 2**40) is None
        assert [sample.memory for sample in telemetry.system(session, run_id)] == [2**38]


def test_nul_in_program_output_is_replaced_and_in_user_input_refused(
    database: Database, queued: Callable[..., int], claim: Callable[[], Claim]
) -> None:
    run_id = queued()
    held = claim()
    with database.write() as session:
        records.log(session, run_id, held.attempt, [(utc_now(), "info", "a\0b")])
    with database.read() as session:
        assert [line.text for line in telemetry.log_tail(session, run_id, limit=9)] == ["a\N{REPLACEMENT CHARACTER}b"]

    with pytest.raises(TextRefused), database.write() as session:
        session.get_one(RunTable, run_id).name = "a\0b"


@pytest.mark.usefixtures("worker_id")
def test_a_name_that_the_database_cannot_store_is_refused_with_the_reason(api: TestClient) -> None:
    answer = api.post("/api/v1/runs", json={"model": "cnn", "dataset": "digits", "name": "a\0b"})

    assert answer.status_code == 422
    assert "a NUL character" in answer.json()["detail"]


def test_backends_that_start_together_migrate_once(postgres: Server) -> None:
    url = postgres.create()
    databases = [Database(url) for _ in range(3)]
    threads = [threading.Thread(target=migrate, args=(each,)) for each in databases]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(map(is_current, databases))
    for each in databases:
        each.close()
    postgres.drop(url)


def test_no_writes_happen_during_a_migration(database: Database, other: Database) -> None:
    done: list[float] = []

    def write() -> None:
        with other.write() as session:
            session.add(ExperimentTable(name="new"))
        done.append(time.monotonic())

    with database.migrating() as connection:
        assert MigrationContext.configure(connection).get_current_revision() is not None
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(0.3)
        until_here = time.monotonic()
    writer.join(10)

    assert done[0] > until_here


def throw_out(server: Server, database: Database) -> None:
    """End the server's side of all connections, as its restart would."""
    name = name_in(database.url)
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
