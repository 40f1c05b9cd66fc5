"""Commands on a lab that asks for a token: only its web process runs."""

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skiplab.cli import app
from skiplab.cli.exits import ExitCode
from skiplab.client.connection import login_file
from tests import lab as running

TOKEN = "the-token-of-the-remote-test"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running.Lab]:
    with running.running_web(tmp_path_factory.mktemp("guarded") / "home", SKIPLAB_TOKEN=TOKEN) as lab:
        yield lab


@pytest.fixture
def skiplab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run a command as a user without a login."""
    for name in ("URL", "TOKEN", "TOKEN_FILE", "HOME"):
        monkeypatch.delenv(f"SKIPLAB_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return lambda *arguments, stdin=None: CliRunner().invoke(app, [*map(str, arguments)], input=stdin)


def test_a_login_with_a_token_from_standard_input_opens_the_lab(
    skiplab: Callable[..., Result], guarded: running.Lab
) -> None:
    assert skiplab("login", guarded.url).exit_code == ExitCode.NO_ACCESS
    assert skiplab("login", guarded.url, "--token", "-", stdin="a-wrong-token\n").exit_code == ExitCode.NO_ACCESS
    assert not login_file().exists()
    done = skiplab("login", guarded.url, "--token", "-", stdin=f"{TOKEN}\n")
    assert (done.exit_code, f"Logged in to {guarded.url} as " in done.stdout) == (0, True), done.output
    assert stat.S_IMODE(login_file().stat().st_mode) == 0o600
    assert skiplab("ls").exit_code == 0


def test_tokens_are_made_and_revoked_over_http(
    skiplab: Callable[..., Result], guarded: running.Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKIPLAB_URL", guarded.url)
    assert skiplab("token", "list").exit_code == ExitCode.NO_ACCESS
    monkeypatch.setenv("SKIPLAB_TOKEN", TOKEN)
    made = skiplab("token", "add", "a student").stdout.strip()
    assert skiplab("token", "list").stdout.split()[1:2] == ["read"]

    monkeypatch.setenv("SKIPLAB_TOKEN", made)
    assert skiplab("ls").exit_code == 0
    refused = skiplab("submit", "--model", "cnn", "--dataset", "digits")
    assert (refused.exit_code, "read" in refused.stderr) == (ExitCode.NO_ACCESS, True)

    monkeypatch.setenv("SKIPLAB_TOKEN", TOKEN)
    assert skiplab("token", "revoke", 1).exit_code == 0
    assert skiplab("token", "revoke", 1).exit_code == ExitCode.NOT_FOUND
    assert skiplab("token", "add", "a\nb").exit_code == ExitCode.USAGE


def test_a_report_over_http_is_html_or_markdown(
    skiplab: Callable[..., Result], guarded: running.Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SKIPLAB_URL", guarded.url)
    monkeypatch.setenv("SKIPLAB_TOKEN", TOKEN)
    assert skiplab("report", "none", "-o", tmp_path / "report.html").exit_code == ExitCode.NOT_FOUND
    pdf = skiplab("report", "none", "-o", tmp_path / "report.pdf")
    assert (pdf.exit_code, "a report is .html or .md" in pdf.stderr) == (ExitCode.USAGE, True)
    assert [*tmp_path.glob("report*")] == []
