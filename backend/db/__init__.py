"""Tables and queries: the only package that uses SQL."""
