"""`skiplab data`: import, list, rename and delete data sets and their versions."""

from pathlib import Path
from typing import Annotated

import typer

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
    run_worker(home, "import", name, *_choices(path, size, names, skip_bad, test_share, part))


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
    run_worker(home, "inspect-data", *_choices(path, size, names, skip_bad, test_share, part), *["--json"] * as_json)


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


def _choices(
    path: Path, size: str | None, names: str | None, skip_bad: bool, test_share: float | None, part: str | None
) -> list[str]:
    given = [("--size", size), ("--names", names), ("--test-share", test_share), ("--part", part)]
    options = [f"{option}={value}" for option, value in given if value is not None]
    return [*options, *["--skip-bad"] * skip_bad, "--", str(path)]
