"""Runs on a real server whose processes are killed at random times, each kind in turn (`make chaos`)."""
