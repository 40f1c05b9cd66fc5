"""All figures are drawn by one version of plotly.js."""

import json
from pathlib import Path

from plotly.offline import get_plotlyjs_version

ROOT = Path(__file__).parents[3]


def test_python_s_plotly_carries_the_page_s_plotly_js() -> None:
    declared = json.loads((ROOT / "frontend" / "package.json").read_text())
    assert declared["dependencies"]["plotly.js-cartesian-dist-min"] == get_plotlyjs_version()
    assert declared["dependencies"]["plotly.js-strict-dist-min"] == get_plotlyjs_version()
    assert declared["devDependencies"]["plotly.js-dist-min"] == get_plotlyjs_version()
