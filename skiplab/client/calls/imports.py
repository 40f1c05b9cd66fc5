"""Imports: uploads of images that become data sets."""

from pathlib import Path

from skiplab.client.steps import Pause, Request, Steps, exchange, get
from skiplab.contract.imports import ENDED, Choices, Import

POLL_SECONDS = 0.5


def upload(key: str, file: Path, choices: Choices | None = None) -> Steps[Import]:
    """Upload images: a zip or tar archive, an .npz, an idx or a Parquet file; a worker imports them as a data set.

    Sent once: after a lost connection the list of imports says whether it arrived. Raises Invalid, Conflict, Refused.
    """
    options = {} if choices is None else choices.model_dump(exclude_defaults=True)
    params = {"key": key, "file": file.name, **options}
    answer = yield from exchange(Request("POST", "/datasets", params=params, file=file, repeatable=False))
    return Import.model_validate_json(answer.body)


def import_(import_id: int) -> Steps[Import]:
    """Return an import. Raises NotFound."""
    return (yield from get(f"/imports/{import_id}", Import))


def wait_import(import_id: int, *, poll: float = POLL_SECONDS) -> Steps[Import]:
    """Wait until an import has ended, and return it."""
    while (found := (yield from import_(import_id))).status not in ENDED:
        yield Pause(poll)
    return found
