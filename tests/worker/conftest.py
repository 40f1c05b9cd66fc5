"""Before torch is imported anywhere: one thread. Small networks gain nothing from more, and a machine that is busy
with something else would make every step wait for its slowest thread."""

import os

os.environ["OMP_NUM_THREADS"] = "1"
