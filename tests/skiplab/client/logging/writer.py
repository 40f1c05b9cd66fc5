"""A process that logs to a run until it is killed, and prints each call that returned. Run by tests.

python -m tests.skiplab.client.logging.writer NAME [calls]
"""

import sys

import skiplab


def main(name: str, calls: int) -> None:
    run = skiplab.init(name=name)
    for step in range(calls):
        run.log({"loss": step / 7, "nested": {"value": step}})
        sys.stdout.write(f"{step}\n")
        sys.stdout.flush()
    run.finish()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10**9)
