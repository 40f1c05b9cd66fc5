"""Where the API is and the headers that server and client agree on."""

PREFIX = "/api/v1"
"""All routes of the API are below it."""

IDEMPOTENCY_KEY = "Idempotency-Key"
"""Header of a POST: repeated with the same key, it has no second effect."""

REPLAYED = "Idempotency-Replayed"
"""Header of a response that repeats the first one with its key."""

EVENT_ID = "Skiplab-Event-Id"
"""Header of a response: id of the newest event that it includes, after which a stream misses and repeats nothing."""
