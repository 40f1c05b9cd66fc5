"""Measured values as series."""
