"""Types and rules shared by backend, worker and clients. Depends on pydantic and the standard library only."""
