"""How every process of the lab logs: one line each, to stderr; its parent decides where that goes."""

import logging


def set_up() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Alembic tells of every plug-in it loads.
    logging.getLogger("alembic").setLevel(logging.WARNING)
