"""Runs: submit, list, read, cancel."""
