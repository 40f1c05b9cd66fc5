"""Telemetry of a run: layers, confusion matrices, system load, log, environment and artifacts."""
