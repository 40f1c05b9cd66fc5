"""Benchmarks: scripts that write figures into `benchmarks/results`. Not tests: nothing here fails for slowness."""
