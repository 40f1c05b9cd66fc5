"""One plugin's process, which runs its code and says what it offers: bounded in time, memory and what it prints."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from pydantic import BaseModel, ValidationError

from skiplab.contract.catalog import DatasetCard, ModelDetails
from skiplab.contract.quantities import Quantity
from worker.plugins.source import Plugin
from worker.watchdog import Watchdog, end_group

PATIENCE_SECONDS = 120.0
"""For the first card of a plugin, and for each one after it; most of it is for importing torch on a busy machine."""

LESS_URGENT = 5
"""Added to the niceness: an endless loop takes no more than a quarter of a core from whoever trains there."""

MOST_PRINTED = 64 * 2**20

SHOWN = 4000
"""Characters of what it printed last, where it ended without an answer."""


class Findings(BaseModel):
    """All cards of one plugin, or of all."""

    models: list[ModelDetails] = []
    datasets: list[DatasetCard] = []
    quantities: list[Quantity] = []
    """Of the metrics that are declared, one for each part that they are computed on."""

    files: list[str] = []
    """What the cards of one plugin depend on, as far as its code was found."""

    is_transient: bool = False
    """Whether something failed for want of what the machine may have later: a file, a download, a package."""


def merged(one: Findings, other: Findings) -> Findings:
    return Findings(
        models=[*one.models, *other.models],
        datasets=[*one.datasets, *other.datasets],
        quantities=list({each.key: each for each in (*other.quantities, *one.quantities)}.values()),
        files=sorted({*one.files, *other.files}),
        is_transient=one.is_transient or other.is_transient,
    )


def failed(plugin: Plugin, error: str) -> ModelDetails:
    """The card of a plugin that cannot say what it offers."""
    return ModelDetails(key=plugin.key, label=plugin.name, origin="plugin", source=plugin.name, error=error)


class Inspection:
    """Begins at once."""

    def __init__(self, plugin: Plugin, home: Path, patience: float) -> None:
        self.plugin = plugin
        self.fingerprint = plugin.fingerprint()
        self._patience = patience
        self.began = time.time()
        self._began = self._heard = time.monotonic()
        self._found, self._lines, self._size = Findings(), 0, 0
        self._answer: IO[bytes] = TemporaryFile()  # noqa: SIM115  # as long as the process
        self._printed: IO[bytes] = TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker", "inspect", plugin.name],
            stdin=subprocess.DEVNULL,
            stdout=self._answer,
            stderr=self._printed,
            # Several are side by side, and what is measured has no weights: one thread is enough. A plugin that asks
            # whether there is a GPU is answered without opening it: its process still has to fork.
            env={
                "OMP_NUM_THREADS": "1",
                "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
                **os.environ,
                "SKIPLAB_HOME": str(home),
            },
            start_new_session=True,
        )
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, LESS_URGENT)
        remedy = "Load less at once, or keep what is large in a file and map it."
        self._watchdog = Watchdog(self._process.pid, plugin.name, remedy=remedy)
        self._watchdog.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def is_current(self) -> bool:
        """Whether the plugin is still what it was when this began."""
        return self.plugin.fingerprint() == self.fingerprint

    def found(self) -> Findings:
        """What is known so far."""
        size = os.fstat(self._answer.fileno()).st_size
        if size == self._size:
            return self._found
        self._size = size
        lines = _read(self._answer, None).encode().split(b"\n")[:-1]
        for line in lines[self._lines :]:
            try:
                self._found = merged(self._found, Findings.model_validate_json(line))
            except ValidationError:
                break  # not ours: the end of the process shows what it was
            self._lines += 1
            self._heard = time.monotonic()
        return self._found

    def result(self) -> Findings | None:
        """What was found, once all is there."""
        ended = self._process.poll()
        found = self.found()
        if ended is None and (broken := self._limit()) is not None:
            self.end()
            return self._failure(broken)
        if ended is None:
            return None
        printed = _read(self._printed, SHOWN)
        self.end()
        if self._watchdog.sentence is not None:
            return self._failure(self._watchdog.sentence)
        name = self.plugin.name
        if ended:
            how = signal.Signals(-ended).name if ended < 0 else f"exit status {ended}"
            return self._failure(f"{printed}\n{name} ended the process: {how}.")
        return found if found.files else self._failure(f"{printed}\n{name} ended the process early.")

    def end(self) -> None:
        """With all that it has started."""
        self._watchdog.stop()
        end_group(self._process)
        self._answer.close()
        self._printed.close()

    def _limit(self) -> str | None:
        """Which bound it has broken."""
        if time.monotonic() - self._heard > self._patience:
            last = _read(self._printed, SHOWN).strip()
            return f"{last}\n{self.plugin.name} was not done after {self._patience:g} s.".strip()
        printed = os.fstat(self._printed.fileno()).st_size + os.fstat(self._answer.fileno()).st_size
        if printed > MOST_PRINTED:
            return f"{self.plugin.name} was ended: it printed more than {MOST_PRINTED // 2**20} MiB."
        return None

    def _failure(self, error: str) -> Findings:
        """Beside what was found before."""
        here = [str(file) for file in self.plugin.files()]
        return merged(self._found, Findings(models=[failed(self.plugin, error)], files=here))


def _read(file: IO[bytes], last: int | None) -> str:
    """All, or the last bytes."""
    size = os.fstat(file.fileno()).st_size
    start = 0 if last is None else max(0, size - last)
    return os.pread(file.fileno(), size - start, start).decode(errors="replace")
