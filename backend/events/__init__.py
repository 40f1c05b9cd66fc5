"""The live stream: a tail of the outbox as server-sent events."""
