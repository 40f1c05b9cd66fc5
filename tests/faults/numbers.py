"""All exact metrics of a run, which must equal those of an undisturbed run of the same spec."""

from typing import Any

from skiplab.contract.metrics import STEP_LOSS
from tests.lab import Lab

CLOCKS = ("time/", "speed/", "system/")
"""What may differ between two runs of one spec on one machine."""


def numbers(lab: Lab, run_id: int) -> dict[str, Any]:
    series = lab.client.get(f"/runs/{run_id}/metrics").json()["series"]
    losses = lab.series(run_id, STEP_LOSS)
    return {
        "metrics": {
            each["key"]: (each["epoch"], each["step"], each["value"])
            for each in series
            if not each["key"].startswith(CLOCKS)
        },
        # Not among all series: they are only answered when they are asked for.
        "losses": dict(zip(losses["step"], losses["value"], strict=True)),
        "layers": lab.client.get(f"/runs/{run_id}/layers").json()["items"],
        "confusion": lab.client.get(f"/runs/{run_id}/confusion").json()["counts"],
        "mistakes": lab.client.get(f"/runs/{run_id}/mistakes").json()["items"],
    }


def differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The parts in which two runs of one spec differ. How many steps' losses are kept depends on the machine's pace,
    about five a second; where both kept one, it must be the same."""
    both = one["losses"].keys() & other["losses"].keys()
    losses = [] if both and all(one["losses"][step] == other["losses"][step] for step in both) else ["losses"]
    return losses + [part for part in one if part != "losses" and one[part] != other[part]]
