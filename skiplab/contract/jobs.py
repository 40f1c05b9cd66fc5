"""Notifications between the processes: a message only says that there is work in the database."""

TRAIN_TASK = "skiplab.train"
TRAIN_QUEUE = "skiplab"

LEASE_SECONDS = 30.0
"""A claim is lost if its lease counter has not changed for this long by the observer's monotonic clock."""

RENEW_SECONDS = 5.0
"""Interval at which slots renew leases and workers send heartbeats."""

ERRAND_EXCHANGE = "skiplab-errands"
"""A fanout exchange: all workers are notified of an errand, and one claims it in the database. With a shared queue, the
message could go to a host that does not have the uploaded file."""
