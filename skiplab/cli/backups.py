"""`skiplab backup` and `skiplab restore`: the lab in one file, and back."""

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from skiplab.cli.exits import one_sentence
from skiplab.cli.home import settings_of
from skiplab.cli.options import Home


def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes, such as skiplab.zip.")],
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="Also what runs go on from, which is large.")
    ] = False,
    home: Home = None,
) -> None:
    """Write the lab into one file; it may run meanwhile."""
    import sys

    from rich import filesize

    from backend.db.copies import DatabaseDamaged
    from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
    from backend.db.dumps import CannotDump
    from backend.ops.backup import CannotBackUp, back_up
    from skiplab.contract.printable import printable
    from skiplab.contract.private import keep_private

    settings = settings_of(home=home)
    keep_private(group_may_read=settings.group_may_read)
    with (
        one_sentence(CannotBackUp, CannotDump, DatabaseDamaged, DatabaseBusy, DatabaseUnusable, OSError),
        closing(Database(settings.database)) as database,
    ):
        made = back_up(database, settings.home, file, checkpoints=checkpoints)
    print(
        f"{file}: {made.card.runs:,} runs and {len(made.card.files):,} of their files, {filesize.decimal(made.bytes)}."
    )
    for path in made.missing:
        print(f"Not on the disk, and so not in it: {printable(path)}", file=sys.stderr)


def restore(file: Annotated[Path, typer.Argument(help="What `skiplab backup` wrote.")], home: Home = None) -> None:
    """Put a backup in the lab's place; the lab must not be running."""
    from backend.db.copies import DatabaseInUse
    from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
    from backend.db.dumps import CannotDump
    from backend.db.migration import NewerDatabase
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
        print(f"{done.missing:,} checkpoints are not there: their runs, if unfinished, start again at epoch 1.")
    if done.aside:
        print(f"The database that was there before is now {done.aside}.")
