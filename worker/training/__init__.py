"""Training: PyTorch only, independent of queue and database."""

ENGINE_NUMERICS = 1
"""Incremented when batches, augmentation, optimiser, schedule or evaluation give other numbers for a spec and seed."""
