"""Errands: everything that a worker does beside training. One file a kind, one loop."""
