"""Runs: submission, listing, changes and lifecycle."""
