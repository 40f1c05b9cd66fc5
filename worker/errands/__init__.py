"""Errands: tasks of a worker beside training. One file for each kind, and one loop that runs them."""
