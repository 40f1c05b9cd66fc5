"""Errands: the background tasks of workers besides training."""
