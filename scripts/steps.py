"""Run the steps of the setup that are not up to date.

A step is skipped while its stamp holds the hash of its inputs, so a setup without changes takes a fraction of a second;
an interrupted step has no stamp and runs again. Standard library only.
"""

import fcntl
import hashlib
import re
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".setup"
"""Stamps, logs and the lock. It can be deleted at any time; all steps are then checked again."""

OFFLINE = re.compile(
    r"NewConnectionError|Failed to establish a new connection|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Max retries exceeded|name resolution|Temporary failure resolving|Could not resolve"
    r"|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH"
)


class SetupFailed(Exception):
    """The message is one sentence for the user."""


@dataclass(frozen=True)
class Step:
    name: str
    label: str
    inputs: Callable[[], Iterable[Path | str]]
    """Called just before the step: an earlier one may create them."""
    run: Callable[["Log"], str | None]
    """Runs the step; may return a text to print instead of the duration."""
    outputs: tuple[Path, ...] = ()


def bring_up_to_date(todo: list[Step], held: int) -> None:
    started = time.monotonic()
    done = sum(_do_if_needed(step, held) for step in todo)
    if done:
        print(f"Set up in {duration(time.monotonic() - started)}.", flush=True)


def _do_if_needed(step: Step, held: int) -> bool:
    stamp = STATE / "stamps" / step.name
    wanted = fingerprint(step.inputs())
    if is_fresh(stamp, wanted, step.outputs):
        return False
    stamp.unlink(missing_ok=True)
    print(f"  {step.label:<36}", end="", flush=True)
    started = time.monotonic()
    try:
        note = step.run(Log(step, _folder(STATE / "logs") / f"{step.name}.log", held))
    except BaseException:
        print("failed", flush=True)
        raise
    print(note or duration(time.monotonic() - started), flush=True)
    (_folder(stamp.parent) / stamp.name).write_text(wanted)
    return True


def is_fresh(stamp: Path, wanted: str, outputs: Iterable[Path]) -> bool:
    return stamp.exists() and stamp.read_text() == wanted and all(output.exists() for output in outputs)


def fingerprint(inputs: Iterable[Path | str]) -> str:
    """Return one hash of texts and of files' names and contents."""
    digest = hashlib.sha256()
    for part in inputs:
        if isinstance(part, Path):
            content = hashlib.sha256(part.read_bytes()).hexdigest() if part.exists() else "missing"
            part = f"{part.relative_to(ROOT)} {content}"
        digest.update(f"{part}\n".encode())
    return digest.hexdigest()


def duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


@contextmanager
def alone() -> Iterator[int]:
    """Allow one setup of this checkout at a time; yield the lock's file descriptor."""
    with (_folder(STATE) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another setup is running in this checkout; waiting for it.", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path


class Log:
    """Run one step's commands with their output in a file; a failure becomes a one-sentence SetupFailed."""

    def __init__(self, step: Step, path: Path, held: int) -> None:
        self._step = step
        self._path = path
        # Commands inherit the lock: a killed setup must not leave a pip running beside the next one.
        self._held = held
        path.write_text("")

    def call(self, *command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
        if not self.tries(*command, cwd=cwd, env=env):
            raise SetupFailed(f"{self._step.label}: {self._reason()} (log: {self._path.relative_to(ROOT)})")

    def tries(self, *command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> bool:
        with self._path.open("a") as output:
            output.write(f"$ {' '.join(map(str, command))}\n")
            output.flush()
            try:
                done = subprocess.run(
                    command,
                    cwd=cwd,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    pass_fds=[self._held],
                    check=False,
                )
            except OSError as error:
                output.write(f"{error}\n")
                return False
        return done.returncode == 0

    def _reason(self) -> str:
        lines = [line.strip() for line in self._path.read_text(errors="replace").splitlines() if line.strip()]
        # Only the last lines: an earlier error may have been overcome by a retry.
        if OFFLINE.search("\n".join(lines[-15:])):
            return "the package registry cannot be reached; is this machine offline?"
        errors = [line for line in lines if re.match(r"(npm )?error", line, re.IGNORECASE)]
        return (errors or lines)[-1][:300]
