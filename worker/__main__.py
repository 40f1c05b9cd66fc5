"""`python -m worker serve | announce | measure | equipment | inspect PLUGIN |
check PLUGIN MODEL ... | import NAME PATH`"""

import argparse
import sys
from pathlib import Path

from backend.contract import logs
from backend.contract.settings import BadSetting
from backend.db.database import DatabaseBusy, DatabaseUnusable
from worker.orphans import die_with_parent
from worker.settings import WorkerSettings


def main() -> None:
    arguments = _parser().parse_args()
    logs.set_up()
    try:
        settings = WorkerSettings.load()
    except BadSetting as error:
        sys.exit(str(error))
    try:
        sys.exit(arguments.command(settings, arguments))
    except OSError as error:
        sys.exit(
            f"The worker cannot use {settings.home}: {error}. Make room there, or set SKIPLAB_HOME to another folder."
        )
    except (DatabaseBusy, DatabaseUnusable) as error:
        sys.exit(f"The worker cannot go on: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m worker", description="The GPU process.")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("serve", help="train queued runs until stopped").set_defaults(command=_serve)
    announcer = commands.add_parser("announce", help="tell the lab what this worker offers")
    announcer.add_argument("--plugins", action="store_true", help="the plugins only")
    announcer.set_defaults(command=_announce)
    measurer = commands.add_parser("measure", help="give the numbers that somebody asked for")
    measurer.set_defaults(command=_measure)
    commands.add_parser("equipment", help="print what there is to train with, as JSON").set_defaults(command=_equipment)
    inspector = commands.add_parser("inspect", help="run a plugin's code and print what it offers, as JSON")
    inspector.add_argument("plugin", help="its file's name in the plugins folder, or `package: entry`")
    inspector.set_defaults(command=_inspect)
    checker = commands.add_parser("check", help="try one training step of a plugin's network and print what came of it")
    checker.add_argument("plugin", help="its file's name in the plugins folder, or `package: entry`")
    checker.add_argument("model", help="the network's key")
    checker.add_argument("image_shape", type=int, nargs=3, metavar=("CHANNELS", "HEIGHT", "WIDTH"))
    checker.add_argument("classes", type=int)
    checker.add_argument("device", choices=["cpu", "cuda"])
    checker.set_defaults(command=_check)
    uploader = commands.add_parser("import-upload", help="make a data set of the next upload that waits")
    uploader.add_argument("worker", type=int, help="id of the worker that does it")
    uploader.set_defaults(command=_import_upload)
    importer = commands.add_parser("import", help="make a data set of a folder or zip of images")
    importer.add_argument("name", help="the data set's key, such as cifar10")
    importer.add_argument("path", type=Path, help="folder or zip with train/<class>/* and test/<class>/*")
    importer.add_argument("--size", type=_size, help="pixels a side, such as 64, or width x height, such as 64x48")
    importer.set_defaults(command=_import)
    return parser


# Each command imports its own part: serving must not load torch before the pool is forked.


def _serve(settings: WorkerSettings, _arguments: argparse.Namespace) -> str | None:
    from worker.app import serve

    if not settings.broker_url:
        return "SKIPLAB_BROKER_URL is not set; `skiplab up` starts a broker and sets it."
    serve(settings)
    return None


def _announce(settings: WorkerSettings, arguments: argparse.Namespace) -> None:
    from worker.announce import announce, announce_plugins

    die_with_parent()
    if arguments.plugins:
        announce_plugins(settings)
    else:
        announce(settings)


def _measure(settings: WorkerSettings, _arguments: argparse.Namespace) -> None:
    from worker.announce import measure_wanted

    die_with_parent()
    measure_wanted(settings)


def _equipment(_settings: WorkerSettings, _arguments: argparse.Namespace) -> None:
    from worker.equipment import equipment

    die_with_parent()
    print(equipment().model_dump_json())


def _inspect(settings: WorkerSettings, arguments: argparse.Namespace) -> str | None:
    from worker.messages import take_stdout
    from worker.plugins.source import named
    from worker.plugins.use import inspect

    die_with_parent()
    plugin = named(settings.home, arguments.plugin)
    if plugin is None:
        return f"There is no plugin {arguments.plugin!r} in {settings.home / 'plugins'} or among the packages."
    answer = take_stdout()
    answer.write(inspect(plugin, settings.home).model_dump_json())
    answer.flush()
    return None


def _check(settings: WorkerSettings, arguments: argparse.Namespace) -> None:
    from worker.messages import take_stdout
    from worker.models.check import check_training
    from worker.plugins.use import network

    die_with_parent()
    answer = take_stdout()
    key, classes, shape = arguments.model, arguments.classes, tuple(arguments.image_shape)
    found = network(key, arguments.plugin, settings.home)
    check = check_training(
        key,
        lambda: found.build(key, classes=classes, image_shape=shape),
        classes=classes,
        image_shape=shape,
        device=arguments.device,
    )
    answer.write(check.model_dump_json())
    answer.flush()


def _import_upload(settings: WorkerSettings, arguments: argparse.Namespace) -> None:
    from worker.uploads import import_upload

    die_with_parent()
    import_upload(settings, arguments.worker)


def _import(settings: WorkerSettings, arguments: argparse.Namespace) -> str | None:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from worker.announce import announce
    from worker.errors import CannotTrain
    from worker.importer import import_images

    columns = TextColumn("importing {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns) as bars:
        bar = bars.add_task(arguments.name, total=None)
        try:
            data = import_images(
                arguments.name,
                arguments.path,
                settings.home,
                lambda done, of: bars.update(bar, completed=done, total=of),
                size=arguments.size,
            )
        except CannotTrain as error:
            return str(error)
    print(
        f"{data.name}: {len(data.train_images):,} training and {len(data.test_images):,} test images"
        f" in {len(data.classes)} classes."
    )
    announce(settings)
    return None


def _size(given: str) -> tuple[int, int]:
    """Height, width."""
    width, _, height = given.partition("x")
    try:
        return int(height or width), int(width)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{given!r} is no size: 64, or 64x48 for width x height, is one.") from None


if __name__ == "__main__":
    main()
