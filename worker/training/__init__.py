"""Training: torch only, no queue and no database."""

ENGINE_NUMERICS = 1
"""Raise it when batches, augmentation, optimiser, schedule or evaluation give other numbers for one spec and seed."""
