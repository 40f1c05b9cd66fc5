"""A folder or file of images, as one file to upload."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

from skiplab.cli.exits import ExitCode, fail


@contextmanager
def packed(path: Path) -> Iterator[Path]:
    """Yield the file itself, or a temporary zip of a folder. Exits with a sentence if it cannot be read."""
    if not path.exists():
        fail(f"{path} does not exist.", status=ExitCode.USAGE)
    if not path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="skiplab-") as folder:
        made = Path(folder) / f"{path.resolve().name}.zip"
        # Stored, since images are compressed already.
        with ZipFile(made, "w", ZIP_STORED) as archive:
            for file in sorted(path.rglob("*")):
                if file.is_file():
                    archive.write(file, file.relative_to(path))
        yield made
