"""What the web process and the worker agree on. Pydantic and the standard library only."""
