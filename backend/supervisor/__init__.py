"""`skiplab up`: keeps broker, backend and worker running, and holds no work itself."""
