"""Workers are notified of errands over a real broker while their slots train."""

import threading
from pathlib import Path

from backend import broker
from backend.notifier import CeleryNotifier
from backend.settings import Settings
from tests.backend.test_broker import serving
from worker.errands import notifications


class Heard:
    """Listens until it is left, and counts."""

    def __init__(self, url: str, name: str) -> None:
        self.count = threading.Semaphore(0)
        self._gone = threading.Event()
        given = (url, name, self.count.release, self._gone)
        self._thread = threading.Thread(target=notifications.listen, args=given)

    def __enter__(self) -> "Heard":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()
        self._thread.join()


def test_every_worker_is_notified_and_checks_again_after_the_broker_was_away(tmp_path: Path) -> None:
    with broker.resolve(Settings(home=tmp_path)) as server:
        notifier = CeleryNotifier(server.url)
        with serving(server), Heard(server.url, "one") as one, Heard(server.url, "other") as other:
            for each in (one, other):
                assert each.count.acquire(timeout=30), "each new connection notifies once"
            assert notifier.notify_errand(1)
            for each in (one, other):
                assert each.count.acquire(timeout=30)
        assert not notifier.notify_errand(2), "the broker is away"
        with serving(server), Heard(server.url, "one") as one:
            assert one.count.acquire(timeout=30)
            assert notifier.notify_errand(3)
            assert one.count.acquire(timeout=30)
        notifier.close()
