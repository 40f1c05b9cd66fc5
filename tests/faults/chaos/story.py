"""Undisturbed runs, and then the same ones among kills."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx

from tests.faults.chaos.errands import Errands
from tests.faults.chaos.kills import Killer
from tests.faults.chaos.listener import Listener
from tests.faults.chaos.pace import Pace
from tests.faults.chaos.tally import Tally
from tests.faults.numbers import differing, numbers
from tests.lab import Lab, running_lab, until

SPECS: Sequence[Mapping[str, Any]] = (
    {"seed": 1},
    {"seed": 2, "ema": 0.99, "val_fraction": 0.1, "train_eval_limit": 100},
    {"seed": 3, "optimizer": "adamw", "learning_rate": 0.01, "mixup": 0.2, "schedule": "cosine"},
    {"seed": 4, "augment": "trivial", "cutout": 2, "learning_rate": 0.05},
)
"""Specs that differ in what a run carries over a kill: averaged weights, moments, random numbers."""

WAITING = 3
"""Queued runs at a time, so that a kill seldom hits an idle server."""

POLL_SECONDS = 0.25
LAST_RUNS_SECONDS = 300


@dataclass(frozen=True)
class Plan:
    seed: int
    seconds: float
    """Minimum duration; kills continue until every run is submitted and every kind of process killed."""
    runs: int
    epochs: int = 6
    specs: int = len(SPECS)

    def fields(self, number: int) -> dict[str, Any]:
        fields = {"model": "cnn", "dataset": "digits", "epochs": self.epochs, "train_limit": 300, "test_limit": 100}
        return {**fields, "train_eval_limit": 0, **SPECS[number % self.specs]}


def play(plan: Plan, home: Path, say: Callable[[str], None] = print) -> Tally:
    """Run it all, with the data in `home`."""
    with Listener() as listener, running_lab(home) as lab:
        listener.listen(lab.url)
        say(f"seed {plan.seed}")
        undisturbed = [_undisturbed(lab, plan, number) for number in range(plan.specs)]
        say(f"{plan.specs} runs finished undisturbed; the kills begin")
        started, pace = time.monotonic(), Pace()
        killer = Killer(lab, home, random.Random(plan.seed))
        submitter, errands = Submitter(lab, plan), Errands(lab)
        while not (submitter.done and killer.has_killed_all) or time.monotonic() < started + plan.seconds:
            share = (time.monotonic() - started) / plan.seconds
            runs = submitter.step(due=WAITING + round(share * plan.runs))
            if submitter.done and not killer.has_killed_all:
                submitter.wanted += 1  # an idle lab has no trainer to kill
            errands.step()
            killer.step()
            pace.observe(runs)
            time.sleep(POLL_SECONDS)  # polling more often would load the lab under test
        seconds = time.monotonic() - started
        say(f"{killer.killed.total()} kills in {seconds:.0f} s; waiting for the last runs and errands")
        ended = _ended(submitter, pace)
        tally = Tally(plan.seed, seconds, killer.killed, pace.longest, listener.streams)
        tally.count_runs(ended, submitter.wanted)
        tally.count_errands(errands.ended())
        _wait_until_heard(lab, listener)
        tally.count_rows(home, [run["id"] for run in ended], listener.ids)
        for run in [run for run in ended if run["status"] == "finished"]:
            number = int(run["name"].split()[-1])
            other = differing(numbers(lab, run["id"]), undisturbed[number % plan.specs])
            tally.equal += not other
            tally.hold(not other, f"run {run['id']} has other {', '.join(other)} than an undisturbed run of its spec")
        return tally


class Submitter:
    """Submit the runs one after another. Uncertain submissions are looked up by name, so that none is repeated."""

    def __init__(self, lab: Lab, plan: Plan) -> None:
        self._lab, self._plan = lab, plan
        self.wanted = plan.runs
        self.done = False

    def step(self, *, due: int = 0) -> list[dict[str, Any]]:
        """One look, and one run more where few wait and more are due; answers the runs, none while the backend is
        away."""
        answer = self._ask("GET", "/runs", params={"q": "chaos", "sort": "id", "limit": 1000})
        if answer is None:
            return []
        runs: list[dict[str, Any]] = answer.json()["items"]
        number = len({run["name"] for run in runs})
        self.done = number == self.wanted
        waiting = sum(run["status"] == "queued" for run in runs)
        if number < min(due, self.wanted) and waiting < WAITING:
            self._ask("POST", "/runs", json={**self._plan.fields(number), "name": f"chaos {number}"})
        return runs

    def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = self._lab.client.request(method, path, **more)
        except httpx.TransportError:
            return None
        assert answer.status_code in (200, 201, 503), answer.text
        return answer if answer.status_code != 503 else None


def _undisturbed(lab: Lab, plan: Plan, number: int) -> dict[str, Any]:
    run_id = lab.submit(**plan.fields(number), name=f"undisturbed {number}")
    lab.wait(run_id, lambda run: run["status"] == "finished")
    return numbers(lab, run_id)


def _ended(submitter: Submitter, pace: Pace) -> list[dict[str, Any]]:
    """Return the runs once none is unfinished, or time is up."""
    deadline = time.monotonic() + LAST_RUNS_SECONDS
    runs: list[dict[str, Any]] = []
    while not runs or any(run["status"] in ("queued", "running") for run in runs):
        if time.monotonic() > deadline:
            break
        runs = submitter.step()
        pace.observe(runs)
        time.sleep(POLL_SECONDS)  # polling more often would load the lab under test
    return runs


def _wait_until_heard(lab: Lab, listener: Listener) -> None:
    """Wait until the stream's client, which may have to reconnect, has received all committed events."""
    latest = until(lambda: lab.client.get("/runs", params={"limit": 1}).headers["Skiplab-Event-Id"], bool, seconds=30)
    until(lambda: listener.ids[-1], lambda heard: heard >= int(latest), seconds=60)
