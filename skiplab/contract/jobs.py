"""Notifications between the processes: a Celery message says no more than "look into the database"."""

TRAIN_TASK = "skiplab.train"
TRAIN_QUEUE = "skiplab"

LEASE_SECONDS = 30.0
"""A claim whose lease counter has not moved for this long, by the observer's own monotonic clock, is lost."""

RENEW_SECONDS = 5.0
"""How often a slot renews its lease, and a worker its heartbeat."""

ERRAND_EXCHANGE = "skiplab-errands"
"""A fanout: every worker hears that an errand waits, and the database decides who runs it. An import's file is on one
host only, so a message that one worker takes from a shared queue could miss the host that has it."""
