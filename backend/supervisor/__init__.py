"""`skiplab up`: starts broker, backend and worker, and restarts them when they exit."""
