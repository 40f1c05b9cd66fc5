"""The process that inspects one plugin, with limits on its time, memory and output."""

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
from worker.plugins.plugin import Plugin
from worker.watchdog import Watchdog, end_group

PATIENCE_SECONDS = 120.0
"""Timeout of each card; mostly for importing torch on a busy machine."""

NICENESS = 5
"""Lower CPU priority than trainers: an endless loop takes at most a quarter of a core from them."""

MOST_PRINTED = 64 * 2**20
"""Limit in bytes of everything that it prints."""

SHOWN = 4000
"""Bytes of its last output that are shown if it ends without a result."""


class Findings(BaseModel):
    """Cards and metrics of one plugin, or of all."""

    models: list[ModelDetails] = []
    datasets: list[DatasetCard] = []
    quantities: list[Quantity] = []
    """Of declared metrics: one for each part of the data set on which a metric is computed."""

    files: list[str] = []
    """Paths that the cards of a plugin depend on, as far as they were imported."""

    is_transient: bool = False
    """Whether something failed that may succeed later, such as a download."""


def merged(one: Findings, other: Findings) -> Findings:
    """Combine findings; a quantity in both is that of `one`."""
    return Findings(
        models=[*one.models, *other.models],
        datasets=[*one.datasets, *other.datasets],
        quantities=list({each.key: each for each in (*other.quantities, *one.quantities)}.values()),
        files=sorted({*one.files, *other.files}),
        is_transient=one.is_transient or other.is_transient,
    )


def failed(plugin: Plugin, error: str) -> ModelDetails:
    """Return the card of a plugin that could not be inspected."""
    return ModelDetails(key=plugin.key, label=plugin.name, origin="plugin", source=plugin.name, error=error)


class Inspection:
    """Starts the process when it is created."""

    def __init__(self, plugin: Plugin, home: Path, patience: float) -> None:
        self.plugin = plugin
        self.fingerprint = plugin.fingerprint()
        self._patience = patience
        self.began = time.time()
        self._began = self._last_card = time.monotonic()
        self._found, self._lines, self._size = Findings(), 0, 0
        # Files instead of pipes, which would block the process when they are full.
        self._answer: IO[bytes] = TemporaryFile()  # noqa: SIM115  # as long as the process
        self._printed: IO[bytes] = TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            [sys.executable, "-m", "worker", "inspect", plugin.name],
            stdin=subprocess.DEVNULL,
            stdout=self._answer,
            stderr=self._printed,
            # One thread, since several processes run at once and networks are measured without arithmetic. With NVML,
            # torch.cuda.is_available() does not initialise CUDA, after which the process could not fork.
            env={
                "OMP_NUM_THREADS": "1",
                "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
                **os.environ,
                "SKIPLAB_HOME": str(home),
            },
            start_new_session=True,
        )
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, NICENESS)
        remedy = "Load less at once, or keep what is large in a file and map it."
        self._watchdog = Watchdog(self._process.pid, plugin.name, remedy=remedy)
        self._watchdog.start()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def is_current(self) -> bool:
        """Whether the plugin's files are those that are inspected."""
        return self.plugin.fingerprint() == self.fingerprint

    def found(self) -> Findings:
        """Return the findings so far."""
        size = os.fstat(self._answer.fileno()).st_size
        if size == self._size:
            return self._found
        self._size = size
        lines = _read(self._answer, None).encode().split(b"\n")[:-1]
        for line in lines[self._lines :]:
            try:
                self._found = merged(self._found, Findings.model_validate_json(line))
            except ValidationError:
                break  # not a finding, but output of C code; the process ends with an error
            self._lines += 1
            self._last_card = time.monotonic()
        return self._found

    def result(self) -> Findings | None:
        """Return the findings once the process has ended or was killed; None before that."""
        ended = self._process.poll()
        found = self.found()
        if ended is None and (broken := self._limit()) is not None:
            self.end()
            return self._failure(broken)
        if ended is None:
            return None
        printed = _read(self._printed, SHOWN)
        # Ended by itself, but processes that it has started may still run.
        self.end()
        if self._watchdog.sentence is not None:
            return self._failure(self._watchdog.sentence)
        name = self.plugin.name
        if ended:
            how = signal.Signals(-ended).name if ended < 0 else f"exit status {ended}"
            return self._failure(f"{printed}\n{name} ended the process: {how}.")
        return found if found.files else self._failure(f"{printed}\n{name} ended the process early.")

    def end(self) -> None:
        """Kill the process with everything that it has started, and wait for it."""
        self._watchdog.stop()
        end_group(self._process)
        self._answer.close()
        self._printed.close()

    def _limit(self) -> str | None:
        """Return which limit the process has exceeded; None if it has not."""
        if time.monotonic() - self._last_card > self._patience:
            last = _read(self._printed, SHOWN).strip()
            return f"{last}\n{self.plugin.name} timed out after {self._patience:g} s without a card.".strip()
        printed = os.fstat(self._printed.fileno()).st_size + os.fstat(self._answer.fileno()).st_size
        if printed > MOST_PRINTED:
            return f"{self.plugin.name} was killed: it printed more than {MOST_PRINTED // 2**20} MiB."
        return None

    def _failure(self, error: str) -> Findings:
        """Return the findings so far, and a card with the error."""
        here = [str(file) for file in self.plugin.files()]
        return merged(self._found, Findings(models=[failed(self.plugin, error)], files=here))


def _read(file: IO[bytes], last: int | None) -> str:
    """Return the content of a file, or its last bytes."""
    size = os.fstat(file.fileno()).st_size
    start = 0 if last is None else max(0, size - last)
    return os.pread(file.fileno(), size - start, start).decode(errors="replace")
