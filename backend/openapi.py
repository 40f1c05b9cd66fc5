"""Write the OpenAPI document to a file, for the frontend's types: `python -m backend.openapi FILE`.

The file also has, as `x-page`, what the page computes by itself with the server's constants.
"""

import json
import sys
from pathlib import Path

from backend.evidence import student_t
from backend.main import create_app
from backend.notifier import CeleryNotifier
from backend.settings import Settings
from skiplab.contract import csv_cells

MOST_SEEDS = 200
"""Of one mean on the page; with more, the quantile changes by less than 0.6 %."""


def main() -> None:
    app = create_app(Settings(), CeleryNotifier("memory://"))
    document = {
        **app.openapi(),
        "x-page": {
            # The 97.5 % quantile of Student's t for 1, 2, ... degrees of freedom.
            "student975": [student_t.quantile(df, 0.975) for df in range(1, MOST_SEEDS)],
            "formulaStarts": csv_cells.FORMULA,
        },
    }
    Path(sys.argv[1]).write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
