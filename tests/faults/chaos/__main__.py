"""`python -m tests.faults.chaos`: ten minutes by default."""

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.faults.chaos.story import Plan, play


def main() -> None:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=Plan.epochs, help="of each run")
    parser.add_argument("--seed", type=int, default=None, help="of what is killed and when")
    given = parser.parse_args()
    seed = random.randrange(10**6) if given.seed is None else given.seed
    folder = Path(tempfile.mkdtemp(prefix="skiplab-chaos-"))
    tally = play(Plan(seed, given.minutes * 60, given.runs, given.epochs), folder / "home")
    print(tally)
    if tally.wrong:
        sys.exit(f"The lab is kept in {folder}, its log beside it.")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
