"""Responsiveness of the dashboard in Chromium, with a real backend and database. `make bench-ui`."""
