"""Sample the system load from within a trainer."""

import os
from datetime import UTC, datetime

import psutil
import pynvml

from skiplab.contract.telemetry import SystemSample
from worker import devices


class LoadMeter:
    """Samples CPU, memory and GPU; utilisation is relative to the time since the previous sample."""

    def __init__(self, device: str) -> None:
        self._process = psutil.Process()
        self._gpu = os.environ.get("CUDA_VISIBLE_DEVICES", "0") if device == "cuda" else None

    def begin(self) -> None:
        """Call once in the sampling thread: psutil keeps the previous sample per thread, and returns 0 at first."""
        psutil.cpu_percent()

    def sample(self) -> SystemSample:
        gpu, gpu_memory = self._sample_gpu()
        return SystemSample(
            time=datetime.now(UTC),
            cpu=psutil.cpu_percent() / 100,
            memory=self._process.memory_info().rss,
            gpu=gpu,
            gpu_memory=gpu_memory,
        )

    def _sample_gpu(self) -> tuple[float | None, int | None]:
        """Return utilisation (0..1) and used bytes from NVML, which does not initialise CUDA."""
        if self._gpu is None:
            return None, None
        with devices.nvml() as there:
            if not there:
                return None, None
            try:
                handle = devices.gpu_handle(self._gpu)
                utilisation = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
                return utilisation, int(pynvml.nvmlDeviceGetMemoryInfo(handle).used)
            except pynvml.NVMLError:
                # Not supported by some virtual GPUs.
                return None, None
