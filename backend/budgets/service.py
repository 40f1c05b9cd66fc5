"""What an agent may still queue, checked in the transaction that queues it."""

from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from backend.db import agent_runs, tokens
from backend.db.agent_runs import AgentRun
from backend.db.database import Database, Session
from backend.db.submissions import Submission
from backend.errors import Problem
from backend.estimates.timing import seconds_of
from skiplab.contract.access import Budget

HOUR = 3600.0


class OverBudget(Problem):
    status = HTTPStatus.FORBIDDEN
    type = "over-budget"


def charged(session: Session, new: Sequence[Submission], agent: int | None) -> list[Submission]:
    """Return the submissions as they count against the budget of the token `agent`, if there is one.

    To be called in the transaction that stores them. Raises OverBudget.
    """
    if agent is None:
        return [*new]
    before = agent_runs.of_token(session, agent)
    budget = _budget(session, agent, before)
    seconds = seconds_of(session, [each.spec for each in new])
    _check(budget, before, seconds)
    return [
        replace(each, agent=agent, estimated_seconds=estimated) for each, estimated in zip(new, seconds, strict=True)
    ]


def read(database: Database, agent: int) -> Budget:
    """Return a token's budget. Raises OverBudget if it has just been revoked."""
    with database.read() as session:
        return _budget(session, agent, agent_runs.of_token(session, agent))


def _budget(session: Session, agent: int, runs: Sequence[AgentRun]) -> Budget:
    token = tokens.get(session, agent)
    if token is None:
        raise OverBudget("The token has been revoked: nothing more can be queued with it.")
    used = sum(each.device_seconds if each.ended else _expected(each) for each in runs)
    return Budget(
        runs=token.runs or 0,
        device_hours=token.device_hours or 0.0,
        used_runs=len(runs),
        used_device_hours=used / HOUR,
    )


def _expected(run: AgentRun) -> float:
    return max(run.device_seconds, run.estimated_seconds or 0.0)


def _check(budget: Budget, before: Sequence[AgentRun], seconds: Sequence[float | None]) -> None:
    asked = len(seconds)
    if budget.used_runs + asked > budget.runs:
        raise OverBudget(
            f"The token's budget is {budget.runs} runs: {budget.used_runs} are used, {asked} were asked for. Ask for"
            " fewer, or have somebody with full access create another token."
        )
    known = [each for each in seconds if each is not None]
    hours = sum(known) / HOUR
    if budget.used_device_hours + hours > budget.device_hours or budget.used_device_hours >= budget.device_hours:
        raise OverBudget(
            f"The token's budget is {budget.device_hours:g} device hours: {budget.used_device_hours:.3g} are used or"
            f" planned, about {hours:.3g} were asked for. Ask for fewer or shorter runs, or have somebody with full"
            " access create another token."
        )
    untimed = asked - len(known)
    waiting = [each.id for each in before if not each.ended and each.estimated_seconds is None]
    if untimed + len(waiting) > 1 and untimed:
        pending = (
            f" Run {waiting[0]} is such a run: wait for it." if waiting else " Queue one of them, and wait for it."
        )
        raise OverBudget(
            f"The time of {untimed} of these runs is unknown, so they cannot be counted against the budget of"
            f" {budget.device_hours:g} device hours ({budget.used_device_hours:.3g} used): nothing like them has run"
            f" yet.{pending} The others can be estimated from it."
        )
