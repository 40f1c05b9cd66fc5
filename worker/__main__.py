"""`python -m worker serve | announce | errand | hash | equipment | inspect PLUGIN | check PLUGIN MODEL ... |
import NAME PATH [OPTIONS] | inspect-data PATH [OPTIONS]`"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from backend.db.database import DatabaseBusy, DatabaseUnusable
from skiplab.contract import logs
from skiplab.contract.imports import Options
from skiplab.contract.private import keep_private
from skiplab.contract.settings import BadSetting
from worker.parent_death import die_with_parent
from worker.settings import WorkerSettings

if TYPE_CHECKING:
    from worker.watchdog import Watchdog

log = logging.getLogger(__name__)


def main() -> None:
    arguments = _parser().parse_args()
    logs.set_up()
    try:
        settings = WorkerSettings.load()
    except BadSetting as error:
        sys.exit(str(error))
    keep_private(group_may_read=settings.group_may_read)
    try:
        sys.exit(arguments.command(settings, arguments))
    except OSError as error:
        sys.exit(
            f"The worker cannot use {settings.home}: {error}. Free some space, or set SKIPLAB_HOME to another folder."
        )
    except (DatabaseBusy, DatabaseUnusable) as error:
        sys.exit(f"The worker cannot use its database: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description="The GPU process.")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("serve", help="train queued runs until stopped").set_defaults(command=_serve)
    announcing = commands.add_parser(
        "announce", help="publish the networks and data sets of this worker to the catalogue"
    )
    announcing.add_argument("--plugins", action="store_true", help="plugins only")
    announcing.add_argument("--force", action="store_true", help="inspect plugins even if their files have not changed")
    announcing.set_defaults(command=_announce)
    errand = commands.add_parser("errand", help="run one attempt at an errand")
    errand.add_argument("errand_id", type=int, metavar="errand", help="its id")
    errand.add_argument("attempt", type=int, help="number of the attempt that has claimed it")
    errand.set_defaults(command=_errand)
    hasher = commands.add_parser("hash", help="compute missing content hashes of data sets")
    hasher.set_defaults(command=_hash)
    commands.add_parser(
        "equipment", help="print the machine's devices, driver and PyTorch version as JSON"
    ).set_defaults(command=_equipment)
    inspector = commands.add_parser(
        "inspect", help="import a plugin and print the networks, data sets and metrics it declares, as JSON"
    )
    inspector.add_argument("plugin", help="file name in the plugins folder, or `package: entry`")
    inspector.set_defaults(command=_inspect)
    checker = commands.add_parser("check", help="try one training step of a plugin's network and print the result")
    checker.add_argument("plugin", help="file name in the plugins folder, or `package: entry`")
    checker.add_argument("model", help="the network's key")
    checker.add_argument("image_shape", type=int, nargs=3, metavar=("CHANNELS", "HEIGHT", "WIDTH"))
    checker.add_argument("classes", type=int)
    checker.add_argument("device", choices=["cpu", "cuda", "mps"])
    checker.add_argument("--known", help="an earlier check as JSON; only the resume is checked")
    checker.set_defaults(command=_check)
    importer = commands.add_parser("import", help="import images as a data set")
    importer.add_argument("name", help="the data set's key, such as cifar10")
    importer.add_argument("path", type=Path)
    importer.add_argument("options", type=Options.model_validate_json, nargs="?", default=Options(), help="as JSON")
    importer.set_defaults(command=_import)
    viewer = commands.add_parser("inspect-data", help="print what is in a folder or archive of images")
    viewer.add_argument("path", type=Path)
    viewer.add_argument("options", type=Options.model_validate_json, nargs="?", default=Options(), help="as JSON")
    viewer.add_argument("--json", action="store_true", help="as JSON")
    viewer.set_defaults(command=_inspect_data)
    return parser


# Each command imports what it needs: `serve` must not import torch before the pool is forked. The others call
# `die_with_parent` first, since importing torch takes seconds.


def _serve(settings: WorkerSettings, _arguments: argparse.Namespace) -> str | None:
    from worker.app import serve

    if not settings.broker_url:
        return "SKIPLAB_BROKER_URL is not set; `skiplab up` starts a broker and sets it."
    _check_home(settings)
    serve(settings)
    return None


def _announce(settings: WorkerSettings, arguments: argparse.Namespace) -> int:
    die_with_parent()
    from worker.announce import announce_own, announce_plugins
    from worker.catalog_watcher import TEMPORARY_FAILURE

    _check_home(settings)
    if not arguments.plugins:
        announce_own(settings)
    return TEMPORARY_FAILURE if announce_plugins(settings, force=arguments.force) else 0


def _check_home(settings: WorkerSettings) -> None:
    """Create the home folder. Raises OSError, instead of waiting for ever for a database that cannot exist."""
    settings.home.mkdir(parents=True, exist_ok=True)


def _errand(settings: WorkerSettings, arguments: argparse.Namespace) -> None:
    die_with_parent()
    from worker.errands.process import NICENESS, perform

    os.nice(NICENESS)
    perform(settings, arguments.errand_id, arguments.attempt)


def _hash(settings: WorkerSettings, _arguments: argparse.Namespace) -> None:
    """Hash all data sets; damaged ones are logged, and do not make the command fail."""
    die_with_parent()
    from worker.datasets.sources import identify

    os.nice(10)  # background work
    for damaged in identify(settings.home):
        log.warning("%s", damaged)


def _equipment(_settings: WorkerSettings, _arguments: argparse.Namespace) -> None:
    die_with_parent()
    from worker.equipment import equipment

    print(equipment().model_dump_json())


def _inspect(settings: WorkerSettings, arguments: argparse.Namespace) -> str | None:
    die_with_parent()
    from worker.messages import take_stdout
    from worker.plugins.plugin_cards import inspected
    from worker.plugins.source import named

    plugin = named(settings.home, arguments.plugin)
    if plugin is None:
        return (
            f"There is no plugin {arguments.plugin!r} in {settings.home / 'plugins'} or among the installed packages."
        )
    answer = take_stdout()
    for found in inspected(plugin, settings.home):
        answer.write(found.model_dump_json() + "\n")
        answer.flush()
    return None


def _check(settings: WorkerSettings, arguments: argparse.Namespace) -> None:
    """Print one line of JSON for each stage of the check; the last one is the most complete."""
    die_with_parent()
    from skiplab.contract.check import TrainingCheck
    from worker.messages import take_stdout
    from worker.plugins.plugin_check import PluginCheck

    answer = take_stdout()
    checker = PluginCheck(
        arguments.model,
        arguments.plugin,
        settings.home,
        image_shape=tuple(arguments.image_shape),
        classes=arguments.classes,
        device=arguments.device,
    )
    known = TrainingCheck.model_validate_json(arguments.known) if arguments.known else None
    for check in checker.checks(known):
        answer.write(check.model_dump_json() + "\n")
        answer.flush()


def _import(settings: WorkerSettings, arguments: argparse.Namespace) -> str | None:
    from rich.console import Console

    from worker.announce import announce
    from worker.errors import CannotTrain
    from worker.importer import import_images
    from worker.imports.report import shown

    console = Console(highlight=False, markup=False, soft_wrap=True)
    with _bars() as bar, _watchdog("the import", "Import smaller images (--size)."):
        try:
            data = import_images(
                arguments.name,
                arguments.path,
                settings.home,
                bar(f"importing {arguments.name}"),
                options=arguments.options,
                inspect_progress=bar("inspecting images"),
                on_report=lambda found: console.print(shown(found)),
            )
        except CannotTrain as error:
            return str(error)
    validation = f", {len(data.val_images):,} validation" if data.val_images is not None else ""
    print(
        f"{data.name}: {len(data.train_images):,} training{validation} and {len(data.test_images):,} test images"
        f" in {len(data.classes)} classes."
    )
    announce(settings)
    return None


def _inspect_data(settings: WorkerSettings, arguments: argparse.Namespace) -> str | None:
    import tempfile

    from rich.console import Console

    from worker.errors import CannotTrain
    from worker.importer import inspect
    from worker.imports.report import shown

    scratch = settings.home if settings.home.is_dir() else Path(tempfile.gettempdir())
    with _bars() as bar, _watchdog("the inspection", "Inspect a part of it."):
        try:
            found = inspect(arguments.path, arguments.options, scratch=scratch, progress=bar("inspecting images"))
        except CannotTrain as error:
            return str(error)
    if arguments.json:
        print(found.model_dump_json(indent=1))
    else:
        Console(highlight=False, markup=False, soft_wrap=True).print(shown(found))
    return found.refused


def _watchdog(what: str, remedy: str) -> "Watchdog":
    """Return a watchdog that kills this process before a user's file exhausts the machine's memory."""
    from worker.watchdog import Watchdog

    return Watchdog(os.getpid(), f"out of memory: {what}", remedy=remedy)


@contextmanager
def _bars() -> Iterator[Callable[[str], Callable[[int, int], None]]]:
    """Yield a factory of progress bars, which are drawn on stderr so that stdout can be piped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as bars:

        def make(what: str) -> Callable[[int, int], None]:
            bar = bars.add_task(what, total=None, visible=False)
            return lambda done, of: bars.update(bar, completed=done, total=of, visible=True)

        yield make


if __name__ == "__main__":
    main()
