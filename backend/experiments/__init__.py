"""Experiments: named sets of runs, queued as the product of what varies."""
