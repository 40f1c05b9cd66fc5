"""A local Chromium renders reports as PDF and figures as SVG."""

import re
import shutil
import subprocess
import tempfile
from html import unescape
from pathlib import Path
from urllib.parse import unquote

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FLAGS = (
    "--headless",
    # It only opens the report, whose CSP blocks everything external; containers and root have no sandbox.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

ALL_DRAWN = "--virtual-time-budget=60000"
"""Fast-forward the page's timers, so that figures are complete when it is printed."""

TIMEOUT_SECONDS = 180


class NoBrowser(Exception):
    """Chromium, which PDF and images need, is missing or failed."""


def find() -> Path:
    """Find Chromium on PATH, else Playwright's. Raises NoBrowser."""
    if found := next(filter(None, map(shutil.which, NAMES)), None):
        return Path(found)
    downloaded = sorted((Path.home() / ".cache" / "ms-playwright").glob("chromium-*/chrome-linux*/chrome"))
    if downloaded:
        return downloaded[-1]
    raise NoBrowser(
        f"Chromium was not found ({', '.join(NAMES)} on the PATH): install it, or print report.html from a browser."
    )


def pdf(page: str, target: Path) -> None:
    """Print an HTML page. Raises NoBrowser."""
    _run(page, f"--print-to-pdf={target}", "--no-pdf-header-footer")
    if not target.is_file():
        raise NoBrowser("Chromium produced no PDF.")


def pictures(page: str) -> dict[str, str]:
    """Return the figures of a report page as SVG, by name. Raises NoBrowser."""
    shown = _run(page, "--dump-dom", anchor="#svg")
    found = re.findall(r'<div id="([a-z0-9-]+)"[^>]*? data-svg="data:image/svg\+xml,([^"]*)"', shown)
    return {name: unquote(unescape(image)) for name, image in found}


def _run(page: str, *flags: str, anchor: str = "") -> str:
    chromium = find()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(page, encoding="utf-8")
        command = [
            str(chromium),
            *FLAGS,
            ALL_DRAWN,
            f"--user-data-dir={folder}/profile",
            *flags,
            file.as_uri() + anchor,
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, encoding="utf-8", timeout=TIMEOUT_SECONDS, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise NoBrowser(f"Chromium did not finish within {TIMEOUT_SECONDS} s.") from error
    if done.returncode:
        raise NoBrowser(f"Chromium failed with status {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout
