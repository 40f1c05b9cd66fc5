"""`skiplab data`: import, list, rename and delete data sets and their versions."""

from pathlib import Path
from typing import Annotated

import typer

from skiplab.cli.exits import fail
from skiplab.cli.home import database_of
from skiplab.cli.lab import run_worker
from skiplab.cli.options import Home

commands = typer.Typer(help="Data sets.")

ImagesPath = Annotated[
    Path,
    typer.Argument(
        help="Folder, zip or tar of images, .npz, idx or Parquet, in any of the layouts that docs/data.md lists."
    ),
]
ImageSize = Annotated[
    str | None,
    typer.Option("--size", help="Pixels (64) or width x height (64x48). Default: chosen by the images."),
]
Names = Annotated[
    str | None, typer.Option("--names", help="Encoding of file names that are not UTF-8, such as gbk or shift_jis.")
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Skip unreadable images.")]
TestShare = Annotated[
    float | None,
    typer.Option("--test-share", help="Fraction of each class to use as the test set, if there is none. Default: 0.2."),
]
Part = Annotated[
    str | None,
    typer.Option("--part", help="Folder in PATH, or prefix of file names, to select one of several data sets."),
]


@commands.command("import")
def import_data(
    name: Annotated[str, typer.Argument(help="The data set's key, such as cifar10.")],
    path: ImagesPath,
    size: ImageSize = None,
    names: Names = None,
    skip_bad: SkipBad = False,
    test_share: TestShare = None,
    part: Part = None,
    home: Home = None,
) -> None:
    """Inspect a folder or archive of images, and import it as a data set."""
    run_worker(home, "import", "--", name, str(path), _options(size, names, skip_bad, test_share, part))


@commands.command("inspect")
def inspect_data(
    path: ImagesPath,
    size: ImageSize = None,
    names: Names = None,
    skip_bad: SkipBad = False,
    test_share: TestShare = None,
    part: Part = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    home: Home = None,
) -> None:
    """Inspect a folder or archive of images without importing it."""
    options = _options(size, names, skip_bad, test_share, part)
    run_worker(home, "inspect-data", *["--json"] * as_json, "--", str(path), options)


@commands.command("versions")
def list_versions(key: Annotated[str, typer.Argument(help="The data set's key.")], home: Home = None) -> None:
    """List the versions of a data set, newest first, with the number of runs on each."""
    from backend.catalog import dataset_versions

    with database_of(home) as (database, settings):
        for version in dataset_versions.versions_of(database, settings.home, key).items:
            print(dataset_versions.in_words(version))


@commands.command("rename")
def rename_data(
    key: Annotated[str, typer.Argument(help="The data set's key, which does not change.")],
    label: Annotated[str, typer.Argument(help="The new label.")],
    home: Home = None,
) -> None:
    """Change the label of a data set."""
    from backend.catalog import dataset_versions

    with database_of(home) as (database, _):
        dataset_versions.rename(database, key, label)


@commands.command("delete")
def delete_data(
    key: Annotated[str, typer.Argument(help="The data set's key.")],
    version: Annotated[int, typer.Option(min=1, help="Its number in `skiplab data versions`.")],
    force: Annotated[bool, typer.Option("--force", help="Delete it even if finished runs trained on it.")] = False,
    home: Home = None,
) -> None:
    """Delete the images of one version of a data set."""
    from backend.catalog import dataset_versions

    with database_of(home) as (database, settings):
        dataset_versions.delete(database, settings.home, key, version, force=force)


def _options(size: str | None, names: str | None, skip_bad: bool, test_share: float | None, part: str | None) -> str:
    """Return the options as JSON for the worker. Exits for an unusable one."""
    from skiplab.contract.imports import Options

    if test_share is not None and not 0 < test_share < 1:
        fail(f"--test-share: {test_share:g} is not between 0 and 1. Give a fraction such as 0.2.", status=2)
    parsed = None if size is None else _height_and_width(size)
    options = Options(size=parsed, names=names, skip_bad=skip_bad, test_share=test_share, part=part)
    return options.model_dump_json(exclude_defaults=True)


def _height_and_width(size: str) -> tuple[int, int]:
    """Parse `64` or `64x48` (width x height). Exits for any other text."""
    width, _, height = size.partition("x")
    try:
        return int(height or width), int(width)
    except ValueError:
        fail(f"--size: {size!r} is not a size. Give 64, or 64x48 for width x height.", status=2)
