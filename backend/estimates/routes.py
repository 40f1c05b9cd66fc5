"""/estimate"""

from fastapi import APIRouter

from backend.deps import DatabaseDep
from backend.errors import PROBLEM_RESPONSE
from backend.estimates import service
from backend.estimates.schemas import Estimate
from backend.experiments.schemas import Launch

router = APIRouter(prefix="/estimate", tags=["runs"], responses=PROBLEM_RESPONSE)


@router.post("")
def estimate(launch: Launch, database: DatabaseDep) -> Estimate:
    """How many runs this makes and about how long they take, from the speed of earlier runs. Nothing is queued."""
    return service.estimate(database, launch)
