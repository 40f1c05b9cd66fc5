"""The guard holds the lock on the home for as long as any process is left."""

import subprocess
import sys
import threading

import pytest

from backend.supervisor import guard
from tests.backend.supervisor.bench import STAY


def test_it_stays_until_a_process_that_survives_sigkill_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "kill_group", lambda _leader: None)  # as for a process that is blocked in the kernel
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True);"
    with subprocess.Popen([sys.executable, "-c", deaf + STAY], stdout=subprocess.PIPE) as stubborn:
        assert stubborn.stdout is not None
        stubborn.stdout.readline()
        stopping = threading.Thread(target=guard.stop_groups, args=([stubborn.pid],), kwargs={"grace": 0.1})
        stopping.start()
        stopping.join(0.5)
        assert stopping.is_alive()

        stubborn.kill()
        stubborn.wait()

        stopping.join(10)
        assert not stopping.is_alive()
