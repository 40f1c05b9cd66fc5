"""The worker: claims runs, trains each in its own process, and stores the results."""
