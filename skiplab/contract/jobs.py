"""The bell between the processes: a Celery message says no more than "look into the database"."""

TRAIN_TASK = "skiplab.train"
TRAIN_QUEUE = "skiplab"

LEASE_SECONDS = 30.0
"""A claim whose lease counter has not moved for this long, by the observer's own monotonic clock, is lost."""

RENEW_SECONDS = 5.0
"""How often a slot renews its lease, and a worker its heartbeat."""
