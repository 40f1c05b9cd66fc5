"""The web process. Never imports torch or worker."""
