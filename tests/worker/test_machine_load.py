"""The machine's load, as a trainer's witness sees it."""

import threading
import time

from skiplab.contract.telemetry import SystemSample
from worker.machine_load import LoadMeter


def test_the_first_look_of_a_thread_tells_how_busy_the_machine_was() -> None:
    meter, looks = LoadMeter("cpu"), list[SystemSample]()

    def watch() -> None:
        meter.begin()
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            pass
        looks.append(meter.sample())

    thread = threading.Thread(target=watch)
    thread.start()
    thread.join()

    (look,) = looks
    assert look.cpu is not None
    assert 0 < look.cpu <= 1
    assert look.memory
    assert look.gpu is None
