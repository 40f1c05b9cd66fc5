"""The result in numbers, and what is wrong with it."""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

TRUE_WITHIN_SECONDS = 40.0
"""Seconds within which a lost run must no longer be shown as running."""


@dataclass
class Tally:
    seed: int
    seconds: float
    killed: Counter[str]
    stood_still: float
    streams: int
    finished: int = 0
    runs: int = 0
    attempts: int = 0
    epochs: int = 0
    epochs_wanted: int = 0
    rewinds: int = 0
    equal: int = 0
    errands: int = 0
    errand_attempts: int = 0
    events: int = 0
    files: int = 0
    integrity: str = ""
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        kills = ", ".join(f"{name} {count}" for name, count in sorted(self.killed.items()))
        return "\n".join(
            [
                f"seed {self.seed}, {self.seconds:.0f} s",
                f"killed: {kills}",
                f"finished: {self.finished} of {self.runs} runs, in {self.attempts} attempts",
                f"epochs: {self.epochs:,} rows of {self.epochs_wanted:,}, each once; {self.rewinds} rewinds",
                f"equal to an undisturbed run, to the last bit: {self.equal} of {self.runs}",
                f"errands: {self.errands} done, in {self.errand_attempts} attempts",
                f"longest time without progress of a run shown as running: {self.stood_still:.1f} s",
                f"stream: {self.events:,} events, each once and in order, over {self.streams} connections",
                f"files: {self.files} recorded, all present with their SHA-256",
                f"integrity_check: {self.integrity}",
                *(f"VIOLATION: {each}" for each in self.wrong),
                "no violation" if not self.wrong else f"{len(self.wrong)} violations",
            ]
        )

    def hold(self, true: bool, otherwise: str) -> None:
        if not true:
            self.wrong.append(otherwise)

    def count_runs(self, runs: Sequence[Mapping[str, Any]], expected: int) -> None:
        self.runs = expected
        self.finished = sum(run["status"] == "finished" for run in runs)
        self.attempts = sum(run["attempt"] for run in runs)
        self.epochs_wanted = sum(run["epochs"] for run in runs)
        self.hold(len(runs) == expected, f"{len(runs)} runs exist, {expected} were submitted")
        for run in runs:
            self.hold(run["status"] == "finished", f"run {run['id']} is {run['status']}: {run['reason']}")
        self.hold(
            self.stood_still <= TRUE_WITHIN_SECONDS, f"a run was shown as running for {self.stood_still:.1f} s too long"
        )

    def count_errands(self, errands: Sequence[Mapping[str, Any]]) -> None:
        self.errands = sum(errand["status"] == "done" for errand in errands)
        self.errand_attempts = sum(errand["attempt"] for errand in errands)
        self.hold(bool(errands), "no errand was requested")
        for errand in errands:
            self.hold(errand["status"] == "done", f"errand {errand['id']} is {errand['status']}: {errand['error']}")

    def count_rows(self, home: Path, run_ids: Sequence[int], heard: Sequence[int]) -> None:
        """Read directly from the file."""
        with closing(sqlite3.connect(home / "skiplab.db")) as database:
            (self.integrity,) = database.execute("PRAGMA integrity_check").fetchone()
            (self.rewinds,) = database.execute("SELECT count(*) FROM event WHERE type = 'rewind'").fetchone()
            kept = [id for (id,) in database.execute("SELECT id FROM event WHERE subject IS NULL ORDER BY id")]
            files = database.execute("SELECT path, sha256 FROM artifact").fetchall()
            rows = database.execute(
                "SELECT run_id, group_concat(epoch) FROM"
                " (SELECT run_id, epoch FROM metric JOIN metric_key ON metric_key.id = key_id"
                " WHERE key = 'train/loss' ORDER BY run_id, epoch) GROUP BY run_id"
            ).fetchall()
        self.hold(self.integrity == "ok", f"the database: {self.integrity}")
        for run_id, epochs in rows:
            if run_id in run_ids:
                found = [int(each) for each in epochs.split(",")]
                self.epochs += len(found)
                self.hold(found == list(range(1, len(found) + 1)), f"run {run_id} has the epochs {found}")
        self.hold(self.epochs == self.epochs_wanted, f"{self.epochs} epochs are kept of {self.epochs_wanted}")
        self._compare_streams(kept, heard)
        self._hash(home, files)

    def _compare_streams(self, kept: Sequence[int], heard: Sequence[int]) -> None:
        self.events = len(heard)
        self.hold(all(a < b for a, b in pairwise(heard)), "the stream repeated an event")
        missing = sorted(set(kept) - set(heard))
        self.hold(not missing, f"the stream left out {len(missing)} events: {missing[:10]}")

    def _hash(self, home: Path, files: Sequence[tuple[str, str]]) -> None:
        for path, digest in files:
            whole = home / "runs" / path
            found = hashlib.sha256(whole.read_bytes()).hexdigest() if whole.is_file() else "none"
            self.files += found == digest
            self.hold(found == digest, f"{path} is not what was recorded")
