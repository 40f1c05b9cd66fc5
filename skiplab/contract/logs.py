"""How every process of the lab logs: one line each, to stderr; its parent decides where that goes."""

import logging

from skiplab.contract.printable import printable

FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class OneRecord(logging.Formatter):
    """Nothing in a message can look like another record: further lines of it are set in."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        record.message = "\n    ".join(map(printable, record.message.split("\n")))
        return super().formatMessage(record)


def set_up() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(OneRecord(FORM))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    # Alembic tells of every plug-in it loads.
    logging.getLogger("alembic").setLevel(logging.WARNING)
