"""The web process: settings, checks, application, server."""

import gc
import logging
import os
import sys

from backend import server
from backend.auth.first_token import sign_in_line
from backend.main import create_app
from backend.notifier import CeleryNotifier
from backend.settings import BadSetting, load_settings
from backend.supervisor.start import CannotStart, check_database
from skiplab.contract import logs
from skiplab.contract.private import keep_private, tighten
from skiplab.contract.settings import SUPERVISED

log = logging.getLogger(__name__)


def serve() -> None:
    """Run the web process until a signal arrives. Called with garbage collection disabled."""
    logs.set_up()
    try:
        settings = load_settings()
    except BadSetting as error:
        sys.exit(str(error))
    keep_private(group_may_read=settings.group_may_read)
    if not settings.broker_url:
        sys.exit("SKIPLAB_BROKER_URL is not set; `skiplab up` starts a broker and sets it.")
    if SUPERVISED not in os.environ:
        # `skiplab up` does all of this itself, to print on the terminal what this process would write to the log.
        try:
            check_database(settings)
        except CannotStart as error:
            sys.exit(str(error))
        if warning := tighten(settings.home, group_may_read=settings.group_may_read):
            log.warning("%s", warning)

    def greet() -> None:
        if SUPERVISED not in os.environ and (line := sign_in_line(settings)):
            print(line, flush=True)

    app = create_app(settings, CeleryNotifier(settings.broker), when_migrated=greet)
    # Freeze what is loaded at start, which lives as long as the process: collections after large responses would
    # otherwise take a tenth of a second longer.
    gc.collect()
    gc.freeze()
    gc.enable()
    server.serve(app, settings)
