"""What is kept of a run beside its curves."""
