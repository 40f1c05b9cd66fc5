"""The `skiplab` command: a table of contents."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich import filesize
from rich.console import Console

from backend.auth import service as auth
from backend.auth.first import guest, sign_in_line
from backend.auth.schemas import NewToken
from backend.auth.tokens import Scope
from backend.catalog import data as datasets
from backend.contract.printable import printable, printable_lines
from backend.contract.private import keep_private
from backend.db.copies import DatabaseDamaged, DatabaseInUse
from backend.db.database import Database, DatabaseBusy, DatabaseUnusable
from backend.db.dumps import CannotDump
from backend.db.migration import NewerDatabase, is_current
from backend.demo.story import show_networks
from backend.errors import Problem
from backend.ops.archive import BadBackup
from backend.ops.backup import CannotBackUp, back_up
from backend.ops.doctor import examine
from backend.ops.restore import restore as put_back
from backend.settings import BadSetting, Settings, load_settings
from backend.supervisor import lab
from backend.supervisor.start import CannotStart, address

app = typer.Typer(help="A self-hosted lab for launching, watching and comparing CNN training runs.")
data = typer.Typer(help="Data sets.")
tokens = typer.Typer(help="Tokens, for a lab that asks for one.")
app.add_typer(data, name="data")
app.add_typer(tokens, name="token")

Home = Annotated[Path | None, typer.Option(help="Folder of everything the lab writes; SKIPLAB_HOME, or ./data.")]
Host = Annotated[str | None, typer.Option(help="Address to listen on; SKIPLAB_HOST, or 127.0.0.1.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; SKIPLAB_PORT, or 8000.")]
RootPath = Annotated[
    str | None, typer.Option(help="The path that a proxy puts the lab at, such as /skiplab; SKIPLAB_ROOT_PATH.")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show all that the lab's processes write.")]
ImagesPath = Annotated[
    Path,
    typer.Argument(
        help="Folder, zip or tar of images, .npz, idx or Parquet, in any of the layouts that docs/data.md lists."
    ),
]
ImageSize = Annotated[
    str | None, typer.Option("--size", help="Pixels a side (64) or width x height (64x48); else chosen by the images.")
]
Names = Annotated[
    str | None, typer.Option("--names", help="Encoding of file names that are not UTF-8, such as gbk or shift_jis.")
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out images that cannot be read.")]
TestShare = Annotated[
    float | None,
    typer.Option("--test-share", help="Share of each class that becomes the test set, where there is none: 0.2."),
]
Exit = Annotated[bool, typer.Option("--exit", help="Stop after the table; else the dashboard stays up until Ctrl-C.")]


@app.command()
def up(
    home: Home = None, host: Host = None, port: Port = None, root_path: RootPath = None, verbose: Verbose = False
) -> None:
    """Run the lab until Ctrl-C."""
    settings, console = _settings(home=home, host=host, port=port, root_path=root_path), _console()

    async def stay() -> int:
        console.print(f"Skiplab is up at {address(settings.host, settings.port)} (Ctrl-C stops it).")
        if line := sign_in_line(settings):
            console.print(printable_lines(line))
        await asyncio.Event().wait()
        return 0

    _leave(lambda: lab.run(settings, stay, show=_shown_on(console), verbose=verbose))


@app.command()
def demo(
    home: Home = None, host: Host = None, port: Port = None, verbose: Verbose = False, leave: Exit = False
) -> None:
    """Run the lab and train the report's four networks in it."""
    settings, console = _settings(home=home, host=host, port=port), _console()

    async def story() -> int:
        if line := sign_in_line(settings):
            console.print(printable_lines(line))
        with guest(settings) as token:
            return await show_networks(address(settings.host, settings.port), console, token=token, leave=leave)

    _leave(lambda: lab.run(settings, story, show=_shown_on(console), verbose=verbose))


@data.command("import")
def import_data(
    name: Annotated[str, typer.Argument(help="The data set's key, such as cifar10.")],
    path: ImagesPath,
    size: ImageSize = None,
    names: Names = None,
    skip_bad: SkipBad = False,
    test_share: TestShare = None,
    home: Home = None,
) -> None:
    """Print what is in a folder or archive of images, and make a data set of it."""
    _run_worker(home, ["import", name, *_choices(path, size, names, skip_bad, test_share)])


@data.command("inspect")
def inspect_data(
    path: ImagesPath,
    size: ImageSize = None,
    names: Names = None,
    skip_bad: SkipBad = False,
    test_share: TestShare = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    home: Home = None,
) -> None:
    """Print what is in a folder or archive of images; nothing is imported."""
    _run_worker(home, ["inspect-data", *_choices(path, size, names, skip_bad, test_share), *["--json"] * as_json])


def _choices(path: Path, size: str | None, names: str | None, skip_bad: bool, test_share: float | None) -> list[str]:
    given = [("--size", size), ("--names", names), ("--test-share", test_share)]
    options = [f"{option}={value}" for option, value in given if value is not None]
    return [*options, *["--skip-bad"] * skip_bad, "--", str(path)]


def _run_worker(home: Path | None, arguments: list[str]) -> NoReturn:
    """The worker's command, in a process of its own: the backend's environment need not hold torch."""
    environment = {**os.environ, **lab.environment(_settings(home=home))}
    command, *rest = arguments
    _leave(lambda: subprocess.call([sys.executable, "-m", "worker", command, *rest], env=environment))


@data.command("versions")
def list_versions(key: Annotated[str, typer.Argument(help="The data set's key.")], home: Home = None) -> None:
    """The versions of a data set, newest first, and how many runs are on each."""
    with _database(home) as (database, settings):
        for version in datasets.versions_of(database, settings.home, key).items:
            print(datasets.in_words(version))


@data.command("rename")
def rename_data(
    key: Annotated[str, typer.Argument(help="The data set's key, which stays.")],
    label: Annotated[str, typer.Argument(help="What people are to see.")],
    home: Home = None,
) -> None:
    """Give a data set another name for people."""
    with _database(home) as (database, _):
        datasets.rename(database, key, label)


@data.command("delete")
def delete_data(
    key: Annotated[str, typer.Argument(help="The data set's key.")],
    version: Annotated[int, typer.Option(min=1, help="Its number in `skiplab data versions`.")],
    force: Annotated[bool, typer.Option("--force", help="Also where finished runs trained on it.")] = False,
    home: Home = None,
) -> None:
    """Delete the images of one version of a data set."""
    with _database(home) as (database, settings):
        datasets.delete(database, settings.home, key, version, force=force)


@tokens.command("add")
def add_token(
    name: Annotated[str, typer.Argument(help="Who or what it is for.")],
    scope: Annotated[Scope, typer.Option(help="`read` looks only; `write` may do everything.")] = "read",
    home: Home = None,
) -> None:
    """Make a token and print it, this once."""
    with _database(home) as (database, _):
        print(auth.make(database, NewToken(name=name, scope=scope)).token)


@tokens.command("list")
def list_tokens(home: Home = None) -> None:
    """The tokens that were made here, not what they are."""
    with _database(home) as (database, _):
        for token in auth.all_of(database).items:
            print(f"{token.id:>4}  {token.scope:<5}  {token.created_at:%Y-%m-%d}  {printable(token.name)}")


@tokens.command("revoke")
def revoke_token(
    token_id: Annotated[int, typer.Argument(help="Its number in the list.", min=1)], home: Home = None
) -> None:
    """Let nobody in with this token any more."""
    with _database(home) as (database, _):
        auth.revoke(database, token_id)


@app.command("report")
def write_report(
    experiment: Annotated[str, typer.Argument(help="The experiment's number or name.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="report.html, report.md or report.pdf.")] = Path(
        "report.html"
    ),
    home: Home = None,
) -> None:
    """Write an experiment's report; the lab need not be running."""
    # Here, for SciPy and Plotly take a while that `skiplab up` should not.
    from backend.report import service as report
    from backend.report.browser import NoBrowser

    with _database(home) as (database, settings):
        made = report.make(database, settings.home, experiment_id=report.find_experiment(database, experiment))
    try:
        for problem in report.write(made, output):
            print(printable_lines(problem), file=sys.stderr)
    except (report.BadFormat, NoBrowser, OSError) as error:
        _fail(str(error), status=1)
    print(f"{output}: {printable(made.title)}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where the backup goes, such as skiplab.zip.")],
    checkpoints: Annotated[
        bool, typer.Option("--checkpoints", help="Also what runs go on from, which is large.")
    ] = False,
    home: Home = None,
) -> None:
    """Write the lab into one file; it may run meanwhile."""
    settings = _settings(home=home)
    keep_private(group_may_read=settings.group_may_read)
    with (
        _one_sentence(CannotBackUp, CannotDump, DatabaseDamaged, DatabaseBusy, DatabaseUnusable, OSError),
        closing(Database(settings.database)) as database,
    ):
        made = back_up(database, settings.home, file, checkpoints=checkpoints)
    print(
        f"{file}: {made.card.runs:,} runs and {len(made.card.files):,} of their files, {filesize.decimal(made.bytes)}."
    )
    for path in made.missing:
        print(f"Not on the disk, and so not in it: {printable(path)}", file=sys.stderr)


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="What `skiplab backup` wrote.")], home: Home = None) -> None:
    """Put a backup in the lab's place; the lab must not be running."""
    settings = _settings(home=home)
    keep_private(group_may_read=settings.group_may_read)
    bad, unfit = (BadBackup, NewerDatabase), (CannotStart, DatabaseInUse)
    with (
        _one_sentence(*bad, *unfit, CannotDump, DatabaseBusy, DatabaseUnusable, OSError),
        closing(Database(settings.database)) as database,
    ):
        done = put_back(file, database, settings.home)
    print(f"{settings.home}: {done.runs:,} runs and {done.files:,} of their files.")
    if done.missing:
        print(f"{done.missing:,} checkpoints are not there: their runs, if unfinished, start again at epoch 1.")
    if done.aside:
        print(f"The database that was there before is now {done.aside}.")


@app.command()
def doctor(home: Home = None) -> None:
    """Look at database, clock, broker, disk, device and torch, and say what to do."""
    settings, wrong = _settings(home=home), False
    for finding in examine(settings):
        print(f"{'WRONG' if finding.wrong else 'fine':<6} {finding.subject:<9} {printable_lines(finding.says)}")
        if finding.advice:
            print(f"{'':<6} {'':<9} {finding.advice}")
        wrong = wrong or finding.wrong
    raise typer.Exit(1 if wrong else 0)


@app.command()
def version() -> None:
    """Print the lab's version."""
    print(f"skiplab {installed_version('skiplab')}")


@contextmanager
def _one_sentence(*errors: type[Exception]) -> Iterator[None]:
    """Leave with the message of any of these."""
    try:
        yield
    except errors as error:
        _fail(str(error), status=1)


@contextmanager
def _database(home: Path | None) -> Iterator[tuple[Database, Settings]]:
    """The lab's database; the lab need not be running. Leaves with one clear sentence when something is refused."""
    settings = _settings(home=home)
    database = Database(settings.database)
    try:
        if not is_current(database):
            _fail(f"There is no lab of this version at {database.name}: start it once first.", status=1)
        yield database, settings
    except (Problem, DatabaseBusy, DatabaseUnusable) as error:
        _fail(str(error), status=1)
    finally:
        database.close()


def _settings(**given: Any) -> Settings:
    try:
        return load_settings(**given)
    except BadSetting as error:
        _fail(str(error), status=2)


def _leave(work: Callable[[], int]) -> NoReturn:
    """Exit with the status of `work`, or with one clear sentence."""
    try:
        raise typer.Exit(work())
    except (CannotStart, DatabaseBusy, DatabaseUnusable) as error:
        _fail(str(error), status=1)
    except OSError as error:
        _fail(_not_written(error), status=1)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _not_written(error: OSError) -> str:
    """A full disk, a file system that is read-only, the folder of another user."""
    where = f" {error.filename}" if error.filename else ""
    return f"The lab cannot write{where} ({error.strerror}): make room, or choose another folder with --home."


def _fail(sentence: str, *, status: int) -> NoReturn:
    print(printable_lines(sentence), file=sys.stderr)
    raise typer.Exit(status)


def _console() -> Console:
    return Console(highlight=False, markup=False, soft_wrap=True)


def _shown_on(console: Console) -> Callable[[str], None]:
    def show(line: str) -> None:
        # A terminal that has been closed must not end the lab before its children are stopped.
        with suppress(OSError):
            console.print(printable_lines(line))

    return show


if __name__ == "__main__":
    app()
