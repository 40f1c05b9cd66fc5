"""All that a run measured, exactly: what an undisturbed run of the same spec must have measured too."""

from typing import Any

from tests.lab import Lab

CLOCKS = ("time/", "speed/", "system/")
"""What may differ between two runs of one spec on one machine."""


def numbers(lab: Lab, run_id: int) -> dict[str, Any]:
    series = lab.client.get(f"/runs/{run_id}/metrics").json()["series"]
    return {
        "metrics": {
            each["key"]: (each["epoch"], each["step"], each["value"])
            for each in series
            if not each["key"].startswith(CLOCKS)
        },
        "layers": lab.client.get(f"/runs/{run_id}/layers").json()["items"],
        "confusion": lab.client.get(f"/runs/{run_id}/confusion").json()["counts"],
        "mistakes": lab.client.get(f"/runs/{run_id}/mistakes").json()["items"],
    }
