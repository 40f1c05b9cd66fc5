"""Logging of all processes: to stderr, which the parent process redirects."""

import logging

from skiplab.contract.printable import printable

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class OneRecord(logging.Formatter):
    """Indents further lines of a message, so that none can imitate another record."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        record.message = "\n    ".join(map(printable, record.message.split("\n")))
        return super().formatMessage(record)


def set_up() -> None:
    """Configure the root logger."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneRecord(FORM))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # Alembic logs each of its plug-ins at INFO.
    logging.getLogger("alembic").setLevel(logging.WARNING)
