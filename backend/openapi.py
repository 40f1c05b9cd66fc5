"""Write the OpenAPI document to a file, for the frontend's types: `python -m backend.openapi FILE`."""

import json
import sys
from pathlib import Path

from backend.main import create_app
from backend.notifier import CeleryNotifier
from backend.settings import Settings


def main() -> None:
    app = create_app(Settings(), CeleryNotifier("memory://"))
    Path(sys.argv[1]).write_text(json.dumps(app.openapi(), indent=1) + "\n")


if __name__ == "__main__":
    main()
