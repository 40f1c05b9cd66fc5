"""`skiplab data`: import, list, rename and delete data sets and their versions.

On a lab that is named by SKIPLAB_URL or `skiplab login` over HTTP; else, and with --home, in the home folder of this
machine, where the lab need not be running.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from skiplab.cli.client import is_remote, the_lab
from skiplab.cli.exits import ExitCode, fail
from skiplab.cli.home import database_of
from skiplab.cli.lab import run_worker
from skiplab.cli.options import AsJson, Home
from skiplab.cli.output import print_json, print_table

if TYPE_CHECKING:
    from skiplab.contract.catalog import ListedVersion
    from skiplab.contract.imports import Choices

commands = typer.Typer(help="Data sets.", add_completion=False)

RIGHT = frozenset({"train", "test", "classes", "version"})

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


@commands.command("ls")
def list_data(as_json: AsJson = False) -> None:
    """List the data sets that the lab can train on."""
    with the_lab() as lab:
        found = lab.datasets()
    if as_json:
        from skiplab.contract.catalog import DatasetList

        print_json(DatasetList(items=found))
        return
    rows = [
        (
            card.key,
            card.label,
            card.train_images,
            card.test_images,
            None if card.classes is None else len(card.classes),
            card.version,
            "not usable" if card.error else "ready" if card.available else f"needs {card.needs or 'a download'}",
        )
        for card in found
    ]
    print_table(("key", "data set", "train", "test", "classes", "version", "status"), rows, right=RIGHT)


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
    """Inspect a folder or archive of images, and import it as a data set.

    On a lab that SKIPLAB_URL or `skiplab login` names, the images are uploaded.
    """
    if is_remote(home):
        _upload(name, path, _choices(size, names, skip_bad, test_share, part))
        return
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
    for version in _versions(key, home):
        print(_in_words(version))


@commands.command("rename")
def rename_data(
    key: Annotated[str, typer.Argument(help="The data set's key, which does not change.")],
    label: Annotated[str, typer.Argument(help="The new label.")],
    home: Home = None,
) -> None:
    """Change the label of a data set."""
    if is_remote(home):
        with the_lab() as lab:
            lab.rename_dataset(key, label)
        return
    from backend.catalog import dataset_versions

    with database_of(home) as (database, _):
        dataset_versions.rename(database, key, label)


@commands.command("rm")
@commands.command("delete", hidden=True)
def delete_data(
    key: Annotated[str, typer.Argument(help="The data set's key.")],
    version: Annotated[int, typer.Option(min=1, help="Its number in `skiplab data versions`.")],
    force: Annotated[bool, typer.Option("--force", help="Delete it even if finished runs trained on it.")] = False,
    home: Home = None,
) -> None:
    """Delete the images of one version of a data set."""
    if is_remote(home):
        with the_lab() as lab:
            lab.delete_version(key, version, force=force)
        return
    from backend.catalog import dataset_versions

    with database_of(home) as (database, settings):
        dataset_versions.delete(database, settings.home, key, version, force=force)


def _versions(key: str, home: Path | None) -> "list[ListedVersion]":
    if is_remote(home):
        with the_lab() as lab:
            return lab.versions(key)
    from backend.catalog import dataset_versions

    with database_of(home) as (database, settings):
        return dataset_versions.versions_of(database, settings.home, key).items


def _in_words(version: "ListedVersion") -> str:
    """Describe a version in one line."""
    from skiplab.contract.catalog import version_in_words

    parts = [
        version_in_words(version.version, version.sha256),
        version.provenance or "",
        f"{version.train_images or 0:,} + {version.test_images or 0:,} images",
        f"{len(version.classes or [])} classes",
        f"{version.runs} runs",
        f"{version.created_at:%Y-%m-%d}",
        "deleted" if version.deleted_at else "current" if version.current else "",
    ]
    return "  ".join(part for part in parts if part)


def _upload(key: str, path: Path, choices: "Choices") -> None:
    """Upload images and wait until a worker has imported them; exits with its reason if it refuses them."""
    from skiplab.cli.upload import packed
    from skiplab.contract.imports import ImportStatus
    from skiplab.contract.sizes import human_bytes

    with the_lab() as lab, packed(path) as file:
        print(f"Uploading {path} ({human_bytes(file.stat().st_size)}) to {lab.url}", flush=True)
        ended = lab.wait_import(lab.upload(key, file, choices).id)
    if ended.status != ImportStatus.DONE:
        fail(f"{key}: {ended.reason or ended.status}", status=ExitCode.FAILED)
    print(f"{key}: {ended.images:,} images imported.")


def _choices(
    size: str | None, names: str | None, skip_bad: bool, test_share: float | None, part: str | None
) -> "Choices":
    """Return the options for an upload. Exits for an unusable one."""
    from skiplab.contract.imports import Choices

    _check_share(test_share)
    height, width = (None, None) if size is None else _height_and_width(size)
    if height != width:
        fail(f"--size: {size!r} is not square, as uploaded images have to be. Give 64.", status=ExitCode.USAGE)
    return Choices(size=height, names=names, skip_bad=skip_bad, test_share=test_share, part=part)


def _options(size: str | None, names: str | None, skip_bad: bool, test_share: float | None, part: str | None) -> str:
    """Return the options as JSON for the worker. Exits for an unusable one."""
    from skiplab.contract.imports import Options

    _check_share(test_share)
    parsed = None if size is None else _height_and_width(size)
    options = Options(size=parsed, names=names, skip_bad=skip_bad, test_share=test_share, part=part)
    return options.model_dump_json(exclude_defaults=True)


def _check_share(share: float | None) -> None:
    if share is not None and not 0 < share < 1:
        fail(f"--test-share: {share:g} is not between 0 and 1. Give a fraction such as 0.2.", status=ExitCode.USAGE)


def _height_and_width(size: str) -> tuple[int, int]:
    """Parse `64` or `64x48` (width x height). Exits for any other text."""
    width, _, height = size.partition("x")
    try:
        return int(height or width), int(width)
    except ValueError:
        fail(f"--size: {size!r} is not a size. Give 64, or 64x48 for width x height.", status=2)
