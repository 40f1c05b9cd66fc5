"""`python -m backend`: the web process."""

import gc
import os
import sys

from backend.auth.first_token import sign_in_line
from backend.main import create_app
from backend.queue import CeleryQueue
from backend.server import serve
from backend.settings import BadSetting, load_settings
from backend.supervisor.start import CannotStart, check_database
from skiplab.contract import logs
from skiplab.contract.private import keep_private
from skiplab.contract.settings import SUPERVISED


def main() -> None:
    logs.set_up()
    try:
        settings = load_settings()
    except BadSetting as error:
        sys.exit(str(error))
    keep_private(group_may_read=settings.group_may_read)
    if not settings.broker_url:
        sys.exit("SKIPLAB_BROKER_URL is not set; `skiplab up` starts a broker and sets it.")
    if SUPERVISED not in os.environ:
        # `skiplab up` does both itself: it says on the terminal what this process would write into a log.
        try:
            check_database(settings.database)
        except CannotStart as error:
            sys.exit(str(error))
        if line := sign_in_line(settings):
            print(line, flush=True)
    app = create_app(settings, CeleryQueue(settings.broker))
    # What is loaded by now stays. The collector need not walk through it again, for a tenth of a second, each time that
    # a long list has been answered.
    gc.collect()
    gc.freeze()
    serve(app, settings)


if __name__ == "__main__":
    main()
