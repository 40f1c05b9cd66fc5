"""`skiplab backup` and `skiplab restore`."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from skiplab.cli.exits import one_sentence
from skiplab.cli.home import settings_of
from skiplab.cli.options import Home


def backup(
    file: Annotated[Path, typer.Argument(help="File to write, such as skiplab.zip.")],
    checkpoints: Annotated[bool, typer.Option("--checkpoints", help="Include checkpoints, which are large.")] = False,
    home: Home = None,
) -> None:
    """Back up the lab to one file; it may be running."""
    import sys

    from backend.db.copies import DatabaseDamaged
    from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
    from backend.db.dumps import CannotDump
    from backend.ops.backup import CannotBackUp, back_up
    from skiplab.contract.printable import printable
    from skiplab.contract.private import keep_private
    from skiplab.contract.sizes import human_bytes

    settings = settings_of(home=home)
    keep_private(group_may_read=settings.group_may_read)
    with (
        one_sentence(CannotBackUp, CannotDump, DatabaseDamaged, DatabaseBusy, DatabaseUnusable, OSError),
        closing(Database(settings.database)) as database,
    ):
        made = back_up(database, settings.home, file, checkpoints=checkpoints)
    print(f"{file}: {made.card.runs:,} runs and {len(made.card.files):,} of their files, {human_bytes(made.bytes)}.")
    for path in made.missing:
        print(f"Missing on disk, not backed up: {printable(path)}", file=sys.stderr)


def restore(file: Annotated[Path, typer.Argument(help="File written by `skiplab backup`.")], home: Home = None) -> None:
    """Replace the lab by a backup; it must not be running."""
    from backend.db.copies import DatabaseInUse
    from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
    from backend.db.dumps import CannotDump
    from backend.db.revisions import NewerDatabase
    from backend.ops.archive import BadBackup
    from backend.ops.restore import restore as put_back
    from backend.supervisor.start import CannotStart
    from skiplab.contract.private import keep_private

    settings = settings_of(home=home)
    keep_private(group_may_read=settings.group_may_read)
    bad, unfit = (BadBackup, NewerDatabase), (CannotStart, DatabaseInUse)
    with (
        one_sentence(*bad, *unfit, CannotDump, DatabaseBusy, DatabaseUnusable, OSError),
        closing(Database(settings.database)) as database,
    ):
        done = put_back(file, database, settings.home)
    print(f"{settings.home}: {done.runs:,} runs and {done.files:,} of their files.")
    if done.missing:
        print(f"{done.missing:,} checkpoints are not in the backup: their runs, if unfinished, restart at epoch 1.")
    if done.aside:
        print(f"The previous database was moved to {done.aside}.")
