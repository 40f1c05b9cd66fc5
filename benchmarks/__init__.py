"""Benchmarks: scripts that write their measurements to `benchmarks/results`. They do not fail when slow."""
