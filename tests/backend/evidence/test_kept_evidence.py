"""The verdicts on the stored evidence: no code change may alter their numbers.

`python -m tests.backend.evidence.test_kept_evidence` writes them anew, which a change of the rule alone calls for.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.backend.evidence.kept import EXPERIMENTS, verdicts

KEPT = Path(__file__).parents[2] / "fixtures" / "verdicts.json"


@pytest.mark.parametrize("experiment", EXPERIMENTS)
def test_the_verdicts_on_kept_evidence_do_not_move(experiment: str) -> None:
    found = json.loads(json.dumps(verdicts(experiment)))
    assert rounded(found) == json.loads(KEPT.read_text())[experiment]


def rounded(value: Any) -> Any:
    """To ten significant digits: the last bits depend on the machine."""
    if isinstance(value, float):
        return float(f"{value:.10g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


if __name__ == "__main__":
    made = {each: rounded(json.loads(json.dumps(verdicts(each)))) for each in EXPERIMENTS}
    KEPT.write_text(json.dumps(made, indent=0) + "\n")
