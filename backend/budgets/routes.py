"""/budget"""

from typing import cast

from fastapi import APIRouter, Request

from backend.auth.authenticator import Caller
from backend.budgets import service
from backend.deps import DatabaseDep
from backend.errors import PROBLEM_RESPONSE
from skiplab.contract.access import OwnBudget

router = APIRouter(prefix="/budget", tags=["sign-in"], responses=PROBLEM_RESPONSE)


@router.get("")
def read_budget(request: Request, database: DatabaseDep) -> OwnBudget:
    """Return the budget of the caller's token, and what its runs have used of it."""
    agent = cast(Caller, request.state.caller).agent
    return OwnBudget(budget=None if agent is None else service.read(database, agent))
