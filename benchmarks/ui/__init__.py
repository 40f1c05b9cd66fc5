"""How quick the dashboard is, in a real Chromium, on a real backend and database. `make bench-ui`."""
