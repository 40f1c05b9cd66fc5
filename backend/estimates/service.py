"""Training time from the throughput of earlier runs, else from a network's FLOPs and their rate."""

from backend.db import workers
from backend.db.database import Database
from backend.estimates.timing import known_of, paces_of, times
from backend.experiments.service import specs_of
from backend.runs.spec_resolver import SpecResolver
from skiplab.contract.estimates import Estimate
from skiplab.contract.experiments import Launch


def estimate(database: Database, launch: Launch) -> Estimate:
    """Estimate a launch. Raises Invalid if it could not be launched, NotReady before a worker has announced."""
    with database.read() as session:
        resolver = SpecResolver.read(session)
        specs = specs_of(resolver, launch)
        resolver.check(specs)
        known = known_of(session, specs)
        slots = sum(len(worker.devices) for worker in workers.online(session))
    paces = paces_of(known, specs)
    found = times(known, paces, specs)
    seconds = [each for each in found if each is not None]
    if len(seconds) < len(specs):
        return Estimate(runs=len(specs), seconds=None, slots=slots, basis="unknown")
    return Estimate(
        runs=len(specs),
        seconds=max(sum(seconds) / max(1, slots), *seconds),
        slots=slots,
        basis="measured" if all(pace.measured for pace in paces.values()) else "flops",
    )
