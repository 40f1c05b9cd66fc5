"""Samples of the system load."""

import threading
import time

from skiplab.contract.telemetry import SystemSample
from worker.machine_load import LoadMeter


def test_the_first_sample_of_a_thread_has_the_cpu_load() -> None:
    meter, samples = LoadMeter("cpu"), list[SystemSample]()

    def watch() -> None:
        meter.begin()
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            pass
        samples.append(meter.sample())

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()

    (sample,) = samples
    assert sample.cpu is not None
    assert 0 < sample.cpu <= 1
    assert sample.memory
    assert sample.gpu is None
