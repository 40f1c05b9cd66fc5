"""The web process. Never imports torch, nor anything from worker."""
