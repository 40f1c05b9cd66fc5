"""Experiments: named sets of runs, queued as a grid over the fields that vary."""
