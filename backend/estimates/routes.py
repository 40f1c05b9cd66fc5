"""/estimate"""

from fastapi import APIRouter

from backend.deps import DatabaseDep
from backend.errors import PROBLEM_RESPONSE
from backend.estimates import service
from skiplab.contract.estimates import Estimate
from skiplab.contract.experiments import Launch

router = APIRouter(prefix="/estimate", tags=["runs"], responses=PROBLEM_RESPONSE)


@router.post("")
def estimate(launch: Launch, database: DatabaseDep) -> Estimate:
    """Estimate the number of runs of a launch and their time, from the throughput of earlier runs, without queueing."""
    return service.estimate(database, launch)
