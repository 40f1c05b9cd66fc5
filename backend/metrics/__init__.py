"""Metrics as time series."""
