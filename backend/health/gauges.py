"""Prometheus gauges, read from the database at each scrape so that all backends report the same."""

from collections.abc import Mapping
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, Gauge, generate_latest

from backend.db import events, runs, workers
from backend.db.database import Session
from skiplab.contract.lifecycle import Status

MEDIA_TYPE = CONTENT_TYPE_PLAIN_0_0_4


@dataclass(frozen=True)
class State:
    runs: Mapping[Status, int]
    stalled: int
    workers: int
    devices: int
    idle_devices: int
    event_id: int


def read(session: Session) -> State:
    """Read the values of all gauges."""
    online = workers.online(session)
    return State(
        runs=runs.count_by_status(session),
        stalled=runs.count_stalled(session),
        workers=len(online),
        devices=sum(len(worker.devices) for worker in online),
        idle_devices=workers.idle_slots(session),
        event_id=events.latest_id(session),
    )


def render(state: State, *, broker_up: bool) -> bytes:
    registry = CollectorRegistry()
    by_status = Gauge("skiplab_runs", "Runs by status.", ["status"], registry=registry)
    for status in Status:
        by_status.labels(status).set(state.runs.get(status, 0))
    for name, help, value in (
        ("skiplab_stalled_runs", "Running runs without progress for far longer than an epoch takes.", state.stalled),
        ("skiplab_workers_online", "Workers with a recent heartbeat.", state.workers),
        ("skiplab_devices", "Devices of online workers.", state.devices),
        ("skiplab_devices_idle", "Devices of online workers that are free to claim a run.", state.idle_devices),
        ("skiplab_event_id", "Id of the newest event.", state.event_id),
        ("skiplab_broker_up", "1 if the broker responds, else 0.", broker_up),
    ):
        Gauge(name, help, registry=registry).set(value)
    return generate_latest(registry)
