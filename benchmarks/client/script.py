"""A script that logs, as a benchmark runs it: prints `Timed` as a line of JSON.

python -m benchmarks.client.script CALLS VALUES PAUSE_MS
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from statistics import median, quantiles

import skiplab


@dataclass(frozen=True)
class Timed:
    call_ms: float  # median
    call_p99_ms: float
    init_ms: float
    points: int
    log_seconds: float  # all calls
    all_seconds: float  # from the first call until the lab has everything


def main(calls: int, values: int, pause: float) -> Timed:
    began = time.perf_counter()
    run = skiplab.init(experiment="bench-client")
    started = time.perf_counter()
    took = []
    for step in range(calls):
        data = {f"train/value_{n}": step / (n + 7) for n in range(values)}
        before = time.perf_counter()
        run.log(data)
        took.append(time.perf_counter() - before)
        if pause:
            time.sleep(pause)  # a training step, during which the sender's thread works
    logged = time.perf_counter()
    run.finish()
    return Timed(
        call_ms=median(took) * 1e3,
        call_p99_ms=quantiles(took, n=100)[98] * 1e3,
        init_ms=(started - began) * 1e3,
        points=calls * values,
        log_seconds=logged - started,
        all_seconds=time.perf_counter() - started,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1e3))))
