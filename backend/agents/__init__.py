"""The tools for agents over HTTP."""
