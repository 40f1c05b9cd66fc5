"""The `skiplab` command, also started by `python -m skiplab`."""

import sys

from skiplab.contract.python_path import clean_own_path

NOT_INSTALLED = 'This command needs the lab itself, which is not installed here: pip install "skiplab[lab]".'
"""Of the distribution `skiplab` alone, which has no server."""


def main() -> None:
    clean_own_path()
    from skiplab.cli import app

    try:
        app()
    except ModuleNotFoundError as error:
        if error.name not in ("backend", "worker"):
            raise
        sys.exit(NOT_INSTALLED)


if __name__ == "__main__":
    main()
