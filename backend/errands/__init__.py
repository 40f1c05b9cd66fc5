"""Errands: what workers do beside training."""
