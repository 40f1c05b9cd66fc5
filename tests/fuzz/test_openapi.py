"""The OpenAPI document, tested against a real web process with generated requests (schemathesis).

No worker runs, so that nothing that is queued here is ever trained. `make fuzz` tries more.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.db import catalog
from backend.db.database import Database
from skiplab.contract.catalog import DatasetCard, ModelDetails
from tests.lab import Lab, running_web

EXAMPLES = os.environ.get("SKIPLAB_FUZZ_EXAMPLES", "25")
"""Requests per operation."""

TOKEN = "the-token-of-the-fuzzing-test"

NOT_CHECKED = {
    "positive_data_acceptance": "some rules run across fields, which a schema cannot say: warm-up below epochs, say",
    "ignored_auth": "the eleventh wrong token gets 429: a separate test without generated tokens covers it",
}
"""Checks that are disabled, with the reason."""

REFUSALS = (400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429)
"""Statuses that count as a refusal of an invalid request; by default 413 does not."""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A web process to which a network and a data set have been announced."""
    home = tmp_path / "home"
    with running_web(home, SKIPLAB_TOKEN=TOKEN) as lab:
        database = Database(f"sqlite:///{home / 'skiplab.db'}")
        with database.write() as session:
            catalog.announce(
                session,
                [ModelDetails(key="cnn", label="CNN", parameters=1, flops=1, structure="Net()")],
                [DatasetCard(key="digits", label="Digits", available=True, source="a package")],
            )
        database.close()
        lab.client.headers["Authorization"] = f"Bearer {TOKEN}"
        lab.submit()
        # Requests go to run 1 as well as to this one, which a client logs.
        assert lab.client.post("/runs", json={"kind": "external"}).status_code == 201
        yield lab
        assert " ERROR " not in lab.log.read_text()


@pytest.mark.timeout(72 * int(EXAMPLES))  # on a busy machine
def test_every_answer_is_as_promised(lab: Lab, tmp_path: Path) -> None:
    _invent(lab, tmp_path, "--exclude-checks", ",".join(NOT_CHECKED))


@pytest.mark.timeout(72 * int(EXAMPLES))  # as above
def test_every_authenticated_operation_refuses_a_missing_or_wrong_token(lab: Lab, tmp_path: Path) -> None:
    _invent(lab, tmp_path, "--checks", "ignored_auth", "--mode", "positive")


def _invent(lab: Lab, folder: Path, *which: str) -> None:
    config = folder / "schemathesis.toml"
    config.write_text(f"[checks.negative_data_rejection]\nexpected-statuses = {list(REFUSALS)}\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{lab.url}/openapi.json"),
            *("--header", f"Authorization: Bearer {TOKEN}"),
            *("--max-examples", EXAMPLES, "--continue-on-failure", "--no-color"),
            *which,
            # A stream has no end: tests/backend/events hold it.
            *("--exclude-path", "/api/v1/events"),
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    print(done.stdout[done.stdout.rfind("SUMMARY") :])
    assert done.returncode == 0, done.stdout + done.stderr
