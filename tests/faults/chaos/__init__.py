"""Runs go through a real lab whose processes are killed at random moments, each kind in turn (`make chaos`)."""
