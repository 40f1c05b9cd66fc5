"""Which output of children is shown, and which is logged."""

from pathlib import Path

from backend.supervisor.output import Output
from tests.backend.supervisor.bench import Bench, script, when


def test_the_log_has_every_line_and_the_terminal_only_what_is_wrong(bench: Bench) -> None:
    for line in RECORDS:
        bench.output.log_line("worker", line)
    bench.output.log_line("broker", "77:M 24 Nov 2026 09:32:30.420 # WARNING Memory overcommit must be enabled!")
    bench.output.log_line("broker", "77:M 24 Nov 2026 09:32:30.454 * Ready to accept connections unix")

    assert bench.shown == [f"worker: {line}" for line in RECORDS[2:6]]
    logged = bench.log.read_text().splitlines()
    assert len(logged) == len(RECORDS) + 2
    assert logged[0] == f"worker  | {RECORDS[0]}"


RECORDS = [
    "a banner",
    "2026-11-24 09:38:51,670 INFO celery.apps.worker: ready.",
    "2026-11-24 09:38:52,001 WARNING worker.slot: run 1, attempt 1: the trainer process was ended by SIGKILL",
    "Traceback (most recent call last):",
    '  File "trainer.py", line 1, in fit',
    "ValueError: what was not expected",
    "2026-11-24 09:38:53,002 INFO worker.slot: run 2, attempt 1: starting",
    "more about that",
]


def test_verbose_shows_everything(tmp_path: Path) -> None:
    shown: list[str] = []
    output = Output(tmp_path / "log", shown.append, verbose=True)
    output.log_line("worker", "a banner")
    output.close()
    assert shown == ["worker: a banner"]


def test_a_full_disk_does_not_stop_the_supervisor(tmp_path: Path) -> None:
    shown: list[str] = []
    (tmp_path / "log").symlink_to("/dev/full")
    output = Output(tmp_path / "log", shown.append)
    output.say("Stopping.")
    output.close()
    assert shown == ["Stopping."]


def test_the_log_keeps_the_last_state_of_a_progress_bar(bench: Bench) -> None:
    writes = r"import sys; sys.stdout.write('\r 1 %\r 50 %\r 100 %\nno line end'); sys.stdout.flush()"

    bench.supervise(script("worker", writes), work=when(lambda: "no line end" in bench.output.tail("worker")))

    assert bench.output.tail("worker")[:2] == [" 100 %", "no line end"]
